"""Plans, their reviews and their actions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from django import forms

from attendance.words import say_day
from casework.actions import Agreed, Terms
from casework.forms.fields import barrier_select, line, owner_and_service, owner_select, select, whole_number
from casework.models import Barrier, Plan, PlanAction
from schools.forms.fields import DateBoxes, TokenField, VersionField, WordsField, radios

_FIRST_ACTIONS = 3


_WHAT = "What is to be done"


class ActionForm(forms.Form):
    what = line(_WHAT, longest=300, needed="Enter what is to be done")
    owner = owner_select()
    due = DateBoxes(label="By when", needed="Enter the day by which it is done")
    form_token = TokenField()

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if "owner" in found:
            found["owner"], found["service"] = owner_and_service(found["owner"])
        return found


def _most() -> forms.IntegerField:
    return whole_number("Sessions that may be missed, at most", "Enter a whole number", required=False)


def _of() -> forms.IntegerField:
    words = "For example 60: a school week has 10. Counted from the day after today."
    return whole_number("Of how many of the next sessions", "Enter a whole number", required=False, help_text=words)


_AGREEMENT = ("kind", "barrier", "lead", "review", "carry", "version", "form_token")
_NOT_SAID = ("carry", "version", "form_token")
_CHOICES: dict[str, Any] = {"kind": Plan.Kind, "barrier": Barrier, "lead": Plan.Lead}


class PlanForm(forms.Form):
    kind = select("Kind of plan", Plan.Kind.choices, "Choose the kind of plan")
    barrier = barrier_select(
        "What keeps the child from school", "Choose what keeps the child from school",
        help_text="The main barrier that this plan works on. It is not shown to the school.",
    )  # fmt: skip
    lead = select("Who leads", Plan.Lead.choices, "Choose who leads", help_text="Usually the school.")
    lead_name = line("Lead practitioner’s name", needed="Enter the name of the lead practitioner: one person the family can turn to")
    lead_role = line("Lead practitioner’s role", needed="Enter the lead practitioner’s role", help_text="For example head of year 9.")
    most = _most()
    of = _of()
    review = DateBoxes(
        label="Review", needed="Enter the day on which the plan is looked at again", help_text="After today and within 12 weeks."
    )
    timetable_start = DateBoxes(label="Part-time timetable begins")
    timetable_end = DateBoxes(label="Part-time timetable ends", help_text="It is for a time: as short as it can be.")
    timetable_hours = forms.DecimalField(
        label="Hours in school a week", required=False, max_digits=3, decimal_places=1, localize=False,
        widget=forms.TextInput({"inputmode": "decimal", "class": "govuk-input--width-4"}),
        error_messages=dict.fromkeys(("invalid", "max_digits", "max_decimal_places", "max_whole_digits"), "Enter hours, for example 12.5"),
    )  # fmt: skip
    nurse = line("School nurse")
    panel = DateBoxes(label="Day of the attendance panel")
    carry = forms.BooleanField(label="Carry over the open actions of the current plan", required=False, initial=True)
    version = VersionField()
    form_token = TokenField()

    def __init__(self, *args: Any, open_actions: int = 0, **options: Any) -> None:
        super().__init__(*args, **options)
        if not open_actions:
            del self.fields["carry"]
        for n in range(1, _FIRST_ACTIONS + 1):
            self.fields[f"what_{n}"] = line(_WHAT, longest=300)
            self.fields[f"owner_{n}"] = owner_select(required=False)
            self.fields[f"due_{n}"] = DateBoxes(label="By when")

    @property
    def head(self) -> list[forms.BoundField]:
        return [self[name] for name in ("kind", "barrier", "lead", "lead_name", "lead_role")]

    @property
    def target(self) -> list[forms.BoundField]:
        return [self["most"], self["of"]]

    @property
    def of_kinds(self) -> list[tuple[str, list[forms.BoundField]]]:
        """What only some kinds of plan need."""
        return [
            (Plan.Kind.REINTEGRATION.label, [self[name] for name in ("timetable_start", "timetable_end", "timetable_hours")]),
            (Plan.Kind.MEDICAL.label, [self["nurse"]]),
            (Plan.Kind.PANEL.label, [self["panel"]]),
        ]

    @property
    def tail(self) -> list[forms.BoundField]:
        return [self[name] for name in ("review", "carry") if name in self.fields]

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
        return [
            Agreed(asked[f"what_{n}"], *_of_owner(asked[f"owner_{n}"], asked[f"due_{n}"]), row=n) for n in rows if asked.get(f"what_{n}")
        ]

    def agreement(self) -> dict[str, Any]:
        """What an agreed plan always says."""
        return {name: value for name, value in self.cleaned_data.items() if name in _AGREEMENT}

    @classmethod
    def in_words(cls, said: Mapping[str, Any]) -> dict[str, str]:
        """What a plan says, field by field, as somebody reads it."""
        found = {}
        for name, field in cls.base_fields.items():
            if name in _NOT_SAID or not isinstance(field.label, str):
                continue
            value = said.get(name)
            shown = say_day(value) if isinstance(value, dt.date) else "" if value is None else str(value)
            found[field.label] = str(_CHOICES[name](value).label) if name in _CHOICES and value else shown
        return found

    def terms(self) -> Terms:
        asked = self.cleaned_data
        return Terms(**{one.name: asked[one.name] for one in fields(Terms)})


def _of_owner(chosen: str, due: Any) -> tuple[str, Any, str]:
    owner_, service = owner_and_service(chosen)
    return owner_, due, service


class ReviewForm(forms.Form):
    result = radios("What came of the review", Plan.Result.choices, "Choose what came of the review")
    review = DateBoxes(label="Next review", help_text="Needed where the plan carries on: after today and within 12 weeks.")
    most = _most()
    of = _of()
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
