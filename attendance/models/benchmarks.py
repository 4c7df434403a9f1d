"""Published figures that came after those that Daymark ships (attendance.benchmarks.known lays them over those)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class PublishedArea(models.Model):
    """An authority that the shipped list does not have yet."""

    code = models.CharField(max_length=3, unique=True)
    name = models.CharField(max_length=120)
    region = models.CharField(max_length=3, blank=True)

    def __str__(self) -> str:
        return self.name


def _percentage() -> models.DecimalField:
    return models.DecimalField(max_digits=6, decimal_places=3, null=True)


class PublishedFigure(models.Model):
    """A row of an open file: see attendance.benchmarks.figures.Figure, whose fields these are. Null: not known, never 0."""

    kind = models.CharField(max_length=12)
    area = models.CharField(max_length=3)
    phase = models.CharField(max_length=9)
    year = models.SmallIntegerField()
    published = models.DateField(null=True)
    absence = _percentage()
    authorised = _percentage()
    unauthorised = _percentage()
    persistent = _percentage()
    severe = _percentage()
    loaded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["area", "phase", "kind", "year", "published"], name="published_figure_once", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(absence__range=(0, 100)) | Q(absence=None), name="published_absence_is_a_percentage"),
        ]

    def __str__(self) -> str:
        return f"{self.area} {self.phase} {self.year}: {self.published}"


class StatisticalNeighbour(models.Model):
    """One neighbour of an authority in one edition of DfE's list."""

    edition = models.CharField(max_length=20)
    authority = models.CharField(max_length=3)
    rank = models.PositiveSmallIntegerField()
    neighbour = models.CharField(max_length=3)
    closeness = models.CharField(max_length=30, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["edition", "authority", "rank"], name="neighbour_once_a_rank")]

    def __str__(self) -> str:
        return f"{self.authority}: {self.rank} {self.neighbour}"
