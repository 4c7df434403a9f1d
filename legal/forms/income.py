"""Money: what the pages ask for."""

from __future__ import annotations

from typing import Any

from django import forms

from legal.forms.fields import WORDS, VersionedForm
from legal.forms.notices import PoundsField
from legal.models import IncomeLine, Notice, Refund
from schools.forms.fields import DateBoxes, TokenField

_LEDGER = "As in the council’s ledger, so that it can be found again."


def _how(line: IncomeLine) -> list[tuple[str, str]]:
    How = IncomeLine.How
    found = []
    if line.notice or line.public:
        found.append((How.ACCEPTED, "Accept what was due as paid, on the day I enter"))
    found += [
        (How.MATCHED, "It was for another notice"),
        (How.REFUNDED, "All of it was given back"),
        (How.RETURNED, "It is for no notice: passed back to the income team"),
    ]
    return [(str(key), words) for key, words in found]


class SettleForm(VersionedForm):
    """What a person does with a payment that did not fit. Which fields are needed depends on the choice; the action says."""

    day = DateBoxes(label="Day", help_text="To accept: the day it was really paid. Given back: the day of the refund.")
    reference = forms.CharField(
        label="Reference",
        required=False,
        max_length=80,
        help_text="Given back: of the refund in the ledger. Another notice: its number, like PN000123.",
    )
    words = forms.CharField(label="What shows it, or why", required=False, max_length=2000, widget=WORDS)

    def __init__(self, *args: Any, line: IncomeLine, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["how"] = forms.ChoiceField(
            label="What is done with it",
            choices=_how(line),
            widget=forms.RadioSelect({"legend": "s"}),
            error_messages={"required": "Choose what is done with it"},
        )
        self.order_fields(["how", "day", "reference", "words", "version"])

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        how = found.get("how")
        if how in (IncomeLine.How.ACCEPTED, IncomeLine.How.REFUNDED) and "day" not in self.errors and not found.get("day"):
            self.add_error("day", "Enter the day")
        return found


class RefundForm(forms.Form):
    """Of what a withdrawal or an accepted payment leaves to give back: the sum is known."""

    day = DateBoxes(label="Day it was given back", needed="Enter the day it was given back")
    reference = forms.CharField(
        label="Reference of the refund", max_length=80, help_text=_LEDGER, error_messages={"required": "Enter the reference of the refund"}
    )
    words = forms.CharField(label="Anything to note", required=False, max_length=2000, widget=WORDS)


class GiveBackForm(RefundForm):
    """Money that came outside the income system and could not be taken."""

    amount = PoundsField(
        label="Amount given back, in pounds",
        widget=forms.TextInput({"class": "govuk-input--width-4", "inputmode": "numeric"}),
        error_messages={"required": "Enter the amount given back", "invalid": "Enter whole pounds, like 80 or 160"},
    )
    why = forms.ChoiceField(
        label="Why",
        choices=Refund.Why.choices,
        widget=forms.RadioSelect({"legend": "s"}),
        error_messages={"required": "Choose why it is given back"},
    )
    form_token = TokenField()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["words"].label = "When and how the money had come"
        self.order_fields(["amount", "why", "words", "day", "reference", "form_token"])


class OutcomeForm(VersionedForm):
    outcome = forms.ChoiceField(
        label="How it ended",
        choices=Notice.Outcome.choices,
        widget=forms.RadioSelect({"legend": "s"}),
        error_messages={"required": "Choose how the prosecution ended"},
    )
    day = DateBoxes(label="Day it ended", needed="Enter the day it ended")
    court = forms.CharField(label="Court", max_length=120, error_messages={"required": "Enter the court"})


class EmailServiceForm(forms.Form):
    email = forms.EmailField(label="E-mail address agreed to", error_messages={"required": "Enter the address"})
    agreed = DateBoxes(label="Day the parent agreed", needed="Enter the day the parent agreed")
    how = forms.CharField(
        label="How the parent agreed, and where that is kept",
        max_length=200,
        help_text="For example: signed form of that day, in the case file.",
        error_messages={"required": "Say how the parent agreed"},
    )


class EmailEndForm(forms.Form):
    day = DateBoxes(label="From which day the parent agrees no more", needed="Enter the day")
