"""What a source that is not authoritative says, beside the register: counted, the differing marks listed, nothing written."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from accounts import clock
from attendance import matrix, register, sources
from attendance.codes import BLANK, NO_LONGER_BYTE
from attendance.imports.match import Placed
from attendance.imports.parsed import Parsed, Single
from attendance.imports.senders import Ints
from attendance.matrix import Marks
from attendance.models import Comparison, Extract
from attendance.sources import Choice
from schools.models import School

LISTED = 1000  # differing marks kept on the receipt; all are counted

Differing = dict[str, int | str | bool]
Said = tuple[int, Ints, Marks]  # academic year, enrolments, what is said of them


def split(parsed: Parsed, choices: Sequence[Choice], source: str) -> tuple[Parsed, Parsed | None]:
    """The marks that count and those that are only compared (None where all count), by the dates of their sessions."""
    names = {choice.source for choice in choices}
    if names == {source}:
        return parsed, None  # as nearly always: no mark is looked at
    if source not in names:
        return _only(parsed, np.zeros(0, np.int64)), parsed
    ours = sources.counts(choices, source, parsed.cell_date)
    return (parsed, None) if ours.all() else (_only(parsed, ours), _only(parsed, ~ours))


def _only(parsed: Parsed, cells: NDArray[np.bool_] | NDArray[np.int64]) -> Parsed:
    one = parsed.single
    return dataclasses.replace(parsed, marks=Single(one.row[cells], one.date[cells], one.pm[cells], one.byte[cells]))


def rows_that_count(ours: Parsed, theirs: Parsed, rows: Ints) -> Ints:
    """Those of `rows` that are not only compared: what is, puts nobody on roll and fills in nothing."""
    return rows[_says(ours)[rows] | ~_says(theirs)[rows]]


def rows_compared(theirs: Parsed, rows: Ints) -> Ints:
    return rows[_says(theirs)[rows]]


def _says(parsed: Parsed) -> NDArray[np.bool_]:
    says = np.zeros(parsed.rows_read, np.bool_)
    says[parsed.cell_row] = True
    return says


def joined(placed: Placed, beside: Placed) -> Placed:
    """`placed`, with the pupils and problems of the rows that were only compared; a row's problem is said once."""
    said = {problem.row for problem in placed.problems}
    placed.problems += [problem for problem in beside.problems if problem.row not in said]
    placed.pupils |= beside.pupils
    placed.unmatched |= beside.unmatched
    return placed


def compare(extract: Extract, school: School, choices: Sequence[Choice], rows: Iterable[Said]) -> Comparison:
    """Leave the receipt of a comparison with the register as it stands. One query, whatever the number of years.

    Done again for an extract that was interrupted, it says what holds now. The caller holds the school's lock.
    """
    said = list(rows)
    enrolments = np.unique(np.concatenate([ids for _, ids, _ in said])).tolist()
    held = register.read_years([year for year, _, _ in said], enrolments=enrolments)
    agree = differ = unknown = 0
    listed: list[Differing] = []
    for year, ids, marks in said:
        stands = _aligned(held[year], ids)
        speaks = marks != BLANK
        marks = np.where(marks == NO_LONGER_BYTE, np.uint8(BLANK), marks)
        differs = speaks & (stands != BLANK) & (marks != stands)
        agree += int((speaks & (marks == stands)).sum())
        unknown += int((speaks & (stands == BLANK) & (marks != BLANK)).sum())
        differ += int(differs.sum())
        listed += _differences(year, ids, marks, stands, differs, LISTED - len(listed))
    first, last = _span(said)
    days = np.array([first, last, *(c.start for c in choices if c.start and first < c.start <= last)], "datetime64[D]")
    in_force = {sources.in_force(choices, day) for day in days.tolist()} - {extract.source, ""}
    comparison, _ = Comparison.objects.update_or_create(
        extract=extract,
        school=school,
        defaults={
            "authoritative": ", ".join(sorted(in_force)),
            "at": clock.now(),
            "first_session": first,
            "last_session": last,
            "marks_agree": agree,
            "marks_differ": differ,
            "marks_unknown": unknown,
            "differing": listed,
        },
    )
    return comparison


def _aligned(held: register.Rows, ids: Ints) -> Marks:
    """The registers of `ids` (sorted) in their order, blank where there is none yet. Opens none."""
    marks = matrix.blank(len(ids))
    _, ours, theirs = np.intersect1d(ids, held.enrolments, assume_unique=True, return_indices=True)
    marks[ours] = held.marks[theirs]
    return marks


def _differences(year: int, ids: Ints, said: Marks, stands: Marks, where: NDArray[np.bool_], most: int) -> list[Differing]:
    """The first `most`, by date and session."""
    columns, rows = np.nonzero(where.T)
    found: list[Differing] = []
    for row, column in zip(rows[:most].tolist(), columns[:most].tolist(), strict=True):
        at = matrix.session_at(year, column)
        found.append(
            {
                "enrolment": int(ids[row]),
                "date": at.date.isoformat(),
                "pm": at.pm,
                "said": register.code_of(said[row, column]),
                "stands": register.code_of(stands[row, column]),
            }
        )
    return found


def _span(said: Sequence[Said]) -> tuple[dt.date, dt.date]:
    dates = []
    for year, _, marks in said:
        columns = np.flatnonzero((marks != BLANK).any(axis=0))
        dates += [matrix.session_at(year, int(columns[end])).date for end in (0, -1)]
    return min(dates), max(dates)
