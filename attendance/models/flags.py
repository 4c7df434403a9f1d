"""Rules that hold for a pupil, with their evidence."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import Q

from accounts.models import User
from attendance import flag_codes
from schools.models import Pupil, School
from schools.models.people import sees_every_pupil


class FlagQuerySet(models.QuerySet["Flag"]):
    def visible_to(self, user: User) -> FlagQuerySet:
        return self if sees_every_pupil(user) else self.filter(pupil__in=Pupil.objects.visible_to(user))

    def of_children_known_once(self) -> FlagQuerySet:
        """Without pupils who were merged into another. There are few, so they are looked for instead of everybody else."""
        return self.exclude(pupil__in=Pupil.objects.filter(merged_into__isnull=False))

    def open(self) -> FlagQuerySet:
        return self.filter(cleared__isnull=True)

    def stood_in(self, year: int) -> FlagQuerySet:
        """Open on some day of an academic year; those that turned out to rest on wrong marks left out."""
        first, last = dt.date(year, 8, 1), dt.date(year + 1, 7, 31)
        return self.filter(opened__lte=last, withdrawn=None).exclude(cleared__lt=first)

    def well_founded(self) -> FlagQuerySet:
        """Without shares of a year that has only begun. Few sessions say nothing against what the other rules count."""
        return self.exclude(low_data=True, code__in=flag_codes.SHARES)

    def to_act_on(self) -> FlagQuerySet:
        """Well founded, and not only to keep an eye on."""
        return self.well_founded().exclude(code__in=flag_codes.WATCHED)


class Flag(models.Model):
    """A rule that holds for a pupil, with its evidence in words. Opened and cleared, never deleted.

    A cleared flag says that the rule held once; a withdrawn one that it never did, by the marks as they were put right.
    """

    class Code(models.TextChoices):
        PERSISTENT = flag_codes.PERSISTENT, "Persistent absence"
        SEVERE = flag_codes.SEVERE, "Severe absence"
        THRESHOLD = flag_codes.THRESHOLD, "Penalty notice threshold"
        CONTINUOUS = flag_codes.CONTINUOUS, "10 school days absent in a row"
        TWENTY_DAYS = flag_codes.TWENTY_DAYS, "20 school days of G, N or O"
        SICKNESS = flag_codes.SICKNESS, "15 school days of sickness"
        NOT_STARTED = flag_codes.NOT_STARTED, "Not started"
        FIRST = flag_codes.FIRST, "First absence, social worker or in care"
        PART_TIME = flag_codes.PART_TIME, "Long part-time timetable"
        FALL = flag_codes.FALL, "Sharp fall"
        NEAR = flag_codes.NEAR, "Nearly persistent absence"
        CARRIED = flag_codes.CARRIED, "Severe absence last year"

    pupil = models.ForeignKey(Pupil, on_delete=models.CASCADE, related_name="flags")
    code = models.CharField(max_length=20, choices=Code)
    year = models.SmallIntegerField()  # academic year it was opened in
    opened = models.DateField()  # since when it has held without a break
    cleared = models.DateField(null=True, blank=True)
    withdrawn = models.DateField(null=True, blank=True)  # the day on which it turned out to rest on wrong marks
    reason = models.TextField()
    low_data = models.BooleanField(default=False)
    evidence = models.JSONField(default=dict)
    policy_version = models.CharField(max_length=40)
    noticed_at = models.DateTimeField()  # when we first knew
    changed_at = models.DateTimeField()  # when what it says last became another

    objects = FlagQuerySet.as_manager()

    class Meta:
        constraints = [
            # with what open flags are counted by: a whole authority's are counted from this index alone
            models.UniqueConstraint(
                fields=["pupil", "code"],
                include=["low_data", "noticed_at", "opened"],
                condition=Q(cleared__isnull=True),
                name="flag_open_once",
            ),
            models.CheckConstraint(
                condition=Q(cleared__isnull=True) | Q(cleared__gte=models.F("opened")), name="flag_cleared_after_opened"
            ),
            models.CheckConstraint(condition=Q(withdrawn__isnull=True) | Q(cleared__isnull=False), name="flag_withdrawn_is_cleared"),
        ]
        indexes = [models.Index(fields=["code", "cleared"], name="flag_by_code")]

    def __str__(self) -> str:
        return f"{self.get_code_display()}: {self.pupil}"


class Judged(models.Model):
    """One row: the day of which every pupil's flags were last worked out. Flags alone cannot tell: there may be none."""

    day = models.DateField()

    def __str__(self) -> str:
        return str(self.day)


class SchoolFlags(models.Model):
    """Counted, disposable: how many pupils on a school's roll have an open flag that rests on enough sessions (attendance.flag_counts).

    `code` "" counts the pupils who have any to act on.
    """

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="flag_counts", db_index=False)
    code = models.CharField(max_length=20, blank=True)
    pupils = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["school", "code"], name="school_flags_once")]

    def __str__(self) -> str:
        return f"{self.school}: {self.pupils} {self.code}"
