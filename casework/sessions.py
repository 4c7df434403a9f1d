"""A child's sessions, read once from the registers and asked about as often as a page needs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attendance import codes, matrix, rates, register
from attendance.codes import Class
from attendance.matrix import Marks
from attendance.rates import Figures
from casework import targets
from casework.models import PlanTarget
from schools.models import Enrolment

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sessions:
    """Marks of the child's enrolments by academic year, and where they count: both of shape (enrolments, 732)."""

    years: dict[int, tuple[Marks, NDArray[np.bool_]]]

    def between(self, first: dt.date, last: dt.date) -> Figures:
        """Sessions in these days, both inclusive, over all enrolments together."""
        found = Figures()
        for year, (marks, inside) in self.years.items():
            columns = matrix.span(year, first, last)
            found += rates.figures(rates.count(marks[:, columns], inside[:, columns]).sum(axis=0))
        return found

    def since(self, first: dt.date, last: dt.date) -> tuple[Ints, Ints]:
        """Possible sessions and those missed, morning by morning and afternoon by afternoon, in order."""
        possible, absent = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for year in sorted(self.years):
            columns = matrix.span(year, first, last)
            marks, inside = (part[:, columns] for part in self.years[year])
            kinds = codes.classes(marks * inside)
            possible.append(codes.possible(kinds).sum(axis=0, dtype=np.int64))
            absent.append(((kinds == Class.AUTHORISED) | (kinds == Class.UNAUTHORISED)).sum(axis=0, dtype=np.int64))
        return np.concatenate(possible), np.concatenate(absent)

    def towards(self, target: PlanTarget, *, last: dt.date) -> targets.Progress:
        """How a target goes, by the marks up to `last`."""
        possible, absent = self.since(target.start, last)
        return targets.progress(possible, absent, most=target.most, of=target.of)

    def around(self, day: dt.date, last: dt.date) -> tuple[Figures, Figures]:
        """Sessions in as many days before `day` as there are from it to `last`, and in those."""
        first = day - (last - day) - dt.timedelta(days=1)
        return self.between(first, day - dt.timedelta(days=1)), self.between(day, last)


def read(enrolments: list[Enrolment], first: dt.date, last: dt.date) -> Sessions:
    """One query, whatever the days."""
    dates = {e.pk: (e.start, e.end) for e in enrolments}
    found = {}
    for year, rows in register.read_years(matrix.years_between(first, last), enrolments=list(dates)).items():
        ours = [dates[pk] for pk in rows.enrolments.tolist()]
        found[year] = (rows.marks, matrix.inside(year, [start for start, _ in ours], [end for _, end in ours]))
    return Sessions(found)
