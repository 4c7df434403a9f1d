"""Public-place notices: what the pages ask for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms

from legal.forms.fields import WORDS, said_parent
from schools.forms.fields import DateBoxes, TokenField
from schools.importers.table import date_of
from schools.models import Parent, Responsibility


class PublicPlaceForm(forms.Form):
    told = DateBoxes(label="Day of the head teacher’s notice under section 104", needed="Enter the day of the section 104 notice")
    days = forms.CharField(
        label="The school days it states",
        widget=forms.Textarea({"rows": 5}),
        help_text="A day on each line, like 16/11/2026. At most the first five school days.",
        error_messages={"required": "Enter the days that the section 104 notice states"},
    )
    day = DateBoxes(label="Day the child was found in a public place", needed="Enter the day")
    time = forms.TimeField(
        label="Time",
        widget=forms.TimeInput({"class": "govuk-input--width-5"}, format="%H:%M"),
        help_text="Within school hours, like 10:40.",
        error_messages={"required": "Enter the time", "invalid": "Enter a time like 10:40"},
    )
    place = forms.CharField(label="Place", max_length=200, error_messages={"required": "Enter the place"})
    seen_by = forms.CharField(label="Who saw the child", max_length=160, error_messages={"required": "Enter who saw the child"})
    words = forms.CharField(
        label="What was seen, and what the parent said of it",
        widget=WORDS,
        max_length=4000,
        help_text="A parent with a reasonable justification commits no offence: write down what was asked and answered.",
        error_messages={"required": "Say what was seen"},
    )
    reason = forms.CharField(
        label="Why a notice is right", widget=WORDS, max_length=4000, error_messages={"required": "Say why a notice is right"}
    )
    form_token = TokenField()

    def __init__(self, *args: Any, ties: Iterable[Responsibility], schools: list[tuple[int, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["parent"] = forms.ModelChoiceField(
            queryset=Parent.objects.filter(pk__in=[tie.parent_id for tie in ties]),
            label="Parent",
            widget=forms.RadioSelect({"legend": "s"}),
            error_messages={"required": "Choose the parent"},
            empty_label=None,
        )
        self.fields["parent"].choices = [(tie.parent_id, said_parent(tie)) for tie in ties]
        self.fields["school"] = forms.TypedChoiceField(
            label="School that excluded the child", choices=schools, coerce=int, error_messages={"required": "Choose the school"}
        )
        self.order_fields(["school", "parent", "told", "days", "day", "time", "place", "seen_by", "words", "reason", "form_token"])

    def clean_days(self) -> list[dt.date]:
        found = []
        for line in str(self.cleaned_data["days"]).replace(",", "\n").split("\n"):
            if line.strip():
                day = date_of(line)
                if day is None:
                    raise forms.ValidationError(f"{line.strip()[:40]} is no date. Write each like 16/11/2026")
                found.append(day)
        return found

    def clean_time(self) -> str:
        return f"{self.cleaned_data['time']:%H:%M}"
