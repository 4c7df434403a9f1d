"""What a paper says of a term: the school year to date at its end, or so far, straight from the registers.

The year to date, because that is what England's figures are, and what schools are rated by: a spring paper holds the autumn too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from attendance import matrix, rates, register, rollups
from attendance.matrix import Session
from attendance.rates import Figures
from attendance.reports import coverage
from attendance.reports.schools import SchoolFigures
from attendance.supply import Gap, gaps
from attendance.tables import Hidden
from dashboards import protection
from dashboards.cohorts import EVERYBODY, Cohort, most_absent_first
from dashboards.protection import Counts
from meetings.terms import Term
from schools.models import Characteristic, Enrolment, School

_AT_ONCE = 40  # schools whose registers are held together: some 30 MB


@dataclass(frozen=True, slots=True)
class OfSchool:
    """One school's year to date; read by whatever reads a line of the list of schools."""

    school: School
    year: SchoolFigures


class Spell(NamedTuple):
    """An enrolment's sessions in the year to date."""

    pupil: int
    possible: int
    absent: int


@dataclass(frozen=True)
class OfTerm:
    """Every school open on the day judged."""

    term: Term
    as_at: dt.date
    schools: list[OfSchool]
    spells: dict[int, list[Spell]] = field(default_factory=dict)  # by school: its enrolments with a possible session
    missing: list[School] = field(default_factory=list)  # with pupils on roll, and without a mark of the term
    behind: list[OfSchool] = field(default_factory=list)  # whose registers end more than a week before the others'
    not_supplied: list[Gap] = field(default_factory=list)

    @property
    def total(self) -> SchoolFigures:
        return sum((one.year for one in self.schools), SchoolFigures())

    @property
    def reach(self) -> dt.date | None:
        latest = self.total.latest
        return latest.date if latest else None

    def of(self, school: School) -> SchoolFigures:
        return next((one.year for one in self.schools if one.school.pk == school.pk), SchoolFigures())

    @property
    def every_spell(self) -> Iterator[Spell]:
        return (spell for spells in self.spells.values() for spell in spells)

    def kept_back(self, least: int) -> Hidden:
        """All schools are judged as one table: their profiles may lie side by side, and beside the authority's report."""
        counts = {
            one.school.pk: (one.school.phase, Counts(one.year.enrolments, one.year.persistent, one.year.severe)) for one in self.schools
        }
        pupils = protection.of_everything(counts, cohorts(self.every_spell, self.as_at)[1], least=least)
        notices = protection.of_notices(matrix.year_start(self.term.year), self.as_at, least=least)
        return {*pupils, *notices}


def _counts(year: SchoolFigures) -> Counts:
    return Counts(year.enrolments, year.persistent, year.severe)


Said = Callable[[int, int], None]


def of_term(term: Term, as_at: dt.date, *, said: Said = lambda done, of: None) -> OfTerm:
    """Everything, a few dozen schools at a time."""
    schools = list(School.objects.open_on(as_at).order_by("sort_name", "pk"))
    found = OfTerm(term, as_at, [])
    for start in range(0, len(schools), _AT_ONCE):
        _read(schools[start : start + _AT_ONCE], found)
        said(min(start + _AT_ONCE, len(schools)), len(schools))
    _coverage(found, schools)
    return found


def _read(schools: Sequence[School], found: OfTerm) -> None:
    year = found.term.year
    rows = register.read(year, schools=[school.pk for school in schools])
    span = matrix.span(year, matrix.year_start(year), found.as_at)
    counted = rollups.inside(rows)[:, span]
    counts = rates.count(rows.marks[:, span], counted)
    pupil_of = dict(Enrolment.objects.filter(school__in=schools).values_list("pk", "pupil"))
    for school in schools:
        ours = np.flatnonzero(rows.schools == school.pk)
        found.schools.append(OfSchool(school, _figures(counts[ours], _latest(year, rows.marks[ours, span], counted[ours]))))
        spells = []
        for row in ours.tolist():
            could = int(counts[row, rates.POSSIBLE])
            if could:
                spells.append(Spell(pupil_of[int(rows.enrolments[row])], could, could - int(counts[row, rates.ATTENDED])))
        found.spells[school.pk] = spells


def _figures(counts: NDArray[np.int32], latest: Session | None) -> SchoolFigures:
    could = counts[:, rates.POSSIBLE]
    absent = could - counts[:, rates.ATTENDED]
    return SchoolFigures(
        rates.figures(counts.sum(axis=0)) if len(counts) else Figures(),
        int((could > 0).sum()),
        int(rates.misses(absent, could, rates.PERSISTENT).sum()),
        int(rates.misses(absent, could, rates.SEVERE).sum()),
        latest,
    )


def _latest(year: int, marks: matrix.Marks, counted: NDArray[np.bool_]) -> Session | None:
    """What a register reaches, as the pages say it: its last session with marks for half of those on roll, else with any."""
    marked = ((marks != 0) & counted).sum(axis=0)
    for known in ((marked > 0) & (2 * marked >= counted.sum(axis=0)), marked > 0):
        if len(columns := np.flatnonzero(known)):
            return matrix.session_at(year, int(columns[-1]))
    return None


def _coverage(found: OfTerm, schools: list[School]) -> None:
    first, as_at = found.term.first, found.as_at
    on_roll = coverage.on_roll([school.pk for school in schools], as_at, as_at)[:, 0]
    late = found.reach - dt.timedelta(weeks=1) if found.reach else None
    for one, pupils in zip(found.schools, on_roll.tolist(), strict=True):
        latest = one.year.latest
        if pupils and (latest is None or latest.date < first):
            found.missing.append(one.school)
        elif latest is not None and late is not None and latest.date < late:
            found.behind.append(one)
    found.not_supplied.extend(gaps(schools, first, as_at, today=as_at))


def cohorts(spells: Iterable[Spell], day: dt.date) -> tuple[Cohort, list[Cohort]]:
    """Everybody, and each cohort of whom it was true on the day; the most persistently absent first."""
    every = list(spells)
    current = Characteristic.objects.filter(start__lte=day).exclude(end__lt=day).values_list("kind", "pupil").distinct()
    members: dict[str, set[int]] = {}
    for kind, pupil in current:
        members.setdefault(kind, set()).add(pupil)
    found = [
        _cohort(kind.value, kind.label, (s for s in every if s.pupil in members[kind])) for kind in Characteristic.Kind if kind in members
    ]
    return _cohort("", EVERYBODY, every), most_absent_first(cohort for cohort in found if cohort.enrolments)


def _cohort(kind: str, name: str, spells: Iterable[Spell]) -> Cohort:
    known = list(spells)
    persistent = sum(rates.misses(s.absent, s.possible, rates.PERSISTENT) for s in known)
    severe = sum(rates.misses(s.absent, s.possible, rates.SEVERE) for s in known)
    return Cohort(kind, name, len(known), int(persistent), int(severe))
