"""Who is missing from education, what ends it, when school and authority enquire together, whose social worker is told. Pure.

Sources: Education Act 1996 s.436A (compulsory school age, on no roll, not otherwise suitably educated). "Closed only by the first present
mark, never by the offer" and the lead officer until a place starts: Leeds' practice. Joint enquiries: SI 2024/208 reg 9(1)(h) and (i), see
schools/deletions.py. Telling the social worker of unexplained absence and of a deletion: "Working together to improve school attendance"
(2024), pupils with a social worker.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from attendance import matrix
from attendance.codes import BY_BYTE, BY_CODE, Class, classes
from attendance.matrix import Marks, Session
from attendance.words import plural, say_day
from schools import ages, deletions

WITHOUT_REASON = frozenset({"G", "N", "O"})
_SILENT = frozenset({"", "#", "Z"})
_LEAVE = frozenset({"C", "C1"})
_TOLD = frozenset({"N", "O"})


@dataclass(frozen=True, slots=True)
class Spell:
    """A spell on a roll. `key` is the caller's own."""

    key: int
    school: str
    start: dt.date
    end: dt.date | None
    ground: str = ""
    destination: str = ""
    main: bool = True


@dataclass(frozen=True, slots=True)
class Arrival:
    """A child who is to be looked for: from which spell's end, since when, and why in words."""

    key: int
    since: dt.date
    evidence: str


def arrives(spells: Sequence[Spell], dob: dt.date | None, *, today: dt.date, not_before: dt.date) -> Arrival | None:
    """Is this child, with all their spells on any roll, one whose school is not known to anybody?

    `not_before`: what ended before it is past looking for by itself. A child without a date of birth counts: nobody is let go for a
    blank. Whoever is to start elsewhere has a known destination, and is followed there by the marks.
    """
    if not spells or (dob is not None and not ages.of_compulsory_age(dob, today)):
        return None
    if any(spell.end is None or spell.end >= today for spell in spells):
        return None
    last = max(spells, key=lambda spell: (spell.end or dt.date.max, spell.main, spell.key))
    together = [spell for spell in spells if spell.end == last.end]  # dual registration: either school may know
    if last.end is None or last.end < not_before or any(deletions.where_known(one.ground, one.destination) for one in together):
        return None
    why = deletions.NAMES.get(last.ground, "")
    said = f"Ground: {why[:1].lower()}{why[1:]}." if why else "No ground for the deletion was given."
    words = f"Last day on roll at {last.school}: {say_day(last.end)}. {said} No destination is recorded and no other roll has the child."
    if dob is None:
        words += " The date of birth is not known."
    return Arrival(last.key, last.end + dt.timedelta(days=1), words)


def days_without(since: dt.date, until: dt.date) -> int:
    """Days without a place: from the first of them to the day before `until`. Worked out each time it is asked, never counted up."""
    return max((until - since).days, 0)


def first_present(marks: Marks, year: int, *, first: dt.date, last: dt.date) -> tuple[Session, str] | None:
    """The first mark of one register between two days that says the child was at school (/ \\ L), and its code.

    An attendance elsewhere (B, K, V ...) shows no child at the new school, and U is an absence.
    """
    found = np.zeros(matrix.LENGTH, np.bool_)
    columns = matrix.span(year, first, last)
    found[columns] = classes(marks[columns]) == Class.ATTENDING
    at = np.flatnonzero(found)
    return (matrix.session_at(year, at[0]), BY_BYTE[int(marks[at[0]])].code) if len(at) else None


def say_session(session: Session) -> str:
    return f"the {'afternoon' if session.pm else 'morning'} of {say_day(session.date)}"


@dataclass(frozen=True, slots=True)
class DayMarks:
    """A day of one register; "" where there is no mark."""

    day: dt.date
    am: str
    pm: str

    @property
    def said(self) -> list[str]:
        return [mark for mark in (self.am, self.pm) if mark not in _SILENT]


@dataclass(frozen=True, slots=True)
class Absence:
    """The absence of G, N and O alone that stands at the end of a register, if any; `broken`: what ended the one before it."""

    ground: str
    first: dt.date | None
    last: dt.date | None
    days: int
    evidence: str
    broken: str

    @property
    def opens(self) -> bool:
        return self.days >= deletions.OPENS_AT


def absence(days: Sequence[DayMarks]) -> Absence:
    """Read backwards: a day counts if every mark of it is G, N or O; a day without a mark, or with # or Z alone, lies between; any
    other mark ends the run (as attendance.spells counts the 20 days). Straight after granted leave (C, C1) it is ground H."""
    run: list[DayMarks] = []
    broken, ground = "", deletions.LONG_ABSENCE
    for one in reversed(days):
        if not one.said:
            continue
        if not set(one.said) <= WITHOUT_REASON:
            other = [mark for mark in one.said if mark not in WITHOUT_REASON][-1]
            broken = f"{other} on {say_day(one.day)}"
            if one.said[-1] in _LEAVE:
                ground = deletions.AFTER_LEAVE
            break
        run.append(one)
    if not run:
        return Absence(ground, None, None, 0, "", broken)
    counts = Counter(mark for one in run for mark in one.said)
    marks = ", ".join(f"{counts[mark]} {mark}" for mark in sorted(counts))
    span = f"from {say_day(run[-1].day)} to {say_day(run[0].day)}"
    words = f"{plural(len(run), 'school day')} without a break {span}, every mark G, N or O ({marks})."
    if ground == deletions.AFTER_LEAVE:
        words += " It began when granted leave of absence ended."
    return Absence(ground, run[-1].day, run[0].day, len(run), words, broken)


@dataclass(frozen=True, slots=True)
class Telling:
    """What a social worker is to be told of: sessions without a reason, from the first day to the last."""

    first: dt.date
    last: dt.date
    evidence: str


def to_tell(sessions: Iterable[tuple[Session, str]], *, since: dt.date, after: dt.date | None) -> Telling | None:
    """Of a child with a social worker: the N and O from `since` on that nobody has told of (those to `after` have been)."""
    ours = [(at, code) for at, code in sessions if code in _TOLD and at.date >= since and (after is None or at.date > after)]
    if not ours:
        return None
    first, last = ours[0][0].date, ours[-1][0].date
    codes = Counter(code for _, code in ours)
    marks = " and ".join(f"{codes[code]} {code}" for code in sorted(codes))
    when = f"on {say_day(first)}" if first == last else f"from {say_day(first)} to {say_day(last)}"
    return Telling(first, last, f"{plural(len(ours), 'session')} without a reason {when} ({marks}).")


@dataclass(frozen=True, slots=True)
class Morning:
    """A morning's absence: its code, and the how manyth school day it is on which the child is away without a break."""

    code: str
    day_number: int

    @property
    def without_reason(self) -> bool:
        return self.code in WITHOUT_REASON


def morning(days: Sequence[DayMarks], today: dt.date) -> Morning | None:
    """Is the child absent this morning, by the register? None where they are there, late (U), or nothing is said yet.

    Days with no possible session lie between: what was the last word before them is the word before today.
    """
    code = next((one.am for one in reversed(days) if one.day == today), "")
    if not _away(code):
        return None
    number = 1
    for one in reversed([before for before in days if before.day < today]):
        counted = [mark for mark in one.said if BY_CODE[mark].klass in _POSSIBLE]
        if not counted:
            continue
        if not all(_away(mark) for mark in counted):
            break
        number += 1
    return Morning(code, number)


_POSSIBLE = (Class.ATTENDING, Class.ELSEWHERE, Class.AUTHORISED, Class.UNAUTHORISED)


def _away(code: str) -> bool:
    return code in BY_CODE and code != "U" and BY_CODE[code].klass in (Class.AUTHORISED, Class.UNAUTHORISED)


def unmade(needed: Sequence[str], answered: Collection[str]) -> list[str]:
    """Checks that must have come to an answer before a child is given up as not found."""
    return [kind for kind in needed if kind not in answered]
