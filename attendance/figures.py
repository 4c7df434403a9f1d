"""The authority's, a phase's or a school's figures over any two dates, straight from the registers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

from attendance import matrix
from attendance.matrix import Session
from attendance.measures.measure import Measures
from attendance.measures.mobility import Mobility
from attendance.measuring import Answer, Asked, everywhere, measured
from attendance.rates import Figures
from attendance.reports import coverage
from attendance.supply import Gap, gaps
from schools.models import PolicyValue, School


@dataclass(frozen=True, slots=True)
class PeriodFigures:
    """Sums over the enrolments of some schools between two dates; persistent and severe judged within that period."""

    pupils: int
    enrolments: int
    measures: Measures
    mobility: Mobility
    schools_missing: list[int]  # URNs open in the period and without any mark in it
    not_supplied: list[Gap]  # times in the period at which a school supplied no registers, and some are missing
    latest: Session | None

    @property
    def figures(self) -> Figures:
        return self.measures.figures

    @property
    def judged(self) -> int:
        """Enrolments with at least one possible session in the period: what the two counts are of."""
        return self.measures.count.judged

    @property
    def persistent(self) -> int:
        return self.measures.count.persistent

    @property
    def severe(self) -> int:
        return self.measures.count.severe


def between(first: dt.date, last: dt.date, *, schools: Iterable[School], day: dt.date) -> PeriodFigures:
    """Figures of these schools from `first` to `last`, both inclusive: marks inside enrolments only. `day`: asked on."""
    in_scope = list(schools)
    policy = PolicyValue.objects.in_force(day)
    answer = measured(in_scope, [everywhere(in_scope, first, last)], Asked(), day=day, policy=policy)[0]
    whole = answer.whole
    return PeriodFigures(
        whole.pupils,
        whole.enrolments,
        whole.measures,
        whole.mobility,
        missing(in_scope, answer, first, last),
        [replace(gap, in_part=gap.school.pk in answer.with_marks) for gap in _not_supplied(first, last, in_scope)],
        max(answer.latest.values(), default=None),
    )


def missing(schools: Iterable[School], answer: Answer, first: dt.date, last: dt.date) -> list[int]:
    """URNs of the schools that were open at some time of the period and have no mark in it that shows it."""
    then = (s for s in schools if (s.closed is None or s.closed >= first) and (s.opened is None or s.opened <= last))
    return sorted(school.urn for school in then if school.pk not in answer.with_marks)


def _not_supplied(first: dt.date, last: dt.date, schools: list[School]) -> list[Gap]:
    """Schools that supplied no registers at some time of the period, and a register is missing from it on that account."""
    said = gaps(schools, first, last, today=last)
    if not said:
        return []
    sent = [coverage.sent([gap.school.pk for gap in said], today=last, year=year) for year in matrix.years_between(first, last)]
    within = [replace(gap, start=max(gap.start, first), last=min(gap.last, last)) for gap in said]
    return [gap for gap, cut in zip(said, within, strict=True) if gap.now or any(of_year.lacks(cut, today=last) for of_year in sent)]
