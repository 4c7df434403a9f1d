"""Totals that schools say themselves, kept as they were said beside the register and never written into it."""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from accounts.permissions import Permission
from accounts.roles import ROLES
from attendance.models.extracts import Extract
from schools.models import Enrolment, Pupil, School


class SnapshotQuerySet(models.QuerySet["Snapshot"]):
    def visible_to(self, user: User) -> SnapshotQuerySet:
        """Of the user's schools, to whoever may see pupils."""
        if not user.may(Permission.SEE_PUPILS):
            return self.none()
        return self.filter(school__in=School.objects.visible_to(user))

    def standing(self) -> SnapshotQuerySet:
        return self.filter(set_aside_at=None)

    def set_aside_by_word_of(self, user: User) -> SnapshotQuerySet:
        """Those that `user` may set aside: a school's user those its own users sent, never what the authority did."""
        if not user.may(Permission.UNDO_LOAD):
            return self.none()
        mine = self.visible_to(user)
        if user.as_role.in_authority:
            return mine
        return mine.filter(by__role__in=[role.code for role in ROLES.values() if not role.in_authority])

    def newest_first(self) -> SnapshotQuerySet:
        return self.order_by("-as_at", "-last", "-received_at", "-pk")


class Snapshot(models.Model):
    """A school's own totals over one period, as at one day. What it says is never changed: a newer one stands beside it.

    Rows that came back and were corrected complete it. One that was sent by mistake, or with the wrong dates, is set aside
    with a reason, and kept.
    """

    class Kind(models.TextChoices):
        SUMMARY = "summary", "Summary of sessions"
        CENSUS_TERM = "census_term", "School census, a term"
        CENSUS_HALF_TERM = "census_half_term", "School census, second half of the summer term"
        CENSUS_YEAR = "census_year", "School census, a year"

    extract = models.ForeignKey(Extract, on_delete=models.PROTECT, related_name="snapshots")  # that brought it first
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="snapshots")
    kind = models.CharField(max_length=16, choices=Kind)
    as_at = models.DateField()  # the day of which the school said it
    first = models.DateField()  # of the period, both inclusive
    last = models.DateField()
    received_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    set_aside_at = models.DateTimeField(null=True, blank=True)
    set_aside_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    set_aside_why = models.TextField(blank=True)

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["school", "-as_at"], name="snapshot_by_school")]
        constraints = [models.CheckConstraint(condition=Q(last__gte=F("first")), name="snapshot_ends_after_start")]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="says_the_same_for_ever",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("extract", "school", "kind", "as_at", "first", "last", "received_at", "by"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.first} to {self.last}, {self.school}"

    @property
    def is_census(self) -> bool:
        return self.kind != self.Kind.SUMMARY

    @property
    def years(self) -> range:
        """Academic years that the period touches, by their starting year."""
        return range(_year(self.first), _year(self.last) + 1)


def _year(day: dt.date) -> int:
    return day.year if day.month >= 8 else day.year - 1


class SnapshotRow(models.Model):
    """What a snapshot says of one pupil. Counts are sessions; percentages are worked out from them and never kept."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="rows")
    extract = models.ForeignKey(Extract, on_delete=models.PROTECT, related_name="snapshot_rows")  # that brought this row
    pupil = models.ForeignKey(Pupil, on_delete=models.PROTECT, related_name="snapshot_rows")
    # the spell on roll it is of; null: all of the pupil's at the school in the period
    enrolment = models.ForeignKey(Enrolment, null=True, blank=True, on_delete=models.PROTECT, related_name="snapshot_rows")
    possible = models.PositiveSmallIntegerField()
    attended = models.PositiveSmallIntegerField()
    authorised = models.PositiveSmallIntegerField()
    unauthorised = models.PositiveSmallIntegerField()
    late = models.PositiveSmallIntegerField(null=True, blank=True)  # null: not said
    reasons = models.JSONField(default=dict, blank=True)  # {code: sessions}; {}: not said
    said_persistent = models.BooleanField(null=True, blank=True)  # the file's own word: compared, never used
    said_severe = models.BooleanField(null=True, blank=True)

    class Meta:
        triggers = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update | pgtrigger.Delete)]
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "pupil", "enrolment"], nulls_distinct=False, name="snapshot_row_once_a_spell"),
            models.CheckConstraint(
                condition=Q(possible=F("attended") + F("authorised") + F("unauthorised"), possible__gt=0), name="snapshot_row_adds_up"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pupil}: {self.possible} possible"
