"""A school's calendar as CSV: kind (term or closed), start, end, name. No database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from schools.importers import table
from schools.importers.table import Line, LineProblem

NAMES = {
    "kind": ("type",),
    "start": ("start date", "from", "first day"),
    "end": ("end date", "to", "last day"),
    "name": ("description", "title"),
}
KINDS = {"term": "term", "closed": "closed", "closure": "closed", "inset": "closed"}


@dataclass(frozen=True, slots=True)
class Row:
    line: int
    kind: str
    start: dt.date
    end: dt.date
    name: str


@dataclass(frozen=True, slots=True)
class Calendar:
    rows: list[Row]
    problems: list[LineProblem]


def read(content: bytes) -> Calendar:
    rows: list[Row] = []
    problems: list[LineProblem] = []
    for line in table.read(content, NAMES, needed=("kind", "start", "end", "name")).lines():
        start, end = table.date_of(line["start"]), table.date_of(line["end"])
        kind = KINDS.get(line["kind"].casefold())
        if not (kind and start and end and line["name"]):
            problems += _told(line, kind, start, end)
            continue
        if end < start:
            problems.append(LineProblem(line.number, "end", line["end"], "The end is before the start"))
            continue
        row = Row(line.number, kind, start, end, line["name"][:60])
        twin = next((other for other in rows if (other.kind, other.start) == (row.kind, row.start)), None)
        if twin:
            problems.append(LineProblem(line.number, "start", line["start"], f"Line {twin.line} starts on the same day"))
            continue
        rows.append(row)
    return Calendar(rows, problems)


def _told(line: Line, kind: str | None, start: dt.date | None, end: dt.date | None) -> list[LineProblem]:
    wrong = [] if kind else [LineProblem(line.number, "kind", line["kind"], f"“{line['kind']}” must be term or closed")]
    for field, date in (("start", start), ("end", end)):
        if date is None:
            wrong.append(LineProblem(line.number, field, line[field], f"{field} “{line[field]}” is not a date like 01/09/2026"))
    if not line["name"]:
        wrong.append(LineProblem(line.number, "name", "", "The name is missing"))
    return wrong
