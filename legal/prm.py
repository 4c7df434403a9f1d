"""The yearly return of parental responsibility measures: what is counted, from plain facts. Pure.

Source: DfE, "Parental responsibility measures: attendance census" (guidance and methodology, Explore education statistics): penalty notices
issued and their main reason; paid within 21 days, paid within 28, withdrawn, prosecuted after non-payment, unresolved; attendance case
management; attendance contracts offered and accepted; parenting orders; education supervision orders. A notice is counted in the academic
year of its issue, with what has become of it by the day of the return. What our records do not hold is not recorded, never 0.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from legal.penalty import PAID, PROSECUTED, WITHDRAWN, session_of

NOTICES, BECAME, REASONS, CASES, CONTRACTS, ORDERS = (
    "Penalty notices", "What became of them", "Why they were issued", "Attendance case management", "Attendance contracts", "Orders"
)  # fmt: skip
NOTICE, PARTY, CASE, ORDER = "notice", "party", "case", "order"


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of the return. `of`: what its rows are; `total`: the figure that it is a part of."""

    key: str
    group: str
    title: str
    of: str
    total: str = ""


LINES: tuple[Line, ...] = (
    Line("issued", NOTICES, "Penalty notices issued", NOTICE),
    Line("holiday", REASONS, "Mainly for a holiday in term time", NOTICE, "issued"),
    Line("late", REASONS, "Mainly for arriving after registration had closed", NOTICE, "issued"),
    Line("other", REASONS, "Mainly for other unauthorised absence", NOTICE, "issued"),
    Line("paid_21", BECAME, "Paid within 21 days", NOTICE, "issued"),
    Line("paid_28", BECAME, "Paid within 22 to 28 days", NOTICE, "issued"),
    Line("paid_later", BECAME, "Paid, on another day", NOTICE, "issued"),
    Line("withdrawn", BECAME, "Withdrawn", NOTICE, "issued"),
    Line("prosecuted", BECAME, "Prosecuted after non-payment", NOTICE, "issued"),
    Line("unresolved", BECAME, "Unresolved", NOTICE, "issued"),
    Line("managed", CASES, "Cases at the formal stage, or with a notice asked for", CASE),
    Line("managed_prosecuted", CASES, "of these: prosecuted", CASE, "managed"),
    Line("managed_improved", CASES, "of these: withdrawn, attendance improved", CASE, "managed"),
    Line("managed_other", CASES, "of these: withdrawn for another reason", CASE, "managed"),
    Line("managed_open", CASES, "of these: still open", CASE, "managed"),
    Line("offered", CONTRACTS, "Contracts offered, to a parent each", PARTY),
    Line("accepted", CONTRACTS, "of these: accepted, signed", PARTY, "offered"),
    Line("parenting_made", ORDERS, "Parenting orders made", ORDER),
    Line("parenting_implemented", ORDERS, "Parenting orders carried out", ORDER, "parenting_made"),
    Line("supervision", ORDERS, "Education supervision orders made", ORDER),
)
BY_KEY = {line.key: line for line in LINES}
EARLY, FULL = 21, 28


@dataclass(frozen=True, slots=True)
class NoticeFact:
    pk: int
    state: str
    sessions: Sequence[str]  # "2026-11-09 AM=G"
    receipt: dt.date | None
    paid: dt.date | None


def reason(sessions: Sequence[str]) -> str:
    """The main one: what more of the sessions are than of any other; of as many, the graver is not presumed: other."""
    codes = [said[len(session_of(said)) + 1 :] for said in sessions]
    counts = {"holiday": codes.count("G"), "late": codes.count("U")}
    counts["other"] = len(codes) - sum(counts.values())
    most = max(counts.values())
    of_most = [name for name, count in counts.items() if count == most]
    return of_most[0] if len(of_most) == 1 else "other"


def became(notice: NoticeFact) -> str:
    """The day of receipt is day 1 of 21 and of 28."""
    if notice.state == WITHDRAWN:
        return "withdrawn"
    if notice.state == PROSECUTED:
        return "prosecuted"
    if notice.state != PAID:
        return "unresolved"
    if notice.receipt is None or notice.paid is None:
        return "paid_later"
    day = (notice.paid - notice.receipt).days + 1
    return "paid_21" if day <= EARLY else "paid_28" if day <= FULL else "paid_later"


@dataclass(frozen=True, slots=True)
class CaseFact:
    pk: int
    outcome: str  # "" while it is open


def managed(case: CaseFact, *, prosecuted: str, improved: Sequence[str]) -> str:
    if not case.outcome:
        return "managed_open"
    return "managed_prosecuted" if case.outcome == prosecuted else "managed_improved" if case.outcome in improved else "managed_other"


@dataclass(frozen=True, slots=True)
class PartyFact:
    pk: int
    signed: bool


Return = dict[str, tuple[int, ...] | None]  # by key of a line: the rows; None: not recorded


def count(
    notices: Iterable[NoticeFact],
    cases: Iterable[tuple[CaseFact, str]],
    parties: Iterable[PartyFact],
    orders: dict[str, tuple[int, ...]],
) -> Return:
    """`cases`: each with the line of LINES it belongs to; `orders` by line: one that is not there is not recorded."""
    rows: dict[str, list[int]] = {line.key: [] for line in LINES}
    for notice in notices:
        for key in ("issued", reason(notice.sessions), became(notice)):
            rows[key].append(notice.pk)
    for case, key in cases:
        rows["managed"].append(case.pk)
        rows[key].append(case.pk)
    for party in parties:
        rows["offered"].append(party.pk)
        if party.signed:
            rows["accepted"].append(party.pk)
    found: Return = {key: tuple(pks) for key, pks in rows.items()}
    for line in LINES:
        if line.of == ORDER:
            found[line.key] = orders.get(line.key)
    return found
