"""Which source's marks are a school's, what was remembered of each source's files, and what other sources said."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from attendance.models.extracts import Extract
from attendance.sources import label
from schools.models import School


class SourceChoice(models.Model):
    """From a day on (none: from always) a source's marks are the school's. Rows are added and never changed: the latest stands."""

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="source_choices")
    source = models.CharField(max_length=40)
    start = models.DateField(null=True, blank=True)
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.school}: {label(self.source)} from {self.start or 'always'}"


class Alias(models.Model):
    """What one of a school's own codes means in the files of one source."""

    LONGEST = 20  # characters

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="aliases")
    source = models.CharField(max_length=40)
    own = models.CharField(max_length=LONGEST)  # as it stands in a file, without the spaces round it
    code = models.CharField(max_length=2)  # the national code
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["source", "own"]
        constraints = [models.UniqueConstraint(fields=["school", "source", "own"], name="alias_once_a_school_and_source")]

    def __str__(self) -> str:
        return f"{self.own} is {self.code}"


class RememberedColumns(models.Model):
    """How files of a school and source with these headings are read, as a person confirmed it."""

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="remembered_columns")
    source = models.CharField(max_length=40)
    key = models.CharField(max_length=64)  # of the headings: attendance.imports.remembered
    headings = models.JSONField()  # a run of dates, which differ from file to file, is one heading
    layout = models.CharField(max_length=10, choices=Extract.Layout)
    columns = models.JSONField()  # field -> place among the headings
    first_day = models.PositiveSmallIntegerField(default=0)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField()

    class Meta:
        ordering = ["source", "-confirmed_at"]
        constraints = [models.UniqueConstraint(fields=["school", "source", "key"], name="columns_once_a_school_source_and_headings")]

    def __str__(self) -> str:
        return f"{label(self.source)}, {self.get_layout_display().lower()}"


class Comparison(models.Model):
    """What a file said of sessions for which another source is authoritative, beside the register. It set no marks."""

    extract = models.ForeignKey(Extract, on_delete=models.PROTECT, related_name="comparisons")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="comparisons")
    authoritative = models.CharField(max_length=200)  # the sources in force in those sessions, by their names, ", " between
    at = models.DateTimeField()
    first_session = models.DateField()
    last_session = models.DateField()
    marks_agree = models.PositiveIntegerField(default=0)
    marks_differ = models.PositiveIntegerField(default=0)
    marks_unknown = models.PositiveIntegerField(default=0)  # the register has no mark there
    differing = models.JSONField(default=list)  # [{enrolment, date, pm, said, stands}]; at most 1,000

    class Meta:
        constraints = [models.UniqueConstraint(fields=["extract", "school"], name="comparison_once_an_extract_and_school")]
        indexes = [models.Index(fields=["school", "at"], name="comparison_by_school")]

    def __str__(self) -> str:
        return f"Comparison at {self.school}, {self.at:%Y-%m-%d %H:%M}"
