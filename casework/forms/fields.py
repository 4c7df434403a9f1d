"""The fields that several forms about a case share."""

from __future__ import annotations

from typing import Any

from django import forms

from casework.models import BARRIERS, PlanAction, Service

_CHOOSE = [("", "Choose one")]


def select(label: str, choices: Any, needed: str, **options: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=[*_CHOOSE, *choices], error_messages={"required": needed, "invalid_choice": needed}, **options
    )


def barrier_select(label: str, needed: str, **options: Any) -> forms.ChoiceField:
    """What keeps the child from school, in groups: nobody reads thirty lines in a row."""
    groups = [(name, [(one.value, one.label) for one in group]) for name, group in BARRIERS]
    return select(label, groups, needed, **options)


def whole_number(label: str, needed: str, **options: Any) -> forms.IntegerField:
    messages = {"required": needed, "invalid": needed, "min_value": needed, "max_value": needed}
    field = forms.IntegerField(label=label, min_value=0, max_value=999, error_messages=messages, **options)
    field.widget = forms.TextInput({"inputmode": "numeric", "class": "govuk-input--width-4"})
    return field


def line(label: str, *, longest: int = 160, needed: str = "", **options: Any) -> forms.CharField:
    """One line of words, kept as typed; too much is refused in words, not cut by the browser."""
    messages = {"required": needed, "max_length": f"Say it in {longest} characters or fewer"}
    field = forms.CharField(label=label, max_length=longest, required=bool(needed), error_messages=messages, **options)
    field.widget.attrs.pop("maxlength", None)
    return field


_SERVICE = "service:"  # before the code of a service, where the others are kinds of owner
_OWNERS = [(code, label) for code, label in PlanAction.Owner.choices if code != PlanAction.Owner.SERVICE]


def owner_select(**options: Any) -> forms.ChoiceField:
    """Who does it: somebody near the child, or one of the services by name."""
    services = [(f"{_SERVICE}{code}", label) for code, label in Service.choices]
    return select("Who does it", [("School, family, officer", _OWNERS), ("Another service", services)], "Choose who does it", **options)


def owner_and_service(chosen: str) -> tuple[str, str]:
    """The choice of `owner_select` as an action takes it."""
    if chosen.startswith(_SERVICE):
        return PlanAction.Owner.SERVICE.value, chosen.removeprefix(_SERVICE)
    return chosen, ""
