"""What a school has to tell the authority, or to look at again: long sickness and a long part-time timetable. Pure.

Sources: SI 2024/208, sickness return: a pupil of compulsory school age recorded with code I who will miss 15 school days,
consecutive or cumulative, once for each continuous period (as councils restate it: domain, to be confirmed by legal). "Working
together to improve school attendance": a part-time timetable is for as short a time as can be and is reviewed; six weeks is
ours, and local. Runs of days without authority are in attendance/spells.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attendance.codes import BY_CODE
from attendance.lines import Bools, Lines
from attendance.matrix import Marks
from attendance.shares import Year

ILL, PART_TIME = BY_CODE["I"].byte, BY_CODE["C2"].byte


@dataclass(frozen=True, slots=True)
class Sickness:
    """`holds`: (pupils, days of this academic year so far). The others are of the whole of it, by pupil."""

    holds: Bools
    days: NDArray[np.intp]  # with code I in either session while of age
    periods: NDArray[np.intp]  # continuous ones: a day with a possible session and no I lies between them
    first: NDArray[np.intp]  # index of a day
    last: NDArray[np.intp]


def sickness(lines: Lines, year: Year, marks: Marks, *, number: int) -> Sickness:
    """At the end of each day: has code I been used on `number` school days of this academic year?"""
    begins = lines.span
    ill = marks[:, 2 * begins :] == ILL
    on = (ill[:, ::2] | ill[:, 1::2]) & lines.of_age[:, begins:]
    days = on.sum(axis=1)
    held, periods = np.zeros(on.shape, np.bool_), np.zeros(len(on), np.intp)
    rows = np.flatnonzero(days >= number)
    held[rows] = np.cumsum(on[rows], axis=1, dtype=np.int16) >= number
    in_order = year.at_known(on[rows], rows)
    periods[rows] = in_order[:, :1].sum(axis=1) + (in_order[:, 1:] & ~in_order[:, :-1]).sum(axis=1)
    last = on.shape[1] - 1 - on[:, ::-1].argmax(axis=1)
    return Sickness(held, days, periods, begins + on.argmax(axis=1), begins + last)


@dataclass(frozen=True, slots=True)
class Timetable:
    """`holds` is of all days of the lines. Of each pupil as it stands on the last day: weeks in a row, and the first day of them."""

    holds: Bools
    weeks: NDArray[np.intp]
    since: NDArray[np.intp]  # `lines.days` where there is none
    whole: Bools  # (pupils,): does a school week without C2 come before them, so that nothing earlier can belong to them?


def part_time(lines: Lines, marks: Marks, *, number: int) -> Timetable:
    """At the end of each day: code C2 in more than `number` school weeks in a row, none of those marks in a reviewed time.

    A school week without one ends the row when the next has begun, on its first school day; weeks without one are skipped.
    """
    pupils = len(marks)
    held = np.zeros((pupils, lines.days), np.bool_)
    weeks, since, whole = np.zeros(pupils, np.intp), np.full(pupils, lines.days), np.ones(pupils, np.bool_)
    used = marks == PART_TIME
    used_days = (used[:, ::2] | used[:, 1::2]) & ~lines.facts.reviewed
    rows = np.flatnonzero(used_days.sum(axis=1) > number)
    if not len(rows):
        return Timetable(held, weeks, since, whole)
    week_of_day = lines.week_of_day()
    starts = np.flatnonzero(np.r_[True, week_of_day[1:] != week_of_day[:-1]])
    ends = np.r_[starts[1:], lines.days] - 1
    for row, met in zip(rows.tolist(), lines.some(rows).school_days(), strict=True):
        school_weeks = np.unique(week_of_day[met])
        if not len(school_weeks):
            continue
        total = np.r_[0, np.cumsum(used_days[row])]  # days with C2 before each day
        in_week = total[ends[school_weeks] + 1] > total[starts[school_weeks]]
        number_of = np.arange(len(school_weeks))
        last_without = np.maximum.accumulate(np.where(in_week, -1, number_of))
        before = np.r_[0, (number_of - last_without)[:-1]]  # weeks in a row up to each school week
        begun = np.searchsorted(school_weeks, np.where(met, week_of_day, -1)[_last_met(met)])
        begins, until = starts[school_weeks[begun]], np.minimum(np.arange(lines.days), ends[school_weeks[begun]])
        standing = np.where(_last_met(met) >= 0, before[begun] + (total[until + 1] > total[begins]), 0)
        held[row] = standing > number
        weeks[row] = standing[-1]
        if standing[-1]:
            first_week = int(school_weeks[in_week][-int(standing[-1])])
            since[row] = starts[first_week] + int(used_days[row, starts[first_week] :].argmax())
            whole[row] = first_week > school_weeks[0]
    return Timetable(held, weeks, since, whole)


def _last_met(met: NDArray[np.bool_]) -> NDArray[np.intp]:
    """For each day the last school day up to it; -1 before the first."""
    return np.asarray(np.maximum.accumulate(np.where(met, np.arange(len(met)), -1)))
