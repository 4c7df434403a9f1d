"""School days absent in a row: 10 of them are returned to the authority, after 20 a school may ask to delete the name. Pure.

Source: SI 2024/208, attendance return, and "Working together to improve school attendance": a pupil absent without
authority (G, N, O, U in any mix) for a continuous period of 10 school days. SI 2024/208 reg 9(1)(i): continuously absent for
20 school days or more, all coded G, N or O (as councils and lawyers restate it; legal to confirm): a single other code, U and I
among them, breaks it.

Of 10 days, a day counts if it has a possible session and every possible session of it is unauthorised; a day with no possible
session is skipped; any other day breaks the run. Of 20, a day counts if it has a G, N or O and no other code; a day without a
mark, or with # or Z alone, is skipped. Marks of all the pupil's schools together; a new school year does not break either.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attendance.codes import BLANK, BY_CODE, Class, classes, possible
from attendance.lines import Bools, Lines
from attendance.matrix import Marks


@dataclass(frozen=True, slots=True)
class Spells:
    """For every pupil of `lines`: how long the run is at the end of each day."""

    lines: Lines
    number: int
    marks: Marks  # (pupils, 2 x days): one mark a session over all schools
    absent: Bools  # (pupils, days): days that count
    known: Bools  # (pupils, days): days with a possible session
    runs: NDArray[np.int16]  # (pupils, days)

    def holds(self) -> Bools:
        """(pupils, days): at the end of each day, is the current run at the threshold?"""
        return self.runs >= self.number

    def reached_on(self, pupil: int) -> dt.date | None:
        """The first day of the academic year that was the 10th of a run or a later one: the run reads back across years."""
        met = self.absent[pupil] & (self.runs[pupil] >= self.number)
        found = np.flatnonzero(met[self.lines.span :])
        return self.lines.date(found[0] + self.lines.span) if len(found) else None

    def current(self, pupil: int) -> NDArray[np.intp]:
        """The days of the run that stands at the end of the last day."""
        return _current(self.absent[pupil], int(self.runs[pupil, -1]))


def spells(lines: Lines, *, number: int) -> Spells:
    marks = lines.merged()
    kinds = classes(marks)
    is_possible = possible(kinds)
    attended_or_authorised = is_possible & (kinds != Class.UNAUTHORISED)
    known = is_possible[:, ::2] | is_possible[:, 1::2]
    absent = known & ~(attended_or_authorised[:, ::2] | attended_or_authorised[:, 1::2])
    return Spells(lines, number, marks, absent, known, _runs(absent, known))


@dataclass(frozen=True, slots=True)
class Removal:
    """For every pupil: the run of days of G, N and O alone at the end of each day."""

    number: int
    counts: Bools  # (pupils, days): days that count
    known: Bools  # (pupils, days): days that count or break
    runs: NDArray[np.int16]  # (pupils, days)

    def holds(self) -> Bools:
        return self.runs >= self.number

    def current(self, pupil: int) -> NDArray[np.intp]:
        """The days of the run that stands at the end of the last day."""
        return _current(self.counts[pupil], int(self.runs[pupil, -1]))


def removal(spells: Spells, *, number: int) -> Removal:
    """Looked for where there has been as long a run without authority: whatever counts here counts there."""
    counts, known = np.zeros(spells.runs.shape, np.bool_), np.zeros(spells.runs.shape, np.bool_)
    runs = np.zeros(spells.runs.shape, np.int16)
    rows = np.flatnonzero((spells.runs >= number).any(axis=1))
    marks = spells.marks[rows]
    ours, silent = _OURS[marks], _SILENT[marks]
    known[rows] = ~silent[:, ::2] | ~silent[:, 1::2]
    counts[rows] = known[rows] & (ours | silent)[:, ::2] & (ours | silent)[:, 1::2]
    runs[rows] = _runs(counts[rows], known[rows])
    return Removal(number, counts, known, runs)


def _table(codes: tuple[int, ...]) -> NDArray[np.bool_]:
    found = np.zeros(256, np.bool_)
    found[list(codes)] = True
    return found


_OURS = _table(tuple(BY_CODE[code].byte for code in "GNO"))
_SILENT = _table((BLANK, BY_CODE["#"].byte, BY_CODE["Z"].byte))


def _runs(counts: Bools, known: Bools) -> NDArray[np.int16]:
    """How many days have counted in a row by the end of each; days that are not known lie between and do not matter."""
    so_far = np.cumsum(counts, axis=1, dtype=np.int16)
    at_break = np.maximum.accumulate(np.where(known & ~counts, so_far, 0), axis=1)
    return np.asarray(so_far - at_break, np.int16)


def _current(counts: NDArray[np.bool_], length: int) -> NDArray[np.intp]:
    return np.flatnonzero(counts)[-length:] if length else np.zeros(0, np.intp)
