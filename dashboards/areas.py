"""Schools by cluster, ward or trust: their figures added up, beside the same weeks of last year."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from attendance.measures.judged import Count
from attendance.rates import Figures, apart, percentage
from attendance.reports.schools import SchoolFigures
from dashboards import enrolments
from dashboards.comparison import SchoolOf
from dashboards.numbers import Number, list_of
from dashboards.trends import SamePoint
from schools.models import Area, Trust


@dataclass(frozen=True, slots=True)
class Line:
    """Some schools together. `before`: those of them that have registers at the same point of last year."""

    name: str
    kind: str  # "Cluster", "Ward", "Trust"
    address: str
    schools: Number
    year: SchoolFigures
    now: Figures  # this year's, of the schools in `before`
    before: Figures
    count_before: Count
    persistent: Number
    severe: Number
    urn: int | None = None  # where it is one school

    @property
    def points(self) -> float | None:
        """By how many points absence has grown on the same weeks of last year."""
        return apart(self.before.absence_pct, self.now.absence_pct)

    @property
    def persistent_before(self) -> float | None:
        return percentage(self.count_before.persistent, self.count_before.judged)


def line(name: str, kind: str, address: str, rows: Sequence[SchoolOf], before: SamePoint | None, **choices: Any) -> Line:
    """`choices`: which schools these are, as the lists take them."""
    year = sum((row.year for row in rows), SchoolFigures())
    both = [row for row in rows if before and row.school.pk in before.by_school]
    known = [before.by_school[row.school.pk] for row in both] if before else []
    count = Count()
    for one in known:
        count = count.plus(one.count)
    return Line(
        name,
        kind,
        address,
        Number(len(rows), f"school of {name},schools of {name}", list_of("school_list", **choices)),
        year,
        sum((row.year.figures for row in both), Figures()),
        sum((one.figures for one in known), Figures()),
        count,
        enrolments.listed(year.persistent, of_whom=name, missed=enrolments.PERSISTENT, **choices),
        enrolments.listed(year.severe, of_whom=name, missed=enrolments.SEVERE, **choices),
        choices.get("school"),
    )


def by_area(rows: Sequence[SchoolOf], before: SamePoint | None) -> list[Line]:
    """By cluster, the units the team works in: most absent first. Schools of none are in no line. Read with their clusters."""
    return _lines(rows, before, "cluster", {row.school.cluster_id: row.school.cluster for row in rows})


def by_ward(rows: Sequence[SchoolOf], before: SamePoint | None, wards: Mapping[int, Area]) -> list[Line]:
    return _lines(rows, before, "ward", wards)


def by_trust(rows: Sequence[SchoolOf], before: SamePoint | None, trusts: Mapping[int, Trust]) -> list[Line]:
    return _lines(rows, before, "trust", trusts)


def _lines(rows: Iterable[SchoolOf], before: SamePoint | None, of: str, places: Mapping[Any, Any]) -> list[Line]:
    groups: dict[int, list[SchoolOf]] = {}
    for row in rows:
        key = getattr(row.school, f"{of}_id")
        if key is not None:
            groups.setdefault(key, []).append(row)
    found = []
    for pk, own in groups.items():
        place, name = places[pk], "trust" if of == "trust" else "area"
        kind = "Trust" if of == "trust" else place.get_kind_display()
        found.append(line(place.name, kind, reverse(name, args=[pk]), own, before, **{name: pk}))
    return sorted(found, key=lambda one: (-(one.year.figures.absence_pct or 0.0), one.name))
