"""A school's year, cut every way that figures are asked for: all its enrolments, by year group, by sex, by cohort. Pure.

Sums of sessions by week and code, and counts of persistent and severe absence to the end of each week: each enrolment is judged
on its own possible sessions (DfE, "Pupil absence statistics: methodology"), so counts of schools may be added, rates never.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from attendance import matrix, packing, rates
from attendance.codes import BLANK, LATE_BYTES, PRESENT_AM, PRESENT_PM, Class, classes
from attendance.codes import absent as is_absent
from attendance.codes import possible as is_possible
from attendance.matrix import Marks
from attendance.measures.judged import Count
from attendance.rates import Figures
from schools import dfe_terms
from schools.calendar import Span, monday_of

CODES = 64  # more than there are code bytes
WEEKS = 54  # as many Mondays as a year's days can lie behind
ENROLMENTS, JUDGED, PERSISTENT, SEVERE = range(CODES, CODES + 4)  # columns of `Sums.weeks` after the codes
WIDTH = CODES + 4
ROLLING_WEEKS = 10  # school weeks: the window of the penalty threshold, and long enough to show a trend


class Kind(StrEnum):
    ALL = "all"
    YEAR_GROUP = "year_group"
    SEX = "sex"
    COHORT = "cohort"


class Cut(NamedTuple):
    """One part of the enrolments: `value` is a year group, a sex or a kind of characteristic; "" for all."""

    kind: Kind = Kind.ALL
    value: str = ""


WHOLE = Cut()


@dataclass(frozen=True, slots=True)
class Sums:
    """One cut of one school's year.

    `weeks`: shape (WEEKS, WIDTH). Column = byte of the code: counted sessions of the week; ENROLMENTS: enrolments with a possible
    session in the week; JUDGED, PERSISTENT, SEVERE: of the year to the end of that week. `periods`: the same three, by period.
    """

    weeks: NDArray[np.uint32]
    periods: Mapping[str, Count]

    @property
    def figures(self) -> Figures:
        return figures_of(self.weeks[:, :CODES].sum(axis=0))

    @property
    def to_date(self) -> Count:
        return Count(*(int(n) for n in self.weeks[-1, JUDGED:]))


def pack(weeks: NDArray[np.uint32]) -> bytes:
    return packing.pack(weeks.astype("<u4").tobytes())


def unpack(packed: bytes) -> NDArray[np.uint32]:
    return np.frombuffer(packing.unpack(packed, WEEKS * WIDTH * 4), "<u4").reshape(WEEKS, WIDTH)


def figures_of(counts: NDArray[np.integer]) -> Figures:
    """Sums by byte of the code, as figures."""
    return figures_of_each(counts[None, :CODES])[0]


def figures_of_each(counts: NDArray[np.integer]) -> list[Figures]:
    """The same of many: (n, CODES)."""
    sums = counts.astype(np.int64) @ _OF_CLASS
    return [
        Figures(there + authorised + unauthorised, there, authorised, unauthorised, late)
        for there, authorised, unauthorised, late in sums.tolist()
    ]


def _of_class() -> NDArray[np.int64]:
    """Which codes each of the parts of `Figures` is the sum of: (CODES, 4)."""
    kinds = classes(np.arange(CODES, dtype=np.uint8))
    late = np.isin(np.arange(CODES), LATE_BYTES)
    there = (kinds == Class.ATTENDING) | (kinds == Class.ELSEWHERE)
    return np.stack([there, kinds == Class.AUTHORISED, kinds == Class.UNAUTHORISED, late], axis=1).astype(np.int64)


_OF_CLASS = _of_class()
POSSIBLE = is_possible(classes(np.arange(CODES, dtype=np.uint8)))  # which columns are possible sessions


# --- weeks and periods -----------------------------------------------------------------------------------------------


def first_monday(year: int) -> dt.date:
    """Of the week that holds 1 August: row 0 of `Sums.weeks`."""
    return monday_of(matrix.year_start(year))


def week_of(year: int, day: dt.date) -> int:
    """The row of the week that holds `day`."""
    return (day - first_monday(year)).days // 7


def monday(year: int, week: int) -> dt.date:
    return first_monday(year) + dt.timedelta(weeks=week)


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of one academic year that figures are kept for. Both days inclusive."""

    key: str
    name: str
    first: dt.date
    last: dt.date


_DFE = (("dfe_autumn", "Autumn term (DfE)"), ("dfe_spring", "Spring term (DfE)"), ("dfe_summer", "Summer term (DfE)"))


def dfe_periods(year: int) -> list[Period]:
    """The terms as DfE counts them."""
    return [Period(key, name, *dfe_terms.bounds(year, number)) for number, (key, name) in enumerate(_DFE, start=1)]


def school_periods(year: int, terms: Sequence[Span]) -> list[Period]:
    """A school's own half terms and terms of the year, where it has said six of them; else none are known."""
    ours = sorted(term for term in terms if matrix.academic_year(term.first) == year)
    if len(ours) != 2 * 3:
        return []
    halves = [Period(f"half_{n}", f"Half term {n}", term.first, term.last) for n, term in enumerate(ours, start=1)]
    whole = [
        Period(f"term_{n}", f"{name} term", ours[2 * n - 2].first, ours[2 * n - 1].last)
        for n, name in enumerate(("Autumn", "Spring", "Summer"), start=1)
    ]
    return [*halves, *whole]


# --- counting --------------------------------------------------------------------------------------------------------


def cut(
    year: int, marks: Marks, counted: NDArray[np.bool_], groups: Mapping[Cut, NDArray[np.bool_]], periods: Sequence[Period]
) -> dict[Cut, Sums]:
    """The sums of each group of a school's registers: `groups[cut][i]` says whether row i of `marks` (rows, 732) belongs.

    Only marks where `counted`. A group in which nothing was possible is there too, with nothing in it.
    """
    columns = np.flatnonzero((marks.astype(bool) & counted).any(axis=0))
    names = list(groups)
    tables = np.zeros((len(names), WEEKS, WIDTH), np.uint32)
    if not len(columns):
        return {name: Sums(table, {}) for name, table in zip(names, tables, strict=True)}
    some = np.take(marks, columns, axis=1)
    some *= np.take(counted, columns, axis=1)
    weeks = (columns // 2 + matrix.year_start(year).weekday()) // 7
    starts = np.flatnonzero(np.diff(weeks, prepend=-1))
    of_week = weeks[starts]
    belongs = np.array(list(groups.values()), np.bool_).reshape(len(groups), len(marks))
    codes, by_code = _by_code(some, belongs, starts)
    tables[:, of_week[:, None], codes] = by_code
    tables[:, :, BLANK] = 0
    stretches = {period.key: ours for period in periods if (ours := _columns(period, year, columns))}
    in_week, judged = _by_stretch(some, belongs, starts, list(stretches.values()))
    tables[:, of_week, ENROLMENTS] = in_week
    last = np.searchsorted(of_week, np.arange(WEEKS), side="right") - 1  # the last week with marks up to each
    tables[:, last >= 0, JUDGED:] = judged[:, last[last >= 0]]
    of_period = judged[:, len(starts) :].tolist()
    return {
        name: Sums(table, {key: Count(*three) for key, three in zip(stretches, ours, strict=True)})
        for name, table, ours in zip(names, tables, of_period, strict=True)
    }


# Whole numbers far below 2**24 are exact as float32, in which sums over groups and stretches are done by the fast library.


def _by_code(some: Marks, belongs: NDArray[np.bool_], starts: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Of each group, the sessions of each week by code: which codes, and (groups, weeks, codes). The weeks begin at these columns.

    Nearly all marks are of two codes: of those everybody's sessions are added up, of the others the marks are looked at one by one.
    """
    rest = (some != PRESENT_AM) & (some != PRESENT_PM) & (some != BLANK)
    at = np.flatnonzero(rest)
    row, column = np.divmod(at, some.shape[1])
    marks = some.ravel()[at]
    others = np.flatnonzero(np.bincount(marks, minlength=CODES))
    combined, of_row = _alike(belongs)  # rows that belong to the same groups are counted as one
    each = len(starts) * len(others)
    week = np.searchsorted(starts, np.arange(some.shape[1]), side="right") - 1
    number = of_row[row] * each + week[column] * len(others) + np.searchsorted(others, marks)
    counted = np.bincount(number, minlength=combined.shape[1] * each).reshape(combined.shape[1], each)
    of_others = (combined.astype(np.float32) @ counted.astype(np.float32)).reshape(len(belongs), len(starts), len(others))
    most = [
        np.add.reduceat(belongs.astype(np.float32) @ (some == code).astype(np.float32), starts, axis=1)[..., None]
        for code in (PRESENT_AM, PRESENT_PM)
    ]
    return np.array([*others.tolist(), PRESENT_AM, PRESENT_PM], np.intp), np.concatenate([of_others, *most], axis=-1)


def _by_stretch(
    some: Marks, belongs: NDArray[np.bool_], starts: NDArray[np.intp], stretches: list[slice]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Enrolments of each group with a possible session in each week (groups, weeks); and those judged, persistently and severely
    absent to the end of each week, then in each of the stretches of columns: (groups, weeks + stretches, 3)."""
    taken = np.zeros((some.shape[1], len(starts) + len(stretches)), np.float32)
    for number, end in enumerate([*starts[1:].tolist(), len(taken)]):
        taken[:end, number] = 1
    for number, ours in enumerate(stretches, len(starts)):
        taken[ours, number] = 1
    kinds = classes(some)
    could, absent = ((each.astype(np.float32) @ taken).astype(np.int32) for each in (is_possible(kinds), is_absent(kinds)))
    in_week = np.diff(could[:, : len(starts)], axis=1, prepend=0) > 0
    judged = np.concatenate([in_week, _judged(absent, could).reshape(len(some), -1)], axis=1)
    found = belongs.astype(np.float32) @ judged.astype(np.float32)
    return found[:, : len(starts)], found[:, len(starts) :].astype(np.int64).reshape(len(belongs), -1, 3)


def _alike(belongs: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """Of (groups, rows): a column for each combination of groups that there is, and which of them each row has."""
    keys = np.ascontiguousarray(np.packbits(belongs, axis=0).T)
    _, first, of_row = np.unique(keys.view(f"V{keys.shape[1]}").ravel(), return_index=True, return_inverse=True)
    return belongs[:, first], of_row


def _judged(absent: NDArray[np.int32], could: NDArray[np.int32]) -> NDArray[np.bool_]:
    """(..., 3): is anything possible, persistently absent, severely absent?"""
    return np.stack((could > 0, rates.misses(absent, could, rates.PERSISTENT), rates.misses(absent, could, rates.SEVERE)), axis=-1)


def _columns(period: Period, year: int, columns: NDArray[np.intp]) -> slice | None:
    """Which of the columns with a mark lie in the period; None where there is none."""
    span = matrix.span(year, period.first, period.last)
    ours = slice(*np.searchsorted(columns, [span.start, span.stop]).tolist())
    return ours if ours.start < ours.stop else None


def rolling(year: int, columns: NDArray[np.intp]) -> Period:
    """The last ten school weeks of the year that have a possible session; `columns`: those that are possible for somebody, one at least."""
    weeks = np.unique((columns // 2 + matrix.year_start(year).weekday()) // 7)[-ROLLING_WEEKS:]
    first = max(monday(year, int(weeks[0])), matrix.year_start(year))
    return Period("rolling", f"Last {len(weeks)} school weeks", first, matrix.session_at(year, int(columns[-1])).date)
