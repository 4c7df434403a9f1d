"""Pupils' registers laid end to end: what the rules that look across schools and years are given. Pure.

A row per enrolment, two columns a day (AM, PM) from 1 August of the earliest year read to the day asked about. Marks of one
pupil's several enrolments are brought together here, once, for every rule that needs it.

Days on which nothing can change - no mark, no school open, nobody joins, leaves or comes of age - may be left out: between the
days that are there every rule says what it said the day before (tests/rules/test_days_that_matter.py).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from attendance.codes import CODES, N_BYTE, Class
from attendance.matrix import Marks, academic_year, year_start

Bools = NDArray[np.bool_]
Counts = TypeVar("Counts", NDArray[np.int16], NDArray[np.int32])

# Where two schools marked the same session of one pupil differently, the mark that is better for the child stands; among
# unauthorised ones an N, because it may yet become an authorised one.
_BETTER = (Class.NOT_COLLECTED, Class.NOT_POSSIBLE, Class.UNAUTHORISED, Class.AUTHORISED, Class.ELSEWHERE, Class.ATTENDING)
_IN_ORDER = sorted(CODES, key=lambda code: (_BETTER.index(code.klass), code.byte == N_BYTE, code.byte))
_RANK = np.zeros(256, np.uint8)
_BYTE = np.zeros(256, np.uint8)
for _rank, _code in enumerate(_IN_ORDER, start=1):
    _RANK[_code.byte], _BYTE[_rank] = _rank, _code.byte


UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Facts:
    """What rules are told of the pupils beside their marks."""

    watched: Bools  # (pupils, days): looked after, or with a social worker or ever had one
    reviewed: Bools  # (pupils, days): within a part-time timetable whose end is on record
    left: NDArray[np.int64]  # (pupils,): sessions still to come this academic year by their schools' own terms, else UNKNOWN

    @staticmethod
    def none(pupils: int, days: int) -> Facts:
        nowhere = np.zeros((pupils, days), np.bool_)
        return Facts(nowhere, nowhere, np.full(pupils, UNKNOWN, np.int64))


@dataclass(frozen=True, slots=True)
class Lines:
    """Registers of some pupils from `first` to `day`; enrolments of a pupil lie together, pupils in order."""

    first: dt.date
    day: dt.date
    at: NDArray[np.intp]  # (days,): days since `first`, ascending from 0; the last is `day`, and every 1 August is there
    marks: Marks  # (enrolments, 2 x days)
    inside: Bools  # (enrolments, days): on roll that day
    pupil: NDArray[np.intp]  # (enrolments,): which pupil, from 0, ascending; every pupil has at least one
    school: NDArray[np.intp]  # (enrolments,): row of `open`
    eligible: Bools  # (enrolments,): penalty notices exist for this school (it is not independent)
    open: Bools  # (schools, days): school days
    of_age: Bools  # (pupils, days): of compulsory school age, or date of birth unknown
    facts: Facts

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
        return self.begins(self.year)

    def begins(self, year: int) -> int:
        """Index of 1 August of an academic year; that of the first day for years before, `days` for years after."""
        return int(np.searchsorted(self.at, (year_start(year) - self.first).days))

    def date(self, index: int) -> dt.date:
        return self.first + dt.timedelta(days=int(self.at[index]))

    def index_on(self, day: dt.date) -> int:
        """Index of the last day there is up to `day`, on which everything stands as it did there; -1 before the first."""
        return int(np.searchsorted(self.at, (day - self.first).days, side="right")) - 1

    def some(self, pupils: NDArray[np.intp]) -> Lines:
        """The lines of these pupils alone; `pupils` in ascending order."""
        rows = np.flatnonzero(np.isin(self.pupil, pupils))
        facts = Facts(*(getattr(self.facts, field.name)[pupils] for field in fields(Facts)))
        return replace(
            self,
            marks=self.marks[rows],
            inside=self.inside[rows],
            pupil=np.searchsorted(pupils, self.pupil[rows]),
            school=self.school[rows],
            eligible=self.eligible[rows],
            of_age=self.of_age[pupils],
            facts=facts,
        )

    def week_of_day(self) -> NDArray[np.intp]:
        """The week (Monday to Sunday) of each day: which of those that are there, from 0."""
        weeks = (self.at + self.first.weekday()) // 7
        return np.cumsum(np.diff(weeks, prepend=weeks[:1]) > 0)

    def any_of_pupil(self, rows: Bools) -> Bools:
        """(enrolments, n) to (pupils, n): true where it is for any of the pupil's enrolments."""
        return rows if len(self.starts) == len(self.pupil) else np.logical_or.reduceat(rows, self.starts, axis=0)

    def sum_of_pupil(self, rows: Counts) -> Counts:
        """(enrolments, n) to (pupils, n)."""
        return rows if len(self.starts) == len(self.pupil) else np.add.reduceat(rows, self.starts, axis=0)

    def merged(self, enrolments: Bools | None = None) -> Marks:
        """One mark per pupil and session over their enrolments (those of `enrolments`, if given): (pupils, 2 x days)."""
        counted = self.inside if enrolments is None or enrolments.all() else self.inside & enrolments[:, None]
        marks = counting(self.marks, counted)
        if len(self.starts) == len(self.pupil):
            return marks
        found = marks[self.starts]
        several = np.flatnonzero(np.diff(np.r_[self.starts, len(self.pupil)]) > 1)
        rows = np.flatnonzero(np.isin(self.pupil, several))
        starts = np.flatnonzero(np.r_[True, self.pupil[rows][1:] != self.pupil[rows][:-1]])
        found[several] = _BYTE[np.maximum.reduceat(_RANK[marks[rows]], starts, axis=0)]
        return found

    def school_days(self) -> Bools:
        """Days on which any school the pupil was then on roll at met: (pupils, days)."""
        return self.any_of_pupil(self.inside & self.open[self.school])


def first_held(held: Bools) -> NDArray[np.intp]:
    """For each row, from which column on it is true without a break to the last; the number of columns if not at the end."""
    broken = ~held[:, ::-1]
    since = np.where(broken.any(axis=1), broken.argmax(axis=1), held.shape[1])
    return held.shape[1] - since


def counting(marks: Marks, days: Bools) -> Marks:
    """The marks of these days (rows, days), the others blank."""
    return (marks.reshape(len(marks), -1, 2) * days[:, :, None]).reshape(marks.shape)


def cut(marks_by_year: dict[int, Marks], first: dt.date, at: NDArray[np.intp], rows: int) -> Marks:
    """Join whole academic years (each (rows, 732)) into one run of the days `at`, counted from `first` (a 1 August)."""
    line = np.zeros((rows, 2 * len(at)), np.uint8)
    columns = (2 * at[:, None] + np.arange(2)).ravel()
    for year, marks in marks_by_year.items():
        low, high = ((year_start(y) - first).days * 2 for y in (year, year + 1))
        ours = slice(*np.searchsorted(columns, [low, high]).tolist())
        if len(marks) and ours.start < ours.stop:
            np.take(marks, columns[ours] - low, axis=1, out=line[:, ours], mode="clip")
    return line
