"""Users, and the record of who did or looked at what."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator

import pgtrigger
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.crypto import constant_time_compare, salted_hmac
from knox.models import AbstractAuthToken, AuthTokenManager

from accounts.permissions import Permission
from accounts.roles import ROLES, Role


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """Somebody who signs in. What they may do is their role; which rows they see, their postings (schools)."""

    email = models.EmailField("email address", unique=True)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=20, choices=[(r.code, r.name) for r in ROLES.values()])
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    invited_at = models.DateTimeField(null=True, blank=True)
    sessions_ended = models.PositiveIntegerField(default=0)  # how often all sessions were ended at once

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name", "role"]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=list(ROLES)), name="user_role_is_known", violation_error_message="Choose a role"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def as_role(self) -> Role:
        return ROLES[self.role]

    def get_session_auth_hash(self) -> str:
        """Sessions hold as long as this does: a new password ends them, and so does being disabled, for good."""
        return salted_hmac("accounts.User.session", f"{self.password}:{self.sessions_ended}", algorithm="sha256").hexdigest()

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        return iter(())

    def may(self, permission: Permission) -> bool:
        return self.is_active and permission in self.as_role.permissions


class ApiTokenManager(AuthTokenManager):
    def standing(self, user: User, now: dt.datetime) -> list[ApiToken]:
        """The user's tokens that still open something, newest first."""
        found = self.filter(user=user, expiry__gt=now).order_by("-created")
        return [token for token in found if token.holds_for(user)]


class ApiToken(AbstractAuthToken):
    """Lets a program read what its user may see, until a day. Only its hash is kept: the token itself is shown once.

    It stands on the password it was made under: a new password ends it, and so does disabling the user, for good.
    """

    ref = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)  # in addresses; the key is the hash
    name = models.CharField(max_length=60)
    session_hash = models.CharField(max_length=64)
    last_used = models.DateField(null=True, blank=True)
    form_token = models.UUIDField(null=True, blank=True, unique=True)  # a form sent twice makes one token

    objects = ApiTokenManager()

    def __str__(self) -> str:
        return self.name

    def holds_for(self, user: User) -> bool:
        return constant_time_compare(self.session_hash, user.get_session_auth_hash())


class AuditEvent(models.Model):
    """One line of the audit trail: written, never changed. A batch of many rows is one line with its count."""

    class Kind(models.TextChoices):
        CHANGE = "change", "Changed"
        VIEW = "view", "Looked at"
        EXPORT = "export", "Downloaded"
        ACCESS = "access", "Signed in or out"
        REFUSED = "refused", "Refused"

    at = models.DateTimeField(db_index=True)
    kind = models.CharField(max_length=8, choices=Kind)
    act = models.CharField(max_length=60)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=160)
    subject_type = models.CharField(max_length=40, blank=True)
    subject_id = models.BigIntegerField(null=True, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes = [models.Index(fields=["subject_type", "subject_id", "-at"], name="audit_by_subject")]
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.by_name}: {self.act} {self.subject}".strip()
