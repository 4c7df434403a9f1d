"""Which days a period of figures covers, and which days of last year it is compared with. Pure.

The same point of last year is 52 weeks earlier. A half term or term is compared with the same one of last year; while it runs, with
as much of it as this year has come to, never with the whole (docs/rules.md, "Figures of any period").
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from attendance import cuts
from attendance.matrix import academic_year, year_end, year_start
from attendance.rag import days
from schools.calendar import Span, monday_of

YEAR = dt.timedelta(weeks=52)
LONGEST = 3  # academic years that may be read at once


class Key(StrEnum):
    """As an address says it. Those of the school's own calendar, and of DfE's, are the keys of attendance.cuts."""

    YEAR = "year"
    ROLLING = "rolling"
    WEEK = "week"
    DAY = "day"
    DATES = "dates"


NAMES: dict[str, str] = {
    Key.YEAR: "Year to date",
    Key.ROLLING: "Last ten school weeks",
    "dfe_autumn": "Autumn term, as DfE counts it",
    "dfe_spring": "Spring term, as DfE counts it",
    "dfe_summer": "Summer term, as DfE counts it",
    "term_1": "Autumn term, the school’s own",
    "term_2": "Spring term, the school’s own",
    "term_3": "Summer term, the school’s own",
    **{f"half_{n}": f"Half term {n}, the school’s own" for n in range(1, 7)},
    Key.WEEK: "One week",
    Key.DAY: "One day",
    Key.DATES: "Between two dates",
}


class PeriodProblem(ValueError):
    """Why a period cannot be shown, in words, and which field of the question it is about."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Period:
    """What was asked for. `first`, `last`: of every school alike, or (of a school's own period) the ends of the academic year."""

    key: str
    year: int
    first: dt.date
    last: dt.date

    @property
    def own(self) -> bool:
        """Does each school have its own days of it?"""
        return self.key == Key.ROLLING or self.key.startswith(("term_", "half_"))

    @property
    def standard(self) -> bool:
        """Is it kept in the rollups?"""
        return self.key not in (Key.DAY, Key.DATES)

    @property
    def name(self) -> str:
        year = f"{self.year}/{(self.year + 1) % 100:02d}"
        if self.key == Key.DAY:
            return f"{self.first.day} {self.first:%B %Y}"
        if self.key == Key.WEEK:
            return f"Week of {self.first.day} {self.first:%B %Y}"
        if self.key == Key.DATES:
            return days(self.first, self.last)
        return f"{NAMES[self.key]}, {year}"


def choose(key: str, *, year: int, day: dt.date | None, first: dt.date | None, last: dt.date | None, today: dt.date) -> Period:
    """The period that a question names. Raises PeriodProblem."""
    if key in (Key.DAY, Key.WEEK):
        found = day or today
        if found > today:
            raise PeriodProblem(f"{_said(found)} is still to come. Choose today or a day before.", "day")
        if key == Key.DAY:
            return Period(key, academic_year(found), found, found)
        # a week that holds 1 August is that of the year whose days it is asked for
        monday = max(monday_of(found), year_start(academic_year(found)))
        return Period(key, academic_year(found), monday, min(monday_of(found) + dt.timedelta(days=6), year_end(academic_year(found))))
    if key == Key.DATES:
        return _between(first, last, today)
    if year > academic_year(today):
        raise PeriodProblem(f"The school year {year}/{(year + 1) % 100:02d} has not begun. Choose this one or one before.", "year")
    for one in cuts.dfe_periods(year):
        if one.key == key:
            if one.first > today:
                raise PeriodProblem(f"This term begins on {_said(one.first)}. Choose one that has begun.", "period")
            return Period(key, year, one.first, min(one.last, today))
    return Period(key if key in NAMES else Key.YEAR, year, year_start(year), min(year_end(year), today))


def _between(first: dt.date | None, last: dt.date | None, today: dt.date) -> Period:
    if first is None or last is None:
        raise PeriodProblem("Enter both dates, the first and the last day.", "first" if first is None else "last")
    if last < first:
        raise PeriodProblem(f"The period ends ({_said(last)}) before it begins ({_said(first)}).", "last")
    if first > today:
        raise PeriodProblem(f"{_said(first)} is still to come, so no register can tell of it.", "first")
    if academic_year(last) - academic_year(first) >= LONGEST:
        raise PeriodProblem(f"Choose days in at most {LONGEST} school years that follow each other.", "last")
    last = min(last, today)
    return Period(Key.DATES, academic_year(last), first, last)


def _said(day: dt.date) -> str:
    return f"{day.day} {day:%B %Y}"


@dataclass(frozen=True, slots=True)
class Spans:
    """One school's days: of the period, and of last year's beside it. None: it has none such."""

    now: Span | None
    then: Span | None
    full: Span | None = None  # the half term or term of last year that `then` is as much of as this year has come to


def of_school(
    period: Period, reach: dt.date | None, own: Mapping[str, tuple[dt.date, dt.date]], before: Mapping[str, tuple[dt.date, dt.date]]
) -> Spans:
    """`reach`: the last day of the school's registers of the year; `own`, `before`: the periods its rollup keeps, of this year and last."""
    key = period.key
    if key in (Key.DAY, Key.WEEK, Key.DATES):
        last = period.last if key == Key.WEEK or reach is None else min(period.last, reach)
        reached = reach is not None and reach >= period.first
        return Spans(Span(period.first, period.last), Span(period.first - YEAR, last - YEAR) if reached else None)
    if reach is None:
        return Spans(None if period.own else Span(period.first, period.last), None)
    sunday = monday_of(reach) - YEAR + dt.timedelta(days=6)  # of the same week of last year
    if key == Key.YEAR:
        return Spans(Span(period.first, period.last), Span(year_start(period.year - 1), min(sunday, year_end(period.year - 1))))
    if period.own and key not in own:
        return Spans(None, None)
    now = Span(*own[key]) if period.own else Span(period.first, period.last)
    if key == Key.ROLLING:
        return Spans(now, Span(now.first - YEAR, sunday))
    if key not in before:
        return Spans(now, None)
    full = Span(*before[key])
    last = min(full.last, sunday)
    return Spans(now, Span(full.first, last) if last >= full.first else None, full)
