"""Schools that supply no registers for a time, and why."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from schools.models import School


class NotSupplyingQuerySet(models.QuerySet["NotSupplying"]):
    def visible_to(self, user: User) -> NotSupplyingQuerySet:
        return self.filter(school__in=School.objects.visible_to(user))

    def touching(self, first: dt.date, last: dt.date) -> NotSupplyingQuerySet:
        """Those in force on some day from `first` to `last`, both inclusive."""
        return self.filter(start__lte=last, last__gte=first).filter(last__gte=F("start"))

    def on(self, day: dt.date) -> NotSupplyingQuerySet:
        return self.touching(day, day)


class NotSupplying(models.Model):
    """A school supplies no registers from `start` to `last`: it raises no alarm, and is named where it is missing from a total.

    `until` is what was said, `last` the day to which it held: the day before it was ended, where it was ended early. Ended on
    the day it began, it never held (`last` is before `start`).
    """

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="not_supplying")
    start = models.DateField()
    until = models.DateField()
    last = models.DateField()
    reason = models.TextField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_why = models.TextField(blank=True)

    objects = NotSupplyingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until__gte=F("start")) & Q(last__lte=F("until")), name="not_supplying_ends_after_start"),
            models.CheckConstraint(condition=~Q(reason=""), name="not_supplying_has_a_reason"),
        ]
        indexes = [models.Index(fields=["school", "last"], name="not_supplying_by_school")]

    def __str__(self) -> str:
        return f"{self.school} not supplying {self.start} to {self.last}"
