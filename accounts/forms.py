"""Sign-in, passwords and the audit trail's filters, in plain words over allauth's forms."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as allauth
from allauth.mfa.base import forms as second_factor
from allauth.mfa.totp import forms as totp
from django import forms
from django.contrib.auth.password_validation import validate_password

from accounts import actions
from accounts.models import AuditEvent, User

GOOD_PASSWORD = "At least 12 characters. Three or four words that only you would put together make a good password."  # noqa: S105


def _plain(field: forms.Field, label: str, *, hint: str = "", required: str = "", **attrs: str) -> None:
    field.label, field.help_text = label, hint
    field.widget.attrs.pop("placeholder", None)
    field.widget.attrs |= attrs
    if required:
        field.error_messages["required"] = required


class SignInForm(allauth.LoginForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _plain(self.fields["login"], "Email address", required="Enter your email address", autocomplete="email")
        self.fields["login"].error_messages["invalid"] = "Enter an email address like name@example.org"
        _plain(self.fields["password"], "Password", required="Enter your password")


class ForgottenPasswordForm(allauth.ResetPasswordForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _plain(self.fields["email"], "Email address", required="Enter your email address")


def _two_passwords(form: forms.Form) -> None:
    _plain(form.fields["password1"], "New password", hint=GOOD_PASSWORD, required="Enter a new password")
    _plain(form.fields["password2"], "New password again", required="Enter the new password again")


class NewPasswordForm(allauth.ResetPasswordKeyForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _two_passwords(self)


class ChangePasswordForm(allauth.ChangePasswordForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _plain(self.fields["oldpassword"], "Current password", required="Enter your current password")
        _two_passwords(self)


class ConfirmPasswordForm(allauth.ReauthenticateForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _plain(self.fields["password"], "Password", required="Enter your password")


def _code(form: forms.Form) -> None:
    _plain(form.fields["code"], "Code", required="Enter the code", inputmode="numeric")
    form.fields["code"].widget.attrs["class"] = "govuk-input--width-10"


class CodeForm(second_factor.AuthenticateForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _code(self)

    def clean_code(self) -> str:
        try:
            return super().clean_code()
        except forms.ValidationError:
            # the password was right: somebody else may have it
            actions.failed_to_sign_in(email=self.user.email, step="code")
            raise


class ConfirmCodeForm(second_factor.ReauthenticateForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _code(self)


class ActivateForm(totp.ActivateTOTPForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _code(self)


class InvitationForm(forms.Form):
    password = forms.CharField(
        label="Password",
        strip=False,
        help_text=GOOD_PASSWORD,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        error_messages={"required": "Choose a password"},
    )

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.user = user

    def clean_password(self) -> str:
        validate_password(self.cleaned_data["password"], self.user)
        return self.cleaned_data["password"]


class AuditFilter(forms.Form):
    who = forms.CharField(label="Who", required=False, max_length=100)
    kind = forms.ChoiceField(label="What kind", required=False, choices=[("", "Everything"), *AuditEvent.Kind.choices])
    what = forms.CharField(label="Act or subject", required=False, max_length=100)
    first = forms.DateField(label="From", required=False, help_text="For example, 1/9/2026", error_messages={"invalid": "Enter a date"})
    last = forms.DateField(label="To", required=False, error_messages={"invalid": "Enter a date"})
