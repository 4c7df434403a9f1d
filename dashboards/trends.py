"""The authority week by week, this year and last: sums of the schools' weeks."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Protocol

import numpy as np

from attendance import cuts, matrix
from attendance.measures.judged import Count
from attendance.rates import Figures
from attendance.reports.cuts import Year
from attendance.reports.national import YEAR
from dashboards import charts
from dashboards.charts import Chart, Line
from dashboards.templatetags.daymark import of, sessions_word
from schools.calendar import monday_of
from schools.policy import BY_KEY


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
class Before:
    """One school's last year, as far as this year has come."""

    figures: Figures
    count: Count
    first: dt.date  # the Monday of its first week


@dataclass(frozen=True, slots=True)
class SamePoint:
    """Last year as far as this year has come, school by school: never a term beside a whole year, nor schools that have
    sent nothing yet beside those that have."""

    figures: Figures
    count: Count  # enrolments judged from the year's beginning to that week
    first: dt.date
    last: dt.date  # the Friday of its last week
    schools: int
    by_school: Mapping[int, Before]  # those with a possible session there


def weeks(year: Year) -> list[Week]:
    """Those in which any of the schools has marks, in order."""
    sums = year.by_week()
    return [Week(cuts.monday(year.year, week), cuts.figures_of(sums[week])) for week in year.weeks_with_marks()]


def same_point(reach: Mapping[int, dt.date], before: Year) -> SamePoint | None:
    """Last year of each school up to the week of the year that its registers reach now.

    `reach`: by school, the last day of this year's registers; a school without is left out. `before`: last year, as
    attendance.reports.cuts reads it. None without marks on either side.
    """
    before = before.some(before.rows_of(reach))
    if not before.schools:
        return None
    upto = np.array([cuts.week_of(before.year, monday_of(reach[school]) - YEAR) for school in before.schools])
    possible = before.possible & (np.arange(cuts.WEEKS) <= upto[:, None])
    if not possible.any():
        return None
    own = np.zeros((len(upto), cuts.CODES), np.int64)
    for week in np.unique(upto).tolist():  # most schools' registers reach the same week
        there = upto == week
        own[there] = (before.weeks if there.all() else before.weeks[there])[:, : max(week + 1, 0), : cuts.CODES].sum(axis=1, dtype=np.int64)
    judged = before.weeks[np.arange(len(upto)), upto, cuts.JUDGED :]
    some = np.flatnonzero(possible.any(axis=1)).tolist()
    mondays = [cuts.monday(before.year, week) for week in range(cuts.WEEKS)]
    each = zip(before.schools, cuts.figures_of_each(own), judged.tolist(), possible.argmax(axis=1).tolist(), strict=True)
    every = [(school, Before(figures, Count(*count), mondays[first])) for school, figures, count, first in each]
    by_school = dict(every[i] for i in some)
    return SamePoint(
        cuts.figures_of(own.sum(axis=0)),
        Count(*judged[some].sum(axis=0, dtype=np.int64).tolist()),
        min(one.first for one in by_school.values()),
        monday_of(max(reach.values())) - YEAR + dt.timedelta(days=4),
        len(some),
        by_school,
    )


def _weeks_apart(year: int) -> tuple[dt.date, Callable[[int, dt.date], int]]:
    """The Monday from which weeks are counted, and the number of the week of a day of some year: 52 weeks before is the same."""
    start = monday_of(matrix.year_start(year))
    return start, lambda y, day: ((monday_of(day) + (year - y) * YEAR) - start).days // 7


def _labels(start: dt.date, span: range) -> list[str]:
    return [f"{(monday := start + dt.timedelta(weeks=week)).day} {monday:%b}" for week in span]


def _named(year: int) -> str:
    return f"{year}/{(year + 1) % 100:02d}"


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Of one week, or of September to its end: what is drawn, and of how many sessions it is."""

    pct: float | None  # None also where too few sessions were possible to say anything
    of: str


def enough(weeks: Sequence[Point]) -> int:
    """How many possible sessions a week of this year needs to be drawn: a share of its usual week's (policy)."""
    possible = [week.figures.possible for week in weeks if week.figures.possible]
    return math.ceil(median(possible) * BY_KEY["week_percent"].value / 100) if possible else 0


def _drawn(figures: Figures, least: int) -> _Drawn:
    if not figures.possible:
        return _Drawn(None, "")
    said = sessions_word(of(figures.absent, figures.possible))
    return _Drawn(figures.absence_pct if figures.possible >= least else None, said)


def _line(year: int, known: Mapping[int, _Drawn], span: range) -> Line:
    points = [known.get(week, _Drawn(None, "")) for week in span]
    return Line(_named(year), [point.pct for point in points], of=[point.of for point in points])


def _gaps() -> str:
    share = f"{BY_KEY['week_percent'].value}% of the possible sessions of a usual week"
    return f"A week with less than {share} is a gap in the line: it says too little."


def trend(weeks: Mapping[int, Sequence[Point]], year: int) -> Chart | None:
    """Absence by week of this year and last, laid over each other."""
    start, week_of = _weeks_apart(year)
    by_week: dict[int, dict[int, _Drawn]] = {}
    for y, found in weeks.items():
        least = enough(found)
        by_week[y] = {week_of(y, week.monday): _drawn(week.figures, least) for week in found}
    every = [number for known in by_week.values() for number in known]
    if not every:
        return None
    span = range(min(every), max(every) + 1)
    lines = [_line(y, by_week[y], span) for y in (year, year - 1) if by_week.get(y)]
    title = "Absence by week, as a percentage of possible sessions"
    return charts.line_chart("trend", title, _labels(start, span), lines, least=10, note=_gaps())


def to_date(weeks: Mapping[int, Sequence[Point]], england: Mapping[int, Sequence[tuple[dt.date, float]]], year: int) -> Chart | None:
    """Absence from September to the end of each week, this year and last, beside England's as it was published; to the week this
    year has come to. None before the second week.
    """
    start, week_of = _weeks_apart(year)
    by_week: dict[int, dict[int, _Drawn]] = {}
    for y, found in weeks.items():
        sums, by_week[y], least = Figures(), {}, enough(found)
        for week in found:
            sums += week.figures
            by_week[y][week_of(y, week.monday)] = _drawn(sums, least)
    if len(by_week.get(year, {})) < 2:
        return None
    span = range(min(by_week[year]), max(by_week[year]) + 1)
    lines = [_line(y, by_week[y], span) for y in (year, year - 1) if any(w in span for w in by_week.get(y, {}))]
    for y in (year - 1, year):
        published = {week_of(y, day): pct for day, pct in england.get(y, ())}
        if any(w in span for w in published):
            lines.append(Line(f"England {_named(y)}", [published.get(w) for w in span], joined=True))
    return charts.line_chart("to-date", "Absence from September to the end of each week", _labels(start, span), lines, note=_gaps())
