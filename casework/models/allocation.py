"""Who is the team's specialist for which children, and who stands in for whom, with dates."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from casework.allocation import NAMES, Cohort
from schools.models.people import tracked


class DatedQuerySet(models.QuerySet["Specialist"]):
    def on(self, day: dt.date) -> DatedQuerySet:
        return self.filter(Q(end__isnull=True) | Q(end__gte=day), start__lte=day)


@tracked
class Specialist(models.Model):
    """An officer posted to a cohort instead of to a school. It suggests; what they may see follows from their schools as before."""

    COHORTS = [(cohort.value, NAMES[cohort][0].upper() + NAMES[cohort][1:]) for cohort in Cohort]

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="specialisms")
    cohort = models.CharField(max_length=14, choices=COHORTS)
    start = models.DateField()
    end = models.DateField(null=True, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    objects = DatedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(end__isnull=True) | Q(end__gte=F("start")), name="specialist_ends_after_start"),
            models.UniqueConstraint(fields=["user", "cohort"], condition=Q(end=None), name="specialist_once_a_cohort"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_cohort_display()}"


class CoverQuerySet(models.QuerySet["Cover"]):
    def on(self, day: dt.date) -> CoverQuerySet:
        return self.filter(start__lte=day, end__gte=day)

    def standing(self, day: dt.date) -> CoverQuerySet:
        """Not over by `day`."""
        return self.filter(end__gte=day)

    def by(self, user: User, day: dt.date) -> CoverQuerySet:
        """Whom the user stands in for on a day."""
        return self.on(day).filter(cover=user)


@tracked
class Cover(models.Model):
    """An officer is away, and another does what is due of their cases. The cases stay whose they are."""

    officer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="covered")
    cover = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="covering")
    start = models.DateField()
    end = models.DateField()  # last day, always known: cover that nobody looks at again becomes a caseload
    why = models.CharField(max_length=200, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    objects = CoverQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["cover", "end"], name="cover_by_cover")]
        constraints = [
            models.CheckConstraint(condition=Q(end__gte=F("start")), name="cover_ends_after_start"),
            models.CheckConstraint(condition=~Q(officer=F("cover")), name="cover_is_another"),
        ]

    def __str__(self) -> str:
        return f"{self.cover} for {self.officer}"
