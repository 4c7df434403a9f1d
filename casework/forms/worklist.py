"""Why rows leave a list of work today, and when to look again."""

from __future__ import annotations

from typing import Any

from django import forms

from casework.models import Dismissal
from schools.forms.fields import DateBoxes, WordsField, radios


class DismissForm(forms.Form):
    reason = radios("Why", Dismissal.Reason.choices, "Choose why")
    until = DateBoxes(
        label="Look again on",
        help_text="Needed where the school is leading. Without a date it is looked at again after 12 weeks.",
    )
    words = WordsField(label="In your words", help_text="Needed for another reason.", longest=2000)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("reason") == Dismissal.Reason.SCHOOL_LEADS and not found.get("until") and "until" not in self.errors:
            self.add_error("until", "Enter the day on which to look again")
        if found.get("reason") == Dismissal.Reason.OTHER and not found.get("words", "").strip():
            self.add_error("words", "Say why, in words")
        return found
