"""Home visits as they are planned, and who is out alone: when they set off, when they are to be back, and who knows."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from accounts.permissions import Permission
from casework.models.cases import Case, of_theirs
from casework.models.entries import Contact
from schools.models.people import tracked


class VisitQuerySet(models.QuerySet["Visit"]):
    def visible_to(self, user: User) -> VisitQuerySet:
        """Those about cases the user works; and one's own until it is over, wherever one is posted by then."""
        if not user.may(Permission.WORK_CASES):
            return self.none()
        if user.as_role.every_school:
            return self
        return self.filter(of_theirs(user, "case__") | Q(officer=user, ended=None))

    def watched_by(self, user: User) -> VisitQuerySet:
        """Whose safety the user looks after: a manager everybody's, a colleague those of whom they said they know, each their own."""
        if not user.may(Permission.WORK_CASES):
            return self.none()
        return self if user.as_role.every_school else self.filter(Q(officer=user) | Q(known_to=user))

    def open(self) -> VisitQuerySet:
        return self.filter(ended=None, cancelled=None)

    def overdue(self, day: dt.date, at: dt.time) -> VisitQuerySet:
        """Nobody has checked out by the time they said, whether they had checked in or not."""
        return self.open().filter(Q(day__lt=day) | Q(day=day, back_by__lt=at))


@tracked
class Visit(models.Model):
    """One planned visit. What came of it is a contact of the case; this row is about the person who goes there."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="visits")
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="visits")
    day = models.DateField()
    time = models.TimeField()
    back_by = models.TimeField()  # of the same day
    place = models.CharField(max_length=200)  # where somebody would look for them
    known_to = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    known_to_words = models.CharField(max_length=120, blank=True)  # somebody who does not use Daymark
    planned_at = models.DateTimeField()
    started = models.DateTimeField(null=True, blank=True)
    ended = models.DateTimeField(null=True, blank=True)
    cancelled = models.DateTimeField(null=True, blank=True)
    contact = models.OneToOneField(Contact, null=True, blank=True, on_delete=models.PROTECT, related_name="visit")
    form_token = models.UUIDField(null=True, blank=True, unique=True)

    objects = VisitQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["day"], condition=Q(ended=None, cancelled=None), name="visit_open"),
            models.Index(fields=["officer", "-day"], name="visit_by_officer"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(back_by__gt=F("time")), name="visit_back_after_it_begins"),
            models.CheckConstraint(condition=Q(known_to__isnull=False) | ~Q(known_to_words=""), name="visit_somebody_knows"),
            models.CheckConstraint(condition=Q(ended=None) | Q(cancelled=None), name="visit_ended_or_cancelled"),
        ]

    def __str__(self) -> str:
        return f"Visit of {self.day} at {self.time:%H:%M}"

    @property
    def who_knows(self) -> str:
        return str(self.known_to) if self.known_to else self.known_to_words

    def overdue_at(self, day: dt.date, at: dt.time) -> bool:
        return self.ended is None and self.cancelled is None and (self.day, self.back_by) < (day, at)
