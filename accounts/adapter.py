"""How allauth behaves here: nobody signs up, and who came, went or failed to come in is written down."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest

from accounts import actions, secrets


class ClosedSignup(DefaultAccountAdapter):
    """Accounts by invitation only, with an audit line for each sign-in, sign-out and failure."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "The email address or password is not right. Check both and try again.",
        "too_many_login_attempts": "There have been too many attempts to sign in. Wait 5 minutes and try again.",
        "rate_limited": "There have been too many attempts. Wait a few minutes and try again.",
        "incorrect_password": "That is not your password",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def login(self, request: HttpRequest, user: Any) -> None:
        super().login(request, user)
        actions.signed_in(user=user)

    def logout(self, request: HttpRequest) -> None:
        user = request.user
        super().logout(request)
        actions.signed_out(user=user)

    def reauthenticate(self, user: Any, password: str) -> bool:
        """By the user's own address: addresses are not kept a second time in allauth's table."""
        found = self.authenticate(self.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        actions.failed_to_sign_in(email=str(credentials.get("email") or ""))


class SecretsEncrypted(DefaultMFAAdapter):
    """A copy of the database alone does not give away second factors: their seeds are encrypted with the secret key."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "That code is not right. Enter the code your app shows now.",
        "rate_limited": "There have been too many attempts. Wait a few minutes and try again.",
    }

    def encrypt(self, text: str) -> str:
        return secrets.encrypt(text, purpose="second factor")

    def decrypt(self, encrypted_text: str) -> str:
        return secrets.decrypt(encrypted_text, purpose="second factor")
