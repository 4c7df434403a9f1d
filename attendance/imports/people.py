"""Who a row is about: UPN, school, name, date of birth, year group. Only the UPN can reject a row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attendance.imports.cells import Findings
from attendance.imports.parsed import Texts
from attendance.imports.sheet import Sheet, understood
from attendance.imports.values import Bad, read_date, read_name, read_upn, read_urn, read_year_group, tidy
from schools.upn import check_letter

_MOST_QUESTIONS = 20


@dataclass(frozen=True)
class People:
    urn: Texts
    upn: Texts
    surname: Texts
    forename: Texts
    dob: NDArray[np.object_]
    year_group: Texts
    who: NDArray[np.int64]  # a number for each pupil at a school, by row
    questions: list[str]


def read(sheet: Sheet, findings: Findings) -> People:
    upns, index = understood(sheet, "upn", read_upn, findings)
    different = {upn: number for number, upn in enumerate(dict.fromkeys(upns))}
    upn_number = np.array([different[upn] for upn in upns], np.int64)[index]
    upn = _taken([value or "" for value in upns], index)
    urn, urn_number = _texts(sheet, "urn", read_urn)
    surname, forename = _names(sheet)
    dob, dob_number = _texts(sheet, "dob", _dob, None)
    year_group, _ = _texts(sheet, "year_group", read_year_group)
    questions = _check_letters(upn, findings) + _two_birthdays(upn_number, upn, dob_number, dob, findings)
    return People(urn, upn, surname, forename, dob, year_group, urn_number * len(different) + upn_number, questions)


def _taken(values: list[object], index: NDArray[np.int64]) -> NDArray[np.object_]:
    table = np.empty(len(values), object)
    table[:] = values
    return table[index]


def _texts(sheet: Sheet, field: str, read_one: Callable[[str], object], none: object = "") -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """An optional column: a value for each row, and a number for each different value."""
    column = sheet.field(field)
    if column is None:
        empty = np.empty(sheet.table.rows, object)
        empty[:] = none
        return empty, np.zeros(sheet.table.rows, np.int64)
    values = [read_one(text) for text in column.texts]
    different = {value: number for number, value in enumerate(dict.fromkeys(values))}
    return _taken(values, column.index), np.array([different[value] for value in values], np.int64)[column.index]


def _dob(text: str) -> dt.date | None:
    try:
        return read_date(text)
    except Bad:
        return None


def _plain(text: str) -> str:
    return " ".join(tidy(text).split())


def _names(sheet: Sheet) -> tuple[Texts, Texts]:
    """Surname and forename columns, filled up from a column with the full name."""
    surname, _ = _texts(sheet, "surname", _plain)
    forename, _ = _texts(sheet, "forename", _plain)
    full = sheet.field("name")
    if full is not None:
        pairs = [read_name(text) for text in full.texts]
        surname = np.where(surname == "", _taken([pair[0] for pair in pairs], full.index), surname)
        forename = np.where(forename == "", _taken([pair[1] for pair in pairs], full.index), forename)
    return surname, forename


def _check_letters(upn: Texts, findings: Findings) -> list[str]:
    """UPNs whose first letter does not fit their digits: taken as they are, since schools do use a few such."""
    first: dict[str, int] = {}
    for one in dict.fromkeys(upn.tolist()):
        if one and check_letter(one) != one[0]:
            first[one] = 0
    if not first:
        return []
    for row, one in enumerate(upn.tolist()):
        if one in first and not first[one]:
            first[one] = int(findings.lines[row])
    return _shortened(
        [
            f"UPN {one} ({findings.unit} {line}) has a first letter that does not fit its digits: it may be mistyped."
            for one, line in first.items()
        ]
    )


def _two_birthdays(
    number: NDArray[np.int64], upn: Texts, dob_number: NDArray[np.int64], dob: NDArray[np.object_], findings: Findings
) -> list[str]:
    """One UPN with two dates of birth: two children under one number, most likely."""
    most = int(dob_number.max(initial=0)) + 1
    if most == 1:
        return []
    pairs, first = np.unique(number * most + dob_number, return_index=True)
    given = np.array([upn[row] != "" and dob[row] is not None for row in first], bool)
    pairs, rows = pairs[given] // most, first[given]
    twice = np.flatnonzero(np.diff(pairs) == 0)
    return _shortened(
        [
            f"UPN {upn[rows[i]]} has two dates of birth in this file: "
            f"{findings.unit}s {findings.lines[min(rows[i], rows[i + 1])]} and {findings.lines[max(rows[i], rows[i + 1])]}."
            for i in twice
        ]
    )


def _shortened(sentences: list[str]) -> list[str]:
    if len(sentences) <= _MOST_QUESTIONS:
        return sentences
    return [*sentences[:_MOST_QUESTIONS], f"And {len(sentences) - _MOST_QUESTIONS} more like this."]
