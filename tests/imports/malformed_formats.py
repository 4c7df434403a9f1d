"""Workbooks, XML and JSON that no reader wants: whole registers bent in one or two ways. The same seed gives the same file.

`HAZARDS` are those that have a name, text tables among them: each a file that has been seen to hurt somebody's reader.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import random
import zipfile
from collections.abc import Callable

from tests.imports import books, malformed, writers
from tests.imports.writers import Register

Make = Callable[[], bytes]
HEADINGS = ["UPN", "Date", "Session", "Mark"]
SHEET = "xl/worksheets/sheet1.xml"


def register(rng: random.Random) -> Register:
    start = dt.date(2025, 9, 1) + dt.timedelta(days=rng.randint(-500, 20))
    marks = [mark for mark in malformed.MARKS if mark]
    return {
        (writers.upn(pupil), start + dt.timedelta(days=day), pm): rng.choice(marks)
        for pupil in range(rng.randint(1, 5))
        for day in range(rng.randint(1, 7))
        for pm in (False, True)
    }


def make(seed: int) -> bytes:
    rng = random.Random(seed)
    kind = seed % 4
    sent = register(rng)
    if kind == 0:
        data = books.xlsx(rng.choice(malformed.LAYOUTS)(sent))
        bends: list[malformed.Bend] = [*_ANY, *_PARTS, *_PARTS]
    elif kind == 1:
        data = books.ods(rng.choice(malformed.LAYOUTS)(sent))
        bends = [*_ANY, *_PARTS]
    elif kind == 2:
        data = books.sims(sent, listed=rng.random() < 0.5)
        bends = [*_ANY, *_XML, *_XML]
    else:
        data = books.sif(sent, lines=rng.random() < 0.3, inside=rng.random() < 0.5)
        bends = [*_ANY, *_JSON, *_JSON]
    for bend in rng.sample(bends, rng.randint(1, 2)):
        data = bend(rng, data)
    return data


def _flipped(rng: random.Random, data: bytes) -> bytes:
    bent = bytearray(data)
    for _ in range(rng.randint(1, 20)):
        if bent:
            bent[rng.randrange(len(bent))] = rng.randrange(256)
    return bytes(bent)


def _part(change: Callable[[random.Random, dict[str, bytes]], dict[str, bytes]]) -> malformed.Bend:
    """Bend the parts of a workbook; what is no zip any more is left as it is."""

    def bend(rng: random.Random, data: bytes) -> bytes:
        try:
            parts = books.unzipped(data)
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
            return data
        except Exception as problem:
            if type(problem).__module__ in ("zlib", "zipfile"):
                return data
            raise
        return books.zipped(change(rng, parts))

    return bend


def _in_sheet(old: bytes, new: bytes) -> malformed.Bend:
    return _part(lambda _rng, parts: {name: held.replace(old, new) for name, held in parts.items()})


def _without_one(rng: random.Random, parts: dict[str, bytes]) -> dict[str, bytes]:
    gone = rng.choice(sorted(parts))
    return {name: held for name, held in parts.items() if name != gone}


def _one_bent(rng: random.Random, parts: dict[str, bytes]) -> dict[str, bytes]:
    name = rng.choice(sorted(parts))
    return parts | {name: _flipped(rng, parts[name])}


def _one_cut(rng: random.Random, parts: dict[str, bytes]) -> dict[str, bytes]:
    name = rng.choice(sorted(parts))
    return parts | {name: parts[name][: rng.randint(0, len(parts[name]))]}


_ANY: list[malformed.Bend] = [
    _flipped,
    lambda rng, data: data[: rng.randint(1, max(len(data), 1))],
    lambda rng, data: data + rng.randbytes(rng.randint(1, 200)),
    lambda rng, data: data + data,
    lambda rng, data: data.replace(b"\0", b""),
    lambda rng, data: b"\xef\xbb\xbf" + data,
    lambda rng, data: b"\n\n " + data,
]
_PARTS: list[malformed.Bend] = [
    _part(_without_one),
    _part(_one_bent),
    _part(_one_cut),
    _in_sheet(b'r="A2"', b'r="XFD1048576"'),
    _in_sheet(b'r="B2"', b'r="AAAA99999999999"'),
    _in_sheet(b'<dimension ref="', b'<dimension ref="ZZ'),
    _in_sheet(b't="s"', b't="b"'),
    _in_sheet(b't="inlineStr"', b't="n"'),
    _in_sheet(b"<v>1</v>", b"<v>99999999</v>"),
    _in_sheet(b"</row>", b""),
    _in_sheet(b"UPN", b"Pupil ref"),
    _in_sheet(b"<?xml version", b"<!DOCTYPE x><?xml version"),
    _in_sheet(b"</table:table-row>", b'</table:table-row><table:table-row table:number-rows-repeated="1048000"/>'),
    _in_sheet(b"<table:table-cell ", b'<table:table-cell table:number-columns-repeated="9000" '),
    _in_sheet(b'office:value-type="string"', b'office:value-type="date" office:date-value="2025-13-45"'),
]
_XML: list[malformed.Bend] = [
    lambda rng, data: data.replace(b"</SessionAttendance>", b"", rng.randint(1, 3)),
    lambda rng, data: data.replace(b"<SessionName>AM", b"<SessionName>Lunch", rng.randint(1, 3)),
    lambda rng, data: data.replace(b"T09:00:00", b"T25:61:00", rng.randint(1, 3)),
    lambda rng, data: data.replace(b"<AttendanceMark>", b"<AttendanceMark><b>x</b>", rng.randint(1, 3)),
    lambda rng, data: data.replace(b"iso-8859-1", rng.choice([b"utf-8", b"utf-16", b"ascii", b"x"])),
    lambda rng, data: data.replace(b"?>", b'?><!DOCTYPE a [<!ENTITY b "c">]>', 1),
    lambda rng, data: data.replace(b"UPN>", b"Upn>"),
    lambda rng, data: data.replace(b"UPN>", b"Ref>"),
    lambda rng, data: data.replace(b"<AttendanceDate>", b"<AttendanceDate>&nbsp;"),
    lambda rng, data: data.replace(b"<PersonID>", b"<PersonID>&#0;", 1),
    lambda rng, data: data.replace(b"<PersonID>", b"<PersonID><![CDATA[", 1),
]
_JSON: list[malformed.Bend] = [
    lambda rng, data: data.replace(b'"AM"', rng.choice([b"null", b"1", b"[]", b'{"value": "AM"}', b'"Lunch"']), rng.randint(1, 3)),
    lambda rng, data: data.replace(b'"AttendanceCode": "', b'"AttendanceCode": "\\u0000', rng.randint(1, 3)),
    lambda rng, data: data.replace(b'"AttendanceCode": "', b'"AttendanceCode": "\\ud800', rng.randint(1, 3)),
    lambda rng, data: data.replace(b'"AttendanceDate": "', b'"AttendanceDate": "0', rng.randint(1, 3)),
    lambda rng, data: data.replace(b'"Session"', b'"Lesson"', rng.randint(1, 30)),
    lambda rng, data: data.replace(b"}", b"", 1),
    lambda rng, data: data.replace(b'"UPN": "', b'"UPN": ["x", "', 1),
    lambda rng, data: data.replace(b'"LearnerPersonal', b'"Person'),
    lambda rng, data: data.replace(b'"AttendanceCode"', b'"AttendanceCode": "/", "AttendanceCode"', 2),
    lambda rng, data: data.replace(b'"RefId": ', b'"RefId": ' + b"9" * 5000 + b', "x": ', 1),
    lambda rng, data: data.replace(b'"RefId"', b'"RecordTimestamp": "2025-13-01T99:00:00Z", "RefId"'),
    lambda rng, data: b"[" * 300 + data + b"]" * 300,
]


# --- those that have a name ------------------------------------------------------------------------------------------


def _sessions(*rows: tuple[str, ...]) -> bytes:
    return writers.table([HEADINGS, *rows])


def _far_cell() -> bytes:
    book = books.openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = "UPN", "x"
    return books.saved(book)


def _bomb() -> bytes:
    """A zip of some 50 kB that says it is a workbook and unpacks to 50 MB."""
    return books.rezipped(books.xlsx([HEADINGS]), SHEET, lambda _xml: b"<row/>" * 8_000_000)


def _lying_bomb() -> bytes:
    """The same, with a central directory that owns to only a hundred bytes of it."""
    data = bytearray(_bomb())
    at = data.rindex(SHEET.encode()) - 46
    data[at + 24 : at + 28] = (100).to_bytes(4, "little")
    return bytes(data)


def _one_string_many_times() -> bytes:
    """One long text that a hundred thousand cells share: small in the file, three gigabytes as cells."""
    cells = "".join(f'<row r="{row}">' + '<c t="s"><v>0</v></c>' * 10 + "</row>" for row in range(1, 10_001))
    data = books.xlsx([HEADINGS])
    parts = books.unzipped(data)
    ns = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    parts[SHEET] = f"<worksheet {ns}><sheetData>{cells}</sheetData></worksheet>".encode()
    parts["xl/sharedStrings.xml"] = f"<sst {ns}><si><t>{'x' * 32_000}</t></si></sst>".encode()
    return books.zipped(parts)


def _entities() -> bytes:
    layers = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    body = "<SessionAttendances><SessionAttendance>&e9;</SessionAttendance></SessionAttendances>"
    return f'<!DOCTYPE x [<!ENTITY e0 "lol">{layers}]>{body}'.encode()


def _locked() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1016 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 2000


ONE, TWO = writers.upn(1), writers.upn(2)
HAZARDS: dict[str, Make] = {
    "cut in the middle of a row": lambda: _sessions((ONE, "2025-09-22", "AM", "/"))[:-9],
    "two encodings in one file": lambda: _sessions((ONE, "2025-09-22", "AM", "/")) + "Zoë".encode("cp1252") + "Zoë".encode() + b",,,\n",
    "two layouts in one file": lambda: (
        _sessions((ONE, "2025-09-22", "AM", "/")) + b"UPN,WeekStart,WeekMarks\n" + f"{ONE},22/09/2025,/\\/\\\n".encode()
    ),
    "10,000 columns": lambda: writers.table([["UPN", *(f"{n}" for n in range(10_000))], [ONE, *["/"] * 10_000]]),
    "10,000 dates": lambda: writers.table([["UPN", *(f"{dt.date(2000, 1, 1) + dt.timedelta(days=n)} AM" for n in range(10_000))], [ONE]]),
    "a quotation mark never closed": lambda: _sessions((ONE, "2025-09-22", "AM", "/")) + f'"{TWO},2025-09-22,AM,/\n'.encode() * 300,
    "NULs between the letters": lambda: _sessions((ONE, "2025-09-22", "AM", "/")).replace(b",", b",\0"),
    "cells that are formulas": lambda: _sessions((f'="{ONE}"', "2025-09-22", "AM", "=1+1"), (TWO, "=TODAY()", "AM", "/")),
    "dates in three orders": lambda: _sessions(
        (ONE, "2025-09-22", "AM", "/"), (ONE, "23/09/2025", "AM", "/"), (ONE, "09/24/2025", "AM", "/")
    ),
    "29 February of a leap year and of another": lambda: _sessions((ONE, "29/02/2024", "AM", "/"), (ONE, "29/02/2025", "AM", "/")),
    "the hour that the clocks skip and repeat": lambda: writers.table(
        [
            [*HEADINGS, "Exported at"],
            [ONE, "2025-03-31", "AM", "/", "30/03/2025 01:30"],
            [ONE, "2025-03-31", "PM", "\\", "30/03/2025 01:30"],
        ]
    ),
    "UPNs with the wrong letter": lambda: _sessions(("A" + ONE[1:], "2025-09-22", "AM", "/"), (ONE[1:], "2025-09-22", "AM", "/")),
    "a line of 4 MB": lambda: b"UPN,Date,Session,Mark\n" + b"/" * 4_000_000,
    "a zip bomb as a workbook": _bomb,
    "a zip bomb that lies of its size": _lying_bomb,
    "a text shared by a hundred thousand cells": _one_string_many_times,
    "a cell at the far end of a sheet": _far_cell,
    "a workbook with a password": _locked,
    "a workbook with nothing in it": lambda: books.saved(books.openpyxl.Workbook()),
    "a workbook whose sheet is missing": lambda: books.zipped(
        {name: held for name, held in books.unzipped(books.xlsx([HEADINGS, [ONE, "2025-09-22", "AM", "/"]])).items() if name != SHEET}
    ),
    "a workbook with a wrong dimension": lambda: books.rezipped(
        books.xlsx([HEADINGS, [ONE, "2025-09-22", "AM", "/"]]), SHEET, lambda xml: xml.replace(b'ref="A1:D2"', b'ref="A1:XFD1048576"')
    ),
    "an XML entity bomb": _entities,
    "XML nested 100,000 deep": lambda: b"<SessionAttendance>" * 100_000,
    "JSON nested 100,000 deep": lambda: b'{"LearnerAttendance": ' * 100_000,
    "JSON of two million lists": lambda: b'{"LearnerAttendance": [' + b"[]," * 2_000_000 + b"[]]}",
    "a JSON number of 100,000 figures": lambda: b'[{"LearnerAttendance": ' + b"9" * 100_000 + b"}]",
}


def _five_million_rows() -> bytes:
    out = io.BytesIO()
    out.write(b"UPN,Date,Session,Mark\n")
    row = f"{ONE},2025-09-22,AM,/\n".encode()
    for _ in range(50):
        out.write(row * 100_000)
    return out.getvalue()


HUGE: dict[str, Make] = {
    "5 million rows": _five_million_rows,
    "a line of 40 MB": lambda: b"UPN,Date,Session,Mark\n" + b"x" * 40_000_000,
    "40 MB of quotation marks": lambda: b"UPN,Date,Session,Mark\n" + b'"' * 40_000_000,
    "a JSON line of 40 MB": lambda: json.dumps({"LearnerAttendance": [{"RefId": "x" * 40_000_000}]}).encode(),
    "XML with a text of 40 MB": lambda: b"<SessionAttendances><SessionAttendance><UPN>" + b"x" * 40_000_000,
    "a workbook of a million rows": lambda: books.rezipped(
        books.xlsx([HEADINGS]),
        SHEET,
        lambda _xml: (
            b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
            + b"".join(b'<row r="%d"><c r="A%d" t="inlineStr"><is><t>x</t></is></c></row>' % (n, n) for n in range(1, 1_000_001))
            + b"</sheetData></worksheet>"
        ),
    ),
}
