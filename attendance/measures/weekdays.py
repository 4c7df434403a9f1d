"""The pattern of the week: absence on Monday mornings, Friday afternoons and each half day between. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attendance.codes import Class, classes, possible
from attendance.matrix import Marks
from attendance.rates import percentage

NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class HalfDay:
    weekday: int  # 0 is Monday
    pm: bool
    possible: int
    authorised: int
    unauthorised: int

    @property
    def name(self) -> str:
        return f"{NAMES[self.weekday]} {'afternoon' if self.pm else 'morning'}"

    @property
    def absent(self) -> int:
        return self.authorised + self.unauthorised

    @property
    def absence_pct(self) -> float | None:
        return percentage(self.absent, self.possible)


@dataclass(frozen=True, slots=True)
class Pattern:
    """`counts[weekday, pm]`: possible, authorised, unauthorised; shape (7, 2, 3)."""

    counts: NDArray[np.int64]

    def __add__(self, other: Pattern) -> Pattern:
        return Pattern(self.counts + other.counts)

    def half_days(self) -> list[HalfDay]:
        """Monday morning first; those on which nothing was possible are left out."""
        every = (HalfDay(day, pm, *self.counts[day, int(pm)].tolist()) for day in range(7) for pm in (False, True))
        return [half for half in every if half.possible]


def no_pattern() -> Pattern:
    return Pattern(np.zeros((7, 2, 3), np.int64))


def weekdays(marks: Marks, first: dt.date) -> Pattern:
    """`first`: the day of the first two columns."""
    kinds = classes(marks)
    columns = np.arange(marks.shape[1])
    at = ((columns // 2 + first.weekday()) % 7) * 2 + columns % 2
    sums = [each.sum(axis=0) for each in (possible(kinds), kinds == Class.AUTHORISED, kinds == Class.UNAUTHORISED)]
    counts = np.stack([np.bincount(at, each, 14) for each in sums], axis=-1)
    return Pattern(counts.reshape(7, 2, 3).astype(np.int64))
