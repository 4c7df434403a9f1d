"""Pupils whom a register names without a UPN that says who they are: their rows are held until a person has decided.

One question a person and school, however many files ask it. The decision is remembered: it answers the school's next file.
"""

from __future__ import annotations

import zlib

import numpy as np
from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from numpy.typing import NDArray

from accounts.models import User
from accounts.permissions import Permission
from accounts.roles import ROLES
from attendance.models.extracts import Extract, Load
from schools.models import Pupil, School

# a held mark: days since 1970, afternoon or not, the code's byte (attendance.codes)
MARK = np.dtype([("day", "<i4"), ("pm", "?"), ("byte", "u1")])


class HeldPersonQuerySet(models.QuerySet["HeldPerson"]):
    def visible_to(self, user: User) -> HeldPersonQuerySet:
        """Those of the user's schools; a school only what its own users sent: what others sent for it is the authority's to look at."""
        if not user.may(Permission.EDIT_PEOPLE):
            return self.none()
        if user.as_role.every_school:
            return self
        mine = self.filter(school__in=School.objects.visible_to(user))
        if user.as_role.in_authority:
            return mine
        return mine.filter(Exists(HeldRows.objects.filter(person=OuterRef("pk")).sent_by_schools()))

    def waiting(self) -> HeldPersonQuerySet:
        """With rows that nobody has decided about."""
        rows = HeldRows.objects.filter(person=OuterRef("pk"), load=None, dropped=False)
        return self.filter(Exists(rows), ~Exists(HeldDecision.objects.filter(person=OuterRef("pk")).standing()))

    def decided(self) -> HeldPersonQuerySet:
        return self.filter(Exists(HeldDecision.objects.filter(person=OuterRef("pk")).standing()))


class HeldPerson(models.Model):
    """A pupil as a school's files speak of them: UPN as sent, name, date of birth. `key` is `imports.parsed.person_key`."""

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="held_people")
    key = models.CharField(max_length=64)
    upn = models.CharField("UPN as sent", max_length=40, blank=True)
    surname = models.CharField(max_length=100)
    forename = models.CharField(max_length=100, blank=True)
    dob = models.DateField("date of birth")
    year_group = models.CharField(max_length=3, blank=True)
    since = models.DateTimeField()  # when the first file that speaks of them came

    objects = HeldPersonQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["school", "key"], name="held_person_once_a_school")]

    def __str__(self) -> str:
        return f"{self.forename} {self.surname}".strip()


class HeldRowsQuerySet(models.QuerySet["HeldRows"]):
    def sent_by_schools(self) -> HeldRowsQuerySet:
        of_schools = [role.code for role in ROLES.values() if not role.in_authority]
        return self.filter(extract__received_by__role__in=of_schools)

    def to_load(self) -> HeldRowsQuerySet:
        return self.filter(load=None, dropped=False)


class HeldRows(models.Model):
    """What one extract says of such a pupil: its lines, and the marks as they were accepted."""

    person = models.ForeignKey(HeldPerson, on_delete=models.PROTECT, related_name="parts")
    extract = models.ForeignKey(Extract, on_delete=models.PROTECT, related_name="held_rows")
    rows = models.PositiveIntegerField()
    sessions = models.PositiveIntegerField()
    first_session = models.DateField()
    last_session = models.DateField()
    lines = models.BinaryField()
    marks = models.BinaryField()
    load = models.OneToOneField(Load, null=True, blank=True, on_delete=models.PROTECT, related_name="held_rows")
    dropped = models.BooleanField(default=False)  # what its file said was undone: a decision loads nothing of it

    objects = HeldRowsQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["extract", "person"], name="held_rows_once_an_extract_and_person")]

    def __str__(self) -> str:
        return f"{self.person} in {self.extract}"

    def read_marks(self) -> NDArray[np.void]:
        return np.frombuffer(zlib.decompress(bytes(self.marks)), MARK)

    def read_lines(self) -> list[int]:
        lines: list[int] = np.frombuffer(zlib.decompress(bytes(self.lines)), np.int64).tolist()
        return lines


class HeldDecisionQuerySet(models.QuerySet["HeldDecision"]):
    def standing(self) -> HeldDecisionQuerySet:
        return self.filter(taken_back_at=None)


class HeldDecision(models.Model):
    """What a person decided about such a pupil. Never deleted: taken back, another may follow."""

    class Kind(models.TextChoices):
        MATCH = "match", "Matched to a pupil"
        NEW = "new", "Added as a new pupil"
        NOT_OURS = "not_ours", "Not ours"

    person = models.ForeignKey(HeldPerson, on_delete=models.PROTECT, related_name="decisions")
    kind = models.CharField(max_length=8, choices=Kind)
    pupil = models.ForeignKey(Pupil, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True, blank=True)
    taken_back_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    taken_back_why = models.CharField(max_length=300, blank=True)

    objects = HeldDecisionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(taken_back_at=None), name="held_person_decided_once"),
            models.CheckConstraint(
                condition=(Q(kind="not_ours") & Q(pupil=None)) | (~Q(kind="not_ours") & Q(pupil__isnull=False)),
                name="held_decision_names_a_pupil",
            ),
            models.CheckConstraint(
                condition=Q(taken_back_at=None, taken_back_by=None) | Q(taken_back_at__isnull=False, taken_back_by__isnull=False),
                name="held_decision_taken_back_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_kind_display().lower()}"
