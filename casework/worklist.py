"""An officer's work today: in which order it is told, what is hidden because somebody said why, and what brings it back. Pure.

Each row says what, why and since when, and carries how bad it stood (`Measure`), so that a row which was dismissed comes back
when it has got worse and names what has changed. The order is that of Daymark's own brief for an officer's day; persistent absence
alone is no work for the authority and makes no row (`casework` and `dashboards` give none).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any

MOST = 25  # rows on a home page; the rest are a link away
FLOOR = 3  # of each group are shown before any group takes more: forty legal deadlines hide no child


class Group(IntEnum):
    """In the order in which they are told."""

    LEGAL = 1
    SEVERE = 2
    TEN_DAYS = 3
    SAFEGUARDING = 4
    REPLIES = 5
    OVERDUE = 6
    DUE = 7
    REST = 8

    @property
    def slug(self) -> str:
        return self.name.lower()

    @property
    def words(self) -> str:
        return _WORDS[self]


_WORDS = {
    Group.LEGAL: "Legal deadlines",
    Group.SEVERE: "Severe absence",
    Group.TEN_DAYS: "10 school days absent in a row",
    Group.SAFEGUARDING: "Safeguarding",
    Group.REPLIES: "Replies from schools",
    Group.OVERDUE: "Overdue",
    Group.DUE: "Due soon",
    Group.REST: "Also waiting",
}
BY_SLUG = {group.slug: group for group in Group}


@dataclass(frozen=True, slots=True)
class Measure:
    """How bad a row stands. None: does not apply to it."""

    missed: int | None = None  # sessions, of `possible`
    possible: int | None = None
    due: dt.date | None = None
    flags: tuple[tuple[str, dt.date], ...] = ()  # what is flagged, in words, and since when
    count: int | None = None  # of what a line stands for: pupils, schools

    def as_json(self) -> dict[str, Any]:
        return {
            "missed": self.missed,
            "possible": self.possible,
            "due": self.due.isoformat() if self.due else None,
            "flags": [[name, since.isoformat()] for name, since in self.flags],
            "count": self.count,
        }

    @classmethod
    def of_json(cls, said: Mapping[str, Any]) -> Measure:
        flags = tuple((name, dt.date.fromisoformat(since)) for name, since in said.get("flags", ()))
        due = dt.date.fromisoformat(said["due"]) if said.get("due") else None
        return cls(said.get("missed"), said.get("possible"), due, flags, said.get("count"))

    @property
    def sessions(self) -> str:
        """ "42 of 80"; "" where no session is known."""
        return f"{self.missed} of {self.possible}" if self.possible and self.missed is not None else ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what, why, since or by when, where it is done."""

    key: str  # what it is about: the same tomorrow
    group: Group
    title: str
    why: str
    day: dt.date | None = None
    address: str = ""  # "" where whoever reads it may not do what it asks for
    measure: Measure = field(default_factory=Measure)
    rank: int = 0  # within its group, the lowest first
    back: str = ""  # it was dismissed: why it is here again
    judged_by: int | None = None  # the dismissal that was looked at


@dataclass(frozen=True, slots=True)
class Dismissed:
    """What was said when a row was dismissed."""

    pk: int
    key: str
    day: dt.date
    reason: str  # in words, within a sentence
    measure: Measure
    until: dt.date | None = None  # look again on this day


@dataclass(frozen=True, slots=True)
class Limits:
    """How much worse brings a row back. Policy of the authority."""

    sessions: int
    days: int


def in_order(rows: Iterable[Row]) -> list[Row]:
    """By group; within one the most pressing first, then what has waited longest."""
    return sorted(rows, key=lambda row: (row.group, row.rank, row.day or dt.date.max, row.title, row.key))


def first(rows: Sequence[Row], *, most: int = MOST, floor: int = FLOOR) -> list[Row]:
    """The rows of a home page, in order: the first `most`, but of every group that has any its first `floor`, where there is room."""
    sure = [row for at, row in _numbered(rows) if at < floor][:most]
    more = [row for at, row in _numbered(rows) if at >= floor][: most - len(sure)]
    return in_order([*sure, *more])


def _numbered(rows: Iterable[Row]) -> Iterable[tuple[int, Row]]:
    """Each row with its place in its group, from 0."""
    seen: Counter[Group] = Counter()
    for row in in_order(rows):
        yield seen[row.group], row
        seen[row.group] += 1


def once(rows: Iterable[Row]) -> list[Row]:
    """What two apps say of one thing stands once: as the more pressing of them says it."""
    found: dict[str, Row] = {}
    for row in in_order(rows):
        found.setdefault(row.key, row)
    return list(found.values())


def judge(
    rows: Iterable[Row], dismissed: Mapping[str, Dismissed], *, today: dt.date, limits: Limits
) -> tuple[list[Row], list[tuple[Row, Dismissed]]]:
    """Which rows stand, those that came back with why; and which stay dismissed."""
    standing, hidden = [], []
    for row in rows:
        said = dismissed.get(row.key)
        if said is None:
            standing.append(row)
        elif back := comes_back(said, row.measure, today=today, limits=limits):
            standing.append(replace(row, back=back, judged_by=said.pk))
        else:
            hidden.append((replace(row, judged_by=said.pk), said))
    return standing, hidden


def comes_back(said: Dismissed, now: Measure, *, today: dt.date, limits: Limits) -> str:
    """Why a dismissed row is here again, in words; "" while it stays dismissed."""
    changed = what_changed(said.measure, now, today=today, dismissed=said.day, limits=limits)
    if changed:
        return f"Dismissed on {_said(said.day)} ({said.reason}). {changed}"
    if said.until and today >= said.until:
        return f"Dismissed on {_said(said.day)} ({said.reason}), to be looked at again on {_said(said.until)}."
    return ""


def what_changed(then: Measure, now: Measure, *, today: dt.date, dismissed: dt.date, limits: Limits) -> str:
    """In words, what has got worse since; "" where nothing has. A share of sessions that only stays as high is no better either."""
    known = dict(then.flags)
    fresh = [name for name, since in now.flags if name not in known or since > max(known[name], dismissed)]
    more = _more_missed(then, now, limits)
    if fresh:
        return f"Now{' also' if then.flags else ''}: {', '.join(fresh)}. {more}".strip()
    if more:
        return more
    if now.due and today > now.due:
        late = (today - now.due).days
        if then.due and dismissed > then.due and (today - dismissed).days >= limits.days:
            return f"It was overdue then and is {_days(late)} overdue now."
        if not then.due or dismissed <= then.due:
            return f"It was due on {_said(now.due)} and is {_days(late)} overdue now."
    if then.due and now.due and now.due < then.due:
        return f"Then due on {_said(then.due)}, now on {_said(now.due)}."
    if then.count is not None and now.count is not None and now.count > then.count:
        return f"Then {then.count}, now {now.count}."
    return ""


def _more_missed(then: Measure, now: Measure, limits: Limits) -> str:
    if not then.possible or not now.possible or then.missed is None or now.missed is None:
        return ""
    more = now.missed - then.missed >= limits.sessions and now.missed * then.possible >= then.missed * now.possible
    return f"Then {then.sessions} sessions missed, now {now.sessions}." if more else ""


def _said(day: dt.date) -> str:
    return f"{day:%-d %B %Y}"


def _days(number: int) -> str:
    return f"{number} day{'' if number == 1 else 's'}"
