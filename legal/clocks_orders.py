"""How long orders of courts and the steps before them run, with the rule in words. Pure.

Sources: Children Act 1989 s.36 and Sch 3 (education supervision orders); Education Act 1996 ss.437 to 443 (school attendance orders) and
s.447 (the authority considers a supervision order before it prosecutes; a court may direct it to apply); Crime and Disorder Act 1998 s.8
(parenting orders); Magistrates' Courts Act 1980 s.16A (single justice procedure). Periods stand in the policy table; those that legal
has to confirm say so there.
"""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass

from legal.penalty import written
from schools.policy import Policy

SUPERVISION, DIRECTION, ATTENDANCE, BEFORE_ATTENDANCE = "supervision", "direction", "attendance", "before_attendance"
PARENTING, SINGLE_JUSTICE, CONVICTION, CONSIDERED = "parenting", "single_justice", "conviction", "considered"


def months_from(day: dt.date, months: int) -> dt.date:
    """The last day of so many months that begin with `day`: the day before the same date, or a month's last day where it has none."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    last = calendar.monthrange(year, month)[1]
    return dt.date(year, month, last) if day.day > last else dt.date(year, month, day.day) - dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Running:
    """The last day of something that runs, what is due by then, and the rule. `last` is None for what has no end of its own."""

    last: dt.date | None
    due: str  # what is to be done by then; "" where nothing is
    why: str


def running(kind: str, start: dt.date, policy: Policy) -> Running:
    """What follows from an order, or a step, of this kind that was made or served on `start`."""
    if kind == SUPERVISION:
        last = months_from(start, policy["supervision_months"])
        return Running(
            last,
            "Apply to extend the education supervision order, or let it end",
            f"It lasts {policy['supervision_months']} months from the day it was made, {written(start)}, to {written(last)}; an extension "
            "is applied for before it ends, to three years at most (Children Act 1989 Sch 3 para 15).",
        )
    if kind == DIRECTION:
        last = start + dt.timedelta(weeks=policy["direction_weeks"]) - _ONE
        return Running(
            last,
            "Apply for an education supervision order, or tell the court why not",
            f"The court directed it on {written(start)}: the answer is due in {policy['direction_weeks']} weeks beginning with that day "
            "(Education Act 1996 s.447(3) to (4)).",
        )
    if kind == BEFORE_ATTENDANCE:
        last = start + dt.timedelta(days=policy["attendance_order_days"]) - _ONE
        return Running(
            last,
            "See whether the parent has satisfied the authority; if not, go on with the school attendance order",
            f"Served on {written(start)}, which is day 1 of {policy['attendance_order_days']} (Education Act 1996 ss.437(2) and 438(3)).",
        )
    if kind == PARENTING:
        last = months_from(start, policy["parenting_order_months"])
        return Running(
            last,
            "The parenting order ends",
            f"Its requirements last {policy['parenting_order_months']} months at most (Crime and Disorder Act 1998 s.8(4)).",
        )
    if kind == SINGLE_JUSTICE:
        last = start + dt.timedelta(days=policy["single_justice_days"])
        return Running(
            last,
            "See what the defendant answered to the single justice procedure notice",
            f"Served on {written(start)}: {policy['single_justice_days']} days after that to answer (Magistrates’ Courts Act 1980 s.16A; "
            "Criminal Procedure Rules 24.9).",
        )
    if kind == ATTENDANCE:
        why = "It lasts while the child is of compulsory school age, unless it is revoked (Education Act 1996 s.437(4))."
        return Running(None, "", why)
    return Running(None, "", "")


_ONE = dt.timedelta(days=1)
