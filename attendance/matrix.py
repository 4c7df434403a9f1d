"""A register is a matrix: a row per enrolment and academic year, a column per session (docs/decisions.md 1).

An academic year runs from 1 August to 31 July and is known by its starting year. Column = days since 1 August x 2,
plus 0 for the morning and 1 for the afternoon; 366 days, so the last two columns stay blank without a 29 February.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from attendance.codes import BLANK

LENGTH = 732
Marks = NDArray[np.uint8]  # shape (rows, 732), bytes of attendance.codes


class Session(NamedTuple):
    """A morning or an afternoon. Orders as the school day does."""

    date: dt.date
    pm: bool

    def __str__(self) -> str:
        return f"{self.date.isoformat()} {'PM' if self.pm else 'AM'}"


def academic_year(day: dt.date) -> int:
    """The starting year of the academic year that holds `day`."""
    return day.year if day.month >= 8 else day.year - 1


def year_start(year: int) -> dt.date:
    return dt.date(year, 8, 1)


def year_end(year: int) -> dt.date:
    return dt.date(year + 1, 7, 31)


def index_of(day: dt.date, pm: bool = False) -> int:
    """Column of a session in the year that holds `day`."""
    return (day - year_start(academic_year(day))).days * 2 + pm


def session_at(year: int, index: int) -> Session:
    return Session(year_start(year) + dt.timedelta(days=int(index) // 2), bool(index % 2))


def span(year: int, first: dt.date, last: dt.date) -> slice:
    """Columns of `year` from `first` AM to `last` PM, both inclusive, cut to the year; empty when they do not meet."""
    low = max(first, year_start(year))
    high = min(last, year_end(year))
    if low > high:
        return slice(0, 0)
    return slice(index_of(low), index_of(high) + 2)


def years_between(first: dt.date, last: dt.date) -> range:
    return range(academic_year(first), academic_year(last) + 1)


def blank(rows: int) -> Marks:
    return np.full((rows, LENGTH), BLANK, np.uint8)


def inside(year: int, starts: list[dt.date], ends: list[dt.date | None]) -> NDArray[np.bool_]:
    """Which sessions of `year` lie in each enrolment, both days inclusive: shape (rows, 732).

    Marks outside are kept in the register, listed, and never counted.
    """
    last = year_end(year).toordinal()
    low = np.array([start.toordinal() for start in starts], np.int64)
    return within(year, low, np.array([last if end is None else end.toordinal() for end in ends], np.int64))


def within(year: int, starts: NDArray[np.signedinteger[Any]], ends: NDArray[np.signedinteger[Any]]) -> NDArray[np.bool_]:
    """The same for days as ordinals."""
    zero = year_start(year).toordinal()
    low, high = starts - zero, ends - zero + 1
    if len(low) and (low <= 0).all() and (high >= LENGTH // 2).all():
        found = np.zeros((len(low), LENGTH), np.bool_)
        found[:, : 2 * (year_end(year).toordinal() - zero + 1)] = True  # most schools, most of the time
        return found
    days = np.arange(LENGTH // 2, dtype=np.int16)
    first, end = (np.clip(each, 0, LENGTH // 2).astype(np.int16)[:, None] for each in (low, high))
    met = (days >= first) & (days < end)
    return (met.view(np.uint8) * np.uint16(0x0101)).view(np.bool_)  # each day's word for both its sessions
