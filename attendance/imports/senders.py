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
    # by text, as what follows: a file of many rows has few texts
    number = pd.to_numeric(pd.Series(sent, dtype="object"), errors="coerce").to_numpy(np.float64, na_value=np.nan)
    blank = np.array([text == "" for text in sent], np.bool_)
    named = usable & ~blank[of_row]
    if school is None and usable.any() and not named.any():
        raise Refused(NO_SCHOOL)
    urns = _whole_numbers(number[np.bincount(of_row[named], minlength=len(sent)) > 0])
    known = {found.urn: found for found in School.objects.filter(urn__in=urns)}
    _refuse_unknown(urns, known, school if from_school else None)
    is_known = np.isin(number, list(known) or [-1])
    problems = []
    for row in np.flatnonzero(named & ~is_known[of_row]).tolist():
        words = f"“{parsed.urn[row]}” is not a URN. A URN is a number of six figures, on the national register of schools."
        problems.append(problem_of(parsed, row, headings.urn, str(parsed.urn[row]), words))
    if school is None:
        for row in np.flatnonzero(usable & blank[of_row]).tolist():
            problems.append(problem_of(parsed, row, headings.urn, "", "Enter the URN of the school this row is from."))
        return _by_school([known[urn] for urn in sorted(known)], np.where(named, of_row, -1), number), problems
    ours = number == school.urn
    for row in np.flatnonzero(named & (is_known & ~ours)[of_row]).tolist():
        sender = known[int(number[of_row[row]])]
        words = f"This row is from {sender} ({parsed.urn[row]}), and the file was sent for {school} ({school.urn})."
        problems.append(problem_of(parsed, row, headings.urn, str(parsed.urn[row]), words))
    return {school: np.flatnonzero(usable & (blank | ours)[of_row])}, problems


def _by_school(schools: list[School], of_row: Ints, number: NDArray[np.float64]) -> dict[School, Ints]:
    """Rows by school, in their order, found for all schools at once. `of_row`: which of the texts, whose numbers these are; -1 for none."""
    place = np.full(len(number) + 1, -1)  # the last for -1
    for at, school in enumerate(schools):
        place[:-1][number == school.urn] = at
    return dict(zip(schools, in_groups(place[of_row], len(schools)), strict=True))


def in_groups(of: Ints, groups: int) -> list[Ints]:
    """The places of each group's number, ascending, sorted once for all groups; other numbers belong to none."""
    order = np.argsort(of, kind="stable")
    bounds = np.searchsorted(of[order], range(groups + 1)).tolist()
    return [order[bounds[at] : bounds[at + 1]] for at in range(groups)]


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


def _refuse_unknown(urns: list[int], known: dict[int, School], sender: School | None) -> None:
    unknown = [urn for urn in urns if urn not in known]
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
