"""The penalty notice threshold: 10 unauthorised sessions within 10 school weeks. Pure.

Source: national framework for penalty notices, in "Working together to improve school attendance" (statutory from 19 August
2024): 10 sessions of unauthorised absence (G, N, O, U in any mix, not necessarily consecutive) within 10 school weeks, a
school week being any week with at least one school session; terms and school years do not interrupt. It says that a notice
must be considered, never that one is due. Not for independent schools, and only while of compulsory school age.

Reading (docs/rules.md): for each unauthorised session, count those up to it in the 10 school weeks that end with its own
week; the threshold is met at the first with 10 or more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attendance.codes import Class, classes
from attendance.lines import Bools, Lines
from attendance.matrix import Marks, Session, academic_year

Ints = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Threshold:
    """For every pupil of `lines`: the running count at each session and at the end of each day, and the window now."""

    lines: Lines
    number: int
    marks: Marks  # (pupils, 2 x days): one mark a session over the eligible schools
    sessions: Bools  # (pupils, 2 x days): unauthorised sessions that count
    running: Ints  # (pupils, 2 x days): the count in the weeks that end with the session's own week, up to it
    eligible: Bools  # (pupils, days): at the end of each day, could the rule apply in that academic year?
    counts: Ints  # (pupils, days): at the end of each day, in the weeks ending with the last school week begun
    window: Bools  # (pupils, 2 x days): sessions lying in the window as it stands on the last day

    def holds(self) -> Bools:
        """(pupils, days): at the end of each day, is the current count at the threshold?"""
        return (self.counts >= self.number) & self.eligible

    def count(self, pupil: int) -> int:
        return int(self.counts[pupil, -1])

    def in_window(self, pupil: int) -> list[tuple[Session, int]]:
        """The sessions counted now, with their mark's byte, in order: also those of a pupil to whom the rule applies no more."""
        return self.in_windows(np.array([pupil]))[0]

    def in_windows(self, pupils: NDArray[np.intp]) -> list[list[tuple[Session, int]]]:
        """The same of each of these pupils."""
        counted = self.window[pupils] & self.sessions[pupils]
        rows, columns = np.nonzero(counted)
        known = {index: self._session(index) for index in np.unique(columns).tolist()}
        found = list(zip([known[index] for index in columns.tolist()], self.marks[pupils[rows], columns].tolist(), strict=True))
        ends = np.cumsum(counted.sum(axis=1)).tolist()
        return [found[low:high] for low, high in zip([0, *ends], ends, strict=False)]

    def met(self, pupil: int) -> Session | None:
        """The first session of the academic year at which the count reaches the threshold."""
        if not self.eligible[pupil, -1]:
            return None
        reached = self.sessions[pupil] & (self.running[pupil] >= self.number)
        found = np.flatnonzero(reached[2 * self.lines.span :])
        return self._session(int(found[0]) + 2 * self.lines.span) if len(found) else None

    def reached_on(self, pupil: int, day: int) -> Session | None:
        """The session on that day at which the count reached the threshold."""
        for index in (2 * day, 2 * day + 1):
            if self.sessions[pupil, index] and self.running[pupil, index] >= self.number:
                return self._session(index)
        return None

    def _session(self, index: int) -> Session:
        return Session(self.lines.date(index // 2), bool(index % 2))


def threshold(lines: Lines, *, number: int, weeks: int) -> Threshold:
    """Count `number` unauthorised sessions in `weeks` school weeks, for every pupil."""
    marks = lines.merged(lines.eligible)
    unauthorised = (classes(marks) == Class.UNAUTHORISED) & np.repeat(lines.of_age, 2, axis=1)
    met = lines.school_days()
    week_of_day = lines.week_of_day()
    week_starts = np.flatnonzero(np.r_[True, week_of_day[1:] != week_of_day[:-1]])
    school_week = np.logical_or.reduceat(met, week_starts, axis=1)
    rank = np.cumsum(school_week, axis=1, dtype=np.int16)  # school weeks up to and including each week
    sessions = unauthorised & school_week[:, np.repeat(week_of_day, 2)]
    total = np.cumsum(sessions, axis=1, dtype=np.int16)
    week_ends = np.r_[week_starts[1:], lines.days] * 2 - 1
    up_to = _by_rank(total[:, week_ends], rank, school_week)
    before = np.take_along_axis(up_to, np.maximum(rank - weeks, 0), axis=1)  # what has left the window of each week
    begun = _begun(met, week_starts, week_of_day)
    return Threshold(
        lines=lines,
        number=number,
        marks=marks,
        sessions=sessions,
        running=total - before[:, np.repeat(week_of_day, 2)],
        eligible=_eligible(lines),
        counts=_daily(total, up_to, rank, school_week, begun, week_of_day, weeks),
        window=_window(rank, school_week, weeks)[:, np.repeat(week_of_day, 2)],
    )


def _by_rank(totals: Ints, rank: Ints, school_week: Bools) -> Ints:
    """Column k: unauthorised sessions in the first k school weeks."""
    found = np.zeros((totals.shape[0], totals.shape[1] + 1), np.int16)
    rows, columns = np.nonzero(school_week)
    found[rows, rank[rows, columns]] = totals[rows, columns]
    return found


def _begun(met: Bools, week_starts: NDArray[np.intp], week_of_day: NDArray[np.intp]) -> Bools:
    """Has the week of each day begun by the end of the day: has a school day come in it?"""
    days = np.cumsum(met, axis=1, dtype=np.int16)
    before_week = np.where(week_starts > 0, days[:, week_starts - 1], 0)
    return days > before_week[:, week_of_day]


def _daily(total: Ints, up_to: Ints, rank: Ints, school_week: Bools, begun: Bools, week_of_day: NDArray[np.intp], weeks: int) -> Ints:
    """The count at the end of each day, in the weeks ending with the last school week begun on or before it."""
    waiting = (school_week[:, week_of_day]) & ~begun  # the week will be a school week and is not one yet
    ranks = rank[:, week_of_day] - waiting
    so_far = np.where(waiting, np.take_along_axis(up_to, ranks, axis=1), total[:, 1::2])
    return (so_far - np.take_along_axis(up_to, np.maximum(ranks - weeks, 0), axis=1)).astype(np.int16)


def _window(rank: Ints, school_week: Bools, weeks: int) -> Bools:
    return school_week & (rank > rank[:, -1:] - weeks)


def _eligible(lines: Lines) -> Bools:
    """At the end of each day: has the pupil, in that academic year so far, been on an eligible roll while of age?"""
    active = lines.any_of_pupil(lines.inside & lines.eligible[:, None]) & lines.of_age
    found = active.copy()
    for year in range(academic_year(lines.first), lines.year + 1):
        ours = slice(lines.begins(year), lines.begins(year + 1))
        found[:, ours] = np.maximum.accumulate(active[:, ours], axis=1)
    return found
