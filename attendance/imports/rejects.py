"""What was not taken, as a file of the same shape with the reasons, to correct and send again.

A rejected row comes back as it was sent. Of a row with some bad marks only those come back, the others blank: a blank
says nothing, so the corrected file completes the load without touching what already stands.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator

from attendance.imports import headings, reader, translate, weeks
from attendance.imports.foreign import REASON, Rejects
from attendance.imports.parsed import ROW_LAYOUTS, Mapping, Problem, Source, Text, Unreadable

_STRAIGHT = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "…": "...", "–": "-"})
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_SAID_NOTHING = "_"  # nothing said; unlike "-" no spreadsheet takes a string of it for a formula


def returned_suffix(mapping: Mapping) -> str:
    """How the name of the returned file ends: in its sender's own format where that is one we write."""
    one = translate.by_kind(mapping.kind)
    return ".csv" if one is None else one.returned_suffix


def rejected_file(source: Source, mapping: Mapping, problems: Iterable[Problem]) -> bytes:
    """The rows named by `problems` (by line), under the headings as sent, with one more column that says why.

    A file that was translated goes back in its own format.
    """
    text = reader.load(source, mapping.encoding)
    by_line: dict[int, list[Problem]] = {}
    for problem in problems:
        by_line.setdefault(problem.line, []).append(problem)
    top, failure = reader.first_rows(text, mapping.delimiter, mapping.first_data_row - 1)
    if failure is not None or len(top) < mapping.first_data_row - 1:
        raise failure or Unreadable("The file ends before its headings do.")
    reasons = {line: _reason(found) for line, found in by_line.items()}
    rows = _rows(text, mapping, top, by_line, reasons)
    one = translate.by_kind(text.kind)
    if one is not None and one.returned is not None:
        return one.returned(Rejects(reader.contents(text.origin), rows, by_line, reasons))
    out = io.StringIO(newline="")
    ending = "\r\n" if b"\r\n" in text.utf8[:100_000] else "\n"
    writer = csv.writer(out, delimiter=mapping.delimiter, lineterminator=ending)
    writer.writerows(map(guarded, row) for row in rows)
    # a spreadsheet takes a file without a mark for its own old encoding: fair only for plain ASCII or as it was sent
    bom = text.bom or text.encoding != "utf-8"
    return (b"\xef\xbb\xbf" if bom else b"") + out.getvalue().encode()


def _reason(found: list[Problem]) -> str:
    return " ".join(dict.fromkeys(problem.message for problem in found)).translate(_STRAIGHT)


def _rows(
    text: Text, mapping: Mapping, top: list[list[str]], by_line: dict[int, list[Problem]], reasons: dict[int, str]
) -> Iterator[list[str]]:
    """The lines down to the headings, then each row to correct, with its reason."""
    heading_rows = top[mapping.header_row - 1 :]
    marks = _mark_columns(mapping, heading_rows)
    at, again = _reason_column(heading_rows)
    yield from top[:-1]
    yield _with(top[-1], at, again, REASON)
    for place, row in enumerate(reader.rows(text, mapping.delimiter)):
        line = place + 1 if text.numbers is None else int(text.numbers[place])
        if place + 1 >= mapping.first_data_row and line in by_line:
            found = by_line[line]
            if not any(problem.whole_row for problem in found):
                row = _only(row, mapping, marks, {p.cell for p in found if p.cell is not None})
            yield _with(row, at, again, reasons[line])


def guarded(cell: str) -> str:
    """A cell no spreadsheet runs as a formula. Reading takes the apostrophe off again, so nothing is lost on the way back.

    One character alone is no formula, and may be a mark. Control characters show as question marks: a file of them
    could not be read again.
    """
    cell = _CONTROL.sub("?", cell)
    return f"'{cell}" if len(cell) > 1 and cell.startswith(_FORMULA) else cell


def _mark_columns(mapping: Mapping, heading_rows: list[list[str]]) -> list[int]:
    if mapping.layout == "dates":
        taken = set(mapping.columns.values())
        return [one.column for one in headings.date_columns(heading_rows) if one.column not in taken]
    return []


def _reason_column(heading_rows: list[list[str]]) -> tuple[int, bool]:
    """Where reasons go: after the last heading, or (True) where a file that was returned before has them already."""
    width = max(map(len, heading_rows))
    last = heading_rows[-1]
    again = len(last) == width and headings.key(last[-1]) == headings.key(REASON)
    return (width - 1 if again else width), again


def _with(row: list[str], at: int, again: bool, value: str) -> list[str]:
    """The row with `value` in column `at`; what it has beyond its headings stays, after it."""
    filled = [*row, *[""] * (at - len(row))]
    return [*filled[:at], value, *filled[at + again :]]


def _only(row: list[str], mapping: Mapping, marks: list[int], bad: set[int]) -> list[str]:
    """The row with its bad marks alone."""
    if mapping.layout in ROW_LAYOUTS:
        return row
    if mapping.layout == "dates":
        blank = set(marks) - bad
        return ["" if column in blank else cell for column, cell in enumerate(row)]
    column = mapping.columns["week_marks"]
    return [_only_week(cell, mapping, bad) if number == column else cell for number, cell in enumerate(row)]


def _only_week(cell: str, mapping: Mapping, bad: set[int]) -> str:
    sent = weeks.cut(cell)
    kept = [_SAID_NOTHING] * (weeks.WEEKDAYS_ONLY if len(sent) == weeks.WEEKDAYS_ONLY else weeks.FULL)
    for position, place in enumerate(weeks.places(len(sent), mapping.first_day)):
        if place in bad:
            kept[position] = sent[position]
    return "".join(kept)
