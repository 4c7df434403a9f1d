"""Contacts and notes: words are free here, and only here."""

from __future__ import annotations

from typing import Any

from django import forms

from casework.forms.fields import select
from casework.models import Contact
from schools.forms.fields import DateBoxes, TokenField, WordsField, radios
from schools.models import Responsibility

SOMEBODY_ELSE = "else"


class ContactForm(forms.Form):
    kind = select("How", Contact.Kind.choices, "Choose how the contact was made")
    who = radios("Who", [], "Choose who it was")
    day = DateBoxes(label="When", needed="Enter the day of the contact")
    result = select("What came of it", Contact.Result.choices, "Choose what came of it")
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
