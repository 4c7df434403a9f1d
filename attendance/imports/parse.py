"""A file and its mapping become marks and problems: the one way in for every layout."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from attendance.codes import PRESENT_AM, PRESENT_PM
from attendance.imports import dates, days, people, sessions, summaries, weeks
from attendance.imports.cells import Cells, Codes, Explain, Findings, judge, said_once
from attendance.imports.own_codes import explained
from attendance.imports.parsed import ROW_LAYOUTS, Mapping, Parsed, Single, Source, Weeks
from attendance.imports.people import People
from attendance.imports.sheet import Sheet, open_sheet, whole_rows
from attendance.imports.values import Bad, long_day, read_moment, tidy

_READERS: dict[str, Callable[[Sheet, Findings], Cells]] = {
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
    if mapping.layout == "weeks":
        laid = weeks.lay(sheet, findings)
        stand = _whole(laid, mapping, findings, who, today) or _single(weeks.single(laid), sheet, findings, who, today)
    else:
        stand = _single(_READERS[mapping.layout](sheet, findings), sheet, findings, who, today)
    exported_at, questions = _exported_at(sheet, today)
    questions += [*sheet.notes, *who.questions, *_about(stand.marks), *_ahead(stand.closures_ahead, today)]
    return Parsed(
        rows_read=sheet.table.rows,
        lines=sheet.table.lines,
        urn=who.urn,
        upn=who.upn,
        upn_number=who.upn_number,
        sent_upn=who.sent_upn,
        person=who.person,
        surname=who.surname,
        forename=who.forename,
        dob=who.dob,
        year_group=who.year_group,
        marks=stand.marks,
        problems=findings.in_order(),
        questions=questions,
        exported_at=exported_at,
        marks_seen=stand.seen,
        unknown_marks=stand.unknown,
        unit=sheet.unit,
    )


@dataclass(frozen=True)
class _Standing:
    """The marks that may stand, and what was seen on the way to them."""

    marks: Single | Weeks
    seen: dict[str, int]
    unknown: dict[str, int]
    closures_ahead: int


def _whole(laid: weeks.Laid, mapping: Mapping, findings: Findings, who: People, today: dt.date) -> _Standing | None:
    """Whole weeks, where nothing of the file is refused or said one by one; else None."""
    if findings.problems or mapping.own_codes:
        return None
    found = weeks.judge_whole(laid, Codes(mapping.aliases), who.who, today)
    return None if found is None else _Standing(found[0], found[1], {}, found[2])


def _single(cells: Cells, sheet: Sheet, findings: Findings, who: People, today: dt.date) -> _Standing:
    mapping = sheet.mapping
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
    if not keep.all():
        cells, byte = cells.keep(keep), byte[keep]
    return _Standing(Single(cells.row, cells.date, cells.pm, byte), judged.seen, judged.unknown, judged.closures_ahead)


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


def _about(marks: Single | Weeks) -> list[str]:
    """A morning sign in many afternoons: morning and afternoon may have been swapped."""
    if isinstance(marks, Weeks):
        mornings, afternoons = marks.byte[:, ::2], marks.byte[:, 1::2]
    else:
        mornings, afternoons = marks.byte[~marks.pm], marks.byte[marks.pm]
    crossed = np.count_nonzero(afternoons == PRESENT_AM) + np.count_nonzero(mornings == PRESENT_PM)
    present = np.count_nonzero(marks.byte == PRESENT_AM) + np.count_nonzero(marks.byte == PRESENT_PM)
    if crossed * 20 <= present:
        return []
    return [f"{crossed:,} of {present:,} present marks have the sign of the other half of the day: are AM and PM the right way round?"]


def _ahead(closures: int, today: dt.date) -> list[str]:
    if not closures:
        return []
    return [f"Planned closures (#) after {long_day(today)} were left out until their day comes: {closures:,}."]
