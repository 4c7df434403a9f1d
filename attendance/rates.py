"""Rates: counting marks, and the measures made of the counts. Pure.

Sources: DfE, "Pupil absence statistics: methodology" (possible sessions, persistent absence 10%, severe absence 50%, of a
pupil's own possible sessions, no minimum); the identity possible = attended + authorised + unauthorised holds in every row
of DfE's published daily-attendance file for 2025/26.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import NDArray

from attendance.codes import LATE_BYTES, Class, classes
from attendance.matrix import Marks

PERSISTENT, SEVERE = 10, 50  # percent of possible sessions; the policy table names the source
POSSIBLE, ATTENDED, AUTHORISED, UNAUTHORISED, LATE = range(5)  # columns of `count`


@overload
def misses(absent: int, possible: int, percent: int) -> bool: ...
@overload
def misses(absent: NDArray[np.integer], possible: NDArray[np.integer], percent: int) -> NDArray[np.bool_]: ...
def misses(absent: int | NDArray[np.integer], possible: int | NDArray[np.integer], percent: int) -> bool | NDArray[np.bool_]:
    """Is `absent` at least `percent` of `possible`? Whole numbers only: 9.95% displays as 10.0% and is not persistent."""
    return (absent * 100 >= possible * percent) & (possible > 0)


def percentage(part: int, possible: int) -> float | None:
    """`part` of `possible` in percent, unrounded; None where nothing was possible."""
    return 100 * part / possible if possible else None


def change(earlier: float | None, now: float | None) -> float | None:
    """How much a rate has risen (or fallen, below 0) in percent of the earlier one; None where either is not known or that was 0."""
    return None if now is None or not earlier else 100 * (now - earlier) / earlier


def apart(earlier: float | None, now: float | None) -> float | None:
    """By how many percentage points a rate has risen (fallen, below 0): of both as they are shown, with one decimal, so that whoever
    subtracts what stands side by side finds the same. None where either is not known.
    """
    return None if now is None or earlier is None else round(round(now, 1) - round(earlier, 1), 1)


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of sessions, and the rates they make. Add them; never average percentages."""

    possible: int = 0
    attended: int = 0
    authorised: int = 0
    unauthorised: int = 0
    late: int = 0  # L (counts as attended) and U (counts as absent): DfE "late sessions"

    def __add__(self, other: Figures) -> Figures:
        return Figures(
            self.possible + other.possible,
            self.attended + other.attended,
            self.authorised + other.authorised,
            self.unauthorised + other.unauthorised,
            self.late + other.late,
        )

    @property
    def absent(self) -> int:
        return self.authorised + self.unauthorised

    @property
    def attendance_pct(self) -> float | None:
        return percentage(self.attended, self.possible)

    @property
    def absence_pct(self) -> float | None:
        return percentage(self.absent, self.possible)

    @property
    def authorised_pct(self) -> float | None:
        return percentage(self.authorised, self.possible)

    @property
    def unauthorised_pct(self) -> float | None:
        return percentage(self.unauthorised, self.possible)

    @property
    def late_pct(self) -> float | None:
        return percentage(self.late, self.possible)

    @property
    def persistent(self) -> bool:
        return bool(misses(self.absent, self.possible, PERSISTENT))

    @property
    def severe(self) -> bool:
        return bool(misses(self.absent, self.possible, SEVERE))


def total(figures: Iterable[Figures]) -> Figures:
    return sum(figures, Figures())


def count(marks: Marks, counted: NDArray[np.bool_] | None = None) -> NDArray[np.int32]:
    """Sessions a row: columns POSSIBLE, ATTENDED, AUTHORISED, UNAUTHORISED, LATE; only where `counted`, if given."""
    used = np.flatnonzero(np.bitwise_or.reduce(marks, axis=0)) if len(marks) else np.arange(0)  # half of a year's columns hold no mark
    if 4 * len(used) < 3 * marks.shape[-1]:
        marks = np.take(marks, used, axis=1)
        counted = None if counted is None else np.take(counted, used, axis=1)
    if counted is not None:
        marks = marks * counted
    kinds = classes(marks)
    found = np.empty((len(marks), 5), np.int32)
    found[:, ATTENDED] = _sum((kinds == Class.ATTENDING) | (kinds == Class.ELSEWHERE))
    found[:, AUTHORISED] = _sum(kinds == Class.AUTHORISED)
    found[:, UNAUTHORISED] = _sum(kinds == Class.UNAUTHORISED)
    found[:, POSSIBLE] = found[:, ATTENDED] + found[:, AUTHORISED] + found[:, UNAUTHORISED]
    found[:, LATE] = _sum((marks == LATE_BYTES[0]) | (marks == LATE_BYTES[1]))
    return found


def _sum(wanted: NDArray[np.bool_]) -> NDArray[np.int32]:
    return wanted.sum(axis=1, dtype=np.int32)


def figures(row: NDArray[np.int32]) -> Figures:
    """One row of `count`, or a sum of rows, as figures."""
    return Figures(*row.tolist())


def by_code(marks: Marks, counted: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Sessions by byte of attendance.codes, blanks left out: shape (256,)."""
    found = np.bincount(marks[counted], minlength=256)
    found[0] = 0
    return found
