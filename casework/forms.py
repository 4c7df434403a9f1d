"""Forms about a case. Reasons and results are chosen from lists; words are free only in notes."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.models import User
from casework.actions import Agreed
from casework.models import Case, Contact, Plan, PlanAction
from schools.forms.fields import DateBoxes, TokenField, VersionField, WordsField, radios
from schools.models import Responsibility, School

_FIRST_ACTIONS = 3

_CHOOSE = [("", "Choose one")]


def _select(label: str, choices: Any, needed: str, **options: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=[*_CHOOSE, *choices], error_messages={"required": needed, "invalid_choice": needed}, **options
    )


class OpenForm(forms.Form):
    reason = _select("Main reason", Case.Reason.choices, "Choose the main reason")
    school = forms.ModelChoiceField(queryset=School.objects.none(), label="School", empty_label=None)
    officer = forms.ModelChoiceField(
        queryset=User.objects.none(),
        label="Officer",
        required=False,
        empty_label="Nobody yet",
        error_messages={"invalid_choice": "Choose an officer who works with the school"},
    )

    def __init__(self, *args: Any, schools: list[School], officers: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["school"].queryset = School.objects.filter(pk__in=[s.pk for s in schools])  # type: ignore[attr-defined]
        self.fields["officer"].queryset = officers  # type: ignore[attr-defined]
        if len(schools) == 1:
            self.fields["school"].widget = forms.HiddenInput()


class ReferForm(forms.Form):
    reason = _select("Main reason", Case.Reason.choices, "Choose the main reason")
    school = forms.ModelChoiceField(queryset=School.objects.none(), label="School", empty_label=None)
    words = WordsField(
        label="What the school has done so far, and what worries you",
        help_text="A few lines. The attendance team reads them, and the school that the child is at.",
        needed="Enter a few lines about what has been done so far",
    )

    def __init__(self, *args: Any, schools: list[School], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["school"].queryset = School.objects.filter(pk__in=[s.pk for s in schools])  # type: ignore[attr-defined]
        if len(schools) == 1:
            self.fields["school"].widget = forms.HiddenInput()


class AssignForm(forms.Form):
    officer = forms.ModelChoiceField(
        queryset=User.objects.none(),
        label="Officer",
        empty_label="Choose an officer",
        error_messages={
            "required": "Choose an officer",
            "invalid_choice": "This person cannot take the case: they do not work with the school, or cannot sign in any more",
        },
    )
    school = forms.ModelChoiceField(
        queryset=School.objects.none(),
        label="School",
        empty_label=None,
        help_text="The child is on another roll than the case’s own: say with which school the work goes on.",
    )
    version = VersionField()

    def __init__(self, *args: Any, officers: Any, schools: list[School], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["officer"].queryset = officers  # type: ignore[attr-defined]
        if len(schools) > 1:
            self.fields["school"].queryset = School.objects.filter(pk__in=[s.pk for s in schools])  # type: ignore[attr-defined]
        else:
            del self.fields["school"]


SOMEBODY_ELSE = "else"


class ContactForm(forms.Form):
    kind = _select("How", Contact.Kind.choices, "Choose how the contact was made")
    who = radios("Who", [], "Choose who it was")
    day = DateBoxes(label="When", needed="Enter the day of the contact")
    result = _select("What came of it", Contact.Result.choices, "Choose what came of it")
    child_seen = forms.BooleanField(label="The child was seen", required=False)
    words = WordsField(label="Notes (optional)", help_text="Never shown to a school.")
    form_token = TokenField()

    def __init__(self, *args: Any, parents: list[Responsibility], **options: Any) -> None:
        super().__init__(*args, **options)
        known = [(str(tie.parent_id), _reached_at(tie)) for tie in parents]
        self.fields["who"].choices = [*known, (SOMEBODY_ELSE, "Somebody else")]  # type: ignore[attr-defined]


def _reached_at(tie: Responsibility) -> str:
    number = f", {tie.parent.phone}" if tie.parent.phone else ""
    return f"{tie.parent} ({tie.get_relationship_display().lower()}){number}"


class NoteForm(forms.Form):
    words = WordsField(label="Note", rows=10, needed="Enter the note")
    shared = forms.BooleanField(
        label="Share this note with the pupil’s school",
        required=False,
        help_text="Otherwise the authority alone reads it. What is shared, a school the child moves to reads it too.",
    )
    form_token = TokenField()


def _what(label: str, **options: Any) -> forms.CharField:
    messages = {"required": "Enter what is to be done", "max_length": "Say it in 300 characters or fewer"}
    field = forms.CharField(label=label, max_length=300, error_messages=messages, **options)
    field.widget.attrs.pop("maxlength", None)
    return field


class ActionForm(forms.Form):
    what = _what("What is to be done")
    owner = _select("Who does it", PlanAction.Owner.choices, "Choose who does it")
    due = DateBoxes(label="By when", needed="Enter the day by which it is done")
    form_token = TokenField()


class PlanForm(forms.Form):
    kind = _select("Kind of plan", Plan.Kind.choices, "Choose the kind of plan")
    barrier = _select(
        "What keeps the child from school", Plan.Barrier.choices, "Choose what keeps the child from school",
        help_text="The main barrier. It is not shown to the school.",
    )  # fmt: skip
    lead = _select("Lead practitioner", Plan.Lead.choices, "Choose who leads")
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
            self.fields[f"owner_{n}"] = _select("Who does it", PlanAction.Owner.choices, "", required=False)
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


class StageForm(forms.Form):
    stage = radios("Move the case to", [], "Choose a stage")
    version = VersionField()

    def __init__(self, *args: Any, moves: list[Any], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["stage"].choices = [(one.code, one.name) for one in moves]  # type: ignore[attr-defined]


class CloseForm(forms.Form):
    outcome = _select("What came of the case", Case.Outcome.choices, "Choose what came of the case")
    version = VersionField()
