"""What is kept back of the authority's own tables when they are published (attendance.suppression), the same in every table and paper.

Schools, phases, cohorts and the authority are judged as one table, because they will lie side by side: whoever has a phase's total
and its schools subtracts. Keys: a school's primary key, a phase's value, ALL for the authority, a kind of cohort; of each its
enrolments with sessions (PUPILS), and the `persistent` and `severe` ones.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from typing import NamedTuple

from attendance.matrix import academic_year
from attendance.reports.schools import school_figures
from attendance.suppression import Sum, kept_back
from attendance.tables import Hidden
from dashboards.cohorts import Cohort, of_schools
from legal.models import Notice
from schools.models import School

ALL = "all"
PUPILS, PERSISTENT, SEVERE, NOTICES = "pupils", "persistent", "severe", "notices"


class Counts(NamedTuple):
    """Of some pupils: how many, and how many of them missed 10% and half of their sessions."""

    pupils: int
    persistent: int
    severe: int


Schools = Mapping[int, tuple[str, Counts]]  # by primary key: phase and counts


def of_everything(schools: Schools, cohorts: Iterable[Cohort], *, least: int) -> Hidden:
    """What is kept back of all of them. `cohorts`: of these schools together, everybody left out."""
    by_phase: dict[str, list[Hashable]] = defaultdict(list)
    rows: dict[Hashable, Counts] = {key: counts for key, (_, counts) in schools.items()}
    for key, (phase, _) in schools.items():
        by_phase[phase].append(key)
    for phase, keys in by_phase.items():
        rows[phase] = _total(rows[key] for key in keys)
    rows[ALL] = _total(rows[phase] for phase in by_phase)
    kinds: dict[Hashable, Counts] = {cohort.kind: Counts(cohort.enrolments, cohort.persistent, cohort.severe) for cohort in cohorts}
    rows |= kinds
    sums = [*_within(rows), *_over(ALL, list(by_phase))]
    for phase, keys in by_phase.items():
        sums += _over(phase, keys)
    cells = _cells(rows)
    sums += [Sum((ALL, what), ((kind, what),)) for kind in kinds for what in Counts._fields]  # by itself: one pupil may be in several
    return kept_back(cells, sums, least=least)


def of_authority(*, today: dt.date, least: int) -> Hidden:
    """The same, of every school open today and of the figures of this year to date. Four queries."""
    phases = dict(School.objects.open_on(today).values_list("pk", "phase"))
    figures = school_figures(phases, today=today)
    counts = {pk: Counts(f.enrolments, f.persistent, f.severe) for pk, f in figures.items()}
    _, cohorts = of_schools(phases, academic_year(today))
    return of_everything({pk: (phases[pk], counts[pk]) for pk in phases}, cohorts, least=least)


def of_notices(first: dt.date, last: dt.date, *, least: int) -> Hidden:
    """What is kept back of the notices issued between two days: those of each school (by its primary key), of each state and of the
    authority (ALL) are one table, for profiles of schools lie beside the report. Two queries.
    """
    issued = Notice.objects.filter(issued__range=(first, last))
    of_school, of_state = (Counter(issued.values_list(name, flat=True)) for name in ("school", "state"))
    found: dict[Hashable, int] = {ALL: of_school.total(), **of_school, **of_state}
    sums = [Sum(ALL, tuple(of_school)), Sum(ALL, tuple(of_state))]
    return {(key, NOTICES) for key in kept_back(found, sums, least=least)}


def _cells(rows: Mapping[Hashable, Counts]) -> dict[tuple[Hashable, str], int]:
    return {(key, what): value for key, counts in rows.items() for what, value in counts._asdict().items()}


def _within(rows: Iterable[Hashable]) -> list[Sum]:
    """Of everybody some are persistently absent, and of these some severely."""
    return [Sum((key, whole), ((key, part),)) for key in rows for whole, part in ((PUPILS, PERSISTENT), (PERSISTENT, SEVERE))]


def _over(total: Hashable, keys: list[Hashable] | list[str]) -> list[Sum]:
    return [Sum((total, what), tuple((key, what) for key in keys)) for what in Counts._fields]


def _total(rows: Iterable[Counts]) -> Counts:
    return Counts(*(sum(column) for column in zip(*rows, strict=True)))
