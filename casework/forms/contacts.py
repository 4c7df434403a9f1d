"""Contacts and notes: words are free here, and only here."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms

from casework.forms.fields import select
from casework.models import Contact
from schools.forms.fields import DateBoxes, TokenField, WordsField, radios
from schools.models import Parent, Pupil, Responsibility

SOMEBODY_ELSE = "else"


def parents_of(pupil: Pupil) -> list[Responsibility]:
    """Whom a contact may have been with, first contact first."""
    return list(pupil.responsibilities.select_related("parent").order_by("priority", "pk"))


def who(parents: list[Responsibility], chosen: str) -> Parent | None:
    """None: somebody else."""
    return {str(tie.parent_id): tie.parent for tie in parents}.get(chosen)


class ContactForm(forms.Form):
    kind = select("How", Contact.Kind.choices, "Choose how the contact was made")
    who = radios("Who", [], "Choose who it was")
    day = DateBoxes(label="When", needed="Enter the day of the contact")
    result = select("What came of it", Contact.Result.choices, "Choose what came of it")
    child_seen = forms.BooleanField(label="The child was seen", required=False)
    words = WordsField(label="Notes (optional)", help_text="Never shown to a school.")
    follow_up = DateBoxes(label="Next contact (optional)", help_text="It is on the case officer’s list from that day on.")
    form_token = TokenField()

    def __init__(self, *args: Any, parents: list[Responsibility], **options: Any) -> None:
        super().__init__(*args, **options)
        known = [(str(tie.parent_id), _reached_at(tie)) for tie in parents]
        self.fields["who"].choices = [*known, (SOMEBODY_ELSE, "Somebody else")]  # type: ignore[attr-defined]


def _reached_at(tie: Responsibility) -> str:
    number = f", {tie.parent.phone}" if tie.parent.phone else ""
    return f"{tie.parent} ({tie.get_relationship_display().lower()}){number}"


CALLS = (Contact.Kind.PHONE, Contact.Kind.TEXT, Contact.Kind.EMAIL)
_NEXT = {1: "Tomorrow", 3: "In 3 days", 7: "In a week", 14: "In 2 weeks", 28: "In 4 weeks"}


def next_days(today: dt.date) -> list[tuple[str, str]]:
    days = [(str(n), f"{said}, {_on(today, n):%a %-d %b}") for n, said in _NEXT.items()]
    return [("", "No date"), *days]


def day_of(chosen: str, today: dt.date) -> dt.date | None:
    return _on(today, int(chosen)) if chosen else None


def _on(today: dt.date, days: int) -> dt.date:
    """So many days on; what falls on a weekend is put to the Monday after."""
    day = today + dt.timedelta(days=days)
    return day + dt.timedelta(days=7 - day.weekday()) if day.weekday() > 4 else day


class CallForm(forms.Form):
    """A call in one line. Which button is pressed says whether anybody was reached."""

    kind = forms.ChoiceField(label="How", choices=[(kind.value, kind.label) for kind in CALLS], initial=Contact.Kind.PHONE)
    who = forms.ChoiceField(
        label="Who", error_messages={"required": "Choose who it was", "invalid_choice": "Choose who it was: a parent may have been changed"}
    )
    words = forms.CharField(
        label="What was said", required=False, max_length=500, error_messages={"max_length": "Say it in 500 characters, or write a note"}
    )
    next = forms.ChoiceField(label="Next contact", required=False)
    result = forms.ChoiceField(
        choices=[(Contact.Result.SPOKE.value, "Reached"), (Contact.Result.TRIED.value, "Not reached")],
        widget=forms.HiddenInput,
        error_messages={"required": "Choose “Reached” or “Not reached”", "invalid_choice": "Choose “Reached” or “Not reached”"},
    )
    form_token = TokenField()

    def __init__(self, *args: Any, parents: list[Responsibility], today: dt.date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.today = today
        known = [(str(tie.parent_id), _reached_at(tie)) for tie in parents]
        self.fields["who"].choices = [*known, (SOMEBODY_ELSE, "Somebody else")]  # type: ignore[attr-defined]
        self.fields["next"].choices = next_days(today)  # type: ignore[attr-defined]
        self.fields["words"].widget.attrs.pop("maxlength", None)

    @property
    def follow_up(self) -> dt.date | None:
        return day_of(self.cleaned_data["next"], self.today)


class NoteForm(forms.Form):
    words = WordsField(label="Note", rows=10, needed="Enter the note")
    shared = forms.BooleanField(
        label="Share this note with the pupil’s school",
        required=False,
        help_text="Otherwise the authority alone reads it. What is shared, a school the child moves to reads it too.",
    )
    form_token = TokenField()
