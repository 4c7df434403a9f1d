"""What each flag says: one sentence that can be read out in a meeting, and its evidence. Pure."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

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
Pupils = NDArray[np.intp]


def of(code: str, judgement: Judgement, pupils: Pupils) -> list[Said]:
    """What the flag of each of these pupils says."""
    if code in _OF_MANY:
        return _OF_MANY[code](judgement, pupils)
    return [_OF_ONE[code](judgement, pupil) for pupil in pupils.tolist()]


def _days(judgement: Judgement, at: NDArray[np.intp]) -> list[dt.date]:
    """Thousands of flags name the same few days."""
    known = {index: judgement.lines.date(index) for index in np.unique(at).tolist()}
    return [known[index] for index in at.tolist()]


def _missed(judgement: Judgement, pupils: Pupils, key: str, name: str) -> list[Said]:
    percent, said = judgement.policy[key], []
    for counts, since in zip(judgement.counts[pupils].tolist(), _days(judgement, judgement.since[pupils]), strict=True):
        possible, _, authorised, unauthorised, _ = counts
        absent = authorised + unauthorised
        reason = (
            f"Missed {absent} of {plural(possible, 'possible session')} since {say_day(since)} ({100 * absent / possible:.1f}%); "
            f"{percent}% or more is {name}."
        )
        evidence = {
            "possible": possible,
            "absent": absent,
            "authorised": authorised,
            "unauthorised": unauthorised,
            "since": since.isoformat(),
        }
        said.append((reason, evidence))
    return said


def _persistent(judgement: Judgement, pupils: Pupils) -> list[Said]:
    return _missed(judgement, pupils, "persistent_percent", "persistent absence")


def _severe(judgement: Judgement, pupils: Pupils) -> list[Said]:
    return _missed(judgement, pupils, "severe_percent", "severe absence")


def _mix(marks: Sequence[int]) -> str:
    """Sessions by code: "6 G, 4 O"."""
    found = Counter(marks)
    return ", ".join(f"{number} {code}" for code, number in sorted((BY_BYTE[mark].code, number) for mark, number in found.items()))


def _provisional(marks: Sequence[int]) -> str:
    waiting = marks.count(N_BYTE)
    return f" (incl. {waiting} N not yet settled)" if waiting else ""


def _threshold(judgement: Judgement, pupils: Pupils) -> list[Said]:
    met, weeks = judgement.threshold, judgement.policy["threshold_weeks"]
    window = met.window[pupils]
    last = window.shape[1] - 1 - window[:, ::-1].argmax(axis=1)
    opened = judgement.opened[THRESHOLD][pupils].tolist()
    said = []
    for pupil, sessions, ends, since in zip(pupils.tolist(), met.in_windows(pupils), _days(judgement, last // 2), opened, strict=True):
        marks = [mark for _, mark in sessions]
        monday, reached = monday_of(ends), met.reached_on(pupil, since)
        reason = (
            f"{plural(len(sessions), 'unauthorised session')}{_provisional(marks)} in the {weeks} "
            f"school weeks to w/c {say_day(monday)}: {_mix(marks)}"
        )
        if reached:
            reason += f"; reached on {_weekday(reached.date)} ({'PM' if reached.pm else 'AM'})"
        evidence = {
            "count": len(sessions),
            "provisional_n": marks.count(N_BYTE),
            "sessions": [f"{session}={BY_BYTE[mark].code}" for session, mark in sessions],
            "week": monday.isoformat(),
            "reached_on": str(reached) if reached else None,
        }
        said.append((f"{reason}.", evidence))
    return said


def _continuous(judgement: Judgement, pupil: int) -> Said:
    runs, lines = judgement.spells, judgement.lines
    days = runs.current(pupil)
    both = runs.marks[pupil].reshape(-1, 2)[days]
    marks = both[classes(both) == Class.UNAUTHORISED].tolist()
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


def _fall(judgement: Judgement, pupils: Pupils) -> list[Said]:
    days, said = judgement.policy["fall_days"], []
    for found in shares.falls_of(judgement.year, pupils, days=days, before=judgement.policy["fall_days_before"]):
        now, then = 100 * found.absent / found.possible, 100 * found.absent_before / found.possible_before
        reason = (
            f"Missed {found.absent} of {plural(found.possible, 'session')} in the last {days} school days ({now:.1f}%), and "
            f"{found.absent_before} of {found.possible_before} in the school weeks before ({then:.1f}%)."
        )
        evidence = {
            "absent": found.absent,
            "possible": found.possible,
            "absent_before": found.absent_before,
            "possible_before": found.possible_before,
        }
        said.append((reason, evidence))
    return said


def room(judgement: Judgement, pupil: int) -> dict[str, int | None]:
    """How near a pupil is to persistent absence: sessions to cross it, and how many of those left may be missed.

    `left`: None where the schools' terms to the end of the year are not known. `spare`: None there too, and where the year will be
    over the line whatever happens.
    """
    figures, left = judgement.figures(pupil), int(judgement.lines.facts.left[pupil])
    return _room(figures.absent, figures.possible, left, judgement.policy["persistent_percent"])


def _room(absent: int, possible: int, left: int, percent: int) -> dict[str, int | None]:
    known = left != UNKNOWN
    return {
        "percent": percent,
        "to_cross": shares.to_cross(absent, possible, percent),
        "left": left if known else None,
        "spare": shares.to_spare(absent, possible, left, percent) if known else None,
    }


def _near(judgement: Judgement, pupils: Pupils) -> list[Said]:
    percent, said = judgement.policy["persistent_percent"], []
    for counts, left in zip(judgement.counts[pupils].tolist(), judgement.lines.facts.left[pupils].tolist(), strict=True):
        possible, _, authorised, unauthorised, _ = counts
        absent = authorised + unauthorised
        found = _room(absent, possible, left, percent)
        reason = (
            f"Missed {absent} of {plural(possible, 'possible session')} ({100 * absent / possible:.1f}%): persistently absent with "
            f"{plural(found['to_cross'] or 0, 'more missed session')}"
        )
        if found["left"] is None:
            reason += "; how many sessions are left this year is not known"
        elif found["spare"] is not None and found["left"]:
            reason += f"; can miss {found['spare']} of the remaining {plural(left, 'session')} and end the year under {percent}%"
        said.append((f"{reason}.", {"possible": possible, "absent": absent, **found}))
    return said


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


@lru_cache(4096)
def _weekday(day: dt.date) -> str:
    return f"{day:%a} {say_day(day)}"


_ABSENT = (Class.AUTHORISED, Class.UNAUTHORISED)
_UNEXPLAINED = tuple(code for code in BY_BYTE.values() if code.code in "GNO")
_OF_MANY: dict[str, Callable[[Judgement, Pupils], list[Said]]] = {
    PERSISTENT: _persistent,
    SEVERE: _severe,
    THRESHOLD: _threshold,
    FALL: _fall,
    NEAR: _near,
}
_OF_ONE: dict[str, Callable[[Judgement, int], Said]] = {
    CONTINUOUS: _continuous,
    TWENTY_DAYS: _twenty_days,
    SICKNESS: _sickness,
    NOT_STARTED: _not_started,
    FIRST: _first_absence,
    PART_TIME: _part_time,
    CARRIED: _carried,
}
