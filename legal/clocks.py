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

from legal.penalty import ISSUED, SERVED, Deadlines, session_of, written
from schools.calendar import Calendar, Day, Deadline, monday_of
from schools.policy import BY_KEY

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
    if days := sorted(dt.date.fromisoformat(session_of(said)[:10]) for said in sessions):
        found.append(_information(reference, days, today))
    return found


def _information(reference: str, days: list[dt.date], today: dt.date) -> Clock:
    left = [day for day in days if last_safe_day(day) >= today]
    rule = "An information is laid within six months of the offence (Magistrates’ Courts Act 1980 s.127)"
    if not left:
        end = last_safe_day(days[-1])
        why = f"{rule}: for the last of its {len(days)} sessions, of {written(days[-1])}, the last safe day was {written(end)}."
        return Clock("information", f"Too late to prosecute {reference}: withdraw it", why, end)
    due = last_safe_day(left[0])
    gone = f" {len(days) - len(left)} of its {len(days)} sessions can be charged no more." if len(left) < len(days) else ""
    why = f"{rule}. {written(due)} is the last safe day for its session of {written(left[0])}; after it {_later(left)}.{gone}"
    return Clock("information", f"Last safe day to lay the information for {reference}", why, due)


def _later(left: list[dt.date]) -> str:
    rest = sum(day > left[0] for day in left)
    return f"{rest} of {len(left)} sessions are left, the last until {written(last_safe_day(left[-1]))}" if rest else "none is left"


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
