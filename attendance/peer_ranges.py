"""Works out by night what pupils of each phase and year group, and the schools of each phase, missed in the last fortnight.

From the registers and the schools' weeks, into a row each, which replaces the one before: a page reads one. Done again it changes
nothing.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from attendance import cuts, matrix, peers, rates, register
from attendance.models import PeerRange, SchoolYear
from attendance.peers import Fortnight, Range
from attendance.reports import cuts as cut_reports
from schools.lookups import array, ordinal
from schools.models import Enrolment, PolicyValue, School
from schools.policy import Policy

Pairs = dict[tuple[str, str], NDArray[np.int64]]  # by phase and year group


def refresh(groups: Iterable[list[int]], *, today: dt.date, over: Callable[..., Iterable[Pairs]] = map) -> None:
    """`groups`: all schools, as many at a time as may be read at once. `over`: `map`, or that of a pool of processes."""
    policy, year = PolicyValue.objects.in_force(today), matrix.academic_year(today)
    phases = dict(School.objects.filter(independent=False).values_list("pk", "phase"))
    fortnights, rows = _schools(phases, year, policy, today)
    pairs: Pairs = {}
    for counted in over(partial(_count, phases=phases, fortnights=fortnights, year=year), groups):
        for key, these in counted.items():
            pairs[key] = pairs[key] + these if key in pairs else these
    for (phase, year_group), together in pairs.items():
        found = peers.of_pupils(together, percent=policy["peer_percent"], least=policy["peer_pupils"])
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


def _count(group: list[int], *, phases: dict[int, str], fortnights: dict[str, Fortnight], year: int) -> Pairs:
    """The pupils of these schools, by their enrolment's year group; one without a year group is left out."""
    pairs: Pairs = defaultdict(lambda: np.zeros((peers.SESSIONS, peers.SESSIONS), np.int64))
    rows = register.read(year, schools=[school for school in group if phases.get(school) in fortnights])
    starts, ends, groups = _spells(rows.enrolments)
    for school in np.unique(rows.schools).tolist():
        phase = phases[school]
        ours = np.flatnonzero((rows.schools == school) & (groups != ""))
        columns = _columns(year, fortnights[phase])
        inside = matrix.within(year, starts[ours], ends[ours])[:, columns]
        counts = rates.count(rows.marks[np.ix_(ours, columns)], inside)
        possible, absent = counts[:, rates.POSSIBLE], counts[:, rates.AUTHORISED] + counts[:, rates.UNAUTHORISED]
        for year_group in np.unique(groups[ours]).tolist():
            some = groups[ours] == year_group
            np.add.at(pairs[phase, year_group], (possible[some], absent[some]), 1)
    return dict(pairs)


def _spells(enrolments: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.str_]]:
    """First and last days as ordinals, and year groups, in the order of the enrolments (ascending)."""
    with connection.cursor() as cursor:
        cursor.execute(_SPELLS, [array(enrolments.tolist())])
        starts, ends, groups = zip(*cursor.fetchall(), strict=True) if len(enrolments) else ((),) * 3
    return np.array(starts, np.int64), np.array(ends, np.int64), np.array(groups, np.str_)


_SPELLS = f"""
    select {ordinal("start")}, {ordinal('"end"')}, year_group from {Enrolment._meta.db_table}
    where id = any(%s::bigint[]) order by id
"""  # noqa: S608


def _columns(year: int, fortnight: Fortnight) -> NDArray[np.intp]:
    days = [fortnight.first + dt.timedelta(days=n) for n in range((fortnight.last - fortnight.first).days + 1)]
    return np.array(
        [matrix.index_of(day, pm) for day in days if fortnight.holds(day) and matrix.academic_year(day) == year for pm in (False, True)],
        np.intp,
    )
