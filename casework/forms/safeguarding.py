"""A safeguarding consideration, and what came of a referral."""

from __future__ import annotations

from typing import Any

from django import forms

from casework.forms.fields import line, select
from casework.models import Consideration, Service
from schools.forms.fields import DateBoxes, TokenField, WordsField, radios


class ConsiderForm(forms.Form):
    day = DateBoxes(label="When it was considered", needed="Enter the day on which it was considered")
    considered_by = line(
        "Who considered it", needed="Enter who considered it, by name and role",
        help_text="Name and role: for example you, with the school’s designated safeguarding lead.",
    )  # fmt: skip
    level = radios("Level of need", Consideration.Level.choices, "Choose the level of need")
    referred = radios("Is the child referred?", [("yes", "Yes"), ("no", "No")], "Say whether the child is referred")
    referred_to = select(
        "Referred to", Service.choices, "Choose from the list", required=False, help_text="Needed if the child is referred."
    )
    why = WordsField(label="Why the child is referred, or why not", rows=6, needed="Say why the child is referred, or why not")
    form_token = TokenField()

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if "referred" in found:
            found["referred"] = found["referred"] == "yes"
        return found


class OutcomeForm(forms.Form):
    outcome = WordsField(label="What came of the referral", needed="Say what came of the referral")
