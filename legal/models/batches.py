"""Batches of holiday requests: what a school asks for many pupils at once, and notices that are issued in one job."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.permissions import Permission
from schools.models import School
from schools.models.people import kept_for_good


class HolidayBatchQuerySet(models.QuerySet["HolidayBatch"]):
    def visible_to(self, user: User) -> HolidayBatchQuerySet:
        if not user.may(Permission.SEE_NOTICES):
            return self.none()
        return self if user.as_role.every_school else self.filter(school__in=School.objects.visible_to(user))


@kept_for_good
class HolidayBatch(models.Model):
    """Holiday requests of one school that are prepared and sent together. Each is a request of its own, and is decided as one."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Being prepared"
        SUBMITTED = "submitted", "Sent for a decision"

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="holiday_batches")
    status = models.CharField(max_length=9, choices=Status, default=Status.DRAFT)
    made = models.DateField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    submitted = models.DateField(null=True, blank=True)  # the last time any of it was sent
    answers = models.JSONField(default=dict, blank=True)  # by item of legal.checklist: [answer, day or ""]; given for all pupils
    form_token = models.UUIDField(null=True, blank=True, unique=True)
    version = models.PositiveIntegerField(default=1)

    objects = HolidayBatchQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Holiday batch {self.pk}: {self.school}"


class BulkIssueQuerySet(models.QuerySet["BulkIssue"]):
    def visible_to(self, user: User) -> BulkIssueQuerySet:
        """Names and amounts of many families: for those in the authority who see the batch's school."""
        if not user.as_role.in_authority:
            return self.none()
        return self.filter(batch__in=HolidayBatch.objects.visible_to(user))

    def busy(self) -> BulkIssueQuerySet:
        return self.filter(step__in=BulkIssue.BUSY)


class BulkIssue(models.Model):
    """Notices of a batch issued as one job: checked first through the same gate as a single one, looked at, then issued.

    What is to be done and what is done stand in its lines, each in its own transaction, so that any number of workers may share it, a
    killed one costs nothing, and nothing is done twice.
    """

    class Step(models.TextChoices):
        CHECKING = "checking", "Being checked"
        CHECKED = "checked", "Ready to look at"
        ISSUING = "issuing", "Being issued"
        ISSUED = "issued", "Issued"
        DROPPED = "dropped", "Not gone on with"

    BUSY = (Step.CHECKING, Step.ISSUING)

    batch = models.ForeignKey(HolidayBatch, on_delete=models.PROTECT, related_name="bulk_issues")
    step = models.CharField(max_length=8, choices=Step, default=Step.CHECKING)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=160)
    reason = models.CharField(max_length=14)  # of legal.models.Decision.Reason
    words = models.TextField(blank=True)
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    form_token = models.UUIDField(null=True, blank=True, unique=True)
    # all its notices in one file, for the print room
    stored = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(null=True, blank=True)
    pages = models.PositiveIntegerField(null=True, blank=True)
    made_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    posted = models.DateField(null=True, blank=True)
    posted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = BulkIssueQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["batch"], condition=Q(step__in=["checking", "checked", "issuing"]), name="bulk_issue_one_at_a_time"
            )
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"Bulk issue {self.pk} of {self.batch}"

    @property
    def busy(self) -> bool:
        return self.step in self.BUSY


class BulkLine(models.Model):
    """One request of a bulk issue."""

    class State(models.TextChoices):
        TO_CHECK = "to_check", "Waiting to be checked"
        READY = "ready", "May be issued"
        LEFT_OUT = "left_out", "Left out"
        TO_ISSUE = "to_issue", "Waiting to be issued"
        ISSUED = "issued", "Issued"

    bulk = models.ForeignKey(BulkIssue, on_delete=models.PROTECT, related_name="lines")
    request = models.ForeignKey("legal.Request", on_delete=models.PROTECT, related_name="bulk_lines")
    state = models.CharField(max_length=8, choices=State, default=State.TO_CHECK)
    due: Any = models.JSONField(default=list)  # of each parent to whom a notice is due: name, order, early, full, sessions
    why = models.TextField(blank=True)  # why it was left out
    decision = models.OneToOneField("legal.Decision", null=True, blank=True, on_delete=models.PROTECT, related_name="bulk_line")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bulk", "request"], name="bulk_line_once"),
            models.CheckConstraint(condition=Q(state="issued") ^ Q(decision=None), name="bulk_line_issued_has_a_decision"),
        ]
        indexes = [models.Index(fields=["bulk", "id"], condition=Q(state__in=["to_check", "to_issue"]), name="bulk_line_to_do")]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.bulk}: {self.request_id}"
