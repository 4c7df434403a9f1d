"""What looks wrong in a school's registers, as questions for the school to answer: it asks and accuses nobody. Pure.

Every rule looks at one school's academic year up to a day. A question is known by its rule and `key`; it goes by itself when
marks change so that the rule no longer finds it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from attendance.codes import BLANK, BY_BYTE, BY_CODE, N_BYTE, PRESENT_AM, PRESENT_PM, Class, classes
from attendance.matrix import Marks, Session, session_at, year_start
from schools.calendar import Calendar
from schools.policy import Policy

Bools = NDArray[np.bool_]

UNRESOLVED, BLANKET, ODD_CODE, AFTER_NOTICE, NOT_REQUIRED, ON_CLOSED_DAY, OUTSIDE = (
    "unresolved", "blanket", "odd_code", "after_notice", "not_required", "closed_day", "outside",
)  # fmt: skip
RULES = (UNRESOLVED, BLANKET, ODD_CODE, AFTER_NOTICE, NOT_REQUIRED, ON_CLOSED_DAY, OUTSIDE)

LEAST_PUPILS = 10  # of a blanket week: that six children of a tiny school all came is no wonder
LEAST_DAYS = 3  # of a blanket week
LEAST_SESSIONS, LEAST_OTHERS, LEAST_SCHOOLS, LEAST_OF_CODE = 1000, 5000, 3, 20  # to compare a code's rate: marks here, elsewhere
LEAST_CHANGES = 3  # of a pupil after one notice or request: one corrected session is no cluster
COMPARED = {
    "B": ("B",), "C2": ("C2",), "K": ("K",), "X": ("X",), "Y": ("Y1", "Y2", "Y3", "Y4", "Y5", "Y6", "Y7"),
}  # fmt: skip
_X_BYTE = BY_CODE["X"].byte


@dataclass(frozen=True, slots=True)
class Book:
    """One school's registers of an academic year, as known on `day`. Rows are enrolments."""

    year: int
    day: dt.date
    marks: Marks  # (enrolments, 732)
    inside: Bools  # (enrolments, 732): on roll then
    of_age: Bools  # (enrolments, 366): of compulsory school age on each day; false where the date of birth is not known
    calendar: Calendar  # from 1 August, past `day`

    def date(self, column: int) -> dt.date:
        return session_at(self.year, column).date


class Behind(NamedTuple):
    """A session behind a question. `row` is the enrolment's."""

    row: int
    session: Session
    code: str
    due: dt.date | None = None  # of an N: the day by which it had to be settled


@dataclass(frozen=True, slots=True)
class Found:
    """A question: of one enrolment (`row`), or of the school."""

    rule: str
    key: str  # with `rule`, names the question from one look to the next, as far as it is not of an enrolment
    row: int | None
    behind: tuple[Behind, ...]
    facts: Mapping[str, int | str]


class Rate(NamedTuple):
    """A code at a school beside the other schools of its phase: sessions with it, of all marks."""

    here: int
    here_of: int
    elsewhere: int
    elsewhere_of: int
    schools: int  # the others


class Changed(NamedTuple):
    """A mark that replaced another: received on `day`."""

    row: int
    session: Session
    old: str
    new: str
    day: dt.date


def look(
    book: Book,
    policy: Policy,
    *,
    rates: Mapping[str, Rate],
    changes: Iterable[Changed],
    asked_on: Mapping[int, Sequence[dt.date]],
) -> list[Found]:
    """Every question about a school's year. `asked_on`: by row, days on which a notice was requested or issued for the pupil."""
    return [
        *unresolved(book, policy),
        *blanket(book, policy),
        *odd_codes(rates, policy),
        *after_notice(changes, asked_on, policy),
        *not_required(book),
        *on_closed_days(book),
        *outside(book),
    ]


def unresolved(book: Book, policy: Policy) -> list[Found]:
    """N still standing when the school days in which it had to be settled are over (SI 2024/208 reg 10(7))."""
    due = {}
    for column in np.flatnonzero(((book.marks == N_BYTE) & book.inside).any(axis=0)).tolist():
        deadline = book.calendar.school_days_after(book.date(column), policy["n_school_days"]).day
        if deadline is not None and deadline < book.day:
            due[column] = deadline
    columns = np.array(sorted(due), np.int64)
    late = ((book.marks == N_BYTE) & book.inside)[:, columns]
    return [
        Found(
            UNRESOLVED,
            "",
            row,
            tuple(Behind(row, session_at(book.year, c), "N", due[c]) for c in columns[late[row]].tolist()),
            {"count": int(late[row].sum())},
        )
        for row in np.flatnonzero(late.any(axis=1)).tolist()
    ]


def blanket(book: Book, policy: Policy) -> list[Found]:
    """Weeks gone by in which nearly every pupil has one and the same code in every session."""
    same = np.where(book.marks == PRESENT_PM, PRESENT_AM, book.marks)
    first = year_start(book.year)
    found = []
    for start in range(-first.weekday(), 366, 7):
        if first + dt.timedelta(days=start + 6) >= book.day:
            break
        days = [d for d in range(max(start, 0), min(start + 7, len(book.calendar.days))) if book.calendar.open[d]]
        columns = [c for d in days for c in (2 * d, 2 * d + 1)]
        there = book.inside[:, columns].all(axis=1) if columns else np.zeros(len(same), np.bool_)
        if len(days) < LEAST_DAYS or there.sum() < LEAST_PUPILS:
            continue
        week = same[there][:, columns]
        alike = week[(week == week[:, :1]).all(axis=1), 0]
        alike = alike[alike != BLANK]
        if not len(alike):
            continue
        byte = int(np.bincount(alike).argmax())
        number, of = int((alike == byte).sum()), int(there.sum())
        if 100 * number >= policy["blanket_percent"] * of:
            monday = first + dt.timedelta(days=start)
            found.append(Found(BLANKET, monday.isoformat(), None, (), {"count": number, "of": of, "code": BY_BYTE[byte].code}))
    return found


def odd_codes(rates: Mapping[str, Rate], policy: Policy) -> list[Found]:
    """Codes used far more here than at the authority's other schools of the phase. Fractions are compared, nothing is rounded."""
    return [
        Found(ODD_CODE, code, None, (), {"code": code, "count": r.here, **r._asdict()})
        for code, r in rates.items()
        if r.here >= LEAST_OF_CODE
        and r.here_of >= LEAST_SESSIONS
        and r.elsewhere_of >= LEAST_OTHERS
        and r.schools >= LEAST_SCHOOLS
        and r.here * r.elsewhere_of >= policy["odd_code_times"] * r.elsewhere * r.here_of
    ]


def after_notice(changes: Iterable[Changed], asked_on: Mapping[int, Sequence[dt.date]], policy: Policy) -> list[Found]:
    """O or U that became I or C soon after a notice or a request for one, several of one pupil."""
    by_day: dict[tuple[int, dt.date], set[tuple[Session, str]]] = {}
    for change in changes:
        if change.old in ("O", "U") and change.new in ("I", "C"):
            for day in asked_on.get(change.row, ()):
                if 0 <= (change.day - day).days <= policy["notice_change_days"]:
                    by_day.setdefault((change.row, day), set()).add((change.session, change.new))
    return [
        Found(AFTER_NOTICE, day.isoformat(), row, tuple(Behind(row, session, new) for session, new in sorted(those)), {"count": len(those)})
        for (row, day), those in sorted(by_day.items())
        if len({session for session, _ in those}) >= LEAST_CHANGES
    ]


def not_required(book: Book) -> list[Found]:
    """X is for pupils who are not of compulsory school age; these were on the date (SI 2024/208 reg 10)."""
    return _of_rows(NOT_REQUIRED, book, (book.marks == _X_BYTE) & book.inside & np.repeat(book.of_age, 2, axis=1))


def outside(book: Book) -> list[Found]:
    """Marks before a pupil was admitted or after they left; # and Z say nothing of a pupil's attendance."""
    kinds = classes(book.marks)
    return _of_rows(OUTSIDE, book, (kinds != Class.NO_MARK) & (kinds != Class.NOT_COLLECTED) & ~book.inside)


def _of_rows(rule: str, book: Book, wanted: Bools) -> list[Found]:
    found = []
    for row in np.flatnonzero(wanted.any(axis=1)).tolist():
        columns = np.flatnonzero(wanted[row]).tolist()
        behind = tuple(Behind(row, session_at(book.year, c), BY_BYTE[int(book.marks[row, c])].code) for c in columns)
        found.append(Found(rule, "", row, behind, {"count": len(behind)}))
    return found


def on_closed_days(book: Book) -> list[Found]:
    """Pupils marked present on a day on which the school, by its own terms and closures, was closed."""
    length = len(book.calendar.days)
    closed = np.zeros(366, np.bool_)
    closed[:length] = book.calendar.own & ~book.calendar.open
    closed[(book.day - year_start(book.year)).days + 1 :] = False
    present = (classes(book.marks) == Class.ATTENDING) & book.inside & np.repeat(closed, 2)
    found = []
    for at in np.flatnonzero(present.any(axis=0).reshape(-1, 2).any(axis=1)).tolist():
        rows, halves = np.nonzero(present[:, 2 * at : 2 * at + 2])
        behind = tuple(
            Behind(row, session_at(book.year, 2 * at + half), BY_BYTE[int(book.marks[row, 2 * at + half])].code)
            for row, half in zip(rows.tolist(), halves.tolist(), strict=True)
        )
        facts = {"count": len(behind), "pupils": len(set(rows.tolist()))}
        found.append(Found(ON_CLOSED_DAY, book.date(2 * at).isoformat(), None, behind, facts))
    return found


def words(rule: str, key: str, facts: Mapping[str, Any], behind: Sequence[Sequence[Any]]) -> str:
    """The question as it is put to the school. Who it is about stands before it."""
    n = int(facts["count"])
    if rule == UNRESOLVED:
        first = min(str(row[2]) for row in behind)
        return (
            f"{_sessions(n)} still {'has' if n == 1 else 'have'} code N, {'' if n == 1 else 'the first '}due to be settled by "
            f"{_say(first)}. "
            "What was the reason? Please send the true code."
        )
    if rule == BLANKET:
        return (
            f"In the week of {_say(key)} {n:,} of {int(facts['of']):,} pupils have {facts['code']} in every session. "
            "Was the register taken, or was it filled in at once?"
        )
    if rule == ODD_CODE:
        code = "Y1 to Y7" if facts["code"] == "Y" else facts["code"]
        return (
            f"{n:,} of {int(facts['here_of']):,} marks this school year are {code}; at the authority’s other "
            f"{int(facts['schools'])} schools of the phase it is {int(facts['elsewhere']):,} of {int(facts['elsewhere_of']):,}. "
            "What is it used for?"
        )
    if rule == AFTER_NOTICE:
        return (
            f"{_sessions(n)} marked O or U became I or C within weeks of {_say(key)}, when a penalty notice was requested or issued. "
            "What evidence came, and when?"
        )
    if rule == NOT_REQUIRED:
        return f"{_sessions(n)} {'has' if n == 1 else 'have'} X, though the pupil was of compulsory school age. Which code is meant?"
    if rule == ON_CLOSED_DAY:
        pupils = int(facts["pupils"])
        return (
            f"{pupils:,} pupil{' is' if pupils == 1 else 's are'} marked present on {_say(key)}, when the school was closed by its "
            "calendar. Was it open, or are the marks of another day?"
        )
    return (
        f"{_sessions(n)} {'is' if n == 1 else 'are'} marked before the pupil was admitted or after they left. "
        "When did they start and leave? Such marks are kept and not counted."
    )


def _sessions(number: int) -> str:
    return f"{number:,} session{'' if number == 1 else 's'}"


def _say(day: str) -> str:
    return f"{dt.date.fromisoformat(day):%a %-d %b %Y}"
