"""Orders of courts, and how they end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from legal.forms.fields import WORDS, VersionedForm
from legal.models import Order
from schools.forms.fields import DateBoxes, TokenField, WordsField
from schools.models import Parent, Responsibility


class OrderForm(forms.Form):
    kind = forms.ChoiceField(
        label="What is recorded",
        choices=Order.Kind.choices,
        widget=forms.RadioSelect({"legend": "s"}),
        error_messages={"required": "Choose what is recorded"},
    )
    parent = forms.ModelChoiceField(
        Parent.objects.none(),
        label="Parent, if it is about one",
        required=False,
        empty_label="The child, or nobody in particular",
        error_messages={"invalid_choice": "Choose a parent from the list"},
    )
    start = DateBoxes(
        label="Day it was made, served or considered", needed="Enter the day", help_text="An order or notice counts from this day."
    )
    last = DateBoxes(label="Last day, if the court said one", help_text="Leave empty to go by the rule.")
    court = forms.CharField(label="Court (optional)", required=False, max_length=120)
    reference = forms.CharField(label="Case number or reference (optional)", required=False, max_length=80)
    words = forms.CharField(label="Terms or reasons", required=False, widget=WORDS, max_length=4000)
    form_token = TokenField()

    def __init__(self, *args: Any, ties: Iterable[Responsibility], **options: Any) -> None:
        super().__init__(*args, **options)
        known = [tie.parent for tie in ties]
        self.fields["parent"].queryset = Parent.objects.filter(pk__in=[parent.pk for parent in known])  # type: ignore[attr-defined]


class EndOrderForm(VersionedForm):
    day = DateBoxes(label="Day it ended", needed="Enter the day it ended")
    words = forms.CharField(
        label="What came of it",
        widget=WORDS,
        max_length=2000,
        error_messages={"required": "Say what came of it"},
        help_text="For example: discharged by the court; the authority applied; the parent satisfied the authority.",
    )


class EndParentingOrderForm(EndOrderForm):
    carried_out = forms.TypedChoiceField(
        label="Was it carried out?",
        choices=[("yes", "Yes: the parent did what it asks"), ("no", "No, or not all of it")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect({"legend": "s"}),
        error_messages={"required": "Say whether it was carried out"},
    )


class AdviceForm(forms.Form):
    words = WordsField(label="Advice", needed="Enter the advice", longest=20_000, rows=6)
    form_token = TokenField()
