"""A visit as it is planned, and as it is written down on a doorstep."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms

from accounts.models import User
from casework.forms.contacts import SOMEBODY_ELSE, day_of, next_days
from casework.models import Contact
from schools.forms.fields import DateBoxes, TokenField, WordsField, radios
from schools.models import Responsibility

AT_THE_DOOR = (Contact.Result.SPOKE, Contact.Result.AGREED, Contact.Result.REFUSED, Contact.Result.NO_ANSWER, Contact.Result.LEFT_MESSAGE)
DOOR_WORDS = {Contact.Result.NO_ANSWER: "Nobody came to the door", Contact.Result.LEFT_MESSAGE: "Nobody in, left a card"}


def _time(label: str, needed: str, **options: Any) -> forms.TimeField:
    errors = {"required": needed, "invalid": "Enter a time like 14:30"}
    widget = forms.TimeInput({"type": "time", "class": "govuk-input--width-5"}, format="%H:%M")
    return forms.TimeField(label=label, widget=widget, error_messages=errors, **options)


class VisitForm(forms.Form):
    day = DateBoxes(label="Day", needed="Enter the day of the visit")
    time = _time("You set off at", "Enter the time at which you set off")
    back_by = _time(
        "You check out by", "Enter the time by which you check out", help_text="Once it has gone by, your manager and who knows see it."
    )
    place = forms.CharField(
        label="Where you will be",
        max_length=200,
        help_text="Whoever knows of the visit reads this, and not the child’s name if they do not work with the child.",
        error_messages={"required": "Enter where you will be", "max_length": "Keep this to 200 characters"},
    )
    known_to = forms.ModelChoiceField(queryset=User.objects.none(), label="Who knows", required=False, empty_label="Somebody else")
    known_to_words = forms.CharField(label="Somebody else, and how to reach them (optional)", required=False, max_length=120)
    form_token = TokenField()

    def __init__(self, *args: Any, colleagues: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["known_to"].queryset = colleagues  # type: ignore[attr-defined]


class DoorForm(forms.Form):
    """What came of it: large targets, one line at least for the thumb, everything else optional."""

    result = radios(
        "What came of it", [(one.value, DOOR_WORDS.get(one, one.label)) for one in AT_THE_DOOR], "Choose what came of the visit"
    )
    who = radios("Who came to the door", [], "Choose who it was")
    child_seen = forms.BooleanField(label="The child was seen", required=False)
    words = WordsField(label="Notes", rows=6)
    next = forms.ChoiceField(label="Next contact", required=False)
    form_token = TokenField()

    def __init__(self, *args: Any, parents: list[Responsibility], today: dt.date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.today = today
        known = [(str(tie.parent_id), f"{tie.parent} ({tie.get_relationship_display().lower()})") for tie in parents]
        self.fields["who"].choices = [*known, (SOMEBODY_ELSE, "Somebody else, or nobody")]  # type: ignore[attr-defined]
        self.fields["who"].initial = SOMEBODY_ELSE if not known else None
        self.fields["next"].choices = next_days(today)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Where nobody came, nobody is asked who."""
        found = super().clean() or {}
        if found.get("result") in (Contact.Result.NO_ANSWER, Contact.Result.LEFT_MESSAGE) and not self.data.get("who"):
            self.errors.pop("who", None)
            found["who"] = SOMEBODY_ELSE
        return found

    @property
    def follow_up(self) -> dt.date | None:
        return day_of(self.cleaned_data["next"], self.today)


class LongerForm(forms.Form):
    back_by = _time("I check out by", "Enter the time by which you check out")
