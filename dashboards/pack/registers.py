"""Sessions of a few pupils in any weeks, from registers that are read once for the whole pack."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from attendance import matrix, rates, register
from attendance.peers import Fortnight
from attendance.rates import Figures
from attendance.register import Rows

_DAY = dt.timedelta(days=1)


class Spell(NamedTuple):
    """Of a pupil on a roll, both days inclusive."""

    enrolment: int
    pupil: int
    start: dt.date
    end: dt.date | None


@dataclass(frozen=True)
class Registers:
    """By academic year."""

    years: dict[int, Rows]

    def fortnight(self, spells: Sequence[Spell], fortnight: Fortnight) -> Figures:
        days = (fortnight.last - fortnight.first).days + 1
        return self._days(spells, [day for n in range(days) if fortnight.holds(day := fortnight.first + n * _DAY)])

    def weeks(self, spells: Sequence[Spell], mondays: Iterable[dt.date]) -> Figures:
        return self._days(spells, [monday + n * _DAY for monday in mondays for n in range(7)])

    def _days(self, spells: Sequence[Spell], days: Sequence[dt.date]) -> Figures:
        """Sessions that count, inside each spell, on these days."""
        found = Figures()
        by_id = {spell.enrolment: spell for spell in spells}
        for year, rows in self.years.items():
            columns = [matrix.index_of(day, pm) for day in days if matrix.academic_year(day) == year for pm in (False, True)]
            at = [row for row, pk in enumerate(rows.enrolments.tolist()) if pk in by_id] if columns else []
            if at:
                ours = [by_id[pk] for pk in rows.enrolments[at].tolist()]
                inside = matrix.inside(year, [spell.start for spell in ours], [spell.end for spell in ours])
                marks = rows.marks[np.ix_(at, columns)]
                found += rates.figures(rates.count(marks, inside[:, columns]).sum(axis=0))
        return found


def read(spells: Iterable[Spell], years: Iterable[int]) -> Registers:
    """One query."""
    ids = sorted({spell.enrolment for spell in spells})
    return Registers(register.read_years(sorted(set(years)), enrolments=ids))
