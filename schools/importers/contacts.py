"""School contacts as CSV: URN, name, email and perhaps part. No database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from schools.importers import table
from schools.importers.table import LineProblem

NAMES: Mapping[str, tuple[str, ...]] = {
    "urn": ("school urn",),
    "name": ("full name", "contact name", "contact"),
    "email": ("e-mail", "email address"),
    "part": ("role", "as"),
}
PARTS = {
    "": "contact",
    "contact": "contact",
    "single point of contact": "contact",
    "school single point of contact": "contact",
    "attendance lead": "contact",
    "staff": "staff",
    "school staff": "staff",
}


@dataclass(frozen=True, slots=True)
class Row:
    line: int
    urn: int
    name: str
    email: str
    part: str


@dataclass(frozen=True, slots=True)
class Contacts:
    rows: list[Row]
    problems: list[LineProblem]


def read(content: bytes) -> Contacts:
    rows: list[Row] = []
    problems: list[LineProblem] = []
    seen: dict[tuple[int, str], int] = {}
    for line in table.read(content, NAMES, needed=("urn", "name", "email")).lines():
        wrong = []
        if not (line["urn"].isdecimal() and len(line["urn"]) <= 7):
            wrong.append(LineProblem(line.number, "urn", line["urn"], "A URN is a number of six digits"))
        if not line["name"]:
            wrong.append(LineProblem(line.number, "name", "", "The name is missing"))
        if not is_email(line["email"]):
            wrong.append(LineProblem(line.number, "email", line["email"], f"“{line['email']}” is not an email address"))
        if line["part"].casefold() not in PARTS:
            wrong.append(LineProblem(line.number, "part", line["part"], f"“{line['part']}” is not contact or staff"))
        if not wrong:
            row = Row(line.number, int(line["urn"]), line["name"][:120], line["email"].lower(), PARTS[line["part"].casefold()])
            if (row.urn, row.email) in seen:
                first = seen[row.urn, row.email]
                wrong.append(LineProblem(line.number, "email", row.email, f"Line {first} names this person for the same school"))
            else:
                seen[row.urn, row.email] = row.line
                rows.append(row)
        problems += wrong
    return Contacts(rows, problems)


def is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True
