"""Planning a blitz, and one of its visits on the doorstep."""

from __future__ import annotations

from typing import Any

from django import forms

from casework.blitzes import ABSENCES
from casework.forms.visits import AT_THE_DOOR, DOOR_WORDS
from schools.forms.fields import DateBoxes, TokenField, WordsField, radios
from schools.models import School


class BlitzForm(forms.Form):
    day = DateBoxes(label="Day", needed="Enter the day")
    schools = forms.ModelMultipleChoiceField(
        queryset=School.objects.none(),
        label="Schools",
        widget=forms.CheckboxSelectMultiple({"class": "dm-choices"}),
        error_messages={"required": "Choose at least one school", "invalid_choice": "Choose from your own schools"},
    )
    absences = forms.MultipleChoiceField(
        label="Who is visited",
        help_text="By the mark of that morning. Nobody is visited who came late, is suspended or has leave of absence.",
        choices=[(key, said) for key, (said, _) in ABSENCES.items()],
        initial=["none", "ill", "holiday"],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose which absences the visits are about", "invalid_choice": "Choose from the list"},
    )
    form_token = TokenField()

    def __init__(self, *args: Any, schools: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["schools"].queryset = schools  # type: ignore[attr-defined]

    @property
    def codes(self) -> list[str]:
        return [code for key in self.cleaned_data["absences"] for code in ABSENCES[key][1]]


class BlitzDoorForm(forms.Form):
    result = radios(
        "What came of it", [(one.value, DOOR_WORDS.get(one, one.label)) for one in AT_THE_DOOR], "Choose what came of the visit"
    )
    child_seen = forms.BooleanField(label="The child was seen", required=False)
    words = WordsField(label="Notes (optional)", rows=4)
    form_token = TokenField()
