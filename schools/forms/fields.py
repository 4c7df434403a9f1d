"""Fields asked the same way on every form."""

from __future__ import annotations

import uuid
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


class TokenField(forms.UUIDField):
    """Made with the form: one that is sent twice, by a double click or by going back, is done once.

    The action keeps it in a unique column and answers a second sending with what the first one did.
    """

    widget = forms.HiddenInput

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, initial=uuid.uuid4, **options)

    def clean(self, value: Any) -> uuid.UUID | None:
        try:
            return super().clean(value)
        except forms.ValidationError:  # nobody types it: without a good one the form counts once each time it is sent
            return None


class WordsField(forms.CharField):
    """What somebody writes, kept as typed; too much is refused in words, not cut by the browser."""

    def __init__(self, *, longest: int = 50_000, rows: int = 4, needed: str = "", **options: Any) -> None:
        super().__init__(
            required=bool(needed),
            max_length=longest,
            widget=forms.Textarea({"rows": rows}),
            error_messages={"required": needed, "max_length": f"Keep this to {longest:,} characters. It has %(show_value)s."},
            **options,
        )

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {}  # no maxlength: a browser would cut what is pasted, and say nothing

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value) or "").replace("\r\n", "\n")


def radios(label: str, choices: Any, needed: str, **options: Any) -> forms.ChoiceField:
    """One of a few, all of them in sight."""
    errors = {"required": needed, "invalid_choice": needed}
    return forms.ChoiceField(label=label, choices=choices, widget=forms.RadioSelect, error_messages=errors, **options)


class VersionField(forms.IntegerField):
    """Which version of the thing the form was made from. An action refuses to write over a later one."""

    widget = forms.HiddenInput
    default_error_messages = dict.fromkeys(("required", "invalid"), "This form is not as it was sent to you. Open its page again.")


def say_plainly(form: forms.BaseForm) -> None:
    """An address that was shortened or changed by hand is answered in words that say what to do."""
    for field in form.fields.values():
        if "invalid_choice" in field.error_messages:
            field.error_messages["invalid_choice"] = "This choice is not offered here, so it was left out. Choose one from the list."


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
