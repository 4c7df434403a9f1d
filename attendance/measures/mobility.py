"""Pupils who join and leave a school while a school year runs. Pure.

In-year as the School Admissions Code 2021 has it, from the first day of term on; a school's first week is left out too, in which year
groups begin one after another. A leaver goes before the school leaving date, the last Friday in June. Moves that are none are not
counted: a spell that goes on at the same school, and pupils who came over with a school that theirs follows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from attendance.matrix import academic_year
from attendance.rates import percentage
from schools.ages import last_friday_in_june

_DAY = dt.timedelta(days=1)


class Stay(NamedTuple):
    """A spell on one school's roll, both days inclusive."""

    start: dt.date
    end: dt.date | None
    goes_on: bool = False  # the same pupil's next spell, here or at the school that follows, begins by the day after
    went_on: bool = False  # the same of the spell before


@dataclass(frozen=True, slots=True)
class Mobility:
    enrolments: int = 0  # on roll at some time of the period
    joined: int = 0
    left: int = 0
    unknown: int = 0  # schools of which nothing tells when the year began, so nobody is said to have joined

    def __add__(self, other: Mobility) -> Mobility:
        return Mobility(
            self.enrolments + other.enrolments, self.joined + other.joined, self.left + other.left, self.unknown + other.unknown
        )

    @property
    def joined_pct(self) -> float | None:
        return percentage(self.joined, self.enrolments)


def mobility(stays: Sequence[Stay], first: dt.date, last: dt.date, began: Mapping[int, dt.date | None]) -> Mobility:
    """One school's. `began`: by academic year of the period, the first day on which the school met; None: not known."""
    joined = left = 0
    for stay in stays:
        start = began.get(academic_year(stay.start))
        if first <= stay.start <= last and not stay.went_on and start is not None and stay.start > _sunday(start):
            joined += 1
        if stay.end is not None and first <= stay.end <= last and not stay.goes_on:
            left += stay.end < last_friday_in_june(academic_year(stay.end) + 1)
    return Mobility(len(stays), joined, left, int(any(day is None for day in began.values())))


def _sunday(day: dt.date) -> dt.date:
    return day + (6 - day.weekday()) * _DAY
