"""A file, and the line of the chronology it belongs to."""

from __future__ import annotations

from typing import Any

from django import forms

from casework.models import Entry
from schools import files
from schools.forms.fields import TokenField


class CaseFileForm(forms.Form):
    file = forms.FileField(
        label="File",
        help_text=f"{', '.join(files.KINDS)}; at most {files.MOST // files.MEGABYTE} MB; without macros.",
        error_messages={"required": "Choose a file", "empty": "The file is empty", "max_length": "Give the file a shorter name"},
    )
    entry = forms.ModelChoiceField(
        queryset=Entry.objects.none(),
        label="It belongs to",
        required=False,
        empty_label="A line of its own",
        error_messages={"invalid_choice": "Choose a contact or note of this case"},
    )
    words = forms.CharField(label="What it is (optional)", required=False, max_length=300)
    form_token = TokenField()

    def __init__(self, *args: Any, entries: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["entry"].queryset = entries  # type: ignore[attr-defined]
