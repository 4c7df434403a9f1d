"""What the pages of pupils to match ask for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from schools import upn
from schools.models import School


class HeldFilter(forms.Form):
    """Read from the address: which school, and whether those who wait or those decided about."""

    school = forms.ModelChoiceField(School.objects.none(), to_field_name="urn", required=False, empty_label="All schools", label="School")
    show = forms.ChoiceField(choices=[("", "Waiting"), ("decided", "Decided")], required=False, label="Show")

    def __init__(self, *args: Any, schools: QuerySet[School], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["school"].queryset = schools  # type: ignore[attr-defined]

    def chosen(self) -> tuple[School | None, bool]:
        """The school and whether decided ones are wanted; what an address says wrongly is left out."""
        self.is_valid()
        return self.cleaned_data.get("school"), self.cleaned_data.get("show") == "decided"


class FindForm(forms.Form):
    upn = forms.CharField(label="UPN of another pupil", max_length=20, error_messages={"required": "Enter a UPN"})

    def clean_upn(self) -> str:
        return upn.tidy(self.cleaned_data["upn"])


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=300, widget=forms.Textarea({"rows": 3}), error_messages={"required": "Give a reason"})

    def __init__(self, *args: Any, label: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["reason"].label = label
