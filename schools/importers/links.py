"""The links file of the national register of schools (Get Information about Schools): which establishment follows which. No database.

A row says what LinkURN is to URN ("Predecessor", "Successor - merged", "Result of Amalgamation"); both sides of a link may have one.
Links that are no succession, such as a shared sixth form, are counted and left.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from schools.importers import table
from schools.importers.table import Line, LineProblem

NAMES: Mapping[str, tuple[str, ...]] = dict.fromkeys(("URN", "LinkURN", "LinkName", "LinkType", "LinkEstablishedDate"), ())


@dataclass(frozen=True, slots=True)
class Link:
    line: int
    predecessor: int  # URN
    successor: int
    kind: str
    since: dt.date | None


@dataclass(frozen=True, slots=True)
class Links:
    rows: list[Link]  # each pair once
    problems: list[LineProblem]
    others: int  # rows that are no succession


def read(content: bytes) -> Links:
    found: dict[tuple[int, int], Link] = {}
    problems: list[LineProblem] = []
    others = 0
    for line in table.read(content, NAMES, needed=("URN", "LinkURN", "LinkType")).lines():
        row = _link(line)
        if row is None:
            others += 1
        elif isinstance(row, LineProblem):
            problems.append(row)
        else:
            pair = (row.predecessor, row.successor)
            if pair not in found or (found[pair].since is None and row.since is not None):
                found[pair] = row
    return Links(list(found.values()), problems, others)


def _link(line: Line) -> Link | LineProblem | None:
    kind = " ".join(line["LinkType"].split())
    before, after = kind.casefold().startswith("predecessor"), kind.casefold().startswith(("successor", "result of amalgamation"))
    if not (before or after):
        return None
    for field in ("URN", "LinkURN"):
        if not (line[field].isdecimal() and 5 <= len(line[field]) <= 7):
            return LineProblem(line.number, field, line[field], "A URN is a number of six digits")
    one, other = int(line["URN"]), int(line["LinkURN"])
    if one == other:
        return LineProblem(line.number, "LinkURN", line["LinkURN"], "A school does not follow itself")
    since = table.date_of(line["LinkEstablishedDate"])
    if line["LinkEstablishedDate"] and since is None:
        return LineProblem(line.number, "LinkEstablishedDate", line["LinkEstablishedDate"], "This is not a date like 01-09-2012")
    return Link(line.number, *((other, one) if before else (one, other)), kind[:60], since)
