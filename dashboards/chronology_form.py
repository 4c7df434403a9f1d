"""What part of a child's story is asked for, read from the address."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms

from dashboards.chronology import KINDS, Asked, usual
from schools.forms.fields import say_plainly

_EARLIEST = dt.date(1990, 1, 1)


class ChronologyForm(forms.Form):
    """A choice that was not understood is said, and the usual one stands."""

    kind = forms.ChoiceField(label="Kind", choices=[("", "Everything"), *sorted(KINDS.items(), key=lambda k: k[1])], required=False)
    first = forms.DateField(label="From", required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    last = forms.DateField(label="To", required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, data: Any, *, today: dt.date) -> None:
        self.today = today
        first, last = usual(today)
        given = {"kind": data.get("kind", ""), "first": data.get("first") or first, "last": data.get("last") or last}
        super().__init__(given)
        say_plainly(self)
        for name in ("first", "last"):
            self.fields[name].error_messages["invalid"] = "Enter a real date"

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        first, last = found.get("first"), found.get("last")
        if first and last and first > last:
            self.add_error("first", "The first day must not be after the last")
        if first and first < _EARLIEST:
            self.add_error("first", "Check the year")
        if last and last > self.today:
            self.add_error("last", "The story ends today: the date cannot be after today")
        return found

    @property
    def asked(self) -> Asked:
        first, last = usual(self.today)
        if self.is_valid():
            return Asked(self.cleaned_data["first"], self.cleaned_data["last"], self.cleaned_data["kind"])
        return Asked(first, last)
