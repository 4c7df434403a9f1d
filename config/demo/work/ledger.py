"""What each child had missed by any day: the figures that the demo's meetings and cases speak of are true of its registers."""

from __future__ import annotations

import bisect
import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attendance import matrix, register, rollups
from attendance.codes import Class, classes, possible
from config.demo.people import Bools, Ints
from schools.models import Enrolment


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
    rows: dict[int, NDArray[np.intp]]  # by school


class Ledger:
    """Both academic years' registers, read once."""

    def __init__(self, years: tuple[int, ...]) -> None:
        self._years = {year: self._read(year) for year in years}

    @staticmethod
    def _read(year: int) -> _Year:
        rows = register.read(year)
        kinds, counted = classes(rows.marks), rollups.inside(rows)
        spells = {pk: (pupil, end) for pk, pupil, end in Enrolment.objects.values_list("pk", "pupil", "end")}
        order = np.argsort(rows.schools, kind="stable")
        schools, starts = np.unique(rows.schools[order], return_index=True)
        return _Year(
            enrolments=rows.enrolments,
            pupils=np.array([spells[pk][0] for pk in rows.enrolments.tolist()], np.int64),
            ends=np.array([(spells[pk][1] or dt.date.max).toordinal() for pk in rows.enrolments.tolist()], np.int64),
            absent=np.isin(kinds, (Class.AUTHORISED, Class.UNAUTHORISED)) & counted,
            possible=possible(kinds) & counted,
            rows=dict(zip(schools.tolist(), np.split(order, starts[1:]), strict=True)),
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

    def absence(self, school: int, year: int) -> float | None:
        """The share of possible sessions that were missed at a school in a year; None where there were none."""
        found = self._years.get(year)
        rows = found.rows.get(school) if found else None
        if found is None or rows is None or not (sessions := int(found.possible[rows].sum())):
            return None
        return float(found.absent[rows].sum()) / sessions

    def of(self, enrolment: int, day: dt.date) -> Missed:
        year = self._years[matrix.academic_year(day)]
        at = bisect.bisect_left(year.enrolments, enrolment)
        if at == len(year.enrolments) or year.enrolments[at] != enrolment:
            return Missed(enrolment, 0, 0, 0)
        end = matrix.index_of(day, pm=True) + 1
        return Missed(enrolment, int(year.pupils[at]), int(year.absent[at, :end].sum()), int(year.possible[at, :end].sum()))
