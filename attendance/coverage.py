"""Which days' registers have come, and when a school's silence raises an alarm: one rule for every page. Pure.

A day is **due** on a weekday on which the school met (its terms and closures, else its registers: schools.calendar), or, where the
school has given no word of its own, on which most schools of the authority met. Of a school day that is due:

complete: every pupil on roll has a mark, morning and afternoon; partial: some have; missing: no mark has come;
not supplying: none has come, and the school is said to supply none; awaited: it is today, before the hour by which marks are expected.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


class Status(IntEnum):
    CLOSED = 0
    COMPLETE = 1
    PARTIAL = 2
    MISSING = 3
    NOT_SUPPLYING = 4
    AWAITED = 5

    @property
    def word(self) -> str:
        """As templates and addresses name it: "not-supplying"."""
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True)
class Days:
    """What is known of some schools' days. Arrays (schools, days); those of `met`, `weekday` and `awaited` (days,)."""

    open: Bools  # a school day by the school's calendar
    own: Bools  # decided by the school's own terms and closures
    met: Bools  # most schools of the authority met
    weekday: Bools
    expected: Ints  # pupils on roll
    am: Ints  # of them with a mark in the morning
    pm: Ints
    excused: Bools  # the school is said to supply no registers
    awaited: Bools  # today, before the hour


def due(open_: Bools, own: Bools, met: Bools, weekday: Bools) -> Bools:
    """On which days a register is to be expected: the shape of `open_`."""
    return weekday & (open_ | (met & ~own))


def judge(days: Days) -> NDArray[np.uint8]:
    """The `Status` of each school's each day: (schools, days)."""
    silent = (days.am + days.pm) == 0
    wanted = due(days.open, days.own, days.met, days.weekday) & (days.expected > 0)
    whole = (days.am >= days.expected) & (days.pm >= days.expected)
    return np.select(
        [silent & wanted & days.excused, silent & wanted & days.awaited, silent & wanted, ~silent & days.open & whole, ~silent & days.open],
        [Status.NOT_SUPPLYING, Status.AWAITED, Status.MISSING, Status.COMPLETE, Status.PARTIAL],
        Status.CLOSED,
    ).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class Silence:
    """An alarm: how many school days have gone by without a register, and whether today's is late too."""

    days: int
    today: bool


def alarm(due_days: Bools, *, heard: int, today: int, heard_today: bool, hour_passed: bool, most_days: int) -> Silence | None:
    """Whether one school's silence raises an alarm.

    `due_days[i]`: a register is to be expected on day i, excused days left out; `heard` is the last day its registers reach (-1: none
    yet), `today` the day it is. The alarm: none of today's marks by the hour, or no register for `most_days` school days gone by.
    """
    gone = int(due_days[heard + 1 : today].sum())
    late = bool(due_days[today]) and hour_passed and not heard_today and heard < today
    return Silence(gone, late) if late or gone >= most_days else None
