"""Fields asked the same way on every form."""

from __future__ import annotations

from typing import Any

from django import forms


class DateBoxes(forms.DateField):
    """A date people know, as three boxes: day, month, year."""

    widget = forms.SelectDateWidget

    def __init__(self, *, needed: str = "", **options: Any) -> None:
        options.setdefault("required", bool(needed))
        options["error_messages"] = {
            "required": needed or "Enter a date",
            "invalid": "Enter a real date, as day, month and year",
        }
        super().__init__(**options)


def show(form: forms.BaseForm, problem: Exception) -> None:
    """Put an action's refusal where it belongs on the form it came from."""
    field = getattr(problem, "field", None)
    form.add_error(field if field in form.fields else None, str(problem))


YEAR_GROUPS = [
    ("", "Not known"),
    ("N1", "Nursery 1"),
    ("N2", "Nursery 2"),
    ("R", "Reception"),
    *((str(n), f"Year {n}") for n in range(1, 15)),
]
YES_NO_UNKNOWN = [("", "Not known"), ("yes", "Yes"), ("no", "No")]


def yes_no(value: str) -> bool | None:
    return {"yes": True, "no": False}.get(value)


def word(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"
