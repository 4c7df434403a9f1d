"""The registers that extracts become, the deltas they leave, and the marks as rows."""

from __future__ import annotations

from django.db import models

from attendance.models.extracts import Load
from schools.models import Enrolment, Pupil, School


class Register(models.Model):
    """One enrolment's marks of one academic year: 732 bytes (attendance.matrix). Written by attendance.register only.

    fillfactor 50 (migration) and no indexed column that changes: updates stay on their page.
    """

    pk = models.CompositePrimaryKey("enrolment_id", "year")
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="registers", db_index=False)
    # the enrolment's: whether it exists was checked there, and to check it a row at a time is a twelfth of a load
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="registers", db_index=False, db_constraint=False)
    year = models.SmallIntegerField()
    marks = models.BinaryField(max_length=732)

    class Meta:
        indexes = [models.Index(fields=["school", "year"], name="register_by_school")]

    def __str__(self) -> str:
        return f"{self.enrolment}, {self.year}/{(self.year + 1) % 100:02d}"


class Delta(models.Model):
    """What one load said of one school's year: the cells it spoke of, what stood there, and what it said of them.

    Two dense matrices (enrolments x columns first..first+width), compressed: `old` and `new`, byte 255 = not touched. A `new`
    of 0 is a mark that its source has taken back. A cell with old == new was confirmed: an older export must not undo that
    either. A cell that a later as-at had spoken of kept its mark; what was said of it is kept for the day on which the later
    load is undone.
    """

    load = models.ForeignKey(Load, on_delete=models.CASCADE, related_name="deltas", db_index=False)
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="+", db_index=False)
    year = models.SmallIntegerField()
    first = models.SmallIntegerField()
    width = models.SmallIntegerField()
    enrolments = models.BinaryField()
    old = models.BinaryField()
    new = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["load", "year"], name="delta_once_a_year")]
        indexes = [models.Index(fields=["school", "year"], name="delta_by_school")]

    def __str__(self) -> str:
        return f"{self.load} ({self.year})"


class Amendment(models.Model):
    """A mark that replaced a different mark. Sparse: for the pupil's page and the integrity list."""

    # At 3% of marks this is one of the largest tables. These four are one by how registers are written, under the school's lock;
    # the database keeps no index of all four (migration 0002) but one by enrolment, of a fifth of its size.
    pk = models.CompositePrimaryKey("enrolment_id", "date", "pm", "load_id")
    load = models.ForeignKey(Load, on_delete=models.CASCADE, related_name="amendments", db_index=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="amendments", db_index=False)
    date = models.DateField()
    pm = models.BooleanField()
    old = models.CharField(max_length=2)
    new = models.CharField(max_length=2, blank=True)

    def __str__(self) -> str:
        return f"{self.date} {'PM' if self.pm else 'AM'}: {self.old} to {self.new or 'no mark'}"


class Mark(models.Model):
    """A read-only view (migration) that unrolls the vectors to rows, for reports and exports. Never all of it at once."""

    pk = models.CompositePrimaryKey("enrolment_id", "date", "pm")
    enrolment = models.ForeignKey(Enrolment, on_delete=models.DO_NOTHING, related_name="+")
    pupil = models.ForeignKey(Pupil, on_delete=models.DO_NOTHING, related_name="+")
    school = models.ForeignKey(School, on_delete=models.DO_NOTHING, related_name="+")
    date = models.DateField()
    pm = models.BooleanField()
    code = models.CharField(max_length=2)
    counted = models.BooleanField()  # inside the enrolment's dates

    class Meta:
        managed = False
        db_table = "attendance_mark"

    def __str__(self) -> str:
        return f"{self.date} {'PM' if self.pm else 'AM'}: {self.code}"
