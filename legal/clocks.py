"""The days by which something must be done about a notice, with the rule in words, and when a notice to improve ends. Pure.

Sources: the Education (Penalty Notices) (England) Regulations 2007, SI 2007/1867, as amended (time to pay; unpaid: prosecute or
withdraw); Magistrates' Courts Act 1980 s.127 (an information within six months of the offence). How s.127 treats an offence spread
over many sessions is for the authority's legal team to confirm (docs/rules.md): each session is taken as its own offence here.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from legal.penalty import ISSUED, SERVED, Deadlines, presumed_receipt, session_of, written
from schools.calendar import Calendar, Day, Deadline, monday_of
from schools.policy import BY_KEY, Policy

_MONTHS = BY_KEY["information_months"].value


@dataclass(frozen=True, slots=True)
class Clock:
    """One day by which somebody acts. `name` tells the clocks of one notice apart."""

    name: str
    title: str
    why: str
    due: dt.date


def last_safe_day(session: dt.date) -> dt.date:
    """The last day on which an information about a session can be laid, on any way of counting six months: the day before the
    same date six months on, or the day before that month's last where it has no such date."""
    month = session.month - 1 + _MONTHS
    year, month = session.year + month // 12, month % 12 + 1
    return dt.date(year, month, min(session.day, calendar.monthrange(year, month)[1])) - dt.timedelta(days=1)


def of_notice(
    *,
    reference: str,
    state: str,
    sessions: Iterable[str],
    deadlines: Deadlines | None,
    review: str,
    review_since: dt.date,
    today: dt.date,
) -> list[Clock]:
    """What runs for a notice today. `sessions` as it keeps them, "2026-11-09 AM=G"; `review_since`: when it was first asked for."""
    found = []
    if review:
        found.append(Clock("review", f"Review {reference}", review, review_since))
    if state not in (ISSUED, SERVED):
        return found
    if deadlines:
        why = (
            f"It may be paid until {written(deadlines.last_full)}. Unpaid from {written(deadlines.unpaid_from)}, it is prosecuted or "
            "withdrawn (SI 2007/1867 as amended)."
        )
        found.append(Clock("unpaid", f"Prosecute or withdraw {reference}, unless it is paid", why, deadlines.unpaid_from))
    if safe := last_safe(sessions, today):
        found.append(_information(reference, safe))
    return found


@dataclass(frozen=True, slots=True)
class Drop:
    """After `last` the sessions of some days can be charged no more: `sessions` of them, and `left` are left."""

    last: dt.date
    first_day: dt.date
    last_day: dt.date
    sessions: int
    left: int


@dataclass(frozen=True, slots=True)
class LastSafe:
    """Until when an information can safely be laid, counted from the earliest session relied on, and what drops out when."""

    total: int
    drops: tuple[Drop, ...]  # in order; those gone by too
    today: dt.date

    @property
    def earliest(self) -> dt.date:
        return self.drops[0].first_day

    @property
    def whole(self) -> dt.date:
        """The last day on which every session can be charged."""
        return self.drops[0].last

    @property
    def end(self) -> dt.date:
        """The last day on which any session can be charged."""
        return self.drops[-1].last

    @property
    def to_come(self) -> tuple[Drop, ...]:
        return tuple(drop for drop in self.drops if drop.last >= self.today)

    @property
    def left(self) -> int:
        return sum(drop.sessions for drop in self.to_come)

    @property
    def gone(self) -> int:
        return self.total - self.left

    @property
    def next(self) -> Drop | None:
        """What drops out next; None where it is too late for all."""
        return self.to_come[0] if self.to_come else None

    @property
    def why(self) -> str:
        """What stands beside the date where the date is said already."""
        return f"Counted from the earliest session relied on, of {written(self.earliest)}." if not self.gone else self.words

    @property
    def words(self) -> str:
        if self.next is None:
            return f"Too late: the last safe day for the last of its {self.total} sessions was {written(self.end)}."
        if self.gone:
            return (
                f"{written(self.whole)} has gone by: {self.gone} of {self.total} sessions can be charged no more. For the {self.left} that "
                f"are left the last safe day is {written(self.next.last)}."
            )
        return f"{written(self.whole)}, counted from the earliest session relied on, of {written(self.earliest)}."


def last_safe(sessions: Iterable[str], today: dt.date) -> LastSafe | None:
    """What drops out when, of sessions as they are kept ("2026-11-09 AM=G"); None where nothing is relied on yet."""
    days = sorted(dt.date.fromisoformat(session_of(said)[:10]) for said in sessions)
    if not days:
        return None
    by_end: dict[dt.date, list[dt.date]] = {}
    for day in days:
        by_end.setdefault(last_safe_day(day), []).append(day)
    left, drops = len(days), []
    for last, of in sorted(by_end.items()):
        left -= len(of)
        drops.append(Drop(last, of[0], of[-1], len(of), left))
    return LastSafe(len(days), tuple(drops), today)


def _information(reference: str, safe: LastSafe) -> Clock:
    rule = "An information is laid within six months of the offence (Magistrates’ Courts Act 1980 s.127)"
    drop = safe.next
    if drop is None:
        last = safe.drops[-1]
        why = f"{rule}: for the last of its {safe.total} sessions, of {written(last.last_day)}, the last safe day was {written(last.last)}."
        return Clock("information", f"Too late to prosecute {reference}: withdraw it", why, last.last)
    gone = f" {safe.gone} of its {safe.total} sessions can be charged no more." if safe.gone else ""
    rest = f"{drop.left} of {safe.left} sessions are left, the last until {written(safe.end)}" if drop.left else "none is left"
    why = f"{rule}. {written(drop.last)} is the last safe day for its session of {written(drop.first_day)}; after it {rest}.{gone}"
    return Clock("information", f"Last safe day to lay the information for {reference}", why, drop.last)


def improvement_begins(posted: dt.date, policy: Policy) -> dt.date:
    """The first Monday by which a notice to improve posted on that day has come: a period of school weeks begins with a week."""
    received = presumed_receipt(posted, policy)
    return received + dt.timedelta(days=-received.weekday() % 7)


def improvement_ends(start: dt.date, weeks: int, calendar: Calendar) -> Deadline:
    """The last school day of a notice to improve of so many school weeks, by the school's calendar (case W24).

    A school week is a week with at least one school day, as everywhere in the framework; others are skipped. Ours: one that begins with a
    week's first school day has whole weeks; one that begins later in a week ends before the same weekday, so that it is no shorter and no
    longer. One that begins while the school is closed begins with its next school day. None where the calendar does not reach so far.
    """
    at = np.flatnonzero(calendar.open)
    days = [calendar.first + dt.timedelta(days=int(n)) for n in at[at >= (start - calendar.first).days]]
    if not days or weeks < 1:
        return Deadline(None, True)
    begins = days[0]
    week = [begins - dt.timedelta(days=n) for n in range(1, begins.weekday() + 1)]
    whole = not any(calendar.is_school_day(day) for day in week)
    mondays = sorted({monday_of(day) for day in days})
    if len(mondays) < weeks + 1:  # the week after must be known too, or a term might go on that is not in the calendar yet
        return Deadline(None, True)
    end = mondays[weeks] + dt.timedelta(days=0 if whole else begins.weekday())
    within = [day for day in days if day < end]
    return Deadline(within[-1], any(calendar.on(day) is Day.PROVISIONAL for day in within))
