"""Which schools to look at first, and why: four plain questions asked of every school, nothing weighed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from attendance.rag import PHASES, England
from attendance.reports.national import Comparators
from dashboards.movers import Mover
from dashboards.numbers import Number, list_of
from dashboards.reports import SchoolRow
from dashboards.templatetags import daymark

SHOWN = 3


@dataclass(frozen=True, slots=True)
class Reason:
    """One sentence without its stop; `number` leads it, as the way to the list that it counts."""

    words: str
    number: Number | None = None


@dataclass(frozen=True, slots=True)
class Concern:
    row: SchoolRow
    reasons: list[Reason]
    apart: float  # points above England; less than nought below, or nothing to compare with


def concerns(
    rows: Sequence[SchoolRow], movers: Mapping[int, Mover], unplanned: Mapping[int, int], published: Comparators, *, tenths: int
) -> list[Concern]:
    """Schools with a yes to at least one question, most of them first, then the further above England the earlier.

    `unplanned`: severely absent pupils without a plan who are on roll, by school. `tenths` of a percentage point are much.
    """
    found = []
    for row in rows:
        latest = row.year.latest
        england = published.same_point(row.school.phase, latest.date) if latest else None
        pct = row.year.figures.absence_pct
        apart = pct - float(england.absence_pct) if pct is not None and england else -100.0
        reasons = [
            reason
            for reason in (
                _above(row, england, apart, tenths / 10),
                _risen(movers.get(row.school.pk), tenths / 10),
                _without_plan(row, unplanned.get(row.school.pk, 0)),
                _silent(row),
            )
            if reason
        ]
        if reasons:
            found.append(Concern(row, reasons, apart))
    return sorted(found, key=lambda one: (-len(one.reasons), -one.apart, one.row.school.sort_name))


def _above(row: SchoolRow, england: England | None, apart: float, much: float) -> Reason | None:
    if england is None or apart <= much:
        return None
    figures = row.year.figures
    return Reason(
        f"Absence is {daymark.percent(figures.absence_pct)} ({daymark.missed(figures)}): {apart:.1f} points above England’s "
        f"{PHASES[england.phase]} at the same point of last year ({float(england.absence_pct):.1f}%)"
    )


def _risen(mover: Mover | None, much: float) -> Reason | None:
    if mover is None or mover.points < much:
        return None
    return Reason(
        f"Absence has grown by {mover.points:.1f} points on the same weeks of last year, from {daymark.percent(mover.before.absence_pct)} "
        f"({daymark.missed(mover.before)})"
    )


def _without_plan(row: SchoolRow, pupils: int) -> Reason | None:
    if not pupils:
        return None
    address = list_of("pupils_at_risk", school=row.school.urn, flag="severe_absence", plan="without")
    one = "pupil is severely absent and without a plan,pupils are severely absent and without a plan"
    return Reason("", Number(pupils, one, address))


def _silent(row: SchoolRow) -> Reason | None:
    return Reason(row.silence_words) if row.silence else None
