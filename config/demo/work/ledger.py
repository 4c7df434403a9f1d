"""What each child had missed by any day: the figures that the demo's meetings and cases speak of are true of its registers."""

from __future__ import annotations

import bisect
import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attendance import matrix, register
from attendance.codes import BY_CODE, Class, classes, possible
from config.demo.people import Bools, Ints
from schools.models import Enrolment

# by byte of a mark
_CLASS = classes(np.arange(256).astype(np.uint8))
_ABSENT, _POSSIBLE = np.isin(_CLASS, (Class.AUTHORISED, Class.UNAUTHORISED)), possible(_CLASS)


@dataclass(frozen=True, slots=True)
class Missed:
    """Sessions of one enrolment from the beginning of its academic year to a day."""

    enrolment: int
    pupil: int
    absent: int
    possible: int

    @property
    def rate(self) -> float:
        return self.absent / self.possible if self.possible else 0.0


@dataclass(slots=True)
class _Year:
    enrolments: Ints
    pupils: Ints
    ends: Ints  # of the spell, as ordinals
    absent: Bools
    possible: Bools
    holiday: Bools  # (enrolments, 732): G, in the spell
    rows: dict[int, NDArray[np.intp]]  # by school


class Ledger:
    """Both academic years' registers, read once."""

    def __init__(self, years: tuple[int, ...]) -> None:
        spells = {pk: rest for pk, *rest in Enrolment.objects.values_list("pk", "pupil", "start", "end")}
        self._years = {year: self._read(year, spells) for year in years}

    @staticmethod
    def _read(year: int, spells: dict[int, list[Any]]) -> _Year:
        rows = register.read(year)
        of = [spells[pk] for pk in rows.enrolments.tolist()]
        counted = matrix.inside(year, [start for _, start, _ in of], [end for *_, end in of])
        order = np.argsort(rows.schools, kind="stable")
        schools, starts = np.unique(rows.schools[order], return_index=True)
        return _Year(
            enrolments=rows.enrolments,
            pupils=np.array([pupil for pupil, *_ in of], np.int64),
            ends=np.array([(end or dt.date.max).toordinal() for *_, end in of], np.int64),
            absent=_ABSENT[rows.marks] & counted,
            possible=_POSSIBLE[rows.marks] & counted,
            holiday=(rows.marks == BY_CODE["G"].byte) & counted,
            rows=dict(zip(schools.tolist(), np.split(order, starts[1:]), strict=False)),  # before a year's first day there are none
        )

    def of_school(self, school: int, day: dt.date) -> list[Missed]:
        """Everyone on roll on `day` who had a possible session at the school in that academic year, most missed first."""
        year = self._years.get(matrix.academic_year(day))
        rows = year.rows.get(school) if year else None
        if year is None or rows is None:
            return []
        end = matrix.index_of(day, pm=True) + 1
        absent, sessions = year.absent[rows, :end].sum(axis=1), year.possible[rows, :end].sum(axis=1)
        some = np.flatnonzero((sessions > 0) & (year.ends[rows] >= day.toordinal()))
        order = some[np.argsort(-absent[some] / sessions[some], kind="stable")]
        return [Missed(int(year.enrolments[rows[i]]), int(year.pupils[rows[i]]), int(absent[i]), int(sessions[i])) for i in order.tolist()]

    def with_holiday(self, today: dt.date, least: int = 10) -> list[int]:
        """Pupils with so many sessions of unauthorised holiday from last year's summer term on."""
        found: list[int] = []
        for number, year in self._years.items():
            since = matrix.index_of(dt.date(number + 1, 4, 20)) if number < matrix.academic_year(today) else 0
            found += year.pupils[year.holiday[:, since:].sum(axis=1) >= least].tolist()
        return sorted(set(found))

    def absence(self, school: int, year: int) -> float | None:
        """The share of possible sessions that were missed at a school in a year; None where there were none."""
        found = self._years.get(year)
        rows = found.rows.get(school) if found else None
        if found is None or rows is None or not (sessions := int(found.possible[rows].sum())):
            return None
        return float(found.absent[rows].sum()) / sessions

    def between(self, enrolment: int, first: dt.date, last: dt.date) -> Missed:
        """Sessions of these days, both inclusive; of years that are not kept none."""
        absent = possible = 0
        for number, year in self._years.items():
            at = bisect.bisect_left(year.enrolments, enrolment)
            if at < len(year.enrolments) and year.enrolments[at] == enrolment:
                columns = matrix.span(number, first, last)
                absent, possible = absent + int(year.absent[at, columns].sum()), possible + int(year.possible[at, columns].sum())
        return Missed(enrolment, 0, absent, possible)

    def of(self, enrolment: int, day: dt.date) -> Missed:
        year = self._years[matrix.academic_year(day)]
        at = bisect.bisect_left(year.enrolments, enrolment)
        if at == len(year.enrolments) or year.enrolments[at] != enrolment:
            return Missed(enrolment, 0, 0, 0)
        end = matrix.index_of(day, pm=True) + 1
        return Missed(enrolment, int(year.pupils[at]), int(year.absent[at, :end].sum()), int(year.possible[at, :end].sum()))
