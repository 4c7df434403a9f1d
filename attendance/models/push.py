"""The tokens with which a school's system pushes registers, and what it was told of each push."""

from __future__ import annotations

import datetime as dt
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from attendance.models.extracts import Extract
from schools.models import School


class PushTokenQuerySet(models.QuerySet["PushToken"]):
    def standing(self, now: dt.datetime) -> PushTokenQuerySet:
        return self.filter(revoked_at=None, expires_at__gt=now)


class PushToken(models.Model):
    """Lets one school's system send that school's registers, until a day, and opens nothing else. Only its hash is kept."""

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="push_tokens")
    ref = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)  # in addresses
    name = models.CharField(max_length=60)
    public = models.CharField(max_length=12, unique=True)  # the part of the token by which it is found
    digest = models.CharField(max_length=64)  # SHA-256 of the whole token
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(null=True)
    last_used = models.DateTimeField(null=True)  # to the minute
    form_token = models.UUIDField(null=True, unique=True)  # a form sent twice makes one token

    objects = PushTokenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=False) | Q(revoked_by__isnull=True), name="push_token_revoked_when_by_whom"
            )
        ]

    def __str__(self) -> str:
        return self.name


class PushReceipt(models.Model):
    """One push that was taken: what the sender polls. The file itself, and what became of it, is the extract."""

    ref = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    token = models.ForeignKey(PushToken, on_delete=models.PROTECT, related_name="receipts")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="+")
    extract = models.OneToOneField(Extract, on_delete=models.PROTECT, related_name="push")
    key = models.CharField(max_length=200, null=True)  # Idempotency-Key  # noqa: DJ001  (several pushes without one)
    prefix = models.CharField(max_length=20, blank=True)  # of JSON pointers to records
    records = models.PositiveIntegerField()  # in the body
    unreadable = models.JSONField(default=list)  # records that are no marks: [{number, pointer, field, value, message}]; the first 1,000
    unreadable_records = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["school", "key"], name="push_key_once_a_school")]

    def __str__(self) -> str:
        return f"Push {self.ref}"
