"""Which of the provider's marks stands in which session: what a deletion, which names an id, takes back."""

from __future__ import annotations

import datetime as dt
import json
import zlib
from collections import defaultdict
from collections.abc import Iterable

from attendance.imports.bundle import is_session
from attendance.imports.wonde_rows import SessionMark
from attendance.models import Feed, FeedDay

Cell = tuple[str, str, str]  # student id, ISO day, "AM" or "PM"
Held = dict[str, tuple[str, str]]  # mark id -> student id, half


def taken_back(feed: Feed, deleted: Iterable[str], marks: Iterable[SessionMark]) -> tuple[list[Cell], set[str]]:
    """The sessions that are no longer marked, and the deleted ids of marks that never reached us.

    A mark that was replaced by another takes nothing back; one that is told now is not gone. A mark that was moved to another
    session leaves the one where it stood, if that was on a day of which we are told.
    """
    marks = [mark for mark in marks if is_session(mark)]
    alive = {mark.id: mark.cell for mark in marks if mark.id}
    gone = set(deleted) - alive.keys()
    cells: dict[Cell, str] = {}
    unknown = set(gone)
    for day, held in _days_with(feed, gone, {mark.day for mark in marks}):
        for number in (gone | alive.keys()) & held.keys():
            cell = (held[number][0], day, held[number][1])
            if alive.get(number) != cell:
                cells[cell] = number
        unknown -= held.keys()
        occupied = {(student, day, half) for number, (student, half) in held.items() if number not in gone and number not in alive}
        cells = {cell: number for cell, number in cells.items() if cell not in occupied}
    said = {mark.cell for mark in marks}
    return [cell for cell in cells if cell not in said], unknown


def _days_with(feed: Feed, gone: set[str], told: set[str]) -> Iterable[tuple[str, Held]]:
    """The days told of now, then days back in time for as long as deleted marks are looked for."""
    looked_for = set(gone)
    for row in FeedDay.objects.filter(feed=feed).order_by("-date").iterator(chunk_size=50):
        day = row.date.isoformat()
        if not looked_for and day not in told:
            if told and day > min(told):
                continue
            return
        held = _unpack(row)
        looked_for -= held.keys()
        yield day, held


def remember(feed: Feed, marks: Iterable[SessionMark], deleted: Iterable[str], cells: Iterable[Cell]) -> None:
    """Keep whose mark stands where, as told now. The caller is in a transaction and holds the feed."""
    by_day: dict[str, list[SessionMark]] = defaultdict(list)
    alive: dict[str, str] = {}  # mark -> its day
    for mark in marks:
        if is_session(mark) and mark.id:
            by_day[mark.day].append(mark)
            alive[mark.id] = mark.day
    gone = set(deleted) - alive.keys()
    for _, day, _ in cells:
        by_day.setdefault(day, [])
    rows = {row.date.isoformat(): row for row in FeedDay.objects.filter(feed=feed, date__in=list(by_day))}
    for day, told in by_day.items():
        row = rows.get(day) or FeedDay(feed=feed, date=dt.date.fromisoformat(day))
        held = _unpack(row) if row.pk else {}
        held = {number: cell for number, cell in held.items() if number not in gone and alive.get(number, day) == day}
        held |= {mark.id: (mark.student, mark.half) for mark in told}
        row.marks = zlib.compress(json.dumps(dict(sorted(held.items())), separators=(",", ":")).encode(), 6)
        row.save()


def _unpack(row: FeedDay) -> Held:
    return {number: (student, half) for number, (student, half) in json.loads(zlib.decompress(bytes(row.marks))).items()}
