"""A file of what happened before Daymark: its columns by kind, each row read or refused with what to do. No database.

The columns of each kind are described in docs/operate.md; `COLUMNS` is what they are read by.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from schools import names, upn
from schools.importers import table
from schools.importers.table import Line, LineProblem

WHY = "reason"  # the column in which a refused row comes back

_CHILD: Mapping[str, tuple[str, ...]] = {
    "upn": ("unique pupil number",),
    "child_surname": ("pupil surname",),
    "child_forename": ("pupil forename", "child first name"),
    "child_dob": ("child date of birth", "pupil dob", "pupil date of birth"),
}
_PARENT: Mapping[str, tuple[str, ...]] = {
    "parent_surname": (),
    "parent_forename": ("parent first name",),
    "parent_dob": ("parent date of birth",),
    "address": ("parent address",),
    "postcode": ("parent postcode",),
}
_PERIOD: Mapping[str, tuple[str, ...]] = {"offence_from": ("period from",), "offence_to": ("period to",)}
_REST: Mapping[str, tuple[str, ...]] = {"reference": ("number",), "words": ("notes", "note")}
COLUMNS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "notices": {
        **_CHILD,
        **_PARENT,
        "issued": ("date issued", "issue date"),
        "outcome": ("state", "status"),
        "issued_by": ("issuer",),
        "issuer_name": ("authority",),
        "amount": (),
        **_PERIOD,
        **_REST,
    },
    "cases": {**_CHILD, "opened": (), "closed": (), "what": ("stage",), **_REST},
    "contracts": {**_CHILD, **_PARENT, "begun": ("from", "offered"), "ended": ("until",), "what": ("state",), **_REST},
    "orders": {**_CHILD, **_PARENT, "made": ("from", "date"), "ended": ("until",), "what": ("order",), **_REST},
    "prosecutions": {
        **_CHILD,
        **_PARENT,
        "laid": ("date", "information laid"),
        "ended": ("decided",),
        "what": ("offence",),
        **_PERIOD,
        **_REST,
    },
    "addresses": {**_CHILD, **_PARENT, "from": (), "until": (), **_REST},
}
NEEDED: Mapping[str, tuple[str, ...]] = {
    "notices": ("parent_surname", "issued", "outcome", "issued_by"),
    "cases": ("opened",),
    "contracts": ("parent_surname", "begun", "what"),
    "orders": ("made", "what"),
    "prosecutions": ("parent_surname", "laid", "what"),
    "addresses": ("parent_surname", "address", "from"),
}
_DAY = {"notices": "issued", "cases": "opened", "contracts": "begun", "orders": "made", "prosecutions": "laid", "addresses": "from"}
_END = {"cases": "closed", "contracts": "ended", "orders": "ended", "prosecutions": "ended", "addresses": "until"}
_DAYS = ("child_dob", "parent_dob", "offence_from", "offence_to")
_LONGEST = {
    "child_surname": 100,
    "child_forename": 100,
    "parent_surname": 100,
    "parent_forename": 100,
    "address": 300,
    "postcode": 10,
    "what": 120,
    "issuer_name": 120,
    "reference": 60,
    "words": 4000,
}
OUTCOMES = {
    "paid": "paid",
    "live": "live",
    "issued": "live",
    "unpaid": "live",
    "outstanding": "live",
    "withdrawn": "withdrawn",
    "guilty": "convicted",
    "convicted": "convicted",
    "not guilty": "acquitted",
    "acquitted": "acquitted",
    "prosecuted": "prosecuted",
}
ISSUERS = {
    "this authority": "authority",
    "authority": "authority",
    "us": "authority",
    "other authority": "other",
    "another authority": "other",
    "other": "other",
    "head teacher": "head",
    "headteacher": "head",
    "head": "head",
    "school": "head",
    "police": "police",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row that can be kept: the columns of `legal.HistoricRecord`, and its line."""

    line: int
    values: Mapping[str, Any]
    key: str  # what makes it the same thing when it comes again

    def __getitem__(self, name: str) -> Any:
        return self.values.get(name)


@dataclass(slots=True)
class File:
    kind: str
    rows: list[Row]
    problems: list[LineProblem]
    rows_read: int
    ignored: list[str]
    header: list[str]
    lines: dict[int, Mapping[str, str]] = field(default_factory=dict)  # as they were sent, for those that come back

    def rejected(self, problems: Iterable[LineProblem]) -> str:
        """The refused rows as a file of the same columns, with what is wrong in the last one; "" where there are none."""
        why: dict[int, list[str]] = {}
        for problem in problems:
            why.setdefault(problem.line, []).append(f"{problem.field}: {problem.message}")
        if not why:
            return ""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow([*self.header, WHY])
        for line in sorted(why):
            sent = self.lines.get(line, {})
            writer.writerow([*(sent.get(name, "") for name in self.header), "; ".join(why[line])])
        return out.getvalue()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def read(content: bytes, kind: str, *, today: dt.date) -> File:
    """Raises `UnreadableTable` where nothing can be read."""
    found = table.read(content, COLUMNS[kind], needed=NEEDED[kind])
    ignored = [name for name in found.ignored if name.casefold() != WHY]  # a file that came back is sent again
    result = File(kind, [], [], 0, ignored, list(found.fields))
    seen: dict[str, list[tuple[int, Mapping[str, Any]]]] = {}
    for line in found.lines():
        result.rows_read += 1
        result.lines[line.number] = line.values
        problems: list[LineProblem] = []
        values = _values(line, kind, today, problems)
        row = Row(line.number, values, key_of(kind, values)) if not problems else None
        if row and (twice := next((n for n, of in seen.get(row.key, []) if not two(of, values)), None)):
            message = f"Line {twice} says the same. Take one away{', or give each its own reference' if kind == 'notices' else ''}"
            problems.append(LineProblem(line.number, _DAY[kind], line[_DAY[kind]], message))
        elif row:
            seen.setdefault(row.key, []).append((line.number, values))
            result.rows.append(row)
        result.problems += problems
    return result


def two(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Are two notices of one day to one parent for one child two, and not one told twice? Only where one issuer gave them two numbers."""
    issuers = [(said.get("issuer"), names.fold(said.get("issuer_name") or "")) for said in (one, other)]
    numbers = [names.fold(said.get("reference") or "") for said in (one, other)]
    return issuers[0] == issuers[1] and all(numbers) and numbers[0] != numbers[1]


def second_key(key: str, values: Mapping[str, Any]) -> str:
    """Of a notice that came with, or after, another of the same day."""
    return hashlib.sha256(f"{key}\n{names.fold(values['reference'])}".encode()).hexdigest()


def key_of(kind: str, values: Mapping[str, Any]) -> str:
    """Of the same child, person and day it is the same thing, however its other words are put."""
    child = values.get("upn") or f"{values.get('child_key', '')}|{values.get('child_dob') or ''}"
    parent = names.sort_key(values.get("parent_surname", ""), values.get("parent_forename", ""))
    last = names.fold(values.get("address", "")) if kind == "addresses" else names.fold(values.get("what", ""))
    parts = [kind, child, parent, values["day"].isoformat(), "" if kind == "notices" else last]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _values(line: Line, kind: str, today: dt.date, problems: list[LineProblem]) -> dict[str, Any]:
    def wrong(name: str, message: str) -> None:
        problems.append(LineProblem(line.number, name, line[name], message))

    values: dict[str, Any] = {}
    for name, longest in _LONGEST.items():
        values[name] = line[name]
        if len(line[name]) > longest:
            wrong(name, f"Keep this to {longest} characters")
    for name in NEEDED[kind]:
        if not line[name]:
            wrong(name, "This is needed: fill it in")
    for name, of in ((_DAY[kind], "day"), (_END.get(kind, ""), "until"), *((name, name) for name in _DAYS)):
        if name and line[name]:
            values[of] = _day(line, name, today, wrong, to_come=of == "until")
    _in_order(values, "day", "until", _END.get(kind, ""), wrong)
    _in_order(values, "offence_from", "offence_to", "offence_to", wrong)
    _in_order(values, "offence_to", "day", "offence_to", wrong, "The offence cannot end after this was issued or laid: correct the day")
    if bool(line["offence_from"]) != bool(line["offence_to"]):
        wrong("offence_to" if line["offence_from"] else "offence_from", "The period needs its first and its last day")
    _child(line, kind, values, wrong)
    if kind == "notices":
        _notice(line, values, wrong)
    values["postcode"] = values["postcode"].upper()
    values["child_key"] = names.sort_key(values["child_surname"], values["child_forename"]) if values["child_surname"] else ""
    return values


_Wrong = Callable[[str, str], None]


def _day(line: Line, name: str, today: dt.date, wrong: _Wrong, *, to_come: bool) -> dt.date | None:
    found = table.date_of(line[name])
    if found is None:
        wrong(name, f"“{line[name]}” is not a date like 01/09/2026")
    elif found > today and not to_come:
        wrong(name, "This day is still to come: correct the date")
    return found


def _in_order(
    values: Mapping[str, Any],
    first: str,
    last: str,
    column: str,
    wrong: _Wrong,
    why: str = "This is before its beginning: correct one of the two",
) -> None:
    start, end = values.get(first), values.get(last)
    if start and end and end < start:
        wrong(column, why)


def _child(line: Line, kind: str, values: dict[str, Any], wrong: _Wrong) -> None:
    """By UPN, or by full name and day of birth; of an address the parent's own day of birth will do."""
    values["upn"] = upn.tidy(line["upn"])
    if values["upn"]:
        if problem := upn.why_not(values["upn"]):
            wrong("upn", problem)
        return
    named = values["child_surname"] and values["child_forename"] and line["child_dob"]
    if not named and not (kind == "addresses" and line["parent_dob"]):
        wrong("upn", "Say which child: a UPN, or surname, forename and date of birth")


def _notice(line: Line, values: dict[str, Any], wrong: _Wrong) -> None:
    outcome, issuer = OUTCOMES.get(line["outcome"].casefold()), ISSUERS.get(line["issued_by"].casefold())
    if line["outcome"] and outcome is None:
        wrong("outcome", f"“{line['outcome']}” is none of: paid, live, withdrawn, guilty, not guilty, prosecuted")
    if line["issued_by"] and issuer is None:
        wrong("issued_by", f"“{line['issued_by']}” is none of: this authority, other authority, head teacher, police")
    if issuer == "other" and not line["issuer_name"]:
        wrong("issuer_name", "Name the other authority")
    amount = line["amount"].lstrip("£").removesuffix(".00")
    if amount and not (amount.isdecimal() and len(amount) < 5):
        wrong("amount", "Write whole pounds, like 80")
    pounds = int(amount) if amount.isdecimal() and len(amount) < 5 else None
    values |= {"outcome": outcome or "", "issuer": issuer or "", "issuer_name": line["issuer_name"], "amount": pounds}


def template(kind: str) -> str:
    """The first line of a file of this kind."""
    return ",".join(COLUMNS[kind]) + "\r\n"
