"""What the marks of some pupils say since a day: for notices to improve and attendance contracts. Two queries for any number of pupils.

Marks at independent schools are left out: neither tool exists for their pupils.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from attendance import codes, matrix, register
from attendance.codes import Class
from legal import clocks, improvement
from legal.improvement import Progress, Target
from schools import calendar
from schools.calendar import Calendar, Deadline
from schools.models import Enrolment, School
from schools.reports import own_days

Ints = NDArray[np.int64]
_AHEAD = dt.timedelta(days=200)  # six school weeks over the longest holiday, and a start some weeks ahead


def _none() -> Ints:
    return np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Seen:
    """A pupil's sessions from a day to another, morning by morning and afternoon by afternoon: of all their schools together."""

    possible: Ints = field(default_factory=_none)
    authorised: Ints = field(default_factory=_none)
    unauthorised: Ints = field(default_factory=_none)
    unsettled: Ints = field(default_factory=_none)  # at N: among the unauthorised

    @property
    def counted(self) -> int:
        return int(self.possible.sum())

    @property
    def absent(self) -> int:
        return int(self.authorised.sum() + self.unauthorised.sum())

    @property
    def missed(self) -> int:
        return int(self.unauthorised.sum())

    def towards(self, target: Target, today: dt.date) -> Progress:
        possible, unauthorised, unsettled = (each.tolist() for each in (self.possible, self.unauthorised, self.unsettled))
        return improvement.look(target, possible=possible, unauthorised=unauthorised, unsettled=unsettled, today=today)


Key = TypeVar("Key")


def since(spans: Mapping[Key, tuple[int, dt.date, dt.date]], *, known_at: dt.datetime | None = None) -> dict[Key, Seen]:
    """By whatever each span is called, (pupil, first day, last day): the pupil's sessions in these days, both inclusive."""
    if not spans:
        return {}
    first, last = min(low for _, low, _ in spans.values()), max(high for _, _, high in spans.values())
    table = (
        Enrolment.objects.filter(pupil__in={pupil for pupil, _, _ in spans.values()}, school__independent=False)
        .touching(first, last)
        .order_by("pk")
        .values_list("pk", "pupil", "start", "end")
    )
    of = {pk: (pupil, start, end) for pk, pupil, start, end in table}
    if not of or first > last:
        return dict.fromkeys(spans, Seen())
    years = register.read_years(matrix.years_between(first, last), enrolments=list(of), known_at=known_at)
    return {key: _together(_of_year(year, rows, of, *span) for year, rows in sorted(years.items())) for key, span in spans.items()}


def of_pupil(pupil: int, first: dt.date, last: dt.date, *, known_at: dt.datetime | None = None) -> Seen:
    return since({pupil: (pupil, first, last)}, known_at=known_at)[pupil]


def _of_year(
    year: int, rows: register.Rows, of: Mapping[int, tuple[int, dt.date, dt.date | None]], pupil: int, low: dt.date, high: dt.date
) -> Seen:
    mine = [row for row, pk in enumerate(rows.enrolments.tolist()) if of[pk][0] == pupil]
    columns = matrix.span(year, low, high)
    if not mine or columns.stop <= columns.start:
        return Seen()
    dates = [of[int(rows.enrolments[row])] for row in mine]
    marks = (rows.marks[mine] * matrix.inside(year, [start for _, start, _ in dates], [end for _, _, end in dates]))[:, columns]
    kinds = codes.classes(marks)
    unauthorised = kinds == Class.UNAUTHORISED
    each = (codes.possible(kinds), kinds == Class.AUTHORISED, unauthorised, unauthorised & (marks == _BYTE_N))
    return Seen(*(part.sum(axis=0, dtype=np.int64) for part in each))


_BYTE_N = next(byte for byte, code in codes.BY_BYTE.items() if code.code == "N")


def _together(parts: Iterable[Seen]) -> Seen:
    every = list(parts)
    if not every:
        return Seen()
    return Seen(
        *(np.concatenate([getattr(part, name) for part in every]) for name in ("possible", "authorised", "unauthorised", "unsettled"))
    )


def calendar_of(school: School, *, first: dt.date, today: dt.date) -> Calendar:
    """The school's days from `first` on, as far ahead as a notice to improve may reach: by its terms and closures; a day that no term
    or closure decides is taken as open, provisionally."""
    terms, closures = own_days([school.pk])
    low = min(first, today)
    return calendar.build(low, first + _AHEAD, as_of=today, terms=terms[school.pk], closures=closures[school.pk])


@dataclass(frozen=True, slots=True)
class Period:
    """What a notice to improve of a school would run: its last day, and how many of the school's sessions lie in it."""

    end: Deadline
    sessions: int


def period(school: School, start: dt.date, weeks: int, *, today: dt.date) -> Period:
    found = calendar_of(school, first=start, today=today)
    end = clocks.improvement_ends(start, weeks, found)
    days = (end.day - start).days + 1 if end.day else 0
    return Period(end, 2 * sum(found.is_school_day(start + dt.timedelta(days=n)) for n in range(days)))
