"""The kinds of parameter the API takes. Each refuses what it does not understand: left out, it would widen the answer."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import django_filters as filters
from django import forms
from drf_spectacular.utils import extend_schema_field

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Day(forms.Field):
    """2026-11-20, and no other way of writing it."""

    def to_python(self, value: Any) -> dt.date | None:
        if value in self.empty_values:
            return None
        try:
            if _DAY.fullmatch(value):
                return dt.date.fromisoformat(value)
        except ValueError:
            pass
        raise forms.ValidationError("Give a date like 2026-11-20.")


class Whole(forms.Field):
    """A number that names something: a URN, or our own id."""

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values:
            return None
        if not re.fullmatch(r"[0-9]{1,18}", value):
            raise forms.ValidationError("Give a whole number.")
        return int(value)


class UpnText(forms.Field):
    def to_python(self, value: Any) -> str | None:
        if value in self.empty_values:
            return None
        if not re.fullmatch(r"[A-Za-z][0-9]{11}[0-9A-Za-z]", value):
            raise forms.ValidationError("Give a UPN: a letter, eleven digits, and a digit or letter.")
        return value.upper()


class _Told:
    """A parameter whose kind and words stand in the API's description."""

    said: dict[str, Any]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        extend_schema_field(self.said | {"description": options.get("help_text", "")})(self)


class DayFilter(_Told, filters.Filter):
    field_class = Day
    said = {"type": "string", "format": "date"}


class NumberFilter(_Told, filters.Filter):
    field_class = Whole
    said = {"type": "integer", "minimum": 0, "maximum": 10**18 - 1}


class UpnFilter(_Told, filters.Filter):
    field_class = UpnText
    said = {"type": "string", "pattern": "^[A-Za-z][0-9]{11}[0-9A-Za-z]$"}


_NOT_OFFERED = {"invalid_choice": "Choose one of the values that are offered."}


class ChoiceFilter(filters.ChoiceFilter):
    """One of the values that are offered."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, error_messages=_NOT_OFFERED, null_label=None, empty_label=None, **options)


class YesNoFilter(_Told, filters.TypedChoiceFilter):
    """true or false."""

    said = {"type": "boolean"}

    def __init__(self, **options: Any) -> None:
        choices = [("true", "true"), ("false", "false")]
        super().__init__(choices=choices, coerce=lambda value: value == "true", error_messages=_NOT_OFFERED, **options)
