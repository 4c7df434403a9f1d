"""What becomes of a notice: what the pages ask for."""

from __future__ import annotations

from typing import Any

from django import forms

from legal.forms.fields import WORDS, VersionedForm
from legal.models import Notice, Withdrawal
from schools.forms.fields import DateBoxes, TokenField


class ServeForm(VersionedForm):
    service = forms.ChoiceField(
        label="How it was served",
        choices=Notice.Service.choices,
        widget=forms.RadioSelect({"legend": "s"}),
        error_messages={"required": "Choose how it was served"},
    )
    served = DateBoxes(label="Day it was posted or handed over", needed="Enter the day it was posted or handed over")
    receipt = DateBoxes(
        label="Day it was received, if known",
        help_text="Leave empty to go by the presumption: by hand, the same day; first class post, the second working day after posting.",
    )
    evidence = forms.CharField(
        label="How that day is known",
        required=False,
        max_length=200,
        help_text="Needed if you enter a day: for example, signed for, or the parent said so by telephone.",
    )

    def __init__(self, *args: Any, by_email: bool = False, **options: Any) -> None:
        """`by_email`: policy lets notices be served so."""
        super().__init__(*args, **options)
        if not by_email:
            ways = [choice for choice in Notice.Service.choices if choice[0] != Notice.Service.EMAIL]
            self.fields["service"] = forms.ChoiceField(
                label="How it was served", choices=ways, widget=forms.RadioSelect({"legend": "s"}),
                error_messages={"required": "Choose how it was served"},
            )  # fmt: skip
            self.order_fields(["service"])


class PoundsField(forms.DecimalField):
    """Whole pounds, however they are typed: 160, £160, 160.00."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(str(value).strip().removeprefix("£").replace(",", "") if value not in self.empty_values else value)

    def clean(self, value: Any) -> Any:
        pounds = super().clean(value)
        if pounds is not None and (pounds != int(pounds) or not 0 < pounds < 10_000):
            raise forms.ValidationError("Enter whole pounds, like 80 or 160")
        return None if pounds is None else int(pounds)


class PaymentForm(forms.Form):
    amount = PoundsField(
        label="Amount received, in pounds",
        widget=forms.TextInput({"class": "govuk-input--width-4", "inputmode": "numeric"}),
        error_messages={"required": "Enter the amount received", "invalid": "Enter whole pounds, like 80 or 160"},
    )
    day = DateBoxes(label="Day it was received", needed="Enter the day the money was received")
    form_token = TokenField()


class WithdrawForm(VersionedForm):
    ground = forms.ChoiceField(
        label="Ground",
        choices=Withdrawal.Ground.choices,
        widget=forms.RadioSelect({"legend": "s"}),
        error_messages={"required": "Choose the ground"},
    )
    words = forms.CharField(
        label="What happened, in words",
        widget=WORDS,
        max_length=4000,
        error_messages={"required": "Say in words why the notice is withdrawn"},
    )
    sessions_free = forms.BooleanField(
        label="The sessions may be relied on again",
        required=False,
        help_text="Your decision as legal officer. Leave it unticked and they can found no other notice to this parent.",
    )


class StandForm(VersionedForm):
    words = forms.CharField(
        label="Why it stands, in words",
        widget=WORDS,
        max_length=4000,
        error_messages={"required": "Say in words why the notice stands"},
    )


class ProsecuteForm(VersionedForm):
    day = DateBoxes(label="Day the proceedings were begun", needed="Enter the day the proceedings were begun")
    words = forms.CharField(
        label="Why the absence is prosecuted, in words",
        widget=WORDS,
        max_length=4000,
        error_messages={"required": "Say in words why the absence is prosecuted"},
    )
