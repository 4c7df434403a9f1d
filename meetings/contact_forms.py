"""The form that writes down a contact with a school."""

from __future__ import annotations

from typing import Any

from django import forms

from meetings.models import SchoolContact
from schools.forms.fields import DateBoxes, TokenField, WordsField, radios
from schools.models import Pupil


class SchoolContactForm(forms.Form):
    day = DateBoxes(label="Which day", needed="Enter the day", help_text="For example, 20 11 2026")
    how = radios("How", SchoolContact.How.choices, "Choose how")
    reached = radios("Did you reach somebody?", [("yes", "Yes"), ("no", "No, it was tried")], "Say whether you reached somebody")
    with_whom = forms.CharField(
        label="With whom",
        max_length=160,
        help_text="Name and part in the school, for example Mrs Green, attendance lead",
        error_messages={"required": "Say with whom", "max_length": "Keep this to 160 characters"},
    )
    about = radios("What it was about", SchoolContact.About.choices, "Choose what it was about")
    pupils = forms.ModelMultipleChoiceField(
        queryset=Pupil.objects.none(),
        label="Which pupils",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Severely absent pupils of this school without a plan. Contacts about other pupils are written in their cases.",
        error_messages={"invalid_choice": "Choose pupils of this list"},
    )
    words = WordsField(longest=2000, rows=4, label="What was said", help_text="Only the authority reads this.")
    traded = forms.BooleanField(
        label="This was traded work, which the school pays for",
        required=False,
        help_text="Advice, support meetings, support for families and legal intervention are free to every school.",
    )
    form_token = TokenField()

    def __init__(self, *args: Any, pupils: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["pupils"]
        field.queryset = pupils
        if not pupils:
            del self.fields["pupils"]

    def said(self) -> dict[str, Any]:
        """As the action takes it."""
        return self.cleaned_data | {"reached": self.cleaned_data["reached"] == "yes"}
