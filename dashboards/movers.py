"""Schools whose absence has changed most against the same weeks of last year."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from attendance.rates import Figures, apart
from attendance.reports.cuts import Year
from attendance.reports.national import YEAR
from dashboards.comparison import SchoolOf
from dashboards.trends import SamePoint
from schools.models import School

SHOWN = 5
_APART = dt.timedelta(weeks=2)  # how much earlier or later registers may begin than last year's


@dataclass(frozen=True, slots=True)
class Mover:
    """A school's year to date, and its last year up to the same week."""

    school: School
    now: Figures
    before: Figures

    @property
    def points(self) -> float:
        """By how many percentage points absence has grown, as it is shown; less than nought: it has fallen."""
        return apart(self.before.absence_pct or 0.0, self.now.absence_pct or 0.0) or 0.0

    @property
    def grown(self) -> float:
        """The same to the last decimal: orders those that are shown alike."""
        return (self.now.absence_pct or 0.0) - (self.before.absence_pct or 0.0)


@dataclass(frozen=True, slots=True)
class Movers:
    up: list[Mover]  # absence grew most, first; at most SHOWN
    down: list[Mover]
    by_school: dict[int, Mover]  # every school that can be compared
    compared: int
    left_out: int  # with registers this year, but too few sessions in one of the years, or another beginning


def movers(rows: Sequence[SchoolOf], this_year: Year, before: SamePoint | None, *, least: int) -> Movers:
    """`least`: possible sessions that each of the two years must have."""
    begun = dict(zip(this_year.schools, _first_mondays(this_year), strict=True))
    known = before.by_school if before else {}
    found, left_out = [], 0
    for row in rows:
        last, now, first = known.get(row.school.pk), row.year.figures, begun.get(row.school.pk)
        if not now.possible or first is None:
            continue
        if last is None or min(now.possible, last.figures.possible) < least or abs(first - YEAR - last.first) > _APART:
            left_out += 1
        else:
            found.append(Mover(row.school, now, last.figures))
    found.sort(key=lambda mover: (-mover.grown, mover.school.sort_name))
    up = [mover for mover in found if mover.points > 0][:SHOWN]
    down = [mover for mover in found[::-1] if mover.points < 0][:SHOWN]
    return Movers(up, down, {mover.school.pk: mover for mover in found}, len(found), left_out)


def _first_mondays(year: Year) -> list[dt.date | None]:
    mondays, possible = year.mondays(), year.possible
    begun = set(possible.any(axis=1).nonzero()[0].tolist())
    return [mondays[first] if row in begun else None for row, first in enumerate(possible.argmax(axis=1).tolist())]
