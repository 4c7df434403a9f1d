"""What a file would say by a mapping: shown to its sender before anything is loaded. Knows no database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from attendance.codes import BY_BYTE
from attendance.imports import reader, summaries
from attendance.imports.parse import parse
from attendance.imports.parsed import Mapping, Parsed, Sniffed, Source, Text, Unreadable, wanting
from attendance.imports.sniff import sniff

HEAD = 4 * 1024 * 1024  # bytes: enough to see what a file is, little enough to wait for
FIRST_ROWS, FIRST_MARKS = 5, 10


@dataclass(frozen=True)
class Row:
    line: int
    upn: str
    name: str
    marks: str
    more: int


@dataclass(frozen=True)
class CodeSeen:
    code: str
    meaning: str
    count: int


@dataclass(frozen=True)
class Preview:
    parsed: Parsed
    rows: int
    first_rows: list[Row]
    codes: list[CodeSeen]  # as understood, most frequent first
    unknown: dict[str, int]
    first: dt.date | None
    last: dt.date | None
    questions: list[str]


def head(source: Source) -> tuple[Source, bool]:
    """The beginning of a file, cut after a line, and whether that is all of it.

    What must be translated is translated whole, once, and given as `Text`.
    """
    source = reader.once(source)
    if isinstance(source, Text):
        cut = len(source.utf8) if len(source.utf8) <= HEAD else source.utf8.rfind(b"\n", 0, HEAD) + 1
        return replace(source, utf8=source.utf8[:cut]), cut == len(source.utf8)
    if isinstance(source, bytes):
        found, whole = source[:HEAD], len(source) <= HEAD
    else:
        with Path(source).open("rb") as file:
            found = file.read(HEAD)
            whole = not file.read(1)
    if whole:
        return found, True
    cut = found.rfind(b"\n") + 1
    if found.startswith(b"\xff\xfe"):
        cut += 1  # in UTF-16 of this kind the line feed's second byte follows
    return found[:cut] or found, False


def look(source: Source) -> tuple[Sniffed, Source, bool]:
    """Sniff a file by its head. Raises Unreadable."""
    start, whole = head(source)
    return sniff(start), start, whole


def preview(start: Source, mapping: Mapping, *, today: dt.date) -> Preview:
    """Read the head of a file by `mapping`. Raises Unreadable."""
    parsed = parse(start, mapping, today=today)
    return Preview(
        parsed=parsed,
        rows=parsed.rows_read,
        first_rows=[_row(parsed, number) for number in range(min(FIRST_ROWS, parsed.rows_read))],
        codes=_codes(parsed),
        unknown=parsed.unknown_marks,
        first=parsed.first_date,
        last=parsed.last_date,
        questions=parsed.questions,
    )


def asks(start: Source, mapping: Mapping, *, today: dt.date) -> str:
    """What the sender of a summary must say of the days it is of: "period", "census", or "" where the file says it."""
    if mapping.layout != summaries.SUMMARY or wanting(mapping.layout, mapping.columns):
        return ""
    try:
        totals = parse(start, mapping, today=today).totals
    except Unreadable:
        return ""
    return totals.asks if totals else ""


def _row(parsed: Parsed, number: int) -> Row:
    if parsed.totals is not None:
        return Row(int(parsed.lines[number]), str(parsed.upn[number]), _name(parsed, number), summaries.in_words(parsed.totals, number), 0)
    cells = np.flatnonzero(parsed.cell_row == number)
    order = cells[np.lexsort((parsed.cell_pm[cells], parsed.cell_date[cells]))]
    words: list[str] = []
    day = None
    for cell in order[:FIRST_MARKS].tolist():
        date = parsed.cell_date[cell].item()
        code = BY_BYTE[int(parsed.cell_byte[cell])].code
        half = f"{'PM' if parsed.cell_pm[cell] else 'AM'} {code}"
        words.append(half if date == day else f"{date:%a} {date.day} {date:%b %Y}: {half}")
        day = date
    more = max(len(order) - FIRST_MARKS, 0)
    return Row(int(parsed.lines[number]), str(parsed.upn[number]), _name(parsed, number), ", ".join(words), more)


def _name(parsed: Parsed, number: int) -> str:
    return " ".join(part for part in (str(parsed.forename[number]), str(parsed.surname[number])) if part)


def _codes(parsed: Parsed) -> list[CodeSeen]:
    counts = np.bincount(parsed.cell_byte, minlength=256)
    seen = [CodeSeen(BY_BYTE[byte].code, BY_BYTE[byte].meaning, int(counts[byte])) for byte in np.flatnonzero(counts).tolist()]
    return sorted(seen, key=lambda code: -code.count)
