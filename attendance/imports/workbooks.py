"""Workbooks: .xlsx, .xlsm, .ods and the old .xls become the table of the one sheet that reads like a register.

A workbook is a zip of XML, so a small one may be made to swell. Its parts are counted and measured before it is opened, none
may declare entities, and it is read in a process of its own with bounded memory (attendance.imports.sheets_apart).
"""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, cast

import openpyxl
from openpyxl.cell import WriteOnlyCell

from attendance.imports import headings, sheets_apart
from attendance.imports.foreign import Rejects, Table, Translator
from attendance.imports.parsed import Unreadable

MAX_PARTS = 2_000
MAX_UNPACKED = 384 * 1024 * 1024  # bytes of all parts: about 4 million cells
MAX_RATIO = 200  # unpacked to packed, of a part of more than a few megabytes; registers come to 10 to 40
_SMALL = 8 * 1024 * 1024
_SERIALS = range(36_526, 73_051)  # the days of 2000 to 2099 as spreadsheets number them
_ZIP, _EMPTY_ZIP, _OLD = b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0"
_PROTECTED = "This workbook is protected by a password, so it cannot be read. Save a copy without the password and send that."
_DAMAGED = "This workbook is damaged or was cut short on its way. Open it in your spreadsheet program, save it anew and send that file."
_TOO_BIG = (
    "This workbook unpacks to more than can be read at once. If it is a register, save its sheet as CSV, "
    "or send it in parts, for example a term at a time."
)


def recognise(head: bytes) -> bool:
    return head.startswith((_ZIP, _EMPTY_ZIP, _OLD))


def to_table(data: bytes) -> Table:
    """The rows of the first sheet whose headings are those of a register, else of the first that holds anything."""
    if data.startswith(_OLD):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise Unreadable(_PROTECTED)
    else:
        _guard(data)
    with tempfile.NamedTemporaryFile(prefix="workbook-", suffix=_suffix(data)) as held:
        held.write(data)
        held.flush()
        return _read_apart(held.name)


# --- before it is opened ---------------------------------------------------------------------------------------------


def _guard(data: bytes) -> None:
    """Refuse what is no workbook, or one that would swell. What a zip says of its own sizes is not believed."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            _is_workbook({part.filename for part in parts})
            if len(parts) > MAX_PARTS:
                raise Unreadable(_TOO_BIG)
            total = 0
            for part in parts:
                if part.flag_bits & 1:
                    raise Unreadable(_PROTECTED)
                total += _measured(archive, part, data, MAX_UNPACKED - total)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError):
        raise Unreadable(_DAMAGED) from None


def _is_workbook(names: set[str]) -> None:
    if not names:
        raise Unreadable("This is an empty zip file. Send the register itself.")
    if "xl/workbook.xml" in names or {"mimetype", "content.xml"} <= names:
        return
    if "xl/workbook.bin" in names:
        raise Unreadable("This is a binary workbook (.xlsb), which is not read. Save it as .xlsx or CSV and send that file.")
    if "word/document.xml" in names or "ppt/presentation.xml" in names:
        raise Unreadable("This is a document, not a workbook. Export the marks as CSV or as a workbook.")
    raise Unreadable("This is a zip file, not a workbook. Unpack it and send the register in it.")


def _measured(archive: zipfile.ZipFile, part: zipfile.ZipInfo, data: bytes, room: int) -> int:
    """How large a part really is, unpacked piece by piece. Raises Unreadable if it is a bomb or declares entities."""
    if part.file_size > room:
        raise Unreadable(_TOO_BIG)
    with archive.open(part):  # its local header is there, and is that of the part
        name_length, extra_length = (int.from_bytes(data[part.header_offset + at :][:2], "little") for at in (26, 28))
    start = part.header_offset + 30 + name_length + extra_length
    packed = memoryview(data)[start : start + part.compress_size]
    size, first = 0, b""
    for piece in [packed] if part.compress_type == zipfile.ZIP_STORED else _inflated(packed):
        first = first or bytes(piece[:65536])
        size += len(piece)
        if size > room or (size > _SMALL and size > MAX_RATIO * max(len(packed), 1)):
            raise Unreadable(_TOO_BIG)
    if part.filename.endswith((".xml", ".rels")) and (b"<!DOCTYPE" in first or b"<!ENTITY" in first or b"\0" in first):
        raise Unreadable("This workbook declares XML entities, which no spreadsheet program writes, so it was not opened.")
    return size


def _inflated(packed: memoryview) -> Iterator[bytes]:
    unpack = zlib.decompressobj(-15)
    rest: bytes | memoryview = packed
    while rest and not unpack.eof:
        yield unpack.decompress(rest, 1 << 20)
        rest = unpack.unconsumed_tail
    yield unpack.flush()


def _suffix(data: bytes) -> str:
    if data.startswith(_OLD):
        return ".xls"
    return ".ods" if b"opendocument.spreadsheet" in data[:200] else ".xlsx"


# --- reading it ------------------------------------------------------------------------------------------------------


def _read_apart(path: str) -> Table:
    reader = subprocess.Popen(
        [sys.executable, "-I", sheets_apart.__file__, path],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8", errors="replace",
        env={"RUST_BACKTRACE": "0"},
    )  # fmt: skip
    with reader:
        try:
            return _told(reader)
        except (csv.Error, ValueError, BrokenPipeError):
            raise Unreadable(_TOO_BIG) from None  # it ended in the middle of a line
        finally:
            reader.kill()


def _told(reader: subprocess.Popen[str]) -> Table:
    stdin, stdout = cast(IO[str], reader.stdin), cast(IO[str], reader.stdout)
    found = json.loads(stdout.readline())
    if "problem" in found:
        raise Unreadable(_PROTECTED if found["problem"] == "password" else _DAMAGED)
    chosen, notes = _choose(found["names"], found["heads"])
    stdin.write(f"{chosen}\n")
    stdin.flush()
    table = Table.of(_as_sent(stdout), notes)
    if reader.wait() != 0:
        raise Unreadable(_TOO_BIG)
    return table


def _choose(names: list[str], heads: list[list[list[str]]]) -> tuple[int, list[str]]:
    """Which sheet is read, and what to tell of that."""
    held = [number for number, rows in enumerate(heads) if rows]
    if not held:
        raise Unreadable("This workbook has no sheet with anything in it." if names else "This workbook has no sheet.")
    like = [number for number in held if headings.reads_like_a_register(_dated(heads[number]))]
    chosen = (like or held)[0]
    left = [names[number] for number in held if number != chosen]
    if not left:
        return chosen, []
    told = (
        f"Only the sheet {_quoted([names[chosen]])} of this workbook is read. {_quoted(left)} {'is' if len(left) == 1 else 'are'} left out."
    )
    if len(like) > 1:
        alike = [names[number] for number in like[1:]]
        told += f" {_quoted(alike)} {'looks' if len(alike) == 1 else 'look'} like a register too: send each as a file of its own."
    return chosen, [told]


def _quoted(names: list[str]) -> str:
    shown = [f"“{name[:40]}”" for name in names[:5]] + ([f"{len(names) - 5} more"] if len(names) > 5 else [])
    return shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + " and " + shown[-1]


def _as_sent(out: IO[str]) -> Iterator[tuple[int, list[str]]]:
    """The rows behind their numbers; headings that are dates as dates, however they were formatted."""
    rows = csv.reader(out)
    first: list[list[str]] = []
    for row in rows:
        first.append(row)
        if len(first) == sheets_apart.FIRST_ROWS:
            break
    numbers = [int(row[0]) for row in first]
    yield from zip(numbers, _dated([row[1:] for row in first]), strict=True)
    for row in rows:
        yield int(row[0]), row[1:]


def _dated(rows: list[list[str]]) -> list[list[str]]:
    """Rows of two and more of a spreadsheet's day numbers: those are dates that lost their format."""
    return [[_day(cell) for cell in row] if sum(_day(cell) != cell for cell in row) > 1 else row for row in rows]


def _day(cell: str) -> str:
    if len(cell) == 5 and cell.isdecimal() and cell.isascii() and int(cell) in _SERIALS:
        return headings.day_of_serial(int(cell)).isoformat()
    return cell


# --- rows that go back -----------------------------------------------------------------------------------------------


def returned(rejects: Rejects) -> bytes:
    """A workbook of one sheet in which every cell is text, so that no UPN loses a digit and nothing is a formula."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("To correct")
    for row in rejects.rows:
        cells = []
        for value in row:
            cell = WriteOnlyCell(sheet, value=openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("?", value)[:32_767])
            cell.data_type, cell.number_format = "s", "@"
            cells.append(cell)
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


TRANSLATOR = Translator(
    kind="workbook",
    recognise=recognise,
    to_table=to_table,
    unit="row",
    content_types={
        ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ".xlsm": "application/vnd.ms-excel.sheet.macroenabled.12",
        ".xls": "application/vnd.ms-excel",
        ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    },
    returned=returned,
    returned_suffix=".xlsx",
)
