"""The people around schools as CSV: URN, role, name, and perhaps email, phone, job and from. No database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from schools.importers import table
from schools.importers.contacts import is_email
from schools.importers.table import Line, LineProblem
from schools.names import fold

NAMES: Mapping[str, tuple[str, ...]] = {
    "urn": ("school urn",),
    "role": ("as", "part", "place"),
    "name": ("full name", "contact name"),
    "email": ("e-mail", "email address"),
    "phone": ("telephone", "phone number"),
    "job": ("job title", "organisation", "job title and organisation"),
    "from": ("start", "start date", "first day", "since"),
}
ROLES = {
    "senior attendance champion": "champion",
    "attendance champion": "champion",
    "champion": "champion",
    "attendance lead": "attendance_lead",
    "attendance officer": "attendance_lead",
    "named attendance governor": "governor",
    "attendance governor": "governor",
    "governor": "governor",
    "sen contact": "sen",
    "senco": "sen",
    "linked early help worker": "early_help",
    "early help worker": "early_help",
    "early help": "early_help",
    "linked social worker": "social_worker",
    "social worker": "social_worker",
    "school nurse": "nurse",
    "nurse": "nurse",
    "virtual school link": "virtual",
    "virtual school": "virtual",
}
OTHER = "other"  # "Other: Police schools officer"
MOST = 2_000  # rows: some seconds of a web process


@dataclass(frozen=True, slots=True)
class Row:
    line: int
    urn: int
    role: str
    role_words: str
    name: str
    email: str
    phone: str
    job: str
    start: dt.date | None  # None: from the day on which the file is sent


@dataclass(frozen=True, slots=True)
class People:
    rows: list[Row]
    problems: list[LineProblem]
    rows_read: int
    ignored: list[str]


def read(content: bytes) -> People:
    rows: list[Row] = []
    problems: list[LineProblem] = []
    seen: dict[tuple[int, str, str], int] = {}
    found = table.read(content, NAMES, needed=("urn", "role", "name"))
    count = 0
    for count, line in enumerate(found.lines(), 1):
        if count > MOST:
            raise table.UnreadableTable(f"The file has more than {MOST:,} rows. Send it in parts.")
        wrong = _told(line)
        if not wrong:
            row = _row(line)
            key = row.urn, row.role + row.role_words, fold(row.name)
            if key in seen:
                wrong = [LineProblem(line.number, "name", row.name, f"Line {seen[key]} names this person for the same place")]
            else:
                seen[key] = row.line
                rows.append(row)
        problems += wrong
    return People(rows, problems, count, list(found.ignored))


def _role(text: str) -> tuple[str, str]:
    """Which role, and what somebody else is: "Other: Police schools officer". ("", "") if it is none."""
    word, _, words = text.partition(":")
    if word.strip().casefold() == OTHER:
        return (OTHER, words.strip()[:80]) if words.strip() else ("", "")
    return ROLES.get(fold(text), ""), ""


def _told(line: Line) -> list[LineProblem]:
    wrong = []
    if not (line["urn"].isdecimal() and len(line["urn"]) <= 7):
        wrong.append(LineProblem(line.number, "urn", line["urn"], "A URN is a number of six digits"))
    if not _role(line["role"])[0]:
        message = (
            f"“{line['role']}” is no role of the directory. Write Other: and what the person is" if line["role"] else "The role is missing"
        )
        wrong.append(LineProblem(line.number, "role", line["role"], message))
    if not line["name"] or len(line["name"]) > 120:
        wrong.append(LineProblem(line.number, "name", line["name"], "A name has 1 to 120 characters"))
    if line["email"] and not is_email(line["email"]):
        wrong.append(LineProblem(line.number, "email", line["email"], f"“{line['email']}” is not an email address"))
    if len(line["phone"]) > 40 or (line["phone"] and sum(c.isdecimal() for c in line["phone"]) < 6):
        wrong.append(LineProblem(line.number, "phone", line["phone"], f"“{line['phone']}” is not a phone number"))
    if line["from"] and table.date_of(line["from"]) is None:
        wrong.append(LineProblem(line.number, "from", line["from"], f"from “{line['from']}” is not a date like 01/09/2026"))
    return wrong


def _row(line: Line) -> Row:
    role, words = _role(line["role"])
    start = table.date_of(line["from"]) if line["from"] else None
    return Row(line.number, int(line["urn"]), role, words, line["name"], line["email"], line["phone"], line["job"][:160], start)
