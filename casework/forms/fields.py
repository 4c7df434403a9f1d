"""The field that most forms about a case share."""

from __future__ import annotations

from typing import Any

from django import forms

_CHOOSE = [("", "Choose one")]


def select(label: str, choices: Any, needed: str, **options: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=[*_CHOOSE, *choices], error_messages={"required": needed, "invalid_choice": needed}, **options
    )
