"""Notes of legal advice: privileged, for the legal role alone.

Nothing else reads them: no export, chronology, bundle, school's page, report on a pupil, search or API, and the audit trail holds no word
of them. They are part of no other page's rows: whoever wants them asks here (tests/flows/test_doors.py tries every other address).
"""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.permissions import Permission
from legal.models.notices import Notice
from legal.models.requests import Request
from schools.models import Pupil


class LegalAdviceQuerySet(models.QuerySet["AdviceNote"]):
    def visible_to(self, user: User) -> LegalAdviceQuerySet:
        return self if user.may(Permission.KEEP_LEGAL_ADVICE) else self.none()


class AdviceNote(models.Model):
    """What legal advised about a pupil, or about one request or notice of theirs. Never changed: a further note says what is new."""

    pupil = models.ForeignKey(Pupil, on_delete=models.PROTECT, related_name="+")
    request = models.ForeignKey(Request, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    notice = models.ForeignKey(Notice, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    words = models.TextField()
    day = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=160)
    at = models.DateTimeField()
    form_token = models.UUIDField(null=True, blank=True, unique=True)

    objects = LegalAdviceQuerySet.as_manager()

    class Meta:
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]
        constraints = [models.CheckConstraint(condition=Q(request__isnull=True) | Q(notice__isnull=True), name="advice_about_one_thing")]

    def __str__(self) -> str:
        return f"Legal advice note {self.pk}"
