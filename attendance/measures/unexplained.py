"""N, reason not yet established: how many stand, and how many stand too long. Pure.

The school must replace each within five school days (SI 2024/208 reg 10(7)); overdue from the day after.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from attendance.codes import N_BYTE
from attendance.matrix import Marks
from schools.calendar import Calendar


@dataclass(frozen=True, slots=True)
class Unexplained:
    standing: int = 0
    overdue: int = 0

    def __add__(self, other: Unexplained) -> Unexplained:
        return Unexplained(self.standing + other.standing, self.overdue + other.overdue)


def unexplained(marks: Marks, first: dt.date, calendar: Calendar, *, day: dt.date, school_days: int) -> Unexplained:
    """Of one school, asked on `day`. `first`: the day of the first two columns."""
    by_day = (marks == N_BYTE).sum(axis=0).reshape(-1, 2).sum(axis=1)
    for at in np.flatnonzero(by_day).tolist()[::-1]:
        due = calendar.school_days_after(first + dt.timedelta(days=at), school_days).day
        if due is not None and due < day:  # and so is that of every day before
            return Unexplained(int(by_day.sum()), int(by_day[: at + 1].sum()))
    return Unexplained(int(by_day.sum()))
