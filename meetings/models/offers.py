"""Offers of meetings to schools, what a school answered, and what followed where it refused."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.permissions import Permission
from meetings.models.meetings import Meeting
from meetings.terms import Term
from schools.models import School
from schools.models.people import tracked


class OfferQuerySet(models.QuerySet["Offer"]):
    def visible_to(self, user: User) -> OfferQuerySet:
        """The one answer to "which offers?": those of the user's schools."""
        if not user.may(Permission.SEE_MEETINGS):
            return self.none()
        return self if user.as_role.every_school else self.filter(school__in=School.objects.visible_to(user))

    def waiting(self) -> OfferQuerySet:
        """For the school's answer, or for another day."""
        return self.filter(status__in=Offer.OPEN)


@tracked
class Offer(models.Model):
    """A meeting offered to a school. Accepting it plans the meeting: from then on the meeting alone says when and where."""

    class Status(models.TextChoices):
        OFFERED = "offered", "Waiting for an answer"
        REARRANGE = "rearrange", "Another day asked for"
        ACCEPTED = "accepted", "Accepted"
        DECLINED = "declined", "Declined"
        WITHDRAWN = "withdrawn", "Withdrawn"

    OPEN = (Status.OFFERED, Status.REARRANGE)

    class Reason(models.TextChoices):
        """Why a school declined."""

        IMPROVED = "improved", "Attendance has improved"
        OTHER_SUPPORT = "other_support", "Other support is in place"
        NO_TIME = "no_time", "No time this term"
        NO_NEED = "no_need", "The school sees no need"
        OTHER = "other", "Another reason"

    class How(models.TextChoices):
        LOGIN = "login", "In its own login"
        TOLD = "told", "Told the officer"

    class Verdict(models.TextChoices):
        ACCEPTED = "accepted", "Evidence accepted"
        NOT_ACCEPTED = "not_accepted", "Not accepted"

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="offers")
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="offers")
    year = models.SmallIntegerField()  # the term its day lies in
    term = models.PositiveSmallIntegerField()
    number = models.PositiveSmallIntegerField(default=1)  # the how manieth of the term
    day = models.DateField()
    time = models.TimeField()
    minutes = models.PositiveSmallIntegerField(default=60)
    place = models.CharField(max_length=10, choices=Meeting.Place, default=Meeting.Place.SCHOOL)
    length_words = models.CharField(max_length=300, blank=True)  # what was suggested, and from what
    status = models.CharField(max_length=9, choices=Status, default=Status.OFFERED)
    offered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    offered_at = models.DateTimeField()
    how = models.CharField(max_length=5, choices=How, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answered_for = models.CharField(max_length=160, blank=True)  # who at the school gave the answer, where an officer wrote it down
    answered_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=13, choices=Reason, blank=True)
    words = models.CharField(max_length=500, blank=True)  # the school's: why, or which days would do
    evidence = models.TextField(blank=True)  # of improvement, as the school gave it
    verdict = models.CharField(max_length=12, choices=Verdict, blank=True)
    verdict_words = models.CharField(max_length=500, blank=True)
    verdict_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    verdict_at = models.DateTimeField(null=True, blank=True)
    follow_up = models.DateField(null=True, blank=True)
    followed_at = models.DateTimeField(null=True, blank=True)
    followed_words = models.CharField(max_length=500, blank=True)
    meeting = models.OneToOneField(Meeting, null=True, blank=True, on_delete=models.PROTECT, related_name="offer")
    form_token = models.UUIDField(null=True, blank=True, unique=True)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)  # grows with every change: a form made from an older one is refused

    objects = OfferQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["school", "year", "term"], name="offer_by_term")]
        constraints = [
            models.UniqueConstraint(
                fields=["school", "year", "term"], condition=Q(status__in=["offered", "rearrange"]), name="offer_open_once_a_term"
            ),
            models.CheckConstraint(
                condition=Q(status="accepted", meeting__isnull=False) | ~Q(status="accepted") & Q(meeting=None),
                name="offer_accepted_is_a_meeting",
            ),
            models.CheckConstraint(condition=Q(status="declined") & ~Q(reason="") | ~Q(status="declined"), name="offer_declined_says_why"),
            models.CheckConstraint(
                condition=Q(verdict="", follow_up=None) | ~Q(verdict="") & ~Q(follow_up=None) & Q(status="declined"),
                name="offer_verdict_has_a_follow_up",
            ),
        ]

    def __str__(self) -> str:
        return f"Meeting offered to {self.school}, {self.day:%-d %B %Y}"

    @property
    def term_name(self) -> str:
        return Term(self.year, self.term).name

    @property
    def to_judge(self) -> bool:
        return self.status == self.Status.DECLINED and not self.verdict


class EscalationQuerySet(models.QuerySet["Escalation"]):
    def visible_to(self, user: User) -> EscalationQuerySet:
        """For the authority alone: a school hears of it from whoever writes to it."""
        if not user.may(Permission.SEE_TERM_PLAN):
            return self.none()
        return self if user.as_role.every_school else self.filter(school__in=School.objects.visible_to(user))


class Escalation(models.Model):
    """To whom the authority turned after a second refusal, and when: added to, never changed."""

    class To(models.TextChoices):
        HEAD = "head", "The head teacher"
        GOVERNORS = "governors", "The governors"
        TRUST = "trust", "The trust"
        DFE = "dfe", "DfE’s regional team"

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="escalations")
    year = models.SmallIntegerField()
    term = models.PositiveSmallIntegerField()  # that holds `day`
    to = models.CharField(max_length=9, choices=To)
    day = models.DateField()
    words = models.CharField(max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    form_token = models.UUIDField(null=True, blank=True, unique=True)

    objects = EscalationQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["school", "year"], name="escalation_by_school")]
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.school}: {self.get_to_display()}, {self.day:%-d %B %Y}"
