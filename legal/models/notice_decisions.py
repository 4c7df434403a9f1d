"""What was decided about a notice after its issue, on which register as known then."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models

from legal.models.notices import Notice


class NoticeDecision(models.Model):
    """That the absence is prosecuted, that the notice is withdrawn, or that it stands: who, why, on which register. Never changed."""

    class Kind(models.TextChoices):
        PROSECUTED = "prosecuted", "The absence is prosecuted"
        WITHDRAWN = "withdrawn", "Withdrawn"
        STANDS = "stands", "Reviewed: it stands"

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="later_decisions")
    kind = models.CharField(max_length=10, choices=Kind)
    words = models.TextField()
    sessions = models.JSONField(default=list)  # of those relied on, the ones that still stood, with their mark of that moment
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=160)
    day = models.DateField()
    known_at = models.DateTimeField()  # the register below is as known at this moment
    register = models.TextField()  # exactly what was hashed (legal.freeze)
    sha256 = models.CharField(max_length=64)
    policy_version = models.CharField(max_length=40)

    class Meta:
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.notice}: {self.get_kind_display().lower()}"
