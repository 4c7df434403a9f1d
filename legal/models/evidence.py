"""Documents that belong to an item of a checklist: of one request, or of a whole batch of holidays."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import User
from legal.models.batches import HolidayBatch
from legal.models.requests import Request


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def visible_to(self, user: User) -> AttachmentQuerySet:
        """By the rules of the request or batch it is of: whoever may see that may read what is attached to it."""
        of_request = Q(request__in=Request.objects.visible_to(user).values("pk"))
        return self.standing().filter(of_request | Q(batch__in=HolidayBatch.objects.visible_to(user).values("pk")))

    def standing(self) -> AttachmentQuerySet:
        return self.filter(taken_away=None)

    def of(self, request: Request) -> AttachmentQuerySet:
        """The request's own, and those that its batch has for all of its pupils."""
        mine = Q(request=request)
        return self.standing().filter(mine | Q(batch=request.batch_id) if request.batch_id else mine)


class Attachment(models.Model):
    """One file, kept byte for byte under its SHA-256 and given out as a download only."""

    class Scan(models.TextChoices):
        CLEAN = "clean", "Scanned, nothing found"
        NONE = "none", "Not scanned"

    request = models.ForeignKey(Request, null=True, blank=True, on_delete=models.PROTECT, related_name="attachments")
    batch = models.ForeignKey(HolidayBatch, null=True, blank=True, on_delete=models.PROTECT, related_name="attachments")
    item = models.CharField(max_length=24)  # key of legal.checklist
    name = models.CharField(max_length=150)
    kind = models.CharField(max_length=5)  # of schools.files.KINDS
    stored = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    scan = models.CharField(max_length=5, choices=Scan)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    taken_away = models.DateTimeField(null=True, blank=True)
    taken_away_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(request=None) ^ Q(batch=None), name="attachment_of_one_thing"),
            models.UniqueConstraint(
                fields=["request", "batch", "item", "sha256"], condition=Q(taken_away=None), nulls_distinct=False, name="attachment_once"
            ),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.name

    @property
    def of(self) -> Request | HolidayBatch:
        found = self.request or self.batch
        if found is None:
            raise ValueError("An attachment is of a request or of a batch")
        return found
