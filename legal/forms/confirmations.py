"""A school's word about its register: what the pages ask for."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.models import User
from legal.forms.fields import INCOMPLETE, WORDS
from legal.models import Confirmation

_HOW = [choice for choice in Confirmation.How.choices if choice[0] != Confirmation.How.LOGIN]


class _Heard(forms.Form):
    """Who said it: asked of an officer only, who writes down what a school has said."""

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        if user.as_role.in_authority:
            self.fields["how"] = forms.ChoiceField(
                label="How the school said it",
                choices=_HOW,
                widget=forms.RadioSelect({"legend": "s", "class": "govuk-radios--inline"}),
                error_messages={"required": "Choose how the school said it"},
            )
            self.fields["said_by"] = forms.CharField(
                label="Who said it for the school",
                max_length=160,
                help_text="Name and role, like: Mr Example, attendance lead.",
                error_messages={"required": "Enter who said it for the school"},
            )

    def heard(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in ("how", "said_by") if name in self.fields}


class ConfirmForm(_Heard):
    agrees = forms.ChoiceField(
        label="Do these marks agree with your register?",
        choices=[("yes", "Yes, they agree"), ("no", "No, something is different")],
        widget=forms.RadioSelect({"legend": "s"}),
        error_messages={"required": "Choose whether they agree"},
    )
    words = forms.CharField(
        label="What is different, in words",
        required=False,
        max_length=2000,
        widget=WORDS,
        help_text="Not needed if you have entered your codes in the table.",
    )
    shown = forms.CharField(widget=forms.HiddenInput, error_messages={"required": INCOMPLETE})

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.order_fields(["agrees", "words", "how", "said_by", "shown"])

    def wrong(self, sessions: list[str]) -> dict[str, str]:
        """What was typed into the table: by session, the school's own code, "-" for no mark."""
        typed = {session: str(self.data.get(box(session), "")).strip()[:2] for session in sessions}
        return {session: code.strip("-") for session, code in typed.items() if code}


def box(session: str) -> str:
    """The name of the box in which the school's own code for a session is typed."""
    return f"code_{session.replace(' ', '_')}"


class ConfirmManyForm(_Heard):
    """The ticks are read beside it: a page of them is one question."""
