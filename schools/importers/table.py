"""A table from a file somebody sent: its encoding, its delimiter, its header by name, its lines by number. No database."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

MAX_FIELD = 32_000  # characters in a cell: more is not a table


class UnreadableTable(ValueError):
    """Why nothing could be read, in a sentence for the person who sent it."""


@dataclass(frozen=True, slots=True)
class LineProblem:
    """One thing wrong with one line, as a spreadsheet numbers them."""

    line: int
    field: str
    value: str
    message: str

    def as_json(self) -> dict[str, int | str]:
        return {"line": self.line, "field": self.field, "value": self.value, "message": self.message}


@dataclass(frozen=True, slots=True)
class Line:
    """One row: values by field name, stripped."""

    number: int
    values: Mapping[str, str]

    def __getitem__(self, field: str) -> str:
        return self.values.get(field, "")


def _key(header: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", header.casefold())


def decode(content: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 with one, else the Windows encoding of older exports."""
    if content[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        raise UnreadableTable("This is a spreadsheet file. Save it as CSV first, then send that.")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", errors="replace")
    if b"\0" in content:
        raise UnreadableTable("This file is not text. Save the table as CSV and send that.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


@dataclass(frozen=True, slots=True)
class Table:
    """A file's header, mapped to field names, and its lines, read one by one."""

    fields: Mapping[str, int]
    ignored: Sequence[str]
    rows: Iterator[tuple[int, list[str]]]

    def lines(self) -> Iterator[Line]:
        for number, cells in self.rows:
            values = {field: cells[at].strip() if at < len(cells) else "" for field, at in self.fields.items()}
            if any(values.values()):
                yield Line(number, values)


def read(content: bytes, names: Mapping[str, Sequence[str]], *, needed: Sequence[str]) -> Table:
    """Find the header line and which column is which. `names`: field -> the headers it goes by (case and spaces don't matter).

    Columns nobody asked for are ignored and listed. A field found twice, or a needed one not found, is told by name.
    """
    text = decode(content)
    if not text.strip():
        raise UnreadableTable("The file is empty.")
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    rows = _rows(text, delimiter)
    _, header = next(rows)
    wanted = {_key(alias): field for field, aliases in names.items() for alias in (field, *aliases)}
    fields: dict[str, int] = {}
    ignored = []
    for at, cell in enumerate(header):
        field = wanted.get(_key(cell))
        if field is None:
            if cell.strip():
                ignored.append(cell.strip())
        elif field in fields:
            raise UnreadableTable(f"Two columns could be {field}: “{header[fields[field]].strip()}” and “{cell.strip()}”. Remove one.")
        else:
            fields[field] = at
    missing = [field for field in needed if field not in fields]
    if missing:
        found = ", ".join(f"“{cell.strip()}”" for cell in header[:20] if cell.strip()) or "none"
        raise UnreadableTable(f"The first line must name the columns. Missing: {', '.join(missing)}. Found: {found}.")
    return Table(fields, ignored, rows)


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with the numbers a spreadsheet gives them: a cell of several lines is one row."""
    csv.field_size_limit(MAX_FIELD)
    number = 0
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 1):
            yield number, cells
    except csv.Error:
        raise UnreadableTable(f"Line {number + 1} cannot be read as a table: a quotation mark may be missing.") from None


_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?$")
_DAY_FIRST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})(?: .*)?$")


def date_of(text: str) -> dt.date | None:
    """ISO or day first, always: 09/25/2025 is no date. None when it is not a date."""
    text = text.strip()
    if found := _ISO.match(text):
        year, month, day = found.groups()
    elif found := _DAY_FIRST.match(text):
        day, month, year = found.groups()
    else:
        return None
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None


def yes(text: str) -> bool | None:
    """Yes, no, or not said."""
    word = text.strip().casefold()
    if word in {"y", "yes", "true", "t", "1"}:
        return True
    if word in {"n", "no", "false", "f", "0"}:
        return False
    return None
