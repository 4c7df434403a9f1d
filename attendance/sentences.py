"""What each flag says: one sentence that can be read out in a meeting, and its evidence. Pure."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from attendance import returns, shares
from attendance.codes import BY_BYTE, N_BYTE, Class, classes
from attendance.flag_codes import (
    CARRIED,
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
from attendance.lines import UNKNOWN
from attendance.words import plural, say_day
from schools.calendar import monday_of

if TYPE_CHECKING:
    from attendance.flags import Judgement

Said = tuple[str, dict[str, Any]]


def of(code: str, judgement: Judgement, pupil: int) -> Said:
    return _WORDS[code](judgement, pupil)


def _missed(judgement: Judgement, pupil: int, key: str, name: str) -> Said:
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


def _persistent(judgement: Judgement, pupil: int) -> Said:
    return _missed(judgement, pupil, "persistent_percent", "persistent absence")


def _severe(judgement: Judgement, pupil: int) -> Said:
    return _missed(judgement, pupil, "severe_percent", "severe absence")


def _mix(marks: Sequence[int]) -> str:
    """Sessions by code: "6 G, 4 O"."""
    found = Counter(BY_BYTE[mark].code for mark in marks)
    return ", ".join(f"{found[code]} {code}" for code in sorted(found))


def _provisional(marks: Sequence[int]) -> str:
    waiting = sum(mark == N_BYTE for mark in marks)
    return f" (incl. {waiting} N not yet settled)" if waiting else ""


def _threshold(judgement: Judgement, pupil: int) -> Said:
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


def _continuous(judgement: Judgement, pupil: int) -> Said:
    runs, lines = judgement.spells, judgement.lines
    days = runs.current(pupil)
    both = runs.marks[pupil].reshape(-1, 2)[days]
    marks = [int(mark) for mark in both[classes(both) == Class.UNAUTHORISED]]
    first, last = lines.date(int(days[0])), lines.date(int(days[-1]))
    reason = (
        f"Absent without authority on {plural(len(days), 'school day')} in a row, from {_weekday(first)} to "
        f"{_weekday(last)}: {plural(len(marks), 'session')}{_provisional(marks)}, {_mix(marks)}."
    )
    evidence = {"days": len(days), "first": first.isoformat(), "last": last.isoformat(), "sessions": len(marks)}
    return reason, evidence


def _twenty_days(judgement: Judgement, pupil: int) -> Said:
    runs, lines = judgement.removal, judgement.lines
    days = runs.current(pupil)
    marks = [int(mark) for mark in judgement.spells.marks[pupil].reshape(-1, 2)[days].ravel() if BY_BYTE.get(int(mark)) in _UNEXPLAINED]
    first, last = lines.date(int(days[0])), lines.date(int(days[-1]))
    reason = (
        f"Coded G, N or O and nothing else on {plural(len(days), 'school day')} in a row, from {_weekday(first)} to {_weekday(last)}"
        f"{_provisional(marks)}: {_mix(marks)}; before a name may be deleted for it, school and authority must both have looked for the "
        "pupil."
    )
    return reason, {"days": len(days), "first": first.isoformat(), "last": last.isoformat(), "sessions": len(marks)}


def _sickness(judgement: Judgement, pupil: int) -> Said:
    found = judgement.sickness
    days, periods = int(found.days[pupil]), int(found.periods[pupil])
    first, last = (judgement.lines.date(int(each[pupil])) for each in (found.first, found.last))
    reason = (
        f"Coded I (illness) on {plural(days, 'school day')} this school year, in {plural(periods, 'continuous period')}, last on "
        f"{_weekday(last)}; at {judgement.policy['sickness_days']} the school must tell the authority."
    )
    return reason, {"days": days, "periods": periods, "first": first.isoformat(), "last": last.isoformat()}


def _not_started(judgement: Judgement, pupil: int) -> Said:
    lines, year = judgement.lines, judgement.year
    since = int(judgement.not_started.since[pupil])
    at = since - lines.span
    days = int(year.known[pupil, at:].sum())
    before = (int(each[pupil, at - 1]) if at else 0 for each in (year.possible, year.absent))
    possible, absent = (int(each[pupil, -1]) - earlier for each, earlier in zip((year.possible, year.absent), before, strict=True))
    day = lines.date(since)
    reason = (
        f"No session attended since {_weekday(day)}, when a term or their time at the school began: missed {absent} of "
        f"{plural(possible, 'possible session')} on {plural(days, 'school day')}."
    )
    return reason, {"since": day.isoformat(), "days": days, "absent": absent, "possible": possible}


def _first_absence(judgement: Judgement, pupil: int) -> Said:
    lines, year = judgement.lines, judgement.year
    at = int(judgement.first_absence.since[pupil])
    both = [int(mark) for mark in judgement.spells.marks[pupil, 2 * at : 2 * at + 2]]
    halves = " and ".join(
        f"{half} ({BY_BYTE[mark].code})" for half, mark in zip(("AM", "PM"), both, strict=True) if mark and BY_BYTE[mark].klass in _ABSENT
    )
    most = judgement.policy["first_absence_days"]
    before = min(int(year.rank[pupil, at - lines.span]) - int(year.known[pupil, at - lines.span]), most)
    since = int(year.known[pupil, at - lines.span :].sum()) - 1
    first = "the first school day of the year" if not before else f"the first absence in {plural(before, 'school day')}"
    reason = f"In care, or with a social worker now or before: missed {halves} on {_weekday(lines.date(at))}, {first}"
    each = "the school day" if since == 1 else f"each of the {since} school days"
    reason += f", and absent on {each} since." if since else "."
    return reason, {"day": lines.date(at).isoformat(), "days_before": before, "days_since": since}


def _part_time(judgement: Judgement, pupil: int) -> Said:
    table, lines = judgement.timetable, judgement.lines
    since, weeks = int(table.since[pupil]), int(table.weeks[pupil])
    marks = judgement.spells.marks[pupil].reshape(-1, 2)[since:]
    sessions = int(((marks == returns.PART_TIME) & ~lines.facts.reviewed[pupil, since:, None]).sum())
    reason = (
        f"Part-time timetable (C2) in {plural(weeks, 'school week')} in a row since {_weekday(lines.date(since))}, "
        f"{plural(sessions, 'session')}; no end or review of it is on record here."
    )
    return reason, {"weeks": weeks, "since": lines.date(since).isoformat(), "sessions": sessions}


def _fall(judgement: Judgement, pupil: int) -> Said:
    policy = judgement.policy
    found = shares.fall_of(judgement.year, pupil, days=policy["fall_days"], before=policy["fall_days_before"])
    now, then = 100 * found.absent / found.possible, 100 * found.absent_before / found.possible_before
    reason = (
        f"Missed {found.absent} of {plural(found.possible, 'session')} in the last {policy['fall_days']} school days ({now:.1f}%), and "
        f"{found.absent_before} of {found.possible_before} in the school weeks before ({then:.1f}%)."
    )
    evidence = {
        "absent": found.absent,
        "possible": found.possible,
        "absent_before": found.absent_before,
        "possible_before": found.possible_before,
    }
    return reason, evidence


def room(judgement: Judgement, pupil: int) -> dict[str, int | None]:
    """How near a pupil is to persistent absence: sessions to cross it, and how many of those left may be missed.

    `left`: None where the schools' terms to the end of the year are not known. `spare`: None there too, and where the year will be
    over the line whatever happens.
    """
    figures, percent = judgement.figures(pupil), judgement.policy["persistent_percent"]
    left = int(judgement.lines.facts.left[pupil])
    known = left != UNKNOWN
    return {
        "percent": percent,
        "to_cross": shares.to_cross(figures.absent, figures.possible, percent),
        "left": left if known else None,
        "spare": shares.to_spare(figures.absent, figures.possible, left, percent) if known else None,
    }


def _near(judgement: Judgement, pupil: int) -> Said:
    figures, found = judgement.figures(pupil), room(judgement, pupil)
    share = 100 * figures.absent / figures.possible
    reason = (
        f"Missed {figures.absent} of {plural(figures.possible, 'possible session')} ({share:.1f}%): persistently absent with "
        f"{plural(found['to_cross'] or 0, 'more missed session')}"
    )
    if found["left"] is None:
        reason += "; how many sessions are left this year is not known"
    elif found["spare"] is not None and found["left"]:
        reason += (
            f"; can miss {found['spare']} of the remaining {plural(found['left'], 'session')} and end the year under {found['percent']}%"
        )
    return f"{reason}.", {"possible": figures.possible, "absent": figures.absent, **found}


def _carried(judgement: Judgement, pupil: int) -> Said:
    before, figures = judgement.last_year, judgement.figures(pupil)
    possible, absent = int(before.possible[pupil]), int(before.absent[pupil])
    name = f"{judgement.lines.year - 1}/{judgement.lines.year % 100:02d}"
    reason = (
        f"Severely absent over the whole of last year: missed {absent} of {plural(possible, 'possible session')} in {name} "
        f"({100 * absent / possible:.1f}%); "
    )
    if figures.possible:
        reason += f"this year so far {figures.absent} of {figures.possible}."
    else:
        reason += "no session of this year is known yet."
    return reason, {"last_year_possible": possible, "last_year_absent": absent, "possible": figures.possible, "absent": figures.absent}


def _weekday(day: dt.date) -> str:
    return f"{day:%a} {say_day(day)}"


_ABSENT = (Class.AUTHORISED, Class.UNAUTHORISED)
_UNEXPLAINED = tuple(code for code in BY_BYTE.values() if code.code in "GNO")
_WORDS: dict[str, Callable[[Judgement, int], Said]] = {
    PERSISTENT: _persistent,
    SEVERE: _severe,
    THRESHOLD: _threshold,
    CONTINUOUS: _continuous,
    TWENTY_DAYS: _twenty_days,
    SICKNESS: _sickness,
    NOT_STARTED: _not_started,
    FIRST: _first_absence,
    PART_TIME: _part_time,
    FALL: _fall,
    NEAR: _near,
    CARRIED: _carried,
}
