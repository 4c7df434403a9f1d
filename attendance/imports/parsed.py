"""What is known of a file from a school once it has been read: its mapping, its marks, its problems.

Three functions make and use these, none of which knows a database, a clock or a network:

- `attendance.imports.sniff.sniff(source) -> Sniffed`            which layout, which column holds what
- `attendance.imports.parse.parse(source, mapping, *, today) -> Parsed`
- `attendance.imports.rejects.rejected_file(source, mapping, problems) -> bytes`   what to correct and send again

`source` is the bytes or the path of a file, or its `Text` where it has been read already. All three raise `Unreadable`, with
a sentence to show, if it is no table.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Container
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from schools import names

File = bytes | str | Path

LAYOUTS: dict[str, str] = {
    "weeks": "a row for each pupil and week, with a string of marks",
    "sessions": "a row for each pupil and session",
    "dates": "a row for each pupil and a column for each date",
    "days": "a row for each pupil and day, with a morning and an afternoon mark",
    "summary": "a row for each pupil with totals of sessions, as in a year-to-date summary or the school census",
}
# the columns without which a layout says nothing; the URN may come from outside the file
NEEDED: dict[str, tuple[str, ...]] = {
    "weeks": ("upn", "week_start", "week_marks"),
    "sessions": ("upn", "date", "session", "mark"),
    "dates": ("upn",),  # and headings that are dates
    "days": ("upn", "date", "am", "pm"),
    "summary": ("upn", "possible", "authorised", "unauthorised"),
}
# who a row is about: the UPN, or in a file without one the name and the date of birth, for a person to decide (attendance.matching)
INSTEAD_OF_UPN: tuple[tuple[str, str], ...] = (("surname", "dob"), ("name", "dob"))
MAX_TITLE_LINES = 20  # above the headings
OPTIONAL: tuple[str, ...] = ("urn", "surname", "forename", "name", "dob", "year_group", "exported_at")
# what a summary may say besides
TOTALS: tuple[str, ...] = (
    "attended",
    "late",
    "reasons",
    "persistent",
    "severe",
    "joined",
    "period_first",
    "period_last",
    "totals_as_at",
    "census_part",
    "census_day",
)
# in these layouts a bad mark rejects its row; in the others, which hold many marks a row, only that mark
ROW_LAYOUTS = frozenset({"sessions", "days", "summary"})
FIELD_NAMES: dict[str, str] = {
    "urn": "School URN",
    "upn": "UPN",
    "surname": "Surname",
    "forename": "Forename",
    "name": "Full name",
    "dob": "Date of birth",
    "year_group": "Year group",
    "date": "Date",
    "session": "Session (AM or PM)",
    "mark": "Mark",
    "am": "Morning mark",
    "pm": "Afternoon mark",
    "week_start": "Start of week",
    "week_marks": "Marks of the week",
    "exported_at": "Time of export",
    "possible": "Possible sessions",
    "attended": "Sessions attended",
    "authorised": "Authorised absence",
    "unauthorised": "Unauthorised absence",
    "late": "Late sessions",
    "reasons": "Absence by reason",
    "persistent": "Persistently absent (only compared)",
    "severe": "Severely absent (only compared)",
    "joined": "Date of entry",
    "period_first": "First day counted",
    "period_last": "Last day counted",
    "totals_as_at": "Totals as at",
    "census_part": "Part of the school census",
    "census_day": "Census reference date",
}


def optional(layout: str) -> tuple[str, ...]:
    """The fields a file of this layout may have besides those it needs."""
    return (*OPTIONAL, *TOTALS) if layout == "summary" else OPTIONAL


@dataclass(frozen=True)
class Text:
    """A file's text as UTF-8 bytes without its byte-order mark, and how it was sent.

    Of a file that is no text table (attendance.imports.translate), the table it was translated to, a line a row.
    """

    utf8: bytes
    encoding: str
    bom: bool
    kind: str = "csv"  # or a translator's
    unit: str = "line"  # what the numbers of rows count
    numbers: NDArray[np.int64] | None = None  # what the sender calls each row; None where that is its place in the text
    notes: tuple[str, ...] = ()  # sentences: what was chosen or left out in translating
    refused: Dictionary[int, str] = field(default_factory=dict)  # line -> why the translator could not take it
    origin: File = b""  # of a translated file


Source = File | Text


def wanting(layout: str, columns: Container[str]) -> list[str]:
    """The fields that no column holds and without which the layout says nothing."""
    named = any(all(field in columns for field in fields) for fields in INSTEAD_OF_UPN)
    return [field for field in NEEDED[layout] if field not in columns and not (field == "upn" and named)]


class Unreadable(Exception):
    """The file is not a table of marks that can be read. `str()` of it is a sentence for the person who sent it."""


def person_key(upn: str, surname: str, forename: str, dob: dt.date) -> str:
    """One person as a file speaks of them where the UPN does not say who it is. The same in the next file, however it is spelt."""
    said = "|".join((upn.upper(), names.fold(surname), names.fold(forename), dob.isoformat()))
    return hashlib.sha256(said.encode()).hexdigest()


@dataclass(frozen=True)
class Mapping:
    """How to read one file. `columns` counts from 0; `header_row` is the line of the first heading, counted from 1."""

    layout: str
    columns: dict[str, int]
    encoding: str = "utf-8"
    delimiter: str = ","
    header_row: int = 1
    header_rows: int = 1
    first_day: int = 0  # of a week string; 0 is Monday
    aliases: dict[str, str] = field(default_factory=dict)  # a school's own code -> national code
    kind: str = "csv"  # or the kind of the translator that read the file
    own_codes: dict[str, dict[str, str]] = field(default_factory=dict)  # in a file of many schools: URN -> the same, for its rows
    # of a summary that does not say itself what it covers: "first", "last" (ISO dates), or "census" (see dfe_terms)
    period: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        known = {f.name for f in dataclasses.fields(cls)}
        return cls(**{key: value for key, value in data.items() if key in known})

    @property
    def first_data_row(self) -> int:
        return self.header_row + self.header_rows


@dataclass(frozen=True)
class Sniffed:
    """What a file looks like. `mapping` only where nothing is in doubt; `draft` is the best guess, to correct by hand."""

    mapping: Mapping | None
    draft: Mapping | None
    ambiguous: list[tuple[str, list[str]]]  # (field, the column names that would all do)
    missing: list[str]  # needed fields that no column holds
    headers: list[str]  # one a column, as sent; two heading lines joined with a space
    sample_rows: list[list[str]]  # the first rows below the headings, as sent
    message: str  # "" where there is a mapping, else what is wrong and what to do
    notes: tuple[str, ...] = ()  # sentences: what of the file was chosen or left out


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the file that was not taken, and why. `row` indexes the arrays of `Parsed`."""

    row: int
    line: int  # as a spreadsheet numbers it: the heading of a plain file is line 1; of records, their position from 1
    field: str  # the column's heading as sent
    value: str
    message: str
    whole_row: bool  # the row was rejected, not only one mark of it
    cell: int | None = None  # which mark: the column in a wide file, the place in a week string


Texts = NDArray[np.object_]  # of str


@dataclass(frozen=True)
class Single:
    """Marks one by one, parallel arrays: whose row of the file, which session, which code."""

    row: NDArray[np.int64]
    date: NDArray[np.datetime64]  # datetime64[D]
    pm: NDArray[np.bool_]
    byte: NDArray[np.uint8]  # attendance.codes


@dataclass(frozen=True)
class Weeks:
    """Marks as whole weeks, where nothing has to be said of any by itself: a fourteenth of the work of `Single`.

    `byte[i]` is what row `row[i]` of the file says of the 14 sessions from the morning of `start[i]` on, 0 for nothing; each says
    something. All weeks start on the same weekday, so they are the same days or share none.
    """

    row: NDArray[np.int64]
    start: NDArray[np.datetime64]  # datetime64[D]
    byte: NDArray[np.uint8]  # (rows, 14)

    @cached_property
    def single(self) -> Single:
        which, place = np.nonzero(self.byte)
        return Single(self.row[which], self.start[which] + (place >> 1), (place & 1).astype(np.bool_), self.byte[which, place])

    @cached_property
    def first(self) -> np.datetime64:
        """The first day of which something is said: it lies in the first week."""
        return self._days_of(self.start.min())[0]

    @cached_property
    def last(self) -> np.datetime64:
        return self._days_of(self.start.max())[-1]

    def _days_of(self, start: np.datetime64) -> NDArray[np.datetime64]:
        return start + (np.flatnonzero(self.byte[self.start == start].any(axis=0)) >> 1)

    def only(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> Weeks:
        return Weeks(self.row[which], self.start[which], self.byte[which])


@dataclass(frozen=True)
class Totals:
    """Of a summary: what each row says of its pupil's sessions over a period. Arrays have an item a row; -1 = not said."""

    kind: Texts  # "summary", or which part of the school census
    first: NDArray[np.object_]  # datetime.date, both days inclusive; None in a row that does not stand
    last: NDArray[np.object_]
    as_at: NDArray[np.object_]
    possible: NDArray[np.int64]
    attended: NDArray[np.int64]
    authorised: NDArray[np.int64]
    unauthorised: NDArray[np.int64]
    late: NDArray[np.int64]
    reasons: NDArray[np.object_]  # {code: sessions}, {} where the file gives none
    persistent: NDArray[np.object_]  # bool or None
    severe: NDArray[np.object_]
    joined: NDArray[np.object_]  # datetime.date or None
    stands: NDArray[np.bool_]
    asks: str  # what its sender must say before it can be kept: "" | "period" | "census"


@dataclass(frozen=True)
class Parsed:
    """The marks of a file. Arrays ending where `rows_read` says have an item a row, the `cell_` arrays one a mark: `marks` one by one.

    A cell is a mark that is acceptable on its date; a session about which the file says nothing has none, and each
    (urn, upn, date, session) has at most one.
    """

    rows_read: int
    lines: NDArray[np.int64]
    urn: Texts  # "" where there is no such column
    upn: Texts  # upper case; "" in a rejected row, and in one that is about a pupil by name and date of birth
    upn_number: NDArray[np.int64]  # the same for the same UPN, from 0 on without many gaps
    sent_upn: Texts  # what stands in its place, for whoever decides who is meant
    person: Texts  # `person_key` in such a row, else ""
    surname: Texts
    forename: Texts
    dob: NDArray[np.object_]  # datetime.date or None
    year_group: Texts  # "N1", "N2", "R", "1" to "14", or "" if not given or not understood

    marks: Single | Weeks

    problems: list[Problem]
    questions: list[str]  # sentences about what was taken but looks wrong
    exported_at: dt.datetime | None  # aware; None if the file does not say, or says several
    marks_seen: dict[str, int]  # each mark as sent, and how often
    unknown_marks: dict[str, int]  # those of them that no code and no alias explains
    unit: str = "line"  # what `lines` count: "line", "row" of a workbook, "record"
    totals: Totals | None = None  # of a summary, which has no cells

    def upns(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], list[str]]:
        """Which of their different UPNs each of these rows holds, and these: by number, for texts are dear to compare."""
        number = self.upn_number[rows]
        first = np.full(int(number.max(initial=-1)) + 1, -1)
        first[number[::-1]] = rows[::-1]
        there = np.flatnonzero(first >= 0)
        place = np.zeros(len(first), np.int64)
        place[there] = np.arange(len(there))
        return place[number], self.upn[first[there]].tolist()

    @property
    def single(self) -> Single:
        return self.marks if isinstance(self.marks, Single) else self.marks.single

    @property
    def cell_row(self) -> NDArray[np.int64]:
        return self.single.row

    @property
    def cell_date(self) -> NDArray[np.datetime64]:
        return self.single.date

    @property
    def cell_pm(self) -> NDArray[np.bool_]:
        return self.single.pm

    @property
    def cell_byte(self) -> NDArray[np.uint8]:
        return self.single.byte

    @property
    def rows_rejected(self) -> int:
        """Rows of which something was not taken."""
        return len({problem.row for problem in self.problems})

    @property
    def first_date(self) -> dt.date | None:
        return self.cell_date.min().item() if self.cell_date.size else None

    @property
    def last_date(self) -> dt.date | None:
        return self.cell_date.max().item() if self.cell_date.size else None
