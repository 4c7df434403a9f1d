"""Which flags hold for a pupil on a day, since when, and why in words. Pure; every threshold comes from the policy.

A flag is a matter to look at, for a named person to decide on: it starts nothing by itself. It holds at the end of a day;
`opened` is the earliest day from which it has held on every day since. Figures are the pupil's own: summed over all
their enrolments.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attendance import rates
from attendance.codes import BY_BYTE, N_BYTE, Class, classes
from attendance.codes import possible as is_possible
from attendance.lines import Bools, Lines, first_held
from attendance.matrix import Session
from attendance.rates import Figures
from attendance.spells import Spells, spells
from attendance.threshold import Threshold, threshold
from schools.calendar import Calendar, monday_of
from schools.policy import Policy

PERSISTENT, SEVERE, THRESHOLD, CONTINUOUS = "persistent_absence", "severe_absence", "penalty_threshold", "continuous_absence"
CODES = (PERSISTENT, SEVERE, THRESHOLD, CONTINUOUS)
_WHOLE_WINDOWS = dt.timedelta(weeks=26)  # so far into the lines, what the rules look back on lies within them


@dataclass(frozen=True, slots=True)
class Finding:
    """One flag that holds, with its evidence."""

    code: str
    opened: dt.date
    reason: str
    low_data: bool  # rests on fewer possible sessions than the policy asks for
    evidence: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Overdue:
    """An N that has stood longer than it may. Only the school may change it: a question to the school."""

    session: Session
    due: dt.date


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the rules say of every pupil of `lines` on its last day."""

    lines: Lines
    policy: Policy
    threshold: Threshold
    spells: Spells
    counts: NDArray[np.int32]  # (pupils, 5): columns of rates.count, from 1 August to the day
    since: NDArray[np.intp]  # (pupils,): day of the first possible session since 1 August
    opened: dict[str, NDArray[np.intp]]  # by code: day from which it has held; lines.days where it does not
    held: dict[str, Bools]  # by code: (pupils, days), the days up to the last one; persistent and severe of this year only

    def figures(self, pupil: int) -> Figures:
        return rates.figures(self.counts[pupil])

    def holding(self, code: str) -> NDArray[np.intp]:
        """The pupils for whom `code` holds."""
        return np.flatnonzero(self.opened[code] < self.lines.days)

    def held_on(self, code: str, pupil: int, day: dt.date) -> bool | None:
        """Whether `code` held on a day that is gone, as marks are known now; None where these lines do not reach back enough."""
        held = self.held[code]
        at = self.lines.index_on(day) - (self.lines.days - held.shape[1])
        if not self.lines.first + _WHOLE_WINDOWS <= day <= self.lines.day or at < 0:
            return None
        return bool(held[pupil, at])

    def findings(self, pupil: int) -> list[Finding]:
        """The flags that hold for one pupil, in the order of `CODES`."""
        low = self.figures(pupil).possible < self.policy["low_data_sessions"]
        found = []
        for code in CODES:
            at = int(self.opened[code][pupil])
            if at < self.lines.days:
                reason, evidence = _WORDS[code](self, pupil)
                found.append(Finding(code, self.lines.date(at), reason, low, evidence))
        return found


def judge(lines: Lines, policy: Policy) -> Judgement:
    """Apply every flag rule to every pupil."""
    met = threshold(lines, number=policy["threshold_sessions"], weeks=policy["threshold_weeks"])
    runs = spells(lines, number=policy["continuous_days"])
    possible, absent = _to_date(lines)
    held = {
        PERSISTENT: rates.misses(absent, possible, policy["persistent_percent"]),
        SEVERE: rates.misses(absent, possible, policy["severe_percent"]),
        THRESHOLD: met.holds(),
        CONTINUOUS: runs.holds(),
    }
    return Judgement(
        lines=lines,
        policy=policy,
        threshold=met,
        spells=runs,
        counts=lines.sum_of_pupil(counts(lines)),
        since=lines.span + (possible > 0).argmax(axis=1),
        opened={code: first_held(days) + lines.days - days.shape[1] for code, days in held.items()},
        held=held,
    )


def may_hold(absent: NDArray[np.int64], possible: NDArray[np.int64], unauthorised: NDArray[np.int64], policy: Policy) -> Bools:
    """For which pupils any flag could hold, whatever the order of their marks: for all others none does.

    `absent` and `possible` sessions of this academic year to the day, `unauthorised` ones of all the years that the rules look
    at. Shares are plain from the counts; so many sessions in a window, or days in a row, need as many in all.
    """
    least = min(policy["threshold_sessions"], policy["continuous_days"])
    return rates.misses(absent, possible, policy["persistent_percent"]) | (unauthorised >= least)


def counts(lines: Lines) -> NDArray[np.int32]:
    """Each enrolment's sessions from 1 August to the day: columns of rates.count."""
    first = lines.span
    return rates.count(lines.marks[:, 2 * first :], np.repeat(lines.inside[:, first:], 2, axis=1))


def _to_date(lines: Lines) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Possible and absent sessions of each pupil from 1 August to the end of each day: (pupils, days since 1 August)."""
    first = lines.span
    kinds = classes(lines.marks[:, 2 * first :])
    kinds[~np.repeat(lines.inside[:, first:], 2, axis=1)] = Class.NO_MARK
    found = []
    for wanted in (is_possible(kinds), (kinds == Class.AUTHORISED) | (kinds == Class.UNAUTHORISED)):
        by_day = wanted[:, ::2].astype(np.int32) + wanted[:, 1::2]
        found.append(np.cumsum(lines.sum_of_pupil(by_day), axis=1, dtype=np.int32))
    return found[0], found[1]


def overdue(lines: Lines, calendars: Sequence[Calendar], pupil: int, *, school_days: int, first: dt.date) -> list[Overdue]:
    """Marks from `first` on that are still N inside an enrolment, and whose last day for settling is gone by, in order.

    A session that two schools have left at N is one, where it is due on one day.

    SI 2024/208 reg 10(7): the N must be replaced within five school days of the session. `calendars[i]` is that of row i
    of `lines.open`.
    """
    found = []
    for row in np.flatnonzero(lines.pupil == pupil):
        standing = (lines.marks[row] == N_BYTE) & np.repeat(lines.inside[row], 2)
        for index in np.flatnonzero(standing):
            session = Session(lines.date(int(index) // 2), bool(index % 2))
            due = calendars[lines.school[row]].school_days_after(session.date, school_days).day
            if session.date >= first and due is not None and due < lines.day:
                found.append(Overdue(session, due))
    return sorted(set(found), key=lambda item: (item.session, item.due))


# The words. Each is one sentence that can be read out in a meeting.


def say_day(day: dt.date) -> str:
    return f"{day:%-d %B %Y}"


def plural(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _missed(judgement: Judgement, pupil: int, key: str, name: str) -> tuple[str, dict[str, Any]]:
    figures, percent = judgement.figures(pupil), judgement.policy[key]
    since = judgement.lines.date(int(judgement.since[pupil]))
    share = 100 * figures.absent / figures.possible
    reason = (
        f"Missed {figures.absent} of {plural(figures.possible, 'possible session')} since {say_day(since)} ({share:.1f}%); "
        f"{percent}% or more is {name}."
    )
    evidence = {
        "possible": figures.possible,
        "absent": figures.absent,
        "authorised": figures.authorised,
        "unauthorised": figures.unauthorised,
        "since": since.isoformat(),
    }
    return reason, evidence


def _persistent(judgement: Judgement, pupil: int) -> tuple[str, dict[str, Any]]:
    return _missed(judgement, pupil, "persistent_percent", "persistent absence")


def _severe(judgement: Judgement, pupil: int) -> tuple[str, dict[str, Any]]:
    return _missed(judgement, pupil, "severe_percent", "severe absence")


def _mix(marks: Sequence[int]) -> str:
    """Sessions by code: "6 G, 4 O"."""
    found = Counter(BY_BYTE[mark].code for mark in marks)
    return ", ".join(f"{found[code]} {code}" for code in sorted(found))


def _provisional(marks: Sequence[int]) -> str:
    waiting = sum(mark == N_BYTE for mark in marks)
    return f" (incl. {waiting} N not yet settled)" if waiting else ""


def _threshold(judgement: Judgement, pupil: int) -> tuple[str, dict[str, Any]]:
    met, lines = judgement.threshold, judgement.lines
    sessions = met.in_window(pupil)
    marks = [mark for _, mark in sessions]
    monday = monday_of(lines.date(int(np.flatnonzero(met.window[pupil])[-1]) // 2))
    reached = met.reached_on(pupil, int(judgement.opened[THRESHOLD][pupil]))
    reason = (
        f"{plural(len(sessions), 'unauthorised session')}{_provisional(marks)} in the {judgement.policy['threshold_weeks']} "
        f"school weeks to w/c {say_day(monday)}: {_mix(marks)}"
    )
    if reached:
        reason += f"; reached on {reached.date:%a} {say_day(reached.date)} ({'PM' if reached.pm else 'AM'})"
    evidence = {
        "count": len(sessions),
        "provisional_n": sum(mark == N_BYTE for mark in marks),
        "sessions": [f"{session}={BY_BYTE[mark].code}" for session, mark in sessions],
        "week": monday.isoformat(),
        "reached_on": str(reached) if reached else None,
    }
    return f"{reason}.", evidence


def _continuous(judgement: Judgement, pupil: int) -> tuple[str, dict[str, Any]]:
    runs, lines = judgement.spells, judgement.lines
    days = runs.current(pupil)
    both = runs.marks[pupil].reshape(-1, 2)[days]
    marks = [int(mark) for mark in both[classes(both) == Class.UNAUTHORISED]]
    first, last = lines.date(int(days[0])), lines.date(int(days[-1]))
    reason = (
        f"Absent without authority on {plural(len(days), 'school day')} in a row, from {first:%a} {say_day(first)} to "
        f"{last:%a} {say_day(last)}: {plural(len(marks), 'session')}{_provisional(marks)}, {_mix(marks)}."
    )
    evidence = {"days": len(days), "first": first.isoformat(), "last": last.isoformat(), "sessions": len(marks)}
    return reason, evidence


_WORDS = {PERSISTENT: _persistent, SEVERE: _severe, THRESHOLD: _threshold, CONTINUOUS: _continuous}
