"""The authority week by week, this year and last: sums of the schools' weeks, made in the database."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, Protocol

from django.db.models import Count, F, Min, Q, Sum
from django.db.models.expressions import Combinable

from attendance import matrix
from attendance.codes import CODES, Class
from attendance.models import SchoolWeek
from attendance.rates import Figures
from attendance.reports.national import YEAR
from dashboards import charts
from dashboards.charts import Chart, Line
from schools.calendar import monday_of


@dataclass(frozen=True, slots=True)
class Week:
    """One week of several schools together."""

    monday: dt.date
    figures: Figures


class Point(Protocol):
    """A week of one school or of many."""

    @property
    def monday(self) -> dt.date: ...
    @property
    def figures(self) -> Figures: ...


@dataclass(frozen=True, slots=True)
class SamePoint:
    """Last year as far as this year has come, school by school: never a term beside a whole year, nor schools that have
    sent nothing yet beside those that have."""

    figures: Figures
    first: dt.date
    last: dt.date  # the Friday of its last week
    schools: int


def _sum_of(*classes: Class) -> Combinable:
    """Sessions of these classes in a week, as an expression over `counts`, which is indexed by the byte of the code."""
    first, *others = [F(f"counts__{code.byte}") for code in CODES if code.klass in classes]
    return sum(others, first)


_ATTENDED = _sum_of(Class.ATTENDING, Class.ELSEWHERE)
_AUTHORISED, _UNAUTHORISED = _sum_of(Class.AUTHORISED), _sum_of(Class.UNAUTHORISED)


def _figures(sums: Mapping[str, Any]) -> Figures:
    attended, authorised, unauthorised = sums["attended"], sums["authorised"], sums["unauthorised"]
    return Figures(attended + authorised + unauthorised, attended, authorised, unauthorised)


def of_schools(schools: Collection[int], years: Collection[int]) -> dict[int, list[Week]]:
    """By year: the weeks in which any of these schools has marks, in order. One query."""
    found: dict[int, list[Week]] = {year: [] for year in years}
    sums = (
        SchoolWeek.objects.filter(school__in=schools, year__in=years)
        .values("year", "monday")
        .annotate(
            attended=Sum(_ATTENDED),
            authorised=Sum(_AUTHORISED),
            unauthorised=Sum(_UNAUTHORISED),
        )
        .order_by("monday")
    )
    for row in sums:
        found[row["year"]].append(Week(row["monday"], _figures(row)))
    return found


def same_point(reach: Mapping[int, dt.date], year: int) -> SamePoint | None:
    """Last year of each school up to the week of the year that its registers reach now. One query.

    `reach`: by school, the last day of this year's registers. None without marks on either side.
    """
    upto: dict[dt.date, list[int]] = defaultdict(list)
    for school, day in reach.items():
        upto[monday_of(day) - YEAR].append(school)
    if not upto:
        return None
    cut = reduce(or_, (Q(school__in=schools, monday__lte=monday) for monday, schools in upto.items()))
    sums = (
        SchoolWeek.objects.filter(cut, year=year - 1)
        .annotate(possible=_ATTENDED + _AUTHORISED + _UNAUTHORISED)
        .filter(possible__gt=0)
        .aggregate(
            attended=Sum(_ATTENDED),
            authorised=Sum(_AUTHORISED),
            unauthorised=Sum(_UNAUTHORISED),
            first=Min("monday"),
            schools=Count("school", distinct=True),
        )
    )
    if not sums["first"]:
        return None
    return SamePoint(_figures(sums), sums["first"], max(upto) + dt.timedelta(days=4), sums["schools"])


def trend(weeks: Mapping[int, Sequence[Point]], year: int) -> Chart | None:
    """Absence by week of this year and last, laid over each other: the same week of an earlier year is 52 weeks before."""
    start = monday_of(matrix.year_start(year))
    by_week = {
        y: {((week.monday + (year - y) * YEAR) - start).days // 7: week.figures.absence_pct for week in found} for y, found in weeks.items()
    }
    every = [number for known in by_week.values() for number in known]
    if not every:
        return None
    span = range(min(every), max(every) + 1)
    labels = [f"{(monday := start + dt.timedelta(weeks=w)).day} {monday:%b}" for w in span]
    lines = [Line(f"{y}/{(y + 1) % 100:02d}", [by_week[y].get(w) for w in span]) for y in (year, year - 1) if by_week.get(y)]
    return charts.line_chart("trend", "Absence by week, as a percentage of possible sessions", labels, lines, least=10)
