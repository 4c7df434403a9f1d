"""The authority week by week, this year and last: sums of the schools' weeks, made in the database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.db.models import Count, F, Sum
from django.db.models.expressions import Combinable

from attendance.codes import CODES, Class
from attendance.models import SchoolWeek
from attendance.rates import Figures, total
from dashboards import charts
from dashboards.charts import Chart, Line


@dataclass(frozen=True, slots=True)
class Week:
    """One week of several schools together."""

    monday: dt.date
    figures: Figures
    schools: int  # with any mark in the week


class Point(Protocol):
    """A week of one school or of many."""

    @property
    def monday(self) -> dt.date: ...
    @property
    def figures(self) -> Figures: ...


@dataclass(frozen=True, slots=True)
class SamePoint:
    """Last year cut off where this year stands now: the same number of weeks since 1 August, so never a term beside a whole year."""

    figures: Figures
    first: dt.date
    last: dt.date  # the Friday of its last week
    schools: int  # the most that sent marks in one of those weeks


def first_monday(year: int) -> dt.date:
    """The Monday of the week that holds 1 August: where the weeks of an academic year are counted from."""
    first = dt.date(year, 8, 1)
    return first - dt.timedelta(days=first.weekday())


def _sum_of(*classes: Class) -> Combinable:
    """Sessions of these classes in a week, as an expression over `counts`, which is indexed by the byte of the code."""
    first, *others = [F(f"counts__{code.byte}") for code in CODES if code.klass in classes]
    return sum(others, first)


def of_schools(schools: Collection[int], years: Collection[int]) -> dict[int, list[Week]]:
    """By year: the weeks in which any of these schools has marks, in order. One query."""
    found: dict[int, list[Week]] = {year: [] for year in years}
    sums = (
        SchoolWeek.objects.filter(school__in=schools, year__in=years)
        .values("year", "monday")
        .annotate(
            attended=Sum(_sum_of(Class.ATTENDING, Class.ELSEWHERE)),
            authorised=Sum(_sum_of(Class.AUTHORISED)),
            unauthorised=Sum(_sum_of(Class.UNAUTHORISED)),
            schools=Count("school", distinct=True),
        )
        .order_by("monday")
    )
    for row in sums:
        attended, authorised, unauthorised = row["attended"], row["authorised"], row["unauthorised"]
        figures = Figures(attended + authorised + unauthorised, attended, authorised, unauthorised)
        found[row["year"]].append(Week(row["monday"], figures, row["schools"]))
    return found


def same_point(weeks: Mapping[int, list[Week]], year: int) -> SamePoint | None:
    """Last year up to the week of the year in which this year's registers end; None without marks on either side."""
    now = [week for week in weeks[year] if week.figures.possible]
    if not now:
        return None
    last = first_monday(year - 1) + (now[-1].monday - first_monday(year))
    before = [week for week in weeks[year - 1] if week.monday <= last and week.figures.possible]
    if not before:
        return None
    friday = last + dt.timedelta(days=4)
    return SamePoint(total(week.figures for week in before), before[0].monday, friday, max(week.schools for week in before))


def trend(weeks: Mapping[int, Sequence[Point]], year: int) -> Chart | None:
    """Absence by week of this year and last, laid over each other by week of the year."""
    by_week = {y: {(week.monday - first_monday(y)).days // 7: week.figures.absence_pct for week in found} for y, found in weeks.items()}
    every = [number for known in by_week.values() for number in known]
    if not every:
        return None
    span = range(min(every), max(every) + 1)
    labels = [f"{(monday := first_monday(year) + dt.timedelta(weeks=w)).day} {monday:%b}" for w in span]
    lines = [Line(f"{y}/{(y + 1) % 100:02d}", [by_week[y].get(w) for w in span]) for y in (year, year - 1) if by_week.get(y)]
    return charts.line_chart("trend", "Absence by week, as a percentage of possible sessions", labels, lines, least=10)
