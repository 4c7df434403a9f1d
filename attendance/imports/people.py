"""Who a row is about: UPN, school, name, date of birth, year group.

A row whose UPN is missing or is none is about whoever its name and date of birth say, for a person to decide; it is
rejected where they are wanting too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attendance.imports.cells import Findings
from attendance.imports.parsed import Texts, person_key
from attendance.imports.sheet import Sheet, understood
from attendance.imports.values import Bad, read_date, read_name, read_upn, read_urn, read_year_group, tidy
from schools.upn import check_letters

_NOBODY = "The UPN is missing, and there is no name with a date of birth that could stand in for it."
_MOST_QUESTIONS = 20
_MOST_OF_A_UPN = 40  # characters kept of what stands in its place


@dataclass(frozen=True)
class People:
    urn: Texts
    upn: Texts
    upn_number: NDArray[np.int64]  # by row
    sent_upn: Texts
    person: Texts
    surname: Texts
    forename: Texts
    dob: NDArray[np.object_]
    year_group: Texts
    who: NDArray[np.int64]  # a number for each pupil at a school, by row
    questions: list[str]


def read(sheet: Sheet, findings: Findings) -> People:
    urn, urn_number = _texts(sheet, "urn", read_urn)
    surname, forename = _names(sheet)
    dob, dob_number = _texts(sheet, "dob", _dob, None)
    year_group, _ = _texts(sheet, "year_group", read_year_group)
    upns, index = _upns(sheet, findings, surname, dob)
    different = {upn: number for number, upn in enumerate(dict.fromkeys(upns))}
    upn_number = np.array([different[upn] for upn in upns], np.int64)[index]
    upn = _taken([value or "" for value in upns], index)
    questions = _check_letters(different, upn, findings) + _two_birthdays(upn_number, upn, dob_number, dob, findings)
    nameless = np.flatnonzero((upn == "") & ~findings.bad_rows) if None in different else np.zeros(0, np.int64)
    sent_upn, person, person_number = _instead(sheet, nameless, surname, forename, dob)
    who = (urn_number * len(different) + upn_number) * (int(person_number.max(initial=0)) + 1) + person_number
    return People(urn, upn, upn_number, sent_upn, person, surname, forename, dob, year_group, who, questions)


def _upns(sheet: Sheet, findings: Findings, surname: Texts, dob: NDArray[np.object_]) -> tuple[list[str | None], NDArray[np.int64]]:
    """The UPN column's values and which each row holds; none of them where there is no such column."""
    if sheet.field("upn") is not None:
        return understood(sheet, "upn", read_upn, findings, spare=lambda: _described(surname, dob))
    for row in np.flatnonzero(~_described(surname, dob) & ~findings.bad_rows).tolist():
        findings.add(row, "UPN", "", _NOBODY, whole_row=True)
    return [None], np.zeros(sheet.table.rows, np.int64)


def _described(surname: Texts, dob: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Rows that give a name and a date of birth."""
    return np.asarray(surname != "", np.bool_) & np.array([day is not None for day in dob.tolist()], np.bool_)


def _instead(
    sheet: Sheet, rows: NDArray[np.int64], surname: Texts, forename: Texts, dob: NDArray[np.object_]
) -> tuple[Texts, Texts, NDArray[np.int64]]:
    """What stands in place of the UPN, whom its row is about then, and a number for each such person: "" and 0 in all other rows."""
    sent, person = np.full(sheet.table.rows, "", object), np.full(sheet.table.rows, "", object)
    number = np.zeros(sheet.table.rows, np.int64)
    if not rows.size:
        return sent, person, number
    column = sheet.field("upn")
    if column is not None:
        sent[rows] = _taken([tidy(text)[:_MOST_OF_A_UPN] for text in column.texts], column.index)[rows]
    keys: dict[tuple[str, str, str, dt.date], str] = {}
    numbers: dict[str, int] = {}
    for row in rows.tolist():
        said = (sent[row], surname[row], forename[row], dob[row])
        if said not in keys:
            keys[said] = person_key(*said)
        person[row] = keys[said]
        number[row] = numbers.setdefault(keys[said], len(numbers) + 1)
    return sent, person, number


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


def _check_letters(different: Iterable[str | None], upn: Texts, findings: Findings) -> list[str]:
    """UPNs whose first letter does not fit their digits: taken as they are, since schools do use a few such."""
    numbers = [one for one in different if one]
    first = {one: 0 for one, letter in zip(numbers, check_letters(numbers), strict=True) if letter != one[0]}
    if not first:
        return []
    for row, one in enumerate(upn.tolist()):
        if one in first and not first[one]:
            first[one] = int(findings.lines[row])
    return _shortened(
        [
            f"UPN {one} ({findings.unit} {line}) has a first letter that does not fit its digits: it may be mistyped."
            for one, line in sorted(first.items(), key=lambda found: found[1])
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
