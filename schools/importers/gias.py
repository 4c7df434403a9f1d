"""The national register of schools (Get Information about Schools), establishment fields as CSV. No database.

The file is cp1252 with some 140 columns; those below are read, the rest ignored. Dates are dd-mm-yyyy, in some copies dd/mm/yyyy.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from schools.importers import table
from schools.importers.table import Line, LineProblem

_COLUMNS = """
URN, LA (code), EstablishmentNumber, EstablishmentName, TypeOfEstablishment (code), TypeOfEstablishment (name),
EstablishmentTypeGroup (code), EstablishmentTypeGroup (name), EstablishmentStatus (code), EstablishmentStatus (name),
OpenDate, CloseDate, PhaseOfEducation (code), PhaseOfEducation (name), StatutoryLowAge, StatutoryHighAge, SchoolCapacity,
NumberOfPupils, PercentageFSM, Trusts (code), Trusts (name), AdministrativeWard (code), AdministrativeWard (name), Street,
Locality, Town, Postcode, TelephoneNum, SchoolWebsite, HeadTitle (name), HeadFirstName, HeadLastName
"""
NAMES: Mapping[str, tuple[str, ...]] = {name.strip(): () for name in _COLUMNS.split(",")}
NEEDED = ("URN", "LA (code)", "EstablishmentName")

# by code of TypeOfEstablishment, which says more than the phase: special schools and units have no phase of their own
SPECIAL_TYPES = {"7", "8", "10", "12", "33", "36", "44"}
PRU_TYPES = {"14", "38", "42", "43"}
SIXTEEN_PLUS_TYPES = {"18", "31", "32", "39", "45", "46", "57"}
NURSERY_TYPES = {"15"}
# "Other independent special school" stands in the group of special schools, yet it is an independent school. City technology
# colleges stand among the independent ones, yet penalty notices cover them (Education Act 1996, section 444A).
INDEPENDENT_SPECIAL, CITY_TECHNOLOGY_COLLEGE = "10", "6"
PHASES = {
    "nursery": "nursery",
    "primary": "primary",
    "middle deemed primary": "primary",
    "secondary": "secondary",
    "middle deemed secondary": "secondary",
    "all-through": "all_through",
    "all through": "all_through",
    "16 plus": "sixteen_plus",
}
PHASE_CODES = {
    "1": "nursery", "2": "primary", "3": "primary", "4": "secondary", "5": "secondary", "6": "sixteen_plus", "7": "all_through",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Establishment:
    """One school as the register has it. `fields` holds those of `School` that the file speaks of; trust and ward are (code, name)."""

    line: int
    urn: int
    fields: Mapping[str, Any]
    status: str  # "open", "closed", "proposed"
    trust: tuple[str, str] | None  # None: in none
    ward: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Establishments:
    rows: list[Establishment]
    problems: list[LineProblem]
    columns: frozenset[str]  # of NAMES, found in the file
    ignored: int  # columns not used
    other_authorities: int  # rows left out


def read(content: bytes, *, la_code: str = "") -> Establishments:
    """Every row, or those of one authority."""
    found = table.read(content, NAMES, needed=NEEDED)
    columns = frozenset(found.fields)
    rows: list[Establishment] = []
    problems: list[LineProblem] = []
    seen: dict[int, int] = {}
    others = 0
    for line in found.lines():
        if la_code and line["LA (code)"].zfill(3) != la_code:
            others += 1
            continue
        row = _establishment(line, columns)
        if isinstance(row, Establishment) and row.urn in seen:
            row = LineProblem(line.number, "URN", line["URN"], f"Line {seen[row.urn]} has the same URN")
        if isinstance(row, LineProblem):
            problems.append(row)
        else:
            seen[row.urn] = row.line
            rows.append(row)
    return Establishments(rows, problems, columns, len(found.ignored), others)


def _establishment(line: Line, columns: frozenset[str]) -> Establishment | LineProblem:
    if not (line["URN"].isdecimal() and 5 <= len(line["URN"]) <= 7):
        return LineProblem(line.number, "URN", line["URN"], "A URN is a number of six digits")
    if not line["EstablishmentName"]:
        return LineProblem(line.number, "EstablishmentName", "", "The school has no name")
    opened, closed = table.date_of(line["OpenDate"]), table.date_of(line["CloseDate"])
    for field, value in (("OpenDate", opened), ("CloseDate", closed)):
        if line[field] and value is None:
            return LineProblem(line.number, field, line[field], f"“{line[field]}” is not a date like 01-09-2012")
    if opened and closed and closed < opened:
        return LineProblem(line.number, "CloseDate", line["CloseDate"], "The school closes before it opens")
    return Establishment(
        line=line.number,
        urn=int(line["URN"]),
        fields=_fields(line, columns, opened, closed),
        status=_status(line),
        trust=_pair(line, "Trusts"),
        ward=_pair(line, "AdministrativeWard"),
    )


def _fields(line: Line, columns: frozenset[str], opened: dt.date | None, closed: dt.date | None) -> dict[str, Any]:
    """Fields of `School` whose columns the file has: what it does not speak of stays as it is."""
    told: dict[str, tuple[str, Any]] = {
        "la_code": ("LA (code)", line["LA (code)"].zfill(3)),
        "name": ("EstablishmentName", line["EstablishmentName"]),
        "estab": ("EstablishmentNumber", line["EstablishmentNumber"].zfill(4) if line["EstablishmentNumber"] else ""),
        "type_code": ("TypeOfEstablishment (code)", line["TypeOfEstablishment (code)"]),
        "type_name": ("TypeOfEstablishment (name)", line["TypeOfEstablishment (name)"]),
        "type_group": ("EstablishmentTypeGroup (name)", line["EstablishmentTypeGroup (name)"]),
        "opened": ("OpenDate", opened),
        "closed": ("CloseDate", closed),
        "low_age": ("StatutoryLowAge", _number(line["StatutoryLowAge"])),
        "high_age": ("StatutoryHighAge", _number(line["StatutoryHighAge"])),
        "capacity": ("SchoolCapacity", _number(line["SchoolCapacity"])),
        "number_of_pupils": ("NumberOfPupils", _number(line["NumberOfPupils"])),
        "fsm_percent": ("PercentageFSM", _percent(line["PercentageFSM"])),
        "street": ("Street", line["Street"]),
        "locality": ("Locality", line["Locality"]),
        "town": ("Town", line["Town"]),
        "postcode": ("Postcode", line["Postcode"].upper()),
        "telephone": ("TelephoneNum", line["TelephoneNum"]),
        "website": ("SchoolWebsite", line["SchoolWebsite"]),
        "head_name": ("HeadLastName", " ".join(w for w in _head(line) if w)),
    }
    fields = {field: value for field, (column, value) in told.items() if column in columns}
    if columns & {"PhaseOfEducation (code)", "PhaseOfEducation (name)", "TypeOfEstablishment (code)"}:
        fields["phase"] = _phase(line)
    if columns & {"EstablishmentTypeGroup (code)", "EstablishmentTypeGroup (name)", "TypeOfEstablishment (code)"}:
        fields["independent"] = _independent(line)
    return fields


def _head(line: Line) -> tuple[str, str, str]:
    return line["HeadTitle (name)"], line["HeadFirstName"], line["HeadLastName"]


def _pair(line: Line, column: str) -> tuple[str, str] | None:
    code, name = line[f"{column} (code)"], line[f"{column} (name)"]
    return (code, name or code) if code or name else None


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _percent(text: str) -> Decimal | None:
    try:
        value = round(Decimal(text.rstrip("%")), 1)
    except InvalidOperation:
        return None
    return value if 0 <= value <= 100 else None


def _status(line: Line) -> str:
    name, code = line["EstablishmentStatus (name)"].casefold(), line["EstablishmentStatus (code)"]
    if name == "closed" or (not name and code == "2"):
        return "closed"
    if name == "proposed to open" or (not name and code == "4"):
        return "proposed"
    return "open"  # "Open" and "Open, but proposed to close"


def _independent(line: Line) -> bool:
    type_code = line["TypeOfEstablishment (code)"]
    group = line["EstablishmentTypeGroup (code)"] == "3" or line["EstablishmentTypeGroup (name)"].casefold() == "independent schools"
    return (group and type_code != CITY_TECHNOLOGY_COLLEGE) or type_code == INDEPENDENT_SPECIAL


def _phase(line: Line) -> str:
    type_code = line["TypeOfEstablishment (code)"]
    for types, phase in (
        (SPECIAL_TYPES, "special"),
        (PRU_TYPES, "pru"),
        (SIXTEEN_PLUS_TYPES, "sixteen_plus"),
        (NURSERY_TYPES, "nursery"),
    ):
        if type_code in types:
            return phase
    told = PHASES.get(line["PhaseOfEducation (name)"].casefold()) or PHASE_CODES.get(line["PhaseOfEducation (code)"])
    return told or _phase_of_ages(_number(line["StatutoryLowAge"]), _number(line["StatutoryHighAge"]))


def _phase_of_ages(low: int | None, high: int | None) -> str:
    """Independent schools have no phase in the register; their ages tell."""
    if low is None or high is None:
        return "unknown"
    if low >= 16:
        return "sixteen_plus"
    if high <= 13:
        return "primary"
    return "secondary" if low >= 9 else "all_through"
