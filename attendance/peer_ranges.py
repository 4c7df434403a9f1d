"""Works out by night what pupils of each phase and year group, and the schools of each phase, missed in the last fortnight.

From the registers and the schools' weeks, into a row each, which replaces the one before: a page reads one. Done again it changes
nothing.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from attendance import cuts, matrix, peers, rates, register
from attendance.models import PeerRange, SchoolYear
from attendance.peers import Fortnight, Range
from attendance.reports import cuts as cut_reports
from schools.models import Enrolment, PolicyValue, School
from schools.policy import Policy

Pairs = dict[tuple[str, str], NDArray[np.int64]]  # by phase and year group


def refresh(groups: Iterable[list[int]], *, today: dt.date) -> None:
    """`groups`: all schools, as many at a time as may be read at once."""
    policy, year = PolicyValue.objects.in_force(today), matrix.academic_year(today)
    phases = dict(School.objects.filter(independent=False).values_list("pk", "phase"))
    fortnights, rows = _schools(phases, year, policy, today)
    pairs: Pairs = defaultdict(lambda: np.zeros((peers.SESSIONS, peers.SESSIONS), np.int64))
    for group in groups:
        _count(group, phases, fortnights, year, pairs)
    for (phase, year_group), counted in pairs.items():
        found = peers.of_pupils(counted, percent=policy["peer_percent"], least=policy["peer_pupils"])
        if found:
            rows.append(_row(phase, year_group, fortnights[phase], found, policy))
    _keep(rows)


def _keep(rows: list[PeerRange]) -> None:
    """These take the place of what stood; two who do it at once write in one order."""
    rows = sorted(rows, key=lambda row: (row.phase, row.year_group))
    said = [f.name for f in PeerRange._meta.concrete_fields if f.name not in {"id", "phase", "year_group"}]
    with transaction.atomic():
        kept = PeerRange.objects.bulk_create(rows, update_conflicts=True, unique_fields=["phase", "year_group"], update_fields=said)
        PeerRange.objects.exclude(pk__in=[row.pk for row in kept]).delete()


def _row(phase: str, year_group: str, fortnight: Fortnight, found: Range, policy: Policy) -> PeerRange:
    return PeerRange(
        phase=phase,
        year_group=year_group,
        first=fortnight.first,
        second=fortnight.second,
        last=fortnight.last,
        size=found.size,
        low=found.low,
        high=found.high,
        percent=found.percent,
        usual=found.usual,
        policy_version=policy.version,
    )


def _schools(phases: dict[int, str], year: int, policy: Policy, today: dt.date) -> tuple[dict[str, Fortnight], list[PeerRange]]:
    """Each phase's fortnight, and the range of its schools."""
    of_year = cut_reports.read(phases, [year])[year]
    latest = dict(SchoolYear.objects.filter(year=year, latest__lte=today).values_list("school", "latest"))
    by_phase: dict[str, list[int]] = defaultdict(list)
    for row, school in enumerate(of_year.schools):
        if school in latest:
            by_phase[phases[school]].append(row)
    fortnights, rows = {}, []
    for phase, own in sorted(by_phase.items()):
        here = of_year.some(np.array(own, np.intp))
        met = here.weeks[:, :, : cuts.CODES][:, :, cuts.POSSIBLE].any(axis=2)
        fortnight = peers.fortnight(met, here.mondays(), [latest[school] for school in here.schools])
        if fortnight is None:
            continue
        fortnights[phase] = fortnight
        absent, possible = sums(here, fortnight)
        found = peers.of_schools(absent, possible, percent=policy["peer_percent"], least=policy["peer_schools"])
        if found:
            rows.append(_row(phase, "", fortnight, found, policy))
    return fortnights, rows


def sums(schools: cut_reports.Year, fortnight: Fortnight) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Absent and possible sessions of each school in the two weeks."""
    weeks = [cuts.week_of(schools.year, monday) for monday in (fortnight.first, fortnight.second)]
    figures = [cuts.figures_of(counts) for counts in schools.weeks[:, weeks, : cuts.CODES].sum(axis=1, dtype=np.int64)]
    return np.array([f.absent for f in figures], np.int64), np.array([f.possible for f in figures], np.int64)


def _count(group: list[int], phases: dict[int, str], fortnights: dict[str, Fortnight], year: int, pairs: Pairs) -> None:
    """Add the pupils of these schools to `pairs`, by their enrolment's year group; one without a year group is left out."""
    asked = [school for school in group if phases.get(school) in fortnights]
    if not asked:
        return
    rows = register.read(year, schools=asked)
    spells = Enrolment.objects.filter(pk__any_of=rows.enrolments.tolist()).exclude(year_group="")
    of = {pk: (start, end, group_) for pk, start, end, group_ in spells.values_list("pk", "start", "end", "year_group")}
    for school in np.unique(rows.schools).tolist():
        phase = phases[school]
        ours = np.array([row for row in np.flatnonzero(rows.schools == school).tolist() if int(rows.enrolments[row]) in of], np.intp)
        if not len(ours):
            continue
        theirs = [of[pk] for pk in rows.enrolments[ours].tolist()]
        columns = _columns(year, fortnights[phase])
        inside = matrix.inside(year, [start for start, _, _ in theirs], [end for _, end, _ in theirs])[:, columns]
        counts = rates.count(rows.marks[np.ix_(ours, columns)], inside)
        possible, absent = counts[:, rates.POSSIBLE], counts[:, rates.AUTHORISED] + counts[:, rates.UNAUTHORISED]
        for year_group in {group_ for _, _, group_ in theirs}:
            some = np.array([group_ == year_group for _, _, group_ in theirs])
            np.add.at(pairs[phase, year_group], (possible[some], absent[some]), 1)


def _columns(year: int, fortnight: Fortnight) -> NDArray[np.intp]:
    days = [fortnight.first + dt.timedelta(days=n) for n in range((fortnight.last - fortnight.first).days + 1)]
    return np.array(
        [matrix.index_of(day, pm) for day in days if fortnight.holds(day) and matrix.academic_year(day) == year for pm in (False, True)],
        np.intp,
    )
