"""What was taken off an officer's list of work today, by whom, why, and how it stood then."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import User
from casework import worklist
from schools.models.people import tracked


class DismissalQuerySet(models.QuerySet["Dismissal"]):
    def standing(self) -> DismissalQuerySet:
        return self.filter(ended=None)

    def of(self, owner: User) -> DismissalQuerySet:
        return self.filter(owner=owner)


@tracked
class Dismissal(models.Model):
    """A row is off `owner`'s list, with a reason, until it gets worse or its day comes. One stands a row and list."""

    class Reason(models.TextChoices):
        SCHOOL_LEADS = "school_leads", "The school is leading: look again on a day"
        PLAN = "plan", "A plan is in place and being carried out"
        ANOTHER = "another", "Another service or person is dealing with it"
        SEEN = "seen", "Seen: nothing more to do"
        MARKS = "marks", "The marks are being corrected"
        OTHER = "other", "Another reason"

    SAID = {
        "school_leads": "the school is leading",
        "plan": "a plan is in place",
        "another": "another service or person is dealing with it",
        "seen": "seen",
        "marks": "the marks are being corrected",
    }

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="dismissals")
    key = models.CharField(max_length=120)
    title = models.CharField(max_length=400)  # as it was told
    reason = models.CharField(max_length=12, choices=Reason)
    words = models.TextField(blank=True)
    until = models.DateField(null=True, blank=True)  # look again on this day
    measure = models.JSONField(default=dict)  # worklist.Measure
    day = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ended = models.DateField(null=True, blank=True)  # put back, or dismissed anew after it came back
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = DismissalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "key"], condition=Q(ended=None), name="dismissal_stands_once_a_row"),
            models.CheckConstraint(condition=~Q(reason="school_leads") | Q(until__isnull=False), name="dismissal_while_school_leads_ends"),
            models.CheckConstraint(condition=~Q(reason="other") | ~Q(words=""), name="dismissal_for_another_reason_says_it"),
        ]

    def __str__(self) -> str:
        return f"Dismissed: {self.title}"

    @property
    def said(self) -> str:
        """The reason within a sentence."""
        named = self.SAID.get(self.reason, "")
        words = self.words.rstrip(".")
        return f"{named}: {words}" if named and words else named or words

    @property
    def as_rule(self) -> worklist.Dismissed:
        measure = worklist.Measure.of_json(self.measure)
        return worklist.Dismissed(self.pk, self.key, self.day, self.said, measure, self.until)


def last_day(today: dt.date) -> dt.date:
    """How far away "look again on" may lie: as far as a plan's review."""
    return today + dt.timedelta(weeks=12)
