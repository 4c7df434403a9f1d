"""Penalty notices, what was paid for them, why they were taken back or stand, and their PDFs."""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from accounts.permissions import Permission
from legal import penalty
from legal.models.requests import Decision, Request
from legal.penalty import Deadlines, Past
from schools import policy
from schools.models import Enrolment, Parent, Pupil, School
from schools.models.people import kept_for_good


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, user: User) -> NoticeQuerySet:
        """Those of the requests the user may see, asked of the notice itself: it is about the request's pupil and school."""
        if not user.may(Permission.SEE_NOTICES):
            return self.none()
        if user.as_role.every_school:
            return self
        mine = self.filter(pupil__in=Enrolment.objects.visible_to(user).values("pupil"))
        return mine if user.as_role.in_authority else mine.filter(school__in=School.objects.visible_to(user))

    def relying(self) -> NoticeQuerySet:
        """Those whose sessions may not be relied on again: all but those withdrawn and set free by a recorded decision."""
        return self.exclude(withdrawal__sessions_free=True)

    def unpaid_past_the_end(self, day: dt.date) -> NoticeQuerySet:
        """Served, not paid, and the last day to pay has gone by: to be prosecuted or withdrawn (SI 2007/1867 reg 9)."""
        days = policy.in_force(day)["notice_full_days"]
        return self.filter(state=Notice.State.SERVED, receipt__lte=day - dt.timedelta(days=days))


@kept_for_good
class Notice(models.Model):
    """A penalty notice to one parent for one child (EA 1996 s.444A). Numbered without gaps, never deleted.

    What it is worth and until when follows from `receipt` by legal.penalty; what has become of it is `state`.
    """

    class State(models.TextChoices):
        ISSUED = "issued", "Issued, not yet served"
        SERVED = "served", "Served, waiting for payment"
        PAID = "paid", "Paid"
        WITHDRAWN = "withdrawn", "Withdrawn"
        PROSECUTED = "prosecuted", "Prosecuted for non-payment"

    class Service(models.TextChoices):
        POST = "post", "First class post"
        HAND = "hand", "By hand"
        EMAIL = "email", "By e-mail"

    class Outcome(models.TextChoices):
        """How a prosecution for the same absence ended."""

        GUILTY = "guilty", "Guilty, by plea or finding"
        NOT_GUILTY = "not_guilty", "Not guilty"
        DISCONTINUED = "discontinued", "Discontinued or withdrawn in court"

    number = models.PositiveIntegerField(unique=True)
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="notices")
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="notices")
    pupil = models.ForeignKey(Pupil, on_delete=models.PROTECT, related_name="notices")
    parent = models.ForeignKey(Parent, on_delete=models.PROTECT, related_name="notices")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="notices")
    issued = models.DateField()
    order = models.PositiveSmallIntegerField()  # 1 or 2: which notice to this parent for this child within three years
    amount_early = models.PositiveSmallIntegerField()  # pounds, if paid by the early day; equal to amount_full for a second
    amount_full = models.PositiveSmallIntegerField()
    sessions = models.JSONField()  # relied on: ["2026-11-09 AM=G", ...]
    # as they stood at issue: what is printed stays true whatever is corrected later
    to_name = models.CharField(max_length=200)
    to_address = models.CharField(max_length=400)
    child_name = models.CharField(max_length=200, blank=True)
    child_address = models.CharField(max_length=400, blank=True)  # "": not known, or kept from this parent
    state = models.CharField(max_length=10, choices=State, default=State.ISSUED)
    service = models.CharField(max_length=5, choices=Service, blank=True)
    served = models.DateField(null=True, blank=True)  # posted or handed over
    receipt = models.DateField(null=True, blank=True)  # day 1 of the 21 and 28 days
    receipt_evidence = models.CharField(max_length=200, blank=True)  # why another day than the presumed one
    prosecuted = models.DateField(null=True, blank=True)  # the day proceedings were begun
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True, default="", db_default="")  # of the prosecution; "": none yet
    outcome_day = models.DateField(null=True, blank=True)
    court = models.CharField(max_length=120, blank=True, default="", db_default="")
    found = models.TextField(blank=True)  # everything that speaks against it since its issue, as the rules last found it
    review = models.TextField(blank=True)  # what legal has still to look at of that, in words; "" = nothing
    version = models.PositiveIntegerField(default=1)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["request", "parent"], name="notice_once_a_request_and_parent"),
            models.CheckConstraint(condition=Q(order__in=[1, 2]), name="notice_never_a_third"),
            models.CheckConstraint(condition=Q(outcome="") | Q(prosecuted__isnull=False), name="notice_outcome_of_a_prosecution"),
            models.CheckConstraint(condition=Q(receipt__isnull=True) | Q(receipt__gte=F("served")), name="notice_received_after_served"),
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]
        indexes = [models.Index(fields=["pupil", "parent"], name="notice_by_pupil_and_parent")]

    def __str__(self) -> str:
        return f"Penalty notice {self.reference}"

    @property
    def reference(self) -> str:
        return penalty.reference(self.number)

    @property
    def deadlines(self) -> Deadlines | None:
        """What is owed until when; None while it is not known when the notice was received."""
        if self.receipt is None:
            return None
        return penalty.deadlines(self.receipt, self.order, policy.in_force(self.issued), amounts=(self.amount_early, self.amount_full))

    @property
    def past(self) -> Past:
        """As the rules look at it."""
        return Past(self.number, self.issued, self.state, order=self.order, full=self.amount_full, outcome=self.outcome)


class Payment(models.Model):
    """Money received for a notice."""

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="payments")
    amount = models.PositiveSmallIntegerField()  # pounds
    day = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    form_token = models.UUIDField(null=True, blank=True, unique=True)

    class Meta:
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"£{self.amount} for {self.notice}"


class Withdrawal(models.Model):
    """A notice taken back (SI 2007/1867 as amended)."""

    class Ground(models.TextChoices):
        NOT_ISSUED = "not_issued", "It should not have been issued"
        WRONG_PERSON = "wrong_person", "It named the wrong person"
        ERRORS = "errors", "It contained material errors"
        NO_PROSECUTION = "no_prosecution", "Unpaid, and the authority will not prosecute"

    notice = models.OneToOneField(Notice, on_delete=models.PROTECT, related_name="withdrawal")
    ground = models.CharField(max_length=14, choices=Ground)
    words = models.TextField()
    day = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    refund = models.PositiveSmallIntegerField(default=0)  # pounds to pay back
    sessions_free = models.BooleanField(default=False)  # legal's decision that the sessions may be relied on again

    class Meta:
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.notice}: withdrawn"


class Review(models.Model):
    """Legal's look at a notice that something had come to speak against: it stands. A withdrawal is on record by itself."""

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="reviews")
    found = models.TextField()  # what was looked at: as the notice's, in full
    words = models.TextField()
    day = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=160)
    at = models.DateTimeField()

    class Meta:
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.notice}: reviewed, stands"


class Document(models.Model):
    """The PDF of a notice, made by a worker. What was made is kept byte for byte and never made again."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Being made"
        MADE = "made", "Ready"
        FAILED = "failed", "Could not be made"

    notice = models.OneToOneField(Notice, on_delete=models.PROTECT, related_name="document")
    status = models.CharField(max_length=7, choices=Status, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    template = models.CharField(max_length=20, default="", db_default="")  # which version of the words it was made from; "": the first
    stored = models.CharField(max_length=200, blank=True)  # name in file storage, made of the sha256
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["id"], condition=Q(status="waiting"), name="document_waiting")]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(name="kept_as_made", operation=pgtrigger.Update, condition=pgtrigger.Q(old__status="made")),
        ]

    def __str__(self) -> str:
        return f"{self.notice}, PDF"
