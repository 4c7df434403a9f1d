"""Registers as workbooks and as other programs' records: the other way round from the translators."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any
from xml.sax.saxutils import escape

import openpyxl

from tests.imports.writers import Register

LEARNER = "22222222-2222-4222-8222-{:012d}"


def xlsx(rows: Iterable[Sequence[Any]], *, others: Sequence[tuple[str, Sequence[Sequence[Any]]]] = (), title: str = "Marks") -> bytes:
    """A workbook of one sheet after `others`. Texts stay texts, whatever they look like."""
    book = openpyxl.Workbook()
    del book["Sheet"]
    for name, held in (*others, (title, list(rows))):
        sheet = book.create_sheet(name)
        for row, values in enumerate(held, start=1):
            for column, value in enumerate(values, start=1):
                if value not in ("", None):
                    cell = sheet.cell(row, column, value)
                    cell.data_type = "s" if isinstance(value, str) else cell.data_type
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def zipped(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED)
    return out.getvalue()


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rezipped(data: bytes, part: str, change: Any) -> bytes:
    """The workbook with one part changed."""
    parts = unzipped(data)
    return zipped(parts | {part: change(parts[part])})


_ODS = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'office:version="1.2"><office:body><office:spreadsheet>{}</office:spreadsheet></office:body></office:document-content>'
)


def ods(rows: Iterable[Sequence[str]], *, title: str = "Marks", after: str = "") -> bytes:
    """A workbook as LibreOffice writes them; `after` is XML that follows the rows."""
    body = "".join(
        "<table:table-row>"
        + "".join(f'<table:table-cell office:value-type="string"><text:p>{escape(value)}</text:p></table:table-cell>' for value in row)
        + "</table:table-row>"
        for row in rows
    )
    content = _ODS.format(f'<table:table table:name="{title}">{body}{after}</table:table>')
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    kind = b"application/vnd.oasis.opendocument.spreadsheet"
    return zipped({"mimetype": kind, "content.xml": content.encode(), "META-INF/manifest.xml": manifest.encode()})


def sims(register: Register, *, listed: bool = False, encoding: str = "iso-8859-1") -> bytes:
    """SIMS session attendances, the UPN in each record or once in a list of persons."""
    numbers = {upn: 6000 + place for place, upn in enumerate(sorted({key[0] for key in register}))}
    records = "".join(
        f"<SessionAttendance><PersonID>{numbers[upn]}</PersonID><BaseGroupID>0</BaseGroupID>"
        + ("" if listed else f"<UPN>{upn}</UPN>")
        + f"<AttendanceDate>{day.isoformat()}T09:00:00</AttendanceDate><SessionName>{'PM' if pm else 'AM'}</SessionName>"
        f"<AttendanceMark>{escape(mark)}</AttendanceMark><Comments>Né à l’école</Comments></SessionAttendance>\n"
        for (upn, day, pm), mark in sorted(register.items())
    )
    persons = "".join(f"<Person><PersonID>{number}</PersonID><UPN>{upn}</UPN></Person>" for upn, number in numbers.items())
    persons = f"<Persons>{persons}</Persons>" if listed else ""
    text = f'<?xml version="1.0" encoding="{encoding}"?>\n<SessionAttendances>{records}{persons}</SessionAttendances>'
    return text.replace("’", "'").encode(encoding)


def sif(register: Register, *, lines: bool = False, inside: bool = False) -> bytes:
    """SIF learner attendance, as one value or one object a line; the UPN beside the learner, or `inside` each record."""
    numbers = {upn: LEARNER.format(place) for place, upn in enumerate(sorted({key[0] for key in register}))}
    records: list[dict[str, Any]] = [
        {
            "RefId": f"11111111-1111-4111-8111-{place:012d}",
            "LearnerPersonalRefId": numbers[upn],
            "AttendanceDate": day.isoformat(),
            "Session": "PM" if pm else "AM",
            "AttendanceDomain": "Session",
            "AttendanceCode": mark,
        }
        | ({"UPN": upn} if inside else {})
        for place, ((upn, day, pm), mark) in enumerate(sorted(register.items()))
    ]
    learners = [] if inside else [{"RefId": number, "UPN": upn} for upn, number in numbers.items()]
    if lines:
        objects = [{"LearnerAttendance": one} for one in records] + [{"LearnerPersonal": one} for one in learners]
        return "\n".join(map(json.dumps, objects)).encode()
    return json.dumps({"LearnerPersonal": learners, "LearnerAttendance": records}).encode()


def sif_summary(upn: str, start: str, end: str, string: str) -> bytes:
    summary = {
        "RefId": LEARNER.format(9), "LearnerPersonalRefId": LEARNER.format(1), "SchoolYear": "2026", "StartDate": start, "EndDate": end,
        "DfEStatutorySessionAttendanceString": string,
    }  # fmt: skip
    return json.dumps({"LearnerAttendanceSummary": summary, "LearnerPersonal": {"RefId": LEARNER.format(1), "UPN": upn}}).encode()
