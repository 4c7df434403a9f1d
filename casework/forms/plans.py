"""Plans, their reviews and their actions."""

from __future__ import annotations

from typing import Any

from django import forms

from casework.actions import Agreed
from casework.forms.fields import select
from casework.models import Plan, PlanAction
from schools.forms.fields import DateBoxes, TokenField, VersionField, WordsField, radios

_FIRST_ACTIONS = 3


def _what(label: str, **options: Any) -> forms.CharField:
    messages = {"required": "Enter what is to be done", "max_length": "Say it in 300 characters or fewer"}
    field = forms.CharField(label=label, max_length=300, error_messages=messages, **options)
    field.widget.attrs.pop("maxlength", None)
    return field


class ActionForm(forms.Form):
    what = _what("What is to be done")
    owner = select("Who does it", PlanAction.Owner.choices, "Choose who does it")
    due = DateBoxes(label="By when", needed="Enter the day by which it is done")
    form_token = TokenField()


class PlanForm(forms.Form):
    kind = select("Kind of plan", Plan.Kind.choices, "Choose the kind of plan")
    barrier = select(
        "What keeps the child from school", Plan.Barrier.choices, "Choose what keeps the child from school",
        help_text="The main barrier. It is not shown to the school.",
    )  # fmt: skip
    lead = select("Lead practitioner", Plan.Lead.choices, "Choose who leads")
    review = DateBoxes(
        label="Review", needed="Enter the day on which the plan is looked at again", help_text="After today and within 12 weeks."
    )
    carry = forms.BooleanField(label="Carry over the open actions of the current plan", required=False, initial=True)
    version = VersionField()
    form_token = TokenField()

    def __init__(self, *args: Any, open_actions: int = 0, **options: Any) -> None:
        super().__init__(*args, **options)
        if not open_actions:
            del self.fields["carry"]
        for n in range(1, _FIRST_ACTIONS + 1):
            self.fields[f"what_{n}"] = _what("What is to be done", required=False)
            self.fields[f"owner_{n}"] = select("Who does it", PlanAction.Owner.choices, "", required=False)
            self.fields[f"due_{n}"] = DateBoxes(label="By when")

    @property
    def head(self) -> list[forms.BoundField]:
        return [self[name] for name in ("kind", "barrier", "lead", "review", "carry") if name in self.fields]

    @property
    def rows(self) -> list[tuple[int, list[forms.BoundField]]]:
        return [(n, [self[f"{part}_{n}"] for part in ("what", "owner", "due")]) for n in range(1, _FIRST_ACTIONS + 1)]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        for n in range(1, _FIRST_ACTIONS + 1):
            given = [part for part in ("what", "owner", "due") if found.get(f"{part}_{n}")]
            if not given:
                continue
            for part, words in (("what", "what is to be done"), ("owner", "who does it"), ("due", "by when it is done")):
                if part not in given and f"{part}_{n}" not in self.errors:
                    self.add_error(f"{part}_{n}", f"Say {words}, or leave action {n} empty")
        return found

    def actions(self) -> list[Agreed]:
        asked = self.cleaned_data
        rows = range(1, _FIRST_ACTIONS + 1)
        return [Agreed(asked[f"what_{n}"], asked[f"owner_{n}"], asked[f"due_{n}"], row=n) for n in rows if asked.get(f"what_{n}")]


class ReviewForm(forms.Form):
    result = radios("What came of the review", Plan.Result.choices, "Choose what came of the review")
    review = DateBoxes(label="Next review", help_text="Needed where the plan carries on: after today and within 12 weeks.")
    words = WordsField(label="Notes (optional)", help_text="Who was there, what they said. Not shown to the school.")
    version = VersionField()
    form_token = TokenField()

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("result") == Plan.Result.CARRY_ON and not found.get("review") and "review" not in self.errors:
            self.add_error("review", "Enter the day on which the plan is looked at again")
        return found


class CloseActionForm(forms.Form):
    outcome = radios("What became of it", PlanAction.Outcome.choices, "Choose what became of it")
    words = WordsField(label="Notes (optional)")
