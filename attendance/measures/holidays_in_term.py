"""Holidays not granted (code G), and how far they cluster round the school's own breaks. Pure.

Round a break: in the school week that ends before, or begins after, a break of a week or more. Beside the share of G that lies there
stands the share of all possible sessions that does: without it a share says nothing.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attendance.codes import BY_CODE, classes, possible
from attendance.matrix import Marks
from attendance.rates import percentage
from schools.calendar import BREAK

_G = BY_CODE["G"].byte
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Holidays:
    sessions: int = 0  # coded G
    enrolments: int = 0  # with at least one
    near: int = 0  # of the sessions, those round a break
    possible: int = 0
    possible_near: int = 0

    def __add__(self, other: Holidays) -> Holidays:
        return Holidays(
            self.sessions + other.sessions,
            self.enrolments + other.enrolments,
            self.near + other.near,
            self.possible + other.possible,
            self.possible_near + other.possible_near,
        )

    @property
    def near_pct(self) -> float | None:
        return percentage(self.near, self.sessions)

    @property
    def expected_pct(self) -> float | None:
        """What it would be, were holidays spread evenly over the sessions."""
        return percentage(self.possible_near, self.possible)


def round_breaks(first: dt.date, open_days: Bools) -> Bools:
    """Which days of an academic year lie in a school week before or after a break of a week or more.

    `open_days[i]`: the school meets on `first` + i days, `first` being 1 August. The summer holidays at both ends are such breaks.
    """
    found = np.flatnonzero(open_days)
    if not len(found):
        return np.zeros(len(open_days), np.bool_)
    ends = np.flatnonzero(np.diff(found) >= BREAK)
    beside = np.concatenate([found[:1], found[ends], found[ends + 1], found[-1:]])
    weeks = (np.arange(len(open_days)) + first.weekday()) // 7
    near: Bools = np.isin(weeks, weeks[beside])
    return near


def holidays_in_term(marks: Marks, near: Bools) -> Holidays:
    """`near[i]`: day i of the period lies round a break (`round_breaks`)."""
    taken, could = marks == _G, possible(classes(marks))
    beside = np.repeat(near, 2)
    return Holidays(
        int(taken.sum()),
        int(taken.any(axis=1).sum()),
        int(taken[:, beside].sum()),
        int(could.sum()),
        int(could[:, beside].sum()),
    )
