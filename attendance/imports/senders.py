"""Which school each row of a file is from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from attendance.imports.parsed import Parsed, Problem, Texts
from attendance.imports.receive import Refused
from schools.models import School

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Headings:
    """What the file calls its columns: problems speak of the columns as sent. The file is asked when the first problem does."""

    def __init__(self, headers: Callable[[], list[str]], columns: Mapping[str, int]) -> None:
        self._read, self._columns = headers, columns

    @cached_property
    def _headers(self) -> list[str]:
        return self._read()

    def _named(self, name: str, default: str) -> str:
        column = self._columns.get(name, -1)
        return self._headers[column] if 0 <= column < len(self._headers) else default

    @property
    def urn(self) -> str:
        return self._named("urn", "URN")

    @property
    def upn(self) -> str:
        return self._named("upn", "UPN")


NO_SCHOOL = "The file has no URN, so it does not say which school it is from. Load it with --school URN, or from the school’s page."


def to_schools(
    parsed: Parsed, school: School | None, headings: Headings, *, from_school: bool = False
) -> tuple[dict[School, Ints], list[Problem]]:
    """Row numbers by school, in the order of URNs, and the rows that belong to none. Raises `Refused` for the whole file.

    `from_school`: a school's own user reads the words, and imports no schools.
    """
    usable = _usable_rows(parsed)
    of_row, sent = different(parsed.urn)
    number = pd.to_numeric(pd.Series(sent, dtype="object"), errors="coerce").to_numpy(np.float64, na_value=np.nan)[of_row]
    blank = np.array([text == "" for text in sent], np.bool_)[of_row]
    named = usable & ~blank
    if school is None and usable.any() and not named.any():
        raise Refused(NO_SCHOOL)
    known = {found.urn: found for found in School.objects.filter(urn__in=_whole_numbers(number[named]))}
    _refuse_unknown(number[named], known, school if from_school else None)
    problems = []
    for row in np.flatnonzero(named & ~np.isin(number, list(known) or [-1])).tolist():
        words = f"“{parsed.urn[row]}” is not a URN. A URN is a number of six figures, on the national register of schools."
        problems.append(problem_of(parsed, row, headings.urn, str(parsed.urn[row]), words))
    if school is None:
        for row in np.flatnonzero(usable & blank).tolist():
            problems.append(problem_of(parsed, row, headings.urn, "", "Enter the URN of the school this row is from."))
        return {known[urn]: np.flatnonzero(named & (number == urn)) for urn in sorted(known)}, problems
    for row in np.flatnonzero(named & np.isin(number, list(known)) & (number != school.urn)).tolist():
        words = f"This row is from {known[int(number[row])]} ({parsed.urn[row]}), and the file was sent for {school} ({school.urn})."
        problems.append(problem_of(parsed, row, headings.urn, str(parsed.urn[row]), words))
    return {school: np.flatnonzero(usable & (blank | (number == school.urn)))}, problems


def different(texts: Texts) -> tuple[Ints, Sequence[str]]:
    """Which of the different texts each row holds, and these. In most files one school's number stands in every row."""
    if len(texts) and (texts == texts[0]).all():
        return np.zeros(len(texts), np.int64), [str(texts[0])]
    of_row, different = pd.factorize(pd.Series(texts, dtype="object"))
    return of_row, different


def _usable_rows(parsed: Parsed) -> Flags:
    usable = np.ones(parsed.rows_read, np.bool_)
    usable[[problem.row for problem in parsed.problems if problem.whole_row]] = False
    return usable


def _whole_numbers(numbers: NDArray[np.float64]) -> list[int]:
    whole = np.unique(numbers[np.isfinite(numbers)])
    return [int(n) for n in whole if n == int(n) and 0 < n < 2**31]


def _refuse_unknown(numbers: NDArray[np.float64], known: dict[int, School], sender: School | None) -> None:
    unknown = [urn for urn in _whole_numbers(numbers) if urn not in known]
    if unknown:
        listed = ", ".join(map(str, unknown[:5])) + (" and more" if len(unknown) > 5 else "")
        if sender is not None:
            raise Refused(
                f"The file gives the URN {listed}, so nothing was loaded. This is not {sender}’s URN, which is {sender.urn}. "
                "Check that it is your register and correct the URN, or ask your contact at the authority."
            )
        raise Refused(
            f"Daymark does not know the school with URN {listed}, so nothing was loaded. "
            "Check the URN; if it is right, import the school first: manage.py import_gias FILE."
        )


def problem_of(parsed: Parsed, row: int, heading: str, value: str, message: str) -> Problem:
    return Problem(row, int(parsed.lines[row]), heading, value, message, whole_row=True)
