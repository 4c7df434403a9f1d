"""Children with a social worker: what was done on their first day of absence, and that their social worker was told."""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from schools.models import Enrolment, Pupil, School
from schools.models.people import tracked


class FirstDayResponseQuerySet(models.QuerySet["FirstDayResponse"]):
    def visible_to(self, user: User) -> FirstDayResponseQuerySet:
        return self.filter(enrolment__in=Enrolment.objects.visible_to(user))


class FirstDayResponse(models.Model):
    """What somebody did about an absence of this morning. Written, never changed."""

    class Kind(models.TextChoices):
        CALL = "call", "Call"
        VISIT = "visit", "Home visit"
        SCHOOL = "school", "Spoke to the school"
        WORKER = "worker", "Spoke to the social worker"

    class Result(models.TextChoices):
        SEEN = "seen", "Child seen and safe"
        SPOKE = "spoke", "Told where the child is"
        COMING = "coming", "On the way to school"
        NOBODY = "nobody", "Nobody reached"

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="responses")
    day = models.DateField()
    kind = models.CharField(max_length=6, choices=Kind)
    result = models.CharField(max_length=6, choices=Result)
    words = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=160)
    at = models.DateTimeField()
    form_token = models.UUIDField(null=True, blank=True, unique=True)

    objects = FirstDayResponseQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["day", "enrolment"], name="response_by_day")]
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.day} {self.get_kind_display()}"


class TellWorkerQuerySet(models.QuerySet["TellWorker"]):
    def visible_to(self, user: User) -> TellWorkerQuerySet:
        """A school: its own; the authority's people: those of the children they see."""
        return self.filter(enrolment__in=Enrolment.objects.visible_to(user))

    def open(self) -> TellWorkerQuerySet:
        return self.filter(answered__isnull=True, withdrawn__isnull=True)

    def overdue(self, day: dt.date) -> TellWorkerQuerySet:
        return self.open().filter(due__lt=day)


@tracked
class TellWorker(models.Model):
    """A task of a school: tell the social worker, and say when, by whom, and what they answered. One open an enrolment and matter."""

    class About(models.TextChoices):
        ABSENCE = "absence", "Absence without a reason (N or O)"
        DELETION = "deletion", "Name deleted from the roll"

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="tell_worker")
    about = models.CharField(max_length=8, choices=About)
    first = models.DateField()  # the first day of what is told
    last = models.DateField()  # so far
    evidence = models.CharField(max_length=300)
    opened = models.DateField()
    due = models.DateField()  # the school's next school day
    answered = models.DateField(null=True, blank=True)  # written down
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    told_on = models.DateField(null=True, blank=True)
    told_by = models.CharField(max_length=120, blank=True)
    worker = models.CharField(max_length=120, blank=True)
    reply = models.TextField(blank=True)
    withdrawn = models.DateField(null=True, blank=True)
    why_withdrawn = models.CharField(max_length=300, blank=True)

    objects = TellWorkerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "about"], condition=Q(answered__isnull=True, withdrawn__isnull=True), name="tell_worker_open_once"
            ),
            models.CheckConstraint(condition=Q(last__gte=F("first")), name="tell_worker_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(answered__isnull=True) | Q(told_on__isnull=False) & ~Q(told_by=""), name="tell_worker_says_who"
            ),
        ]

    def __str__(self) -> str:
        return f"Tell the social worker of {self.enrolment}"

    @property
    def pupil(self) -> Pupil:
        return self.enrolment.pupil

    @property
    def school(self) -> School:
        return self.enrolment.school


class TermSummaryQuerySet(models.QuerySet["TermSummary"]):
    def visible_to(self, user: User) -> TermSummaryQuerySet:
        """One's own: it was made of what its asker saw."""
        return self.filter(by=user)


class TermSummary(models.Model):
    """A term's attendance as a PDF, of one child for a personal education plan, or of all children with a social worker. Made by a
    worker, once, and kept byte for byte."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Being made"
        MADE = "made", "Made"
        FAILED = "failed", "Could not be made"

    pupil = models.ForeignKey(Pupil, null=True, blank=True, on_delete=models.PROTECT, related_name="term_summaries")  # null: of all
    term = models.CharField(max_length=6)  # "2026-1"
    as_at = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    status = models.CharField(max_length=7, choices=Status, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    stored = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    made_at = models.DateTimeField(null=True, blank=True)

    objects = TermSummaryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "term summaries"
        constraints = [
            models.UniqueConstraint(
                fields=["pupil", "term", "as_at", "by"],
                condition=Q(status="waiting"),
                nulls_distinct=False,
                name="term_summary_asked_once_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"Attendance summary {self.term}: {self.pupil or 'children with a social worker'}"
