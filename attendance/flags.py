"""Which flags hold for a pupil on a day, since when, and why in words. Pure; every threshold comes from the policy.

A flag is a matter to look at, for a named person to decide on: it starts nothing by itself. It holds at the end of a day;
`opened` is the earliest day from which it has held on every day since. Figures are the pupil's own: summed over all
their enrolments.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attendance import alerts, rates, returns, sentences, shares
from attendance.alerts import Alert
from attendance.codes import N_BYTE
from attendance.flag_codes import (
    CARRIED,
    CODES,
    CONTINUOUS,
    FALL,
    FIRST,
    NEAR,
    NOT_STARTED,
    PART_TIME,
    PERSISTENT,
    SEVERE,
    SICKNESS,
    THRESHOLD,
    TWENTY_DAYS,
)
from attendance.lines import Bools, Lines, first_held
from attendance.matrix import Session
from attendance.rates import Figures
from attendance.returns import Sickness, Timetable
from attendance.shares import LastYear, Year
from attendance.spells import Removal, Spells, removal, spells
from attendance.threshold import Threshold, threshold
from schools.calendar import Calendar
from schools.policy import Policy

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
    removal: Removal
    year: Year
    last_year: LastYear
    sickness: Sickness
    timetable: Timetable
    not_started: Alert
    first_absence: Alert
    counts: NDArray[np.int32]  # (pupils, 5): columns of rates.count, from 1 August to the day
    since: NDArray[np.intp]  # (pupils,): day of the first possible session since 1 August
    opened: dict[str, NDArray[np.intp]]  # by code: day from which it has held; lines.days where it does not
    held: dict[str, Bools]  # by code: (pupils, days), the days up to the last one; of this year only for flag_codes.OF_ONE_YEAR

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
        holding = [code for code in CODES if self.opened[code][pupil] < self.lines.days]
        return [finding for code in holding for finding in self.findings_of(code, np.array([pupil]))]

    def findings_of(self, code: str, pupils: NDArray[np.intp]) -> list[Finding]:
        """A flag that holds for these pupils."""
        possible = self.last_year.possible if code == CARRIED else self.counts[:, rates.POSSIBLE]
        low = (possible[pupils] < self.policy["low_data_sessions"]).tolist()
        at = self.opened[code][pupils]
        days = {index: self.lines.date(index) for index in np.unique(at).tolist()}
        said = zip(sentences.of(code, self, pupils), at.tolist(), low, strict=True)
        return [Finding(code, days[opened], reason, few, evidence) for (reason, evidence), opened, few in said]


def judge(lines: Lines, policy: Policy) -> Judgement:
    """Apply every flag rule to every pupil."""
    met = threshold(lines, number=policy["threshold_sessions"], weeks=policy["threshold_weeks"])
    runs = spells(lines, number=policy["continuous_days"])
    twenty = removal(runs, number=policy["removal_days"])
    year = shares.year_of(lines)
    last_year = shares.last_year(lines, year, severe=policy["severe_percent"], days=policy["carried_days"])
    sick = returns.sickness(lines, year, runs.marks, number=policy["sickness_days"])
    timetable = returns.part_time(lines, runs.marks, number=policy["part_time_weeks"])
    absent_since = alerts.not_started(lines, year, days=policy["start_days"])
    first = alerts.first_absence(lines, year, runs.marks, days=policy["first_absence_days"])
    persistent = rates.misses(year.absent, year.possible, policy["persistent_percent"])
    held = {
        PERSISTENT: persistent,
        SEVERE: rates.misses(year.absent, year.possible, policy["severe_percent"]),
        THRESHOLD: met.holds(),
        CONTINUOUS: runs.holds(),
        TWENTY_DAYS: twenty.holds(),
        SICKNESS: sick.holds,
        NOT_STARTED: absent_since.holds,
        FIRST: first.holds,
        PART_TIME: timetable.holds,
        FALL: _fall(year, policy),
        NEAR: shares.near(year, persistent, percent=policy["near_percent"]),
        CARRIED: last_year.holds,
    }
    return Judgement(
        lines=lines,
        policy=policy,
        threshold=met,
        spells=runs,
        removal=twenty,
        year=year,
        last_year=last_year,
        sickness=sick,
        timetable=timetable,
        not_started=absent_since,
        first_absence=first,
        counts=lines.sum_of_pupil(counts(lines)),
        since=lines.span + (year.possible > 0).argmax(axis=1),
        opened={code: _opened(days, lines) for code, days in held.items()},
        held=held,
    )


def _fall(year: Year, policy: Policy) -> Bools:
    return shares.fall(
        year,
        points=policy["fall_points"],
        days=policy["fall_days"],
        before=policy["fall_days_before"],
        least=policy["fall_sessions"],
    )


def _opened(days: Bools, lines: Lines) -> NDArray[np.intp]:
    """From which day a flag has held that is held at the end of `days`; `lines.days` where it is not."""
    found = np.full(len(days), lines.days)
    now = np.flatnonzero(days[:, -1])
    found[now] = first_held(days[now]) + lines.days - days.shape[1]
    return found


def counts(lines: Lines) -> NDArray[np.int32]:
    """Each enrolment's sessions from 1 August to the day: columns of rates.count."""
    first = lines.span
    return rates.count(lines.marks[:, 2 * first :], np.repeat(lines.inside[:, first:], 2, axis=1))


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
