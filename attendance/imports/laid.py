"""The marks of a file laid out for those who write them: each school's own, and those as rows of the register."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from attendance import matrix
from attendance.codes import BLANK
from attendance.imports.match import Placed
from attendance.imports.parsed import Parsed, Single, Weeks
from attendance.imports.senders import Ints, in_groups
from schools.models import School


def cells_of(parsed: Parsed, schools: dict[School, Ints]) -> Callable[[School], Parsed]:
    """The file with the marks of one of its schools alone: sorted by school once, not looked through for each."""
    if len(schools) < 2:
        return lambda school: parsed
    number = np.full(parsed.rows_read, len(schools), np.int32)
    for at, rows in enumerate(schools.values()):
        number[rows] = at
    its = dict(zip(schools, in_groups(number[parsed.marks.row], len(schools)), strict=True))

    def only(school: School) -> Parsed:
        which, marks = its[school], parsed.marks
        if isinstance(marks, Weeks):
            return replace(parsed, marks=marks.only(which))
        return replace(parsed, marks=Single(marks.row[which], marks.date[which], marks.pm[which], marks.byte[which]))

    return only


def by_year(placed: Placed) -> Iterator[tuple[int, Ints, matrix.Marks]]:
    """What is said, as rows of the register: (academic year, enrolments, marks)."""
    if placed.weeks is not None:
        yield from _weeks_by_year(placed.weeks, placed.enrolment)
        return
    if not len(placed.day):
        return
    day = placed.day.astype("datetime64[D]", copy=False)
    first, last = day.min(), day.max()
    for year in matrix.years_between(first.item(), last.item()):
        zero, end = np.datetime64(matrix.year_start(year)), np.datetime64(matrix.year_end(year))
        its: NDArray[np.bool_] | slice = slice(None)
        if first < zero or last > end:
            its = (day >= zero) & (day <= end)
            if not its.any():
                continue
        column = (day[its] - zero).view(np.int64) * 2 + placed.pm[its]
        enrolments, row = _different(placed.enrolment[its])
        said = matrix.blank(len(enrolments))
        said.reshape(-1)[row * matrix.LENGTH + column] = placed.byte[its]
        yield year, enrolments, said


def _weeks_by_year(weeks: Weeks, enrolment: Ints) -> Iterator[tuple[int, Ints, matrix.Marks]]:
    """The same of whole weeks, none of which a pupil has twice: seen as weeks the register takes them all at once."""
    enrolments, row = _different(enrolment)
    years = matrix.years_between(weeks.first.item(), weeks.last.item())
    length = weeks.byte.shape[1]
    for year in years:
        zero, after = matrix.year_start(year), 2 * ((matrix.year_end(year) - matrix.year_start(year)).days + 1)
        column = 2 * (weeks.start - np.datetime64(zero)).view(np.int64)
        its = np.flatnonzero((column > -length) & (column < after)) if len(years) > 1 else slice(None)
        if not len(column[its]):
            continue
        first = int(column[its].min())
        place = (column[its] - first) // length
        laid = np.full((len(enrolments), int(place.max()) + 1, length), BLANK, np.uint8)
        laid[row[its], place] = weeks.byte[its]
        said = matrix.blank(len(enrolments))
        low, high = max(first, 0), min(first + length * laid.shape[1], after)
        said[:, low:high] = laid.reshape(len(enrolments), -1)[:, low - first : high - first]
        if len(years) == 1:
            yield year, enrolments, said
        elif (speaks := said.any(axis=1)).any():
            yield year, enrolments[speaks], said[speaks]


def _different(numbers: Ints) -> tuple[Ints, Ints]:
    """The different numbers, ascending, and which of them each is: counted where they lie close together, else sorted."""
    low, high = int(numbers.min()), int(numbers.max())
    if high - low > 8 * len(numbers) + 1_000_000:
        different, of = np.unique(numbers, return_inverse=True)
        return different, of.reshape(-1)
    there = np.zeros(high - low + 1, np.bool_)
    there[numbers - low] = True
    return np.flatnonzero(there) + low, (np.cumsum(there) - 1)[numbers - low]
