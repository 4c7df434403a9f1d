"""Pupils' registers laid end to end: what the rules that look across schools and years are given. Pure.

A row per enrolment, two columns a day (AM, PM) from 1 August of the earliest year read to the day asked about. Marks of one
pupil's several enrolments are brought together here, once, for every rule that needs it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attendance.codes import CODES, N_BYTE, Class
from attendance.matrix import Marks, academic_year, year_start

Bools = NDArray[np.bool_]

# Where two schools marked the same session of one pupil differently, the mark that is better for the child stands; among
# unauthorised ones an N, because it may yet become an authorised one.
_BETTER = (Class.NOT_COLLECTED, Class.NOT_POSSIBLE, Class.UNAUTHORISED, Class.AUTHORISED, Class.ELSEWHERE, Class.ATTENDING)
_IN_ORDER = sorted(CODES, key=lambda code: (_BETTER.index(code.klass), code.byte == N_BYTE, code.byte))
_RANK = np.zeros(256, np.uint8)
_BYTE = np.zeros(256, np.uint8)
for _rank, _code in enumerate(_IN_ORDER, start=1):
    _RANK[_code.byte], _BYTE[_rank] = _rank, _code.byte


@dataclass(frozen=True, slots=True)
class Lines:
    """Registers of some pupils from `first` to `day`; enrolments of a pupil lie together, pupils in order."""

    first: dt.date
    day: dt.date
    marks: Marks  # (enrolments, 2 x days)
    inside: Bools  # (enrolments, days): on roll that day
    pupil: NDArray[np.intp]  # (enrolments,): which pupil, from 0, ascending; every pupil has at least one
    school: NDArray[np.intp]  # (enrolments,): row of `open`
    eligible: Bools  # (enrolments,): penalty notices exist for this school (it is not independent)
    open: Bools  # (schools, days): school days
    of_age: Bools  # (pupils, days): of compulsory school age, or date of birth unknown

    @property
    def days(self) -> int:
        return self.inside.shape[1]

    @property
    def starts(self) -> NDArray[np.intp]:
        """First enrolment of each pupil."""
        return np.flatnonzero(np.r_[True, self.pupil[1:] != self.pupil[:-1]])

    @property
    def year(self) -> int:
        return academic_year(self.day)

    @property
    def span(self) -> int:
        """Index of 1 August of the academic year that holds `day`: figures count from there."""
        return (year_start(self.year) - self.first).days

    def date(self, index: int) -> dt.date:
        return self.first + dt.timedelta(days=int(index))

    def week_of_day(self) -> NDArray[np.intp]:
        """The week (Monday to Sunday), from 0, of each day."""
        return (np.arange(self.days) + self.first.weekday()) // 7

    def any_of_pupil(self, rows: Bools) -> Bools:
        """(enrolments, n) to (pupils, n): true where it is for any of the pupil's enrolments."""
        return np.logical_or.reduceat(rows, self.starts, axis=0)

    def sum_of_pupil(self, rows: NDArray[np.int32]) -> NDArray[np.int32]:
        return np.add.reduceat(rows, self.starts, axis=0)

    def merged(self, enrolments: Bools | None = None) -> Marks:
        """One mark per pupil and session over their enrolments (those of `enrolments`, if given): (pupils, 2 x days)."""
        counted = self.inside if enrolments is None else self.inside & enrolments[:, None]
        ranks = _RANK[self.marks]
        ranks[~np.repeat(counted, 2, axis=1)] = 0
        if len(self.starts) == len(self.pupil):
            return _BYTE[ranks]
        return _BYTE[np.maximum.reduceat(ranks, self.starts, axis=0)]

    def school_days(self) -> Bools:
        """Days on which any school the pupil was then on roll at met: (pupils, days)."""
        return self.any_of_pupil(self.inside & self.open[self.school])


def first_held(held: Bools) -> NDArray[np.intp]:
    """For each row, from which column on it is true without a break to the last; the number of columns if not at the end."""
    broken = ~held[:, ::-1]
    since = np.where(broken.any(axis=1), broken.argmax(axis=1), held.shape[1])
    return held.shape[1] - since


def cut(marks_by_year: dict[int, Marks], first: dt.date, day: dt.date, rows: int) -> Marks:
    """Join whole academic years (each (rows, 732)) into one run of days from `first` (a 1 August) to `day`."""
    line = np.zeros((rows, 2 * ((day - first).days + 1)), np.uint8)
    for year, marks in marks_by_year.items():
        at = (year_start(year) - first).days * 2
        wide = min(2 * (year_start(year + 1) - year_start(year)).days, line.shape[1] - at)
        if wide > 0:
            line[:, at : at + wide] = marks[:, :wide]
    return line
