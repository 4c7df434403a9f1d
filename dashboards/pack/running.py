"""What a meeting talks about, in order, and how many minutes are suggested for each (meetings.timing)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from attendance import flag_codes
from attendance.words import plural
from meetings.agenda import Point, Rank
from meetings.models import Item
from meetings.timing import Shares, Turn, Wish, pupil, share

OPEN, LAST, COHORTS, QUESTIONS, MOVING, CLOSE = "open", "last", "cohorts", "questions", "moving", "close"
# least and enough minutes of what is about the school; ours, like those of a pupil
_OF_SCHOOL = {OPEN: (4, 7), LAST: (2, 5), COHORTS: (2, 4), QUESTIONS: (2, 4), MOVING: (2, 4), CLOSE: (2, 3)}


@dataclass(frozen=True, slots=True)
class Talk:
    """One point of the agenda. `who` "" where it is about the school, or about a pupil whom the reader sees no more (`left`)."""

    place: int
    turn: Turn
    reason: str
    pupil: int | None = None
    who: str = ""
    left: bool = False
    flag: str = ""


def of_items(rows: Sequence[Mapping[str, Any]], *, inside: bool) -> list[Talk]:
    """Of the meeting's agenda, read as JSON. A school is not shown a pupil who left before this school year."""
    found = []
    for row in rows:
        shown = row["pupil"] is not None and (inside or row["seen"])
        left = row["pupil"] is not None and not shown
        who = row["who"].strip() if shown else ""
        reason = "" if left else row["reason"]
        flag = "" if left else row["flag"] or ""
        found.append(Talk(row["place"], _turn(row["flag"], row["source"]), reason, row["pupil"] if shown else None, who, left, flag))
    return found


def _turn(flag: str | None, source: str) -> Turn:
    if flag == flag_codes.SEVERE:
        return Turn.SEVERE
    return Turn.MAY if flag == flag_codes.PERSISTENT and source == Item.Source.FLAG else Turn.MUST


def of_points(points: Iterable[Point], names: Mapping[int, str]) -> list[Talk]:
    """Of an agenda as it would be made now, where no meeting is planned."""
    turns = {Rank.SEVERE: Turn.SEVERE, Rank.PERSISTENT: Turn.MAY}
    return [
        Talk(place, turns.get(point.rank, Turn.MUST), point.reason, point.pupil, names.get(point.pupil or 0, ""))
        for place, point in enumerate(points, start=1)
    ]


@dataclass(frozen=True, slots=True)
class Slot:
    """A line of the running order."""

    what: str
    minutes: int
    detail: str = ""


@dataclass(frozen=True)
class Running:
    """The suggestion for a meeting of `length` minutes: the slots add up to it. `minutes`: by place on the agenda; 0 has no place."""

    length: int
    slots: list[Slot]
    talks: list[Talk]
    note: str
    minutes: Mapping[int, int] = field(default_factory=dict)


def running(talks: Sequence[Talk], length: int, about: Mapping[str, str]) -> Running:
    """`about`: what there is to say of the school besides its figures, by key, as the line of the running order says it."""
    by_turn = {turn: [talk for talk in talks if talk.turn is turn] for turn in Turn}
    school = [key for key in (LAST, COHORTS, QUESTIONS, MOVING) if key in about]
    wishes = [
        _school(OPEN),
        _school(CLOSE),
        *(pupil(talk.place, Turn.SEVERE) for talk in by_turn[Turn.SEVERE]),
        *(pupil(talk.place, Turn.MUST) for talk in by_turn[Turn.MUST]),
        *map(_school, school),
        *(pupil(talk.place, Turn.MAY) for talk in by_turn[Turn.MAY]),
    ]
    found = share(wishes, length)
    slots = [
        _slot(found, OPEN, "Open: the school’s figures and rating"),
        *(_slot(found, key, about[key]) for key in school if key == LAST),
        _of(found, by_turn[Turn.SEVERE], "Severely absent pupils"),
        _of(found, by_turn[Turn.MUST], "Other pupils and points of the agenda"),
        *(_slot(found, key, about[key]) for key in school if key != LAST),
        _of(found, by_turn[Turn.MAY], "Persistently absent pupils of the agenda"),
        _slot(found, CLOSE, "Close: agree actions and the next meeting"),
    ]
    shown = [slot for slot in slots if slot]
    if found.free:
        shown.append(Slot("Free, for what the school brings", found.free))
    places = {talk.place: found.minutes.get(talk.place, 0) for talk in talks}
    return Running(length, shown, list(talks), found.note, places)


def _school(key: str) -> Wish:
    least, enough = _OF_SCHOOL[key]
    return Wish(key, Turn.SCHOOL, least, enough)


def _slot(found: Shares, key: str, what: str) -> Slot | None:
    return Slot(what, found.minutes[key]) if key in found.minutes else Slot(what, 0, "no time left")


def _of(found: Shares, talks: Sequence[Talk], what: str) -> Slot | None:
    """The points of one kind together, with how much each has."""
    if not talks:
        return None
    given = [found.minutes[talk.place] for talk in talks if talk.place in found.minutes]
    out = len(talks) - len(given)
    each = "" if not given else f"{_between(given)} each" if len(given) > 1 else ""
    left = f"{plural(out, 'point')} without a place" if out else ""
    return Slot(f"{what}: {len(talks)}", sum(given), "; ".join(part for part in (each, left) if part))


def _between(given: Sequence[int]) -> str:
    low, high = min(given), max(given)
    return plural(low, "minute") if low == high else f"{low} to {high} minutes"
