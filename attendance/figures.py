"""The authority's, a phase's or a school's figures over any two dates, straight from the registers."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from attendance import matrix, rates, register, rollups
from attendance.codes import BLANK, BY_BYTE, classes, possible
from attendance.matrix import Session
from attendance.rates import Figures
from attendance.reports import coverage
from attendance.supply import Gap, gaps
from schools.models import Enrolment, School


@dataclass(frozen=True, slots=True)
class PeriodFigures:
    """Sums over the enrolments of some schools between two dates; persistent and severe judged within that period."""

    pupils: int
    enrolments: int
    figures: Figures
    judged: int  # enrolments with at least one possible session in the period: what the two counts are of
    persistent: int
    severe: int
    by_code: dict[str, int]
    schools_missing: list[int]  # URNs open in the period and without any mark in it
    not_supplied: list[Gap]  # times in the period at which a school supplied no registers, and some are missing
    latest: Session | None


def between(first: dt.date, last: dt.date, *, schools: Iterable[School]) -> PeriodFigures:
    """Figures of these schools from `first` to `last`, both inclusive: marks inside enrolments only."""
    in_scope = {school.pk: school for school in schools}
    spells = list(Enrolment.objects.filter(school__in=list(in_scope)).touching(first, last).order_by("pk").values_list("pk", "pupil_id"))
    order = np.array([pk for pk, _ in spells], np.int64)
    counts = np.zeros((len(order), 5), np.int32)
    codes: Counter[str] = Counter()
    with_marks: set[int] = set()
    latest: Session | None = None
    for year in matrix.years_between(first, last):
        rows = register.read(year, schools=list(in_scope))
        span = matrix.span(year, first, last)
        inside = rollups.inside(rows)[:, span]
        marks = rows.marks[:, span]
        known = np.flatnonzero(np.isin(rows.enrolments, order))  # a spell outside the period has no session in it
        counts[np.searchsorted(order, rows.enrolments[known])] += rates.count(marks[known], inside[known])
        codes += _by_code(marks, inside)
        with_marks |= set(np.unique(rows.schools[rollups.seen_open(marks).any(axis=1)]).tolist())
        latest = _latest(year, span, marks, inside) or latest
    absent = counts[:, rates.AUTHORISED] + counts[:, rates.UNAUTHORISED]
    could = counts[:, rates.POSSIBLE]
    open_then = School.objects.filter(pk__in=list(in_scope)).open_within(first, last)
    return PeriodFigures(
        pupils=len({pupil for _, pupil in spells}),
        enrolments=len(spells),
        figures=rates.figures(counts.sum(axis=0)),
        judged=int((could > 0).sum()),
        persistent=int(rates.misses(absent, could, rates.PERSISTENT).sum()),
        severe=int(rates.misses(absent, could, rates.SEVERE).sum()),
        by_code=dict(sorted(codes.items())),
        schools_missing=sorted(school.urn for school in open_then if school.pk not in with_marks),
        not_supplied=_not_supplied(first, last, list(in_scope.values())),
        latest=latest,
    )


def _not_supplied(first: dt.date, last: dt.date, schools: list[School]) -> list[Gap]:
    """Schools that supplied no registers at some time of the period, and a register is missing from it on that account."""
    said = gaps(schools, first, last, today=last)
    if not said:
        return []
    sent = [coverage.sent([gap.school.pk for gap in said], today=last, year=year) for year in matrix.years_between(first, last)]
    within = [replace(gap, start=max(gap.start, first), last=min(gap.last, last)) for gap in said]
    return [gap for gap, cut in zip(said, within, strict=True) if gap.now or any(of_year.lacks(cut, today=last) for of_year in sent)]


def _by_code(marks: matrix.Marks, inside: NDArray[np.bool_]) -> Counter[str]:
    found = rates.by_code(marks, inside)
    return Counter({BY_BYTE[int(byte)].code: int(found[byte]) for byte in np.flatnonzero(found) if byte != BLANK})


def _latest(year: int, span: slice, marks: matrix.Marks, inside: NDArray[np.bool_]) -> Session | None:
    columns = np.flatnonzero((possible(classes(marks)) & inside).any(axis=0))
    return matrix.session_at(year, span.start + int(columns[-1])) if len(columns) else None
