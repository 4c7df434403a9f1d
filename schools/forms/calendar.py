"""Terms and closures."""

from __future__ import annotations

from typing import Any

from django import forms

from schools.forms.fields import DateBoxes

KINDS = [("term", "A term or half term"), ("closed", "Closed: INSET day, polling, snow")]


class DaysForm(forms.Form):
    kind = forms.ChoiceField(label="What", choices=KINDS, widget=forms.RadioSelect, error_messages={"required": "Choose what it is"})
    name = forms.CharField(
        label="Name", max_length=60, help_text="For example, Autumn term 1, or INSET day.", error_messages={"required": "Enter a name"}
    )
    start = DateBoxes(label="First day", needed="Enter the first day")
    end = DateBoxes(label="Last day", needed="Enter the last day")

    def __init__(self, *args: Any, fixed_kind: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        if fixed_kind:
            del self.fields["kind"]


class FileForm(forms.Form):
    file = forms.FileField(
        label="CSV file",
        widget=forms.FileInput({"accept": ".csv,text/csv"}),
        error_messages={"required": "Choose a file", "empty": "The file is empty"},
    )

    def __init__(self, *args: Any, most_bytes: int, hint: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.most_bytes = most_bytes
        self.fields["file"].help_text = hint

    def clean_file(self) -> Any:
        if self.cleaned_data["file"].size > self.most_bytes:
            raise forms.ValidationError(f"The file is larger than {self.most_bytes // 1024 // 1024} MB")
        return self.cleaned_data["file"]
