"""The link that lets an invited user choose their password: signed, for one use, for seven days."""

from __future__ import annotations

import logging
from smtplib import SMTPException

from allauth.account.adapter import get_adapter
from django.core import signing
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User

DAYS = 7
_SALT = "daymark.invitation"
log = logging.getLogger("daymark.invitations")


def token_for(user: User) -> str:
    """Holds the moment of invitation, so that inviting again, or choosing a password, makes older links worthless."""
    return signing.dumps([user.pk, _state(user)], salt=_SALT)


def user_of(token: str) -> User | None:
    """Whose link this is, while it may still be used."""
    try:
        pk, state = signing.loads(token, salt=_SALT, max_age=DAYS * 24 * 60 * 60)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    user = User.objects.filter(pk=pk, is_active=True).first()
    if user is None or user.has_usable_password() or state != _state(user):
        return None
    return user


def _state(user: User) -> str:
    return user.invited_at.isoformat() if user.invited_at else ""


def send(request: HttpRequest, user: User) -> bool:
    """Send the e-mail. False when the mail server could not be reached: the user stands, the e-mail can be sent again."""
    link = request.build_absolute_uri(reverse("invitation", args=[token_for(user)]))
    try:
        get_adapter(request).send_mail("account/email/invitation", user.email, {"user": user, "link": link, "days": DAYS})
    except (OSError, SMTPException):
        log.exception("The invitation to user %s could not be sent", user.pk)
        return False
    return True
