"""The authority week by week, this year and last: sums of the schools' weeks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from attendance import cuts, matrix
from attendance.rates import Figures
from attendance.reports import cuts as cut_reports
from attendance.reports.cuts import Year
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


def of_schools(schools: Collection[int], years: Collection[int]) -> dict[int, list[Week]]:
    """By year: the weeks in which any of these schools has marks, in order. One query."""
    return {year: weeks(found) for year, found in cut_reports.read(schools, years).items()}


def weeks(year: Year) -> list[Week]:
    """Those in which any of the schools has marks, in order."""
    sums = year.by_week()
    return [Week(cuts.monday(year.year, week), cuts.figures_of(sums[week])) for week in year.weeks_with_marks()]


def same_point(reach: Mapping[int, dt.date], year: int) -> SamePoint | None:
    """Last year of each school up to the week of the year that its registers reach now. One query.

    `reach`: by school, the last day of this year's registers. None without marks on either side.
    """
    before = cut_reports.read(reach, [year - 1])[year - 1]
    if not before.schools:
        return None
    upto = np.array([cuts.week_of(year - 1, monday_of(reach[school]) - YEAR) for school in before.schools])
    within = np.arange(cuts.WEEKS) <= upto[:, None]
    codes = before.weeks[:, :, : cuts.CODES] * within[:, :, None]
    possible = codes[:, :, cuts.POSSIBLE].sum(axis=2)
    if not possible.any():
        return None
    first = cuts.monday(year - 1, int(np.flatnonzero(possible.any(axis=0))[0]))
    last = monday_of(max(reach.values())) - YEAR + dt.timedelta(days=4)
    return SamePoint(cuts.figures_of(codes.sum(axis=(0, 1), dtype=np.int64)), first, last, int(possible.any(axis=1).sum()))


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
