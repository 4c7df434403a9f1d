"""School days absent in a row: 10 of them are returned to the authority. Pure.

Source: SI 2024/208, attendance return, and "Working together to improve school attendance": a pupil absent without
authority (G, N, O, U in any mix) for a continuous period of 10 school days.

A day counts if it has a possible session and every possible session of it is unauthorised; a day with no possible session
is skipped; any other day breaks the run. Marks of all the pupil's schools together; a new school year does not break it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attendance.codes import Class, classes, possible
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
        length = int(self.runs[pupil, -1])
        return np.flatnonzero(self.absent[pupil])[-length:] if length else np.zeros(0, np.intp)


def spells(lines: Lines, *, number: int) -> Spells:
    marks = lines.merged()
    kinds = classes(marks)
    is_possible = possible(kinds)
    attended_or_authorised = is_possible & (kinds != Class.UNAUTHORISED)
    known = is_possible[:, ::2] | is_possible[:, 1::2]
    absent = known & ~(attended_or_authorised[:, ::2] | attended_or_authorised[:, 1::2])
    so_far = np.cumsum(absent, axis=1, dtype=np.int16)
    at_break = np.maximum.accumulate(np.where(known & ~absent, so_far, 0), axis=1)
    return Spells(lines, number, marks, absent, known, (so_far - at_break).astype(np.int16))
