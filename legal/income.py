"""What a payment that the income system reports is: exactly what was due, or why a person has to look at it. Pure.

Sources: EA 1996 s.444A(4) (payment discharges liability) and SI 2007/1867 regs 4 and 7 as amended (how much, until when; after that
the authority prosecutes or withdraws). A notice is paid in one sum, so one that is short is no payment, and two short ones do not add up
to one (docs/rules.md). What is not exact is never recorded by itself: a person accepts it, gives it back or matches it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from legal.penalty import ISSUED, PAID, PROSECUTED, WITHDRAWN, Deadlines, written

EXACT = ""
SHORT, OVER, LATE, TWICE, UNKNOWN = "short", "over", "late", "twice", "unknown"
WITHDRAWN_NOTICE, NOT_SERVED, BEFORE, TO_COME = "withdrawn", "not_served", "before", "to_come"
AT_COURT = "at_court"
TITLES = {
    SHORT: "Less than was due",
    OVER: "More than was due",
    LATE: "After the last day to pay",
    TWICE: "Paid already",
    UNKNOWN: "No notice of this reference",
    WITHDRAWN_NOTICE: "The notice is withdrawn",
    NOT_SERVED: "The notice is not recorded as served",
    BEFORE: "Before the notice was served",
    TO_COME: "Its day is still to come",
    AT_COURT: "In time, but already prosecuted",
}
COLUMNS = {
    "reference": ("ref", "notice", "notice number", "pcn", "account reference"),
    "amount": ("paid", "value", "amount paid", "payment amount"),
    "date": ("day", "payment date", "date paid", "transaction date"),
    "transaction": ("transaction id", "transaction reference", "receipt", "receipt number"),
}
_REFERENCE = re.compile(r"^(PN|PP)[\s-]*0*(\d{1,9})$")


@dataclass(frozen=True, slots=True)
class Row:
    """One payment as it was read."""

    line: int
    reference: str
    pence: int
    day: dt.date
    transaction: str = ""


@dataclass(frozen=True, slots=True)
class Owed:
    """A notice as a payment meets it."""

    reference: str
    state: str
    issued: dt.date
    served: dt.date | None
    deadlines: Deadlines | None
    settled: dt.date | None = None  # the day it was paid or withdrawn


@dataclass(frozen=True, slots=True)
class Verdict:
    why: str
    words: str
    again: bool = False  # an earlier file, or an earlier line, has brought this very payment


def reference_of(text: str) -> str:
    """As ours is written, however it was typed: "pn 12" is PN000012. "" where it is none of ours."""
    found = _REFERENCE.match(text.strip().upper())
    return f"{found[1]}{int(found[2]):06d}" if found else ""


def pence_of(text: str) -> int | None:
    """Whole pence of "80", "£80.00" or "1,160.50"; None where it is no amount of money above nothing."""
    try:
        amount = Decimal(text.strip().removeprefix("£").replace(",", "")) * 100
    except InvalidOperation:
        return None
    return int(amount) if amount.is_finite() and amount == amount.to_integral_value() and 0 < amount < 10**8 else None


def pounds(pence: int) -> str:
    return f"£{pence // 100}" if pence % 100 == 0 else f"£{pence / 100:.2f}"


def keys(rows: Sequence[Row]) -> list[str]:
    """What tells each payment from every other. Of rows without a transaction that are the same, each counts: the second is the
    second payment, and the same file sent again brings neither anew."""
    seen: Counter[str] = Counter()
    found = []
    for row in rows:
        key = f"{reference_of(row.reference) or row.reference.strip().upper()}|{row.day.isoformat()}|{row.pence}|{row.transaction.strip()}"
        seen[key] += 1
        found.append(key if row.transaction.strip() or seen[key] == 1 else f"{key}|{seen[key]}")
    return found


def judge(pence: int, day: dt.date, owed: Owed | None, today: dt.date) -> Verdict:
    """Is it exactly what was due on its day?"""
    if owed is None:
        return Verdict(UNKNOWN, "No notice has this reference. Match it to the right one, or pass it back to the income team.")
    name = owed.reference
    if owed.state == WITHDRAWN:
        gone = f" on {written(owed.settled)}" if owed.settled else ""
        return Verdict(WITHDRAWN_NOTICE, f"{name} was withdrawn{gone}: nothing is owed for it. Give the money back.")
    if owed.state == PAID:
        on = f" on {written(owed.settled)}" if owed.settled else ""
        return Verdict(TWICE, f"{name} was paid{on} already. Give the money back, or match it to another notice.")
    if day > today:
        return Verdict(TO_COME, f"{written(day)} is still to come: check the day in the income system.")
    if owed.deadlines is None or owed.state == ISSUED:
        return Verdict(
            NOT_SERVED, f"How and when {name} was served is not recorded: what is due depends on it. Record it, then accept this."
        )
    if day < owed.issued or (owed.served and day < owed.served):
        return Verdict(
            BEFORE, f"{name} was served on {written(owed.served or owed.issued)}: it cannot have been paid before. Check the day."
        )
    due = owed.deadlines.owed_on(day)
    if due is None:
        last = written(owed.deadlines.last_full)
        return Verdict(LATE, f"The last day to pay {name} was {last}. It is prosecuted or withdrawn: give the money back.")
    if pence < due * 100:
        return Verdict(
            SHORT,
            f"£{due} was due for {name} on {written(day)}, {pounds(pence)} was paid. A notice is paid in one sum: part payments are not "
            "possible. Give the money back, unless it was paid on an earlier day.",
        )
    if pence > due * 100:
        return Verdict(
            OVER, f"£{due} was due for {name} on {written(day)}, {pounds(pence)} was paid. Accept what was due and give the rest back."
        )
    if owed.state == PROSECUTED:
        return Verdict(
            AT_COURT,
            f"£{due} was paid for {name} in time, on {written(day)}, and the absence is being prosecuted: payment discharges liability (EA "
            "1996 s.444A(4)). Check the day. If it is right, accept it and have the proceedings ended.",
        )
    return Verdict(EXACT, f"{name}: £{due}, as due on {written(day)}.")


def judge_all(rows: Sequence[Row], owed: Mapping[str, Owed], known: Iterable[str], today: dt.date) -> list[Verdict]:
    """Each row of a file, in its order: what one of them pays is paid for the next."""
    now, seen, found = dict(owed), set(known), []
    for row, key in zip(rows, keys(rows), strict=True):
        if key in seen:
            found.append(Verdict(EXACT, "This very payment has come before: it is not taken twice.", again=True))
            continue
        seen.add(key)
        name = reference_of(row.reference)
        verdict = judge(row.pence, row.day, now.get(name), today)
        if verdict.why == EXACT:
            now[name] = replace(now[name], state=PAID, settled=row.day)
        found.append(verdict)
    return found
