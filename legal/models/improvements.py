"""Notices to improve: a last chance before a penalty notice, to one parent about one child, and what was decided about each."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from accounts.permissions import Permission
from casework.models import Case
from legal import improvement
from schools.models import Enrolment, Parent, Pupil, School
from schools.models.people import kept_for_good


class ImprovementQuerySet(models.QuerySet["Improvement"]):
    def visible_to(self, user: User) -> ImprovementQuerySet:
        """The one answer to "which notices to improve?": a school sees those of its own roll."""
        if not user.may(Permission.SEE_NOTICES):
            return self.none()
        if user.as_role.every_school:
            return self
        mine = self.filter(pupil__in=Enrolment.objects.visible_to(user).values("pupil"))
        return mine if user.as_role.in_authority else mine.filter(school__in=School.objects.visible_to(user))

    def open(self) -> ImprovementQuerySet:
        return self.filter(state__in=Improvement.OPEN)

    def watched(self) -> ImprovementQuerySet:
        """Issued, and nobody has said yet how it ended."""
        return self.filter(state__in=Improvement.WATCHED)


@kept_for_good
class Improvement(models.Model):
    """A notice to improve. From its issue on what is printed stays as it is; `finding` and what is beside it follow the marks."""

    class State(models.TextChoices):
        DRAFT = "draft", "Being prepared"
        ISSUED = "issued", "Issued, not yet served"
        RUNNING = "running", "Running"
        IMPROVED = "improved", "Improved"
        NOT_IMPROVED = "not_improved", "Not improved"
        ENDED_EARLY = "ended_early", "Ended before its time"
        WITHDRAWN = "withdrawn", "Withdrawn"

    class Issuer(models.TextChoices):
        AUTHORITY = "authority", "The authority"
        SCHOOL = "school", "The school"

    class Service(models.TextChoices):
        POST = "post", "First class post"
        HAND = "hand", "By hand"
        EMAIL = "email", "E-mail"

    WATCHED = (State.ISSUED, State.RUNNING)
    OPEN = (State.DRAFT, *WATCHED)

    pupil = models.ForeignKey(Pupil, on_delete=models.PROTECT, related_name="improvements")
    parent = models.ForeignKey(Parent, on_delete=models.PROTECT, related_name="improvements")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="improvements")
    case = models.ForeignKey(Case, null=True, blank=True, on_delete=models.PROTECT, related_name="improvements")
    issuer = models.CharField(max_length=9, choices=Issuer)
    state = models.CharField(max_length=12, choices=State, default=State.DRAFT)
    made = models.DateField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    form_token = models.UUIDField(null=True, blank=True)
    # what it says
    start = models.DateField()
    weeks = models.PositiveSmallIntegerField()  # school weeks
    end = models.DateField(null=True, blank=True)  # by the school's calendar as known at issue
    most = models.PositiveSmallIntegerField()  # unauthorised sessions that sufficient improvement may still hold
    of = models.PositiveSmallIntegerField(null=True, blank=True)  # the school's sessions in the period, as known at issue
    early = models.PositiveSmallIntegerField(null=True, blank=True)  # unauthorised sessions from which a penalty notice may come sooner
    early_words = models.TextField(blank=True)  # other grounds for that
    support_given = models.TextField()
    support_offered = models.TextField()
    contact = models.CharField(max_length=200)  # whom to ask for that support
    # as it stood at issue
    issued = models.DateField(null=True, blank=True)
    record_from = models.DateField(null=True, blank=True)
    record_possible = models.PositiveSmallIntegerField(null=True, blank=True)
    record_absent = models.PositiveSmallIntegerField(null=True, blank=True)
    sessions = models.JSONField(default=list, blank=True)  # unauthorised in the last school weeks: "2026-11-09 AM=O"
    to_name = models.CharField(max_length=200, blank=True)
    to_address = models.CharField(max_length=400, blank=True)
    child_name = models.CharField(max_length=200, blank=True)
    # how it reached the parent
    service = models.CharField(max_length=5, choices=Service, blank=True)
    served = models.DateField(null=True, blank=True)
    receipt = models.DateField(null=True, blank=True)
    receipt_evidence = models.CharField(max_length=200, blank=True)
    # as marks stood when they were last looked at
    seen_to = models.DateField(null=True, blank=True)
    counted = models.PositiveSmallIntegerField(default=0)
    missed = models.PositiveSmallIntegerField(default=0)
    finding = models.CharField(max_length=10, blank=True)  # of legal.improvement
    reached_early = models.BooleanField(default=False)
    words = models.TextField(blank=True)
    closed = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = ImprovementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pupil", "parent"], condition=Q(state__in=["draft", "issued", "running"]), name="improvement_open_once"
            ),
            models.UniqueConstraint(fields=["form_token", "parent"], name="improvement_once_a_form"),
            models.CheckConstraint(condition=Q(end__isnull=True) | Q(end__gte=F("start")), name="improvement_ends_after_start"),
            models.CheckConstraint(
                condition=Q(issued__isnull=True) | Q(end__isnull=False, of__isnull=False), name="improvement_issued_whole"
            ),
            models.CheckConstraint(condition=Q(receipt__isnull=True) | Q(receipt__gte=F("served")), name="improvement_received_after"),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"Notice to improve {self.reference}"

    @property
    def reference(self) -> str:
        return f"NTI{self.pk:06d}" if self.pk else "NTI"

    @property
    def target(self) -> improvement.Target | None:
        """None before it is issued: its end and its sessions are not known before."""
        if self.end is None or self.of is None:
            return None
        return improvement.Target(self.start, self.end, self.most, self.of, self.early)


class ImprovementDecision(models.Model):
    """That it was issued, or how it ended: who, why, by which marks, and the register as known at that moment. Never changed."""

    class Kind(models.TextChoices):
        ISSUED = "issued", "Issued"
        IMPROVED = "improved", "Improved"
        NOT_IMPROVED = "not_improved", "Not improved"
        ENDED_EARLY = "ended_early", "Ended before its time"
        WITHDRAWN = "withdrawn", "Withdrawn"

    improvement = models.ForeignKey(Improvement, on_delete=models.PROTECT, related_name="decisions")
    kind = models.CharField(max_length=12, choices=Kind)
    words = models.TextField(blank=True)
    counted = models.PositiveSmallIntegerField(default=0)  # sessions of the period with a mark, and those missed without authority
    missed = models.PositiveSmallIntegerField(default=0)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=160)
    day = models.DateField()
    known_at = models.DateTimeField()
    register = models.TextField()
    sha256 = models.CharField(max_length=64)
    policy_version = models.CharField(max_length=40)

    class Meta:
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]
        constraints = [models.UniqueConstraint(fields=["improvement", "kind"], name="improvement_decided_once")]

    def __str__(self) -> str:
        return f"{self.improvement}: {self.get_kind_display().lower()}"
