"""What one fetch of a feed brought, kept as it came: one gzip file of JSON lines, and the register rows in it.

The first line says whose it is and when it was asked for; then a line for every answer, with its address and its body as
sent; the last line adds what the rows need and no answer says: who the students are that marks name by id, and the sessions
whose marks the provider has taken back (a deletion names a mark by its id only). So the rows follow from the bytes alone.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from attendance.codes import NO_LONGER
from attendance.imports import wonde_rows
from attendance.imports.foreign import Table, Translator
from attendance.imports.parsed import Mapping, Unreadable
from attendance.imports.wonde_rows import SessionMark, Student

KIND = "wonde"
MARKS, CODES, DELETIONS, STUDENTS, LEAVERS = "attendance/session", "attendance-codes", "deletions", "students", "students-leaver"
_NAME = "daymark-wonde.jsonl"  # stands in the head of the file, by which it is known
_GZIP = b"\x1f\x8b"
_MOST = 1024 * 1024 * 1024  # bytes unpacked
_LONGEST = 256 * 1024 * 1024  # bytes of a line unpacked: an answer has at most a quarter of that before it is quoted
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

HEADINGS = ("URN", "UPN", "Surname", "Forename", "Date of birth", "Year group", "Date", "Session", "Mark")
MAPPING = Mapping(
    layout="sessions",
    columns={
        name: number for number, name in enumerate(("urn", "upn", "surname", "forename", "dob", "year_group", "date", "session", "mark"))
    },
    kind=KIND,
)


class Writer:
    """Writes a bundle to a file, an answer at a time."""

    def __init__(self, file: IO[bytes], first: dict[str, Any]) -> None:
        self._zipped = gzip.GzipFile(filename=_NAME, mode="wb", compresslevel=6, fileobj=file, mtime=0)
        self._line({"feed": KIND, "version": 1, **first})

    def answer(self, resource: str, url: str, body: bytes) -> None:
        self._line({"resource": resource, "url": url, "body": body.decode("utf-8", "backslashreplace")})

    def close(self, students: dict[str, Student], taken_back: list[tuple[str, str, str]]) -> None:
        """`students` by their id; `taken_back` as (student id, ISO day, "AM" or "PM")."""
        known = {number: [one.upn, one.surname, one.forename, one.dob, one.year_group] for number, one in sorted(students.items())}
        self._line({"students": known, "taken_back": sorted(taken_back)})
        self._zipped.close()

    def _line(self, said: dict[str, Any]) -> None:
        self._zipped.write(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")


@dataclass
class Bundle:
    """A bundle as read."""

    first: dict[str, Any]
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # by resource, in the order in which they came
    students: dict[str, Student] = field(default_factory=dict)
    taken_back: list[tuple[str, str, str]] = field(default_factory=list)


def recognise(head: bytes) -> bool:
    return head.startswith(_GZIP) and _NAME.encode() in head[:64]


def read(data: bytes) -> Bundle:
    """Raises Unreadable where the file is damaged or no bundle."""
    try:
        lines = _lines(data)
        found = Bundle(next(lines))
        for line in lines:
            if "resource" in line:
                found.rows.setdefault(line["resource"], []).extend(json.loads(line["body"])["data"])
            else:
                found.students = {number: Student(number, *said) for number, said in line["students"].items()}
                found.taken_back = [(who, day, half) for who, day, half in line["taken_back"]]
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, StopIteration):
        raise Unreadable("This file of a live feed is damaged. Fetch again from the feeds page.") from None
    return found


def _lines(data: bytes) -> Iterator[dict[str, Any]]:
    size = 0
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as unpacked:
        while line := unpacked.readline(_LONGEST + 1):
            size += len(line)
            if size > _MOST or len(line) > _LONGEST:
                raise Unreadable("This file of a live feed is larger than any feed’s. It was not read.")
            yield json.loads(line)


def to_table(data: bytes) -> Table:
    """A row for each session of which the bundle says something: its last mark, or that it is no longer marked."""
    found = read(data)
    urn = str(found.first.get("urn", ""))
    codes = code_letters(found.rows.get(CODES, []))
    marks = latest([wonde_rows.mark(row) for row in found.rows.get(MARKS, [])])
    said = {mark.cell for mark in marks}

    def row(who: str, day: str, half: str, mark: str) -> list[str]:
        # of a student whom nobody has described, the provider's id stands where the UPN should: the row comes back with it
        one = found.students.get(who) or Student(who, who, "", "", "", "")
        return [urn, one.upn, one.surname, one.forename, one.dob, one.year_group, day, half, mark]

    records = [row(*mark.cell, letters(mark, codes)) for mark in marks]
    records += [row(*cell, NO_LONGER) for cell in found.taken_back if cell not in said]
    return Table.of_records(HEADINGS, records)


def code_letters(rows: list[dict[str, Any]]) -> dict[str, str]:
    """The letters of a code by its id."""
    return {wonde_rows.identity(row.get("id")): str(row.get("code") or "") for row in rows}


def letters(mark: SessionMark, codes: dict[str, str]) -> str:
    """What was marked; of a code that nobody has explained its id, which is no code and comes back as such."""
    return mark.code if mark.code is not None else codes.get(mark.code_id) or mark.code_id


def latest(marks: list[SessionMark]) -> list[SessionMark]:
    """One mark a session: the one changed last, of equals the one told last."""
    by_cell: dict[tuple[str, str, str], SessionMark] = {}
    for mark in marks:
        held = by_cell.get(mark.cell)
        older = held is not None and held.updated is not None and mark.updated is not None and mark.updated < held.updated
        if not older:
            by_cell[mark.cell] = mark
    return list(by_cell.values())


def is_session(mark: SessionMark) -> bool:
    """Whether day and half were understood."""
    return _DAY.fullmatch(mark.day) is not None and mark.half in ("AM", "PM")


TRANSLATOR = Translator(kind=KIND, recognise=recognise, to_table=to_table)
