"""Users: invited, corrected, disabled. Nobody signs up by themselves."""

from __future__ import annotations

import datetime as dt
import uuid

from django.contrib.auth.models import AnonymousUser
from django.db import transaction

from accounts import audit
from accounts.models import ApiToken, User
from accounts.roles import ROLES

MOST_TOKENS = 10


class UserProblem(ValueError):
    """Why a user cannot be made or changed so."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class TokenProblem(UserProblem):
    """Why a token cannot be made."""


@transaction.atomic
def invite(*, by: User | None, now: dt.datetime, name: str, email: str, role: str) -> User:
    """A user without a password: the invitation's link (accounts.invitations) lets them choose one."""
    email = email.strip().lower()
    if role not in ROLES:
        raise UserProblem("Choose a role", "role")
    if not name.strip():
        raise UserProblem("Enter the person's name", "name")
    known = User.objects.filter(email__iexact=email).first()
    if known is not None:
        state = "" if known.is_active else ", who is disabled"
        raise UserProblem(f"{email} belongs to {known}{state}", "email")
    user = User(email=email, name=name.strip(), role=role, invited_at=now)
    user.set_unusable_password()
    user.save()
    audit.record("invited user", by=by, subject=user, role=role)
    return user


@transaction.atomic
def invite_again(*, by: User | None, now: dt.datetime, user: User) -> User:
    """A new link; the one sent before stops working."""
    if user.has_usable_password():
        raise UserProblem(f"{user} has chosen a password already. They can use “Forgotten your password?” when signing in.")
    if not user.is_active:
        raise UserProblem(f"{user} is disabled. Enable the user first.")
    user.invited_at = now
    user.save(update_fields=["invited_at"])
    audit.record("invited user again", by=by, subject=user)
    return user


@transaction.atomic
def accept_invitation(*, user: User, password: str) -> User:
    """Choosing a password uses the invitation up."""
    user.set_password(password)
    user.save(update_fields=["password"])
    audit.record("accepted invitation", by=user, subject=user, kind="access")
    return user


@transaction.atomic
def correct_user(*, by: User, user: User, name: str, role: str) -> list[str]:
    """Change a name or role. Returns the fields that changed."""
    if role not in ROLES:
        raise UserProblem("Choose a role", "role")
    if by.pk == user.pk and role != user.role:
        raise UserProblem("You cannot change your own role. Ask another administrator.", "role")
    changed = [field for field, value in (("name", name.strip()), ("role", role)) if getattr(user, field) != value]
    before = user.role
    user.name, user.role = name.strip(), role
    if "role" in changed:
        _keep_an_administrator(before, user)
    if changed:
        user.save(update_fields=changed)
        audit.record("corrected user", by=by, subject=user, fields=changed, role=[before, role])
    return changed


@transaction.atomic
def disable_user(*, by: User, user: User) -> User:
    """Their sessions end with the next click, and stay ended should they be enabled again."""
    if by.pk == user.pk:
        raise UserProblem("You cannot disable yourself. Ask another administrator.")
    _keep_an_administrator(user.role, user)
    user.is_active = False
    user.sessions_ended += 1
    user.save(update_fields=["is_active", "sessions_ended"])
    audit.record("disabled user", by=by, subject=user)
    return user


@transaction.atomic
def enable_user(*, by: User, user: User) -> User:
    user.is_active = True
    user.save(update_fields=["is_active"])
    audit.record("enabled user", by=by, subject=user)
    return user


def _keep_an_administrator(role: str, user: User) -> None:
    others = User.objects.filter(role="administrator", is_active=True).exclude(pk=user.pk)
    if role == "administrator" and not others.exists():
        raise UserProblem("There must be at least one administrator. Make another user an administrator first.", "role")


def signed_in(*, user: User) -> None:
    audit.record("signed in", by=user, subject=user, kind="access")


def signed_out(*, user: User | AnonymousUser) -> None:
    if isinstance(user, User):
        audit.record("signed out", by=user, subject=user, kind="access")


def failed_to_sign_in(*, email: str, step: str = "password") -> None:
    """The address tried is kept; whether it belongs to anybody is not told to the one who tried."""
    subject = User.objects.filter(email__iexact=email).first()
    audit.record("failed to sign in", by=None, subject=subject, kind="access", email=email[:254], step=step)


@transaction.atomic
def make_token(
    *, by: User, now: dt.datetime, name: str, days: int, form_token: uuid.UUID | None = None, may_hold: bool = True
) -> tuple[ApiToken, str]:
    """A token for a program that reads as `by`. The second of the pair is the token itself, known from here on to nobody else.

    `may_hold` is False where everybody needs a second factor and this user has none: a token must not be the easier way in.
    """
    user = User.objects.select_for_update().get(pk=by.pk)
    if not may_hold:
        raise TokenProblem("Turn your second step on first: a token must not be an easier way in than your password.")
    if form_token is not None and ApiToken.objects.filter(form_token=form_token).exists():
        raise TokenProblem("This token was made already and is shown only once. If you did not copy it, revoke it and make another.")
    if len(ApiToken.objects.standing(user, now)) >= MOST_TOKENS:
        raise TokenProblem(f"You have {MOST_TOKENS} tokens already. Revoke one that is not used any more.")
    token, text = ApiToken.objects.create(
        user, dt.timedelta(days=days), name=name.strip(), session_hash=user.get_session_auth_hash(), form_token=form_token
    )
    audit.record("made API token", by=by, subject=user, kind="access", name=token.name, days=days)
    return token, text


@transaction.atomic
def revoke_token(*, by: User, token: ApiToken) -> None:
    """The next request with it is refused."""
    audit.record("revoked API token", by=by, subject=token.user, kind="access", name=token.name)
    token.delete()


def token_used(*, token: ApiToken, today: dt.date) -> None:
    """The day is kept, so that a token nobody uses can be seen; one write a day."""
    if token.last_used != today:
        ApiToken.objects.filter(pk=token.pk).update(last_used=today)
