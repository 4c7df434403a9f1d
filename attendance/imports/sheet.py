"""A file opened by its mapping: headings, rows, and each needed column as its different texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from attendance.imports import headings, reader
from attendance.imports.cells import Findings
from attendance.imports.parsed import LAYOUTS, NEEDED, Mapping, Source, Unreadable, wanting
from attendance.imports.reader import Distinct
from attendance.imports.values import Bad

T = TypeVar("T")


@dataclass(frozen=True)
class Sheet:
    mapping: Mapping
    titles: list[list[str]]  # the lines above the headings
    names: list[str]
    dated: list[headings.DateColumn]  # of a wide file
    table: reader.Table
    notes: tuple[str, ...] = ()  # what of the file was chosen or left out
    unit: str = "line"  # what the numbers of its rows count

    @cached_property
    def _distinct(self) -> dict[int, Distinct]:
        return {}

    def column(self, number: int) -> Distinct:
        if number not in self._distinct:
            self._distinct[number] = reader.distinct(self.table.columns[number])
        return self._distinct[number]

    def field(self, name: str) -> Distinct | None:
        number = self.mapping.columns.get(name)
        return None if number is None else self.column(number)

    def heading(self, field: str) -> str:
        number = self.mapping.columns.get(field)
        return self.names[number] if number is not None and number < len(self.names) else field


def open_sheet(source: Source, mapping: Mapping) -> Sheet:
    """The rows of a file as its mapping cuts them. Raises Unreadable where file and mapping do not belong together."""
    text = reader.load(source, mapping.encoding)
    top, failure = reader.first_rows(text, mapping.delimiter, mapping.first_data_row - 1)
    if failure is not None:
        raise failure
    heading_rows = top[mapping.header_row - 1 :]
    if len(heading_rows) < mapping.header_rows:
        raise Unreadable("The file ends before its headings do.")
    names = headings.joined(heading_rows)
    _check(mapping, names)
    taken = set(mapping.columns.values())
    dated = [one for one in headings.date_columns(heading_rows) if one.column not in taken] if mapping.layout == "dates" else []
    if mapping.layout == "dates" and not dated:
        raise Unreadable("None of the headings is a date with AM or PM, so no marks were found.")
    wanted = list(dict.fromkeys([*mapping.columns.values(), *(one.column for one in dated)]))
    table = reader.read(text, mapping.delimiter, mapping.first_data_row, len(names), wanted)
    if not table.rows:
        raise Unreadable("The file has headings but no rows below them.")
    return Sheet(mapping, top[: mapping.header_row - 1], names, dated, table, text.notes, text.unit)


def _check(mapping: Mapping, names: list[str]) -> None:
    if mapping.layout not in LAYOUTS:
        raise Unreadable(f"“{mapping.layout}” is not a layout that is read.")
    absent = wanting(mapping.layout, mapping.columns)
    if absent:
        raise Unreadable(f"No column has been chosen for: {', '.join(absent)}.")
    beyond = [column for column in mapping.columns.values() if not 0 <= column < len(names)]
    if beyond:
        raise Unreadable(f"Column {beyond[0] + 1} was chosen, but this file has {len(names)}. Its columns are not those chosen for it.")


def whole_rows(sheet: Sheet, findings: Findings) -> None:
    """Rows whose cells cannot be told apart: longer than the headings, or too short for what is needed."""
    for row in np.flatnonzero(sheet.table.overlong):
        message = (
            f"This row has more cells than there are headings ({len(sheet.names)}). "
            "A value with a comma in it, such as a name, must stand in quotation marks."
        )
        findings.add(row, "", "", message, whole_row=True)
    for refused, reason in sheet.table.refused.items():
        findings.add(refused, "", "", reason, whole_row=True)
    if sheet.table.widths is None:
        return
    for row in np.flatnonzero(sheet.table.widths <= _last_needed(sheet.mapping)):
        message = f"This row is cut short: it has {sheet.table.widths[row]} cells and there are {len(sheet.names)} headings."
        findings.add(row, "", "", message, whole_row=True)


def understood(
    sheet: Sheet, field: str, read: Callable[[str], T], findings: Findings, *, spare: Callable[[], NDArray[np.bool_]] | None = None
) -> tuple[list[T | None], NDArray[np.int64]]:
    """A needed column's values, one for each different text, and which of them each row holds.

    A value that `read` refuses rejects its rows, but those that `spare` names; one in a row that is rejected as a whole already
    is not mentioned again.
    """
    column = sheet.field(field)
    assert column is not None, field  # noqa: S101 - checked when the sheet was opened
    values: list[T | None] = []
    reasons: dict[int, str] = {}
    for number, text in enumerate(column.texts):
        try:
            values.append(read(text))
        except Bad as reason:
            values.append(None)
            reasons[number] = str(reason)
    if reasons:
        heading = sheet.heading(field)
        torn = _torn(sheet)
        refused = np.isin(column.index, list(reasons)) & ~torn
        for row in np.flatnonzero(refused if spare is None else refused & ~spare()):
            text = column.texts[column.index[row]]
            findings.add(row, heading, text, reasons[int(column.index[row])], whole_row=True)
    return values, column.index


def _torn(sheet: Sheet) -> NDArray[np.bool_]:
    """Rows whose cells are not where the headings say, or that were refused before they were rows."""
    torn = sheet.table.overlong.copy()
    torn[list(sheet.table.refused)] = True
    if sheet.table.widths is not None:
        torn |= sheet.table.widths <= _last_needed(sheet.mapping)
    return torn


def _last_needed(mapping: Mapping) -> int:
    fields = NEEDED[mapping.layout] if "upn" in mapping.columns else (*NEEDED[mapping.layout], "dob")
    return max(mapping.columns[field] for field in fields if field in mapping.columns)
