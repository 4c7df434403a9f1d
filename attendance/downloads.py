"""A table as a file: CSV, sent while it is read, or a workbook. Who took it away, and how many rows, stands in the audit trail.

A file says of itself what it holds: the day its registers reach, the filters, the source and for whom it is. Those words follow the
table, so that a program finds headings first, and their last line shows that nothing was cut off on the way.
"""

from __future__ import annotations

import csv
import datetime as dt
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import FileResponse, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect

from accounts import audit, clock
from accounts.access import user_of
from accounts.models import AuditEvent
from attendance import suppression, tables
from attendance.imports.rejects import guarded
from attendance.tables import Hidden, Table, Value

FORMS = {"csv": "CSV", "xlsx": "Excel"}
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_IN_WORKBOOK = 20_000  # rows: some seconds of a web process
MOST = 300_000  # more pupils than any authority has
PUBLISH = "publish"  # the address says `for=publish`

_INSIDE_WORDS = "For working inside the authority: not for publication."
_PUBLISH_WORDS = "For publishing: small numbers are kept back."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asked for. `hidden`: what is kept back, for publishing; None for work inside the authority."""

    form: str  # of FORMS
    count: int  # rows
    said: Sequence[str]  # sentences about the table: what the registers reach, filters, source
    hidden: Hidden | None = None
    least: int = 0  # fewer pupils than this are kept back


def for_publishing(request: HttpRequest) -> bool:
    return request.GET.get("for") == PUBLISH


def send(request: HttpRequest, table: Table[Any], rows: Iterable[Any], wanted: Wanted, *, back: str) -> HttpResponseBase:
    """The file; where the list is too long for it, the page at `back` again with what to do."""
    most = MOST if wanted.form == "csv" else MOST_IN_WORKBOOK
    if wanted.count > most:
        other = "Download it as CSV, or narrow it with filters." if wanted.form != "csv" else "Narrow it with filters."
        messages.error(request, f"This list has {wanted.count:,} rows, and a file of this kind holds {most:,}. {other}")
        return redirect(back)
    publish = wanted.hidden is not None
    columns = tables.in_files(table, publish=publish)
    # between two figures that are shown, one that is kept back could be told from its place
    found = tables.lines(table, columns, table.by_name(rows) if publish else rows, wanted.hidden or ())
    heads = tables.headings(columns)
    words = about(request, table, wanted)
    audit.record(
        "downloaded a table",
        by=user_of(request),
        kind=AuditEvent.Kind.EXPORT,
        table=table.name,
        count=wanted.count,
        form=wanted.form,
        audience="publishing" if publish else "inside the authority",
        words=request.GET.urlencode(),  # somebody may have typed a child's name: not told to those who look after the system
    )
    name = f"{table.name}{'-for-publishing' if publish else ''}-{clock.today().isoformat()}.{wanted.form}"
    if wanted.form == "csv":
        return _csv(name, heads, found, words)
    return _xlsx(name, table.title, heads, found, words)


def about(request: HttpRequest, table: Table[Any], wanted: Wanted) -> list[str]:
    """What a file says of itself."""
    publish = wanted.hidden is not None
    notes = [table.title, _PUBLISH_WORDS if publish else _INSIDE_WORDS, *wanted.said]
    if publish:
        notes.append(suppression.why(wanted.least))
    notes.append(f"{tables.UNKNOWN}: not known.")
    notes.append(f"Made with Daymark on {said_moment(clock.now())} by {user_of(request).name}.")
    notes.append(f"End of the table: {wanted.count:,} row{'' if wanted.count == 1 else 's'}.")
    return notes


def said_moment(moment: dt.datetime) -> str:
    local = moment.astimezone(clock.LONDON)
    return f"{local.day} {local:%B %Y} at {local:%H:%M}"


def filters_in_words(form: BaseForm) -> str:
    """What was chosen on a list's page, or that nothing was. A choice that was not understood was not heeded."""
    chosen = []
    for name, field in form.fields.items():
        value = getattr(form, "cleaned_data", {}).get(name)
        if value in (None, "", []):
            continue
        choices = {str(key): str(label) for key, label in getattr(field, "choices", ()) if not isinstance(label, (list, tuple))}
        chosen.append(f"{field.label}: {choices.get(str(value), value)}")
    return f"Filters: {'; '.join(chosen)}." if chosen else "Filters: none."


def safe(value: Value) -> Value:
    """A cell that no spreadsheet runs as a formula (OWASP, CSV injection): text that begins like one gets an apostrophe."""
    if not isinstance(value, str):
        return value
    text = guarded(value)
    return f"'{text}" if text[:1] in ("\n", "\v", "\f", "\x85", "＝", "＋", "－", "＠") else text


class _Echo:
    """A file that hands every line straight on."""

    def write(self, line: str) -> str:
        return line


def _csv(name: str, heads: list[str], rows: Iterable[list[Value]], words: Sequence[str]) -> HttpResponseBase:
    writer = csv.writer(_Echo())

    def text() -> Iterator[str]:
        yield "\ufeff"  # a spreadsheet takes a file without it for its own old encoding
        yield writer.writerow(heads)
        for row in rows:
            yield writer.writerow([safe(value) for value in row])
        yield writer.writerow([])
        for word in words:
            yield writer.writerow([safe(word)])

    return StreamingHttpResponse(
        text(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"},
    )


def _xlsx(name: str, title: str, heads: list[str], rows: Iterable[list[Value]], words: Sequence[str]) -> HttpResponseBase:
    file = tempfile.TemporaryFile()  # noqa: SIM115  (closed by the response)
    book = Workbook()
    book.add(title, heads, rows)
    book.add("About", ["About this table"], [[word] for word in words])
    book.save(file)
    file.seek(0)
    headers = {"X-Content-Type-Options": "nosniff"}
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX_TYPE, headers=headers)


class Workbook:
    """Sheets written row by row. openpyxl is loaded when the first is asked for: few pages need it."""

    def __init__(self) -> None:
        import openpyxl

        self._book = openpyxl.Workbook(write_only=True)
        self._names: list[str] = []

    def add(self, title: str, heads: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
        from openpyxl.styles import Font
        from openpyxl.utils import get_column_letter

        sheet = self._book.create_sheet(self._name(title))
        sheet.freeze_panes = "B2" if len(heads) > 1 else "A2"
        for number, head in enumerate(heads, 1):
            sheet.column_dimensions[get_column_letter(number)].width = 36 if number == 1 else min(max(len(head) * 0.9, 12), 30)
        bold = Font(bold=True)
        sheet.append([self._cell(sheet, head, bold) for head in heads])
        for row in rows:
            sheet.append([self._cell(sheet, value) for value in row])

    def _name(self, title: str) -> str:
        """As a workbook allows it: 31 characters, none of []:*?/\\, each once."""
        name = "".join(" " if c in "[]:*?/\\" else c for c in title)[:31].strip()
        while name in self._names:
            name = f"{name[:28]} {len(self._names) + 1}"
        self._names.append(name)
        return name

    @staticmethod
    def _cell(sheet: Any, value: Value, font: Any = None) -> Any:
        from openpyxl.cell import WriteOnlyCell

        cell = WriteOnlyCell(sheet, value=None if isinstance(value, str) else value)
        if isinstance(value, str):
            cell.value = safe(value)
            cell.data_type = "s"  # never a formula
        elif isinstance(value, dt.date):
            cell.number_format = "dd/mm/yyyy"
        elif isinstance(value, float):
            cell.number_format = "0.0"
        if font is not None:
            cell.font = font
        return cell

    def save(self, file: Any) -> None:
        self._book.save(file)
