"""What pages read often, worked out from the registers (attendance.rollups): disposable."""

from __future__ import annotations

from django.db import models
from django.db.models import Case, F, When

from attendance.peers import Fortnight, Range
from schools.models import Enrolment, Pupil, School


class SchoolYear(models.Model):
    """Rolled up from registers, disposable: on which sessions of the year the school was seen to be open.

    `seen`: 732 bytes; bit 1 = some pupil holds a mark other than #, Z or blank, bit 2 = some pupil holds any mark.
    `marked`: 732 numbers of two bytes, the low one first: pupils with any mark, inside their dates on roll.
    """

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="years", db_index=False)
    year = models.SmallIntegerField()
    seen = models.BinaryField(max_length=732)
    marked = models.BinaryField(max_length=1464)
    latest = models.DateField(null=True, blank=True)  # last date with a mark that counts
    latest_pm = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["school", "year"], name="school_year_once")]

    def __str__(self) -> str:
        return f"{self.school} {self.year}"


class EnrolmentFigures(models.Model):
    """Rolled up, disposable: one enrolment's counts for the academic year to the latest session loaded."""

    # disposable, and made from registers, whose enrolments the database does check
    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="figures", db_index=False, db_constraint=False)
    pupil = models.ForeignKey(Pupil, on_delete=models.CASCADE, related_name="figures", db_index=False, db_constraint=False)
    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="figures", db_index=False, db_constraint=False)
    year = models.SmallIntegerField()
    possible = models.PositiveSmallIntegerField()
    attended = models.PositiveSmallIntegerField()
    authorised = models.PositiveSmallIntegerField()
    unauthorised = models.PositiveSmallIntegerField()
    late = models.PositiveSmallIntegerField()
    persistent = models.BooleanField()
    severe = models.BooleanField()
    # the share missed as a whole percentage, rounded down: it changes seldom, so lists begin from its index without dearer loads
    band = models.GeneratedField(
        expression=Case(When(possible__gt=0, then=100 * (F("authorised") + F("unauthorised")) / F("possible"))),
        output_field=models.SmallIntegerField(null=True),
        db_persist=True,
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["enrolment", "year"], name="figures_once_a_year")]
        indexes = [
            models.Index(fields=["school", "year"], name="figures_by_school"),
            models.Index(fields=["pupil", "year"], name="figures_by_pupil"),
            models.Index(fields=["year", "band"], name="figures_by_band"),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment}: {self.attended} of {self.possible}"


class SchoolCut(models.Model):
    """Rolled up, disposable: one cut of a school's year (attendance.cuts), counted as DfE counts, by enrolment.

    A pupil belongs to the cohorts they are in on the day of the latest session. The plain numbers are of the year to that day.
    """

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="cuts", db_index=False)
    year = models.SmallIntegerField()
    kind = models.CharField(max_length=10)
    value = models.CharField(max_length=20, blank=True)
    possible = models.PositiveIntegerField()
    attended = models.PositiveIntegerField()
    authorised = models.PositiveIntegerField()
    unauthorised = models.PositiveIntegerField()
    late = models.PositiveIntegerField()
    judged = models.PositiveIntegerField()  # enrolments with a possible session: what the two counts are of
    persistent = models.PositiveIntegerField()
    severe = models.PositiveIntegerField()
    weeks = models.BinaryField()  # attendance.cuts.pack
    periods = models.JSONField(default=dict)  # by key: [first day, last day, judged, persistent, severe]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["school", "year", "kind", "value"], name="school_cut_once")]
        indexes = [models.Index(fields=["year", "kind", "value"], name="school_cut_by_kind")]

    def __str__(self) -> str:
        return f"{self.school} {self.year} {self.kind} {self.value}"


class PeerRange(models.Model):
    """Worked out by night, disposable (attendance.peer_ranges): what the middle of the authority's pupils or schools missed.

    Of the pupils of a phase and year group in sessions; of the schools of a phase (`year_group` "") in hundredths of a percentage
    point. The newest only. The two weeks begin on `first` and `second`; `last` is the last day counted.
    """

    phase = models.CharField(max_length=20)
    year_group = models.CharField(max_length=3, blank=True)
    first = models.DateField()
    second = models.DateField()
    last = models.DateField()
    size = models.PositiveIntegerField()  # pupils or schools compared
    low = models.PositiveIntegerField()
    high = models.PositiveIntegerField()
    percent = models.PositiveSmallIntegerField()
    usual = models.PositiveSmallIntegerField()  # possible sessions that most of the pupils had; 0 for schools
    policy_version = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["phase", "year_group"], name="peer_range_once")]

    def __str__(self) -> str:
        return f"{self.phase} {self.year_group or 'schools'} to {self.last}"

    def fortnight(self) -> Fortnight:
        return Fortnight(self.first, self.second, self.last)

    def as_range(self) -> Range:
        return Range(self.size, self.low, self.high, self.percent, self.usual)
