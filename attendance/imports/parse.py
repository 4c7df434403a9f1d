"""A file and its mapping become marks and problems: the one way in for every layout."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import numpy as np

from attendance.codes import PRESENT_AM, PRESENT_PM
from attendance.imports import dates, days, people, sessions, summaries, weeks
from attendance.imports.cells import Cells, Codes, Explain, Findings, judge, said_once
from attendance.imports.own_codes import explained
from attendance.imports.parsed import ROW_LAYOUTS, Mapping, Parsed, Source
from attendance.imports.sheet import Sheet, open_sheet, whole_rows
from attendance.imports.values import Bad, long_day, read_moment, tidy

_READERS: dict[str, Callable[[Sheet, Findings], Cells]] = {
    "weeks": weeks.read,
    "sessions": sessions.read,
    "dates": dates.read,
    "days": days.read,
}


def parse(source: Source, mapping: Mapping, *, today: dt.date) -> Parsed:
    """Every mark of a file that may stand, and a problem with its line for everything else.

    Raises Unreadable, with a sentence for the sender, if the file cannot be cut into the columns of the mapping.
    """
    if mapping.layout == "summary":
        return summaries.parse(source, mapping, today=today)
    sheet = open_sheet(source, mapping)
    findings = Findings(sheet.table.lines, sheet.unit)
    whole_rows(sheet, findings)
    who = people.read(sheet, findings)
    cells = _READERS[mapping.layout](sheet, findings)
    if mapping.own_codes:
        cells = explained(cells, who.urn, mapping.own_codes)
    describe = _describer(sheet)
    whole = mapping.layout in ROW_LAYOUTS
    judged = judge(cells, Codes(mapping.aliases), today, findings, describe, whole_row=whole)
    cells, byte = judged.cells, judged.byte
    if findings.bad_rows.any():
        standing = ~findings.bad_rows[cells.row]
        cells, byte = cells.keep(standing), byte[standing]
    keep = said_once(cells, byte, who.who, findings, describe, whole_row=whole)
    if findings.bad_rows.any():
        keep &= ~findings.bad_rows[cells.row]
    exported_at, questions = _exported_at(sheet, today)
    questions += [*sheet.notes, *who.questions, *_about(cells, byte), *_ahead(judged.closures_ahead, today)]
    if not keep.all():
        cells, byte = cells.keep(keep), byte[keep]
    return Parsed(
        rows_read=sheet.table.rows,
        lines=sheet.table.lines,
        urn=who.urn,
        upn=who.upn,
        sent_upn=who.sent_upn,
        person=who.person,
        surname=who.surname,
        forename=who.forename,
        dob=who.dob,
        year_group=who.year_group,
        cell_row=cells.row,
        cell_date=cells.date,
        cell_pm=cells.pm,
        cell_byte=byte,
        problems=findings.in_order(),
        questions=questions,
        exported_at=exported_at,
        marks_seen=judged.seen,
        unknown_marks=judged.unknown,
        unit=sheet.unit,
    )


def _describer(sheet: Sheet) -> Explain:
    """The heading a mark stands under; for a week string, also which of its sessions is meant."""
    if sheet.mapping.layout == "weeks":
        heading = sheet.heading("week_marks")
        return lambda _row, place, day: (heading, weeks.describe(place, day))
    named = {one.column: one.heading for one in sheet.dated}
    return lambda _row, place, _day: (named.get(place) or sheet.names[place], "")


# --- what a file says about itself -----------------------------------------------------------------------------------

_EXPORT_TITLE = re.compile(
    r"\b(?:export|extract|generat|produc|creat|print|report|run)\w*\b[^0-9]{0,40}?"
    r"(?P<when>(?:(?:mon|tue|wed|thu|fri|sat|sun)\w*,?\s+)?\d[^,;|]*?\d{1,2}:\d{2}(?::\d{2})?\s*(?:[ap]m|Z|[+-]\d{2}:?\d{2})?)",
    re.I,
)


def _exported_at(sheet: Sheet, today: dt.date) -> tuple[dt.datetime | None, list[str]]:
    """The moment the school's system wrote the file, if a column or a line above the headings gives one and only one."""
    column = sheet.field("exported_at")
    if column is not None:
        told = {tidy(text) for text in column.texts} - {""}
    else:
        lines = (" ".join(cell.strip() for cell in row if cell.strip()) for row in sheet.titles)
        told = {found["when"].strip() for line in lines for found in _EXPORT_TITLE.finditer(line)}
    moments = set()
    for text in told:
        try:
            moments.add(read_moment(text))
        except Bad:
            return None, []
    if len(moments) != 1:
        return None, []
    moment = moments.pop()
    if moment.date() > today:
        return None, [f"The file says it was exported on {long_day(moment.date())}, which is in the future: that was not used."]
    return moment, []


def _about(cells: Cells, byte: np.ndarray) -> list[str]:
    """A morning sign in many afternoons: morning and afternoon may have been swapped."""
    if not len(byte):
        return []
    crossed = int((((byte == PRESENT_AM) & cells.pm) | ((byte == PRESENT_PM) & ~cells.pm)).sum())
    present = int(((byte == PRESENT_AM) | (byte == PRESENT_PM)).sum())
    if crossed * 20 <= present:
        return []
    return [f"{crossed:,} of {present:,} present marks have the sign of the other half of the day: are AM and PM the right way round?"]


def _ahead(closures: int, today: dt.date) -> list[str]:
    if not closures:
        return []
    return [f"Planned closures (#) after {long_day(today)} were left out until their day comes: {closures:,}."]
