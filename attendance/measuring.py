"""Any period and any cut, straight from the registers: what pages and commands ask that no rollup keeps.

A few queries for some schools at a time, whatever is asked; the rules are in attendance.measures. A pupil belongs to the cohorts they
are in on the day of the school's latest session of the year in which the period ends, as in the rollups (attendance.cuts).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from attendance import matrix, register, rollups
from attendance.codes import classes, possible
from attendance.cuts import WHOLE, Cut, Kind
from attendance.matrix import Session
from attendance.measures import measure as rules
from attendance.measures.holidays_in_term import round_breaks
from attendance.measures.judged import judge
from attendance.measures.measure import Measures, Rows
from attendance.measures.mobility import Mobility, Stay, mobility
from attendance.models import SchoolYear
from schools.calendar import Calendar, Span, build
from schools.models import Characteristic, Enrolment, School, SchoolLink
from schools.policy import Policy
from schools.reports import own_days

SCHOOLS_AT_ONCE = 8
_ROOM = dt.timedelta(days=120)  # of a calendar beyond the last day looked at: an N of July is due in September
_DAY = dt.timedelta(days=1)
Progress = Callable[[str, int, int], None]


def quiet(step: str, done: int, total: int) -> None:
    """For whoever does not watch."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which enrolments, in which groups. `group`: a kind of cut, or ALL where whole schools are grouped by `keys` alone."""

    group: Kind = Kind.ALL
    cuts: tuple[Cut, ...] = ()  # all of them must hold
    by_pupil: bool = False  # persistent and severe absence of pupils over their schools, for casework; else of enrolments, as DfE


@dataclass(frozen=True, slots=True)
class Measured:
    measures: Measures = field(default_factory=Measures)
    mobility: Mobility = field(default_factory=Mobility)
    pupils: int = 0
    enrolments: int = 0  # on roll at some time of the period


@dataclass(slots=True)
class Answer:
    """Of one period. `groups`: by key of the school and value of the cut."""

    groups: dict[tuple[str, str], Measured] = field(default_factory=dict)
    whole: Measured = field(default_factory=Measured)  # all that the cuts leave, in whatever group
    latest: dict[int, Session] = field(default_factory=dict)  # by school: the last possible session in the period
    with_marks: set[int] = field(default_factory=set)  # schools with a mark that shows them open


@dataclass(frozen=True, slots=True)
class _Spell:
    pk: int
    pupil: int
    start: dt.date
    end: dt.date | None
    year_group: str
    sex: str


@dataclass(slots=True)
class _Parts:
    """What is added up of a group, school by school."""

    measures: Measures = field(default_factory=Measures)
    mobility: Mobility = field(default_factory=Mobility)
    rows: list[Rows] = field(default_factory=list)

    def add(self, measures: Measures, moved: Mobility, rows: Rows) -> None:
        self.measures += measures
        self.mobility += moved
        self.rows.append(rows)


def measured(
    schools: Sequence[School],
    periods: Sequence[Mapping[int, Span]],
    asked: Asked,
    *,
    day: dt.date,
    policy: Policy,
    keys: Mapping[int, Sequence[str]] | None = None,
    progress: Progress = quiet,
) -> list[Answer]:
    """An answer for each period: by school, its days of it (a school without is left out).

    `keys`: by school, the groups it is in (a school may be two officers'); none: all in one, "".

    Seven queries for each eight schools.
    """
    found = [(Answer(), defaultdict[tuple[str, str], _Parts](_Parts), _Parts()) for _ in periods]
    for at in range(0, len(schools), SCHOOLS_AT_ONCE):
        progress("Reading the registers", at, len(schools))
        some = schools[at : at + SCHOOLS_AT_ONCE]
        known = _read([school.pk for school in some], periods, asked, day)
        for school in some:
            for period, (answer, groups, whole) in zip(periods, found, strict=True):
                if school.pk not in period:
                    continue
                within = [""] if keys is None else keys.get(school.pk, ())
                _add(
                    known,
                    school.pk,
                    period[school.pk],
                    asked,
                    within,
                    answer,
                    groups,
                    whole,
                    partial(rules.measure, day=day, school_days=policy["n_school_days"]),
                )
    for answer, groups, whole in found:
        answer.groups = {key: _whole(parts, asked) for key, parts in groups.items()}
        answer.whole = _whole(whole, asked)
    return [answer for answer, *_ in found]


def everywhere(schools: Iterable[School], first: dt.date, last: dt.date) -> dict[int, Span]:
    """The same days at every school."""
    return {school.pk: Span(first, last) for school in schools}


@dataclass(slots=True)
class _Known:
    """Some schools' registers, rolls and calendars."""

    years: dict[int, register.Rows]
    spells: dict[int, list[_Spell]]  # by school, in order of their keys
    calendars: dict[int, Calendar]
    latest: dict[tuple[int, int], dt.date | None]  # by school and year
    cohorts: dict[int, list[tuple[str, dt.date, dt.date | None]]]  # by pupil
    moves: set[tuple[int, int, dt.date]]  # pupil, school, first day of a spell there
    ends: set[tuple[int, int, dt.date]]  # the same with the day after its last
    before: dict[int, set[int]]  # by school, itself and the schools it follows
    after: dict[int, set[int]]


def _read(schools: list[int], periods: Sequence[Mapping[int, Span]], asked: Asked, day: dt.date) -> _Known:
    spans = [period[school] for period in periods for school in schools if school in period]
    first, last = min((s.first for s in spans), default=day), max((s.last for s in spans), default=day)
    years = sorted({year for span in spans for year in matrix.years_between(*span)}) or [matrix.academic_year(day)]
    links = list(SchoolLink.objects.filter(predecessor__in=schools) | SchoolLink.objects.filter(successor__in=schools))
    before, after = ({school: {school} for school in schools} for _ in range(2))
    for link in links:
        if link.successor_id in before:
            before[link.successor_id].add(link.predecessor_id)
        if link.predecessor_id in after:
            after[link.predecessor_id].add(link.successor_id)
    around = {other for linked in (before, after) for those in linked.values() for other in those}
    rolls = Enrolment.objects.filter(school__in=around).touching(first - _DAY, last + _DAY).order_by("pk")
    found = list(rolls.values_list("school_id", "pk", "pupil_id", "start", "end", "year_group", "pupil__sex"))
    spells: dict[int, list[_Spell]] = {school: [] for school in schools}
    for school, pk, pupil, start, end, year_group, sex in found:
        if school in spells:
            spells[school].append(_Spell(pk, pupil, start, end, year_group, sex))
    known = SchoolYear.objects.filter(school__in=schools, year__range=(years[0], matrix.academic_year(day)))
    seen = {(school, year): (bytes(said), latest) for school, year, said, latest in known.values_list("school", "year", "seen", "latest")}
    return _Known(
        register.read_years(years, schools=schools),
        spells,
        _calendars(schools, years, seen, max(day, last)),
        {key: latest for key, (_, latest) in seen.items()},
        _cohorts({spell.pupil for own in spells.values() for spell in own}) if _needs_cohorts(asked) else {},
        {(pupil, school, start) for school, _, pupil, start, *_ in found},
        {(pupil, school, end + _DAY) for school, _, pupil, _, end, *_ in found if end},
        before,
        after,
    )


def _needs_cohorts(asked: Asked) -> bool:
    return Kind.COHORT in {asked.group, *(cut.kind for cut in asked.cuts)}


def _cohorts(pupils: Iterable[int]) -> dict[int, list[tuple[str, dt.date, dt.date | None]]]:
    found: dict[int, list[tuple[str, dt.date, dt.date | None]]] = defaultdict(list)
    known = Characteristic.objects.filter(pupil__any_of=list(pupils))
    for pupil, kind, start, end in known.values_list("pupil", "kind", "start", "end"):
        found[pupil].append((kind, start, end))
    return found


def _calendars(
    schools: list[int], years: Sequence[int], seen: Mapping[tuple[int, int], tuple[bytes, dt.date | None]], day: dt.date
) -> dict[int, Calendar]:
    """From the beginning of the first year on; `day`: the last looked at, or today if that is later."""
    first = matrix.year_start(years[0])
    terms, closures = own_days(schools)
    found = {}
    for school in schools:
        shown = np.zeros((day - first).days + 1, np.bool_)
        for year in matrix.years_between(first, day):
            if (school, year) in seen:
                days = np.frombuffer(seen[school, year][0], np.uint8) & rollups.SEEN_OPEN > 0
                low = (matrix.year_start(year) - first).days
                part = shown[low : low + len(days) // 2]
                part |= (days[::2] | days[1::2])[: len(part)]
        found[school] = build(first, day + _ROOM, as_of=day, terms=terms.get(school, ()), closures=closures.get(school, ()), seen=shown)
    return found


def _add(
    known: _Known,
    school: int,
    period: Span,
    asked: Asked,
    keys: Sequence[str],
    answer: Answer,
    groups: dict[tuple[str, str], _Parts],
    whole: _Parts,
    measure: Callable[..., Measures],
) -> None:
    """One school's part of one period."""
    spells = [s for s in known.spells[school] if s.start <= period.last and (s.end is None or s.end >= period.first)]
    marks = _window(known, school, spells, period, answer)
    pupils = np.array([spell.pupil for spell in spells], np.int64)
    calendar = known.calendars[school]
    near = _near(calendar, period)
    began = {year: _began(calendar, year) for year in matrix.years_between(*period)}

    def of(rows: NDArray[np.bool_]) -> tuple[Measures, Mobility, Rows]:
        own, stays = marks[rows], [_stay(known, school, spells[row]) for row in np.flatnonzero(rows)]
        kept = rules.rows(own, pupils[rows])
        moved = mobility(stays, period.first, period.last, began)
        return measure(own, period.first, calendar=calendar, near=near, known=kept), moved, kept

    left, members = _members(known, school, spells, period, asked)
    all_of_it = of(left)
    whole.add(*all_of_it)
    for value, rows in members.items():
        parts = all_of_it if np.array_equal(rows, left) else of(rows)
        for key in keys:
            groups[key, value].add(*parts)


def _window(known: _Known, school: int, spells: list[_Spell], period: Span, answer: Answer) -> matrix.Marks:
    """The marks that count, a row a spell and two columns a day."""
    marks = np.zeros((len(spells), 2 * ((period.last - period.first).days + 1)), np.uint8)
    order = np.array([spell.pk for spell in spells], np.int64)
    at = 0
    for year in matrix.years_between(*period):
        rows, span = known.years[year], matrix.span(year, *period)
        ours = np.flatnonzero(rows.schools == school)
        if rollups.seen_open(rows.marks[ours, span]).any():
            answer.with_marks.add(school)
        ours = ours[np.isin(rows.enrolments[ours], order)]
        there = np.searchsorted(order, rows.enrolments[ours])
        inside = matrix.inside(year, [spells[i].start for i in there], [spells[i].end for i in there])[:, span]
        marks[there, at : at + span.stop - span.start] = rows.marks[ours, span] * inside
        at += span.stop - span.start
    could = np.flatnonzero(possible(classes(marks)).any(axis=0))
    if len(could):
        answer.latest[school] = Session(period.first + dt.timedelta(days=int(could[-1]) // 2), bool(could[-1] % 2))
    return marks


def _near(calendar: Calendar, period: Span) -> NDArray[np.bool_]:
    """Which days of the period lie round a break, year by year."""
    parts = []
    for year in matrix.years_between(*period):
        low = (matrix.year_start(year) - calendar.first).days
        length = (matrix.year_end(year) - matrix.year_start(year)).days + 1
        days = np.zeros(length, np.bool_)
        held = calendar.open[low : low + length]
        days[: len(held)] = held
        near = round_breaks(matrix.year_start(year), days)
        begin = max((period.first - matrix.year_start(year)).days, 0)
        parts.append(near[begin : (period.last - matrix.year_start(year)).days + 1])
    found: NDArray[np.bool_] = np.concatenate(parts)
    return found


def _began(calendar: Calendar, year: int) -> dt.date | None:
    """The first day of the year on which the school met; one still to come that nobody has said is not known."""
    low = (matrix.year_start(year) - calendar.first).days
    found = np.flatnonzero(calendar.days[low : low + 366] == 1)
    return matrix.year_start(year) + dt.timedelta(days=int(found[0])) if len(found) else None


def _stay(known: _Known, school: int, spell: _Spell) -> Stay:
    return Stay(
        spell.start,
        spell.end,
        goes_on=spell.end is not None and any((spell.pupil, there, spell.end + _DAY) in known.moves for there in known.after[school]),
        went_on=any((spell.pupil, there, spell.start) in known.ends for there in known.before[school]),
    )


def _members(
    known: _Known, school: int, spells: list[_Spell], period: Span, asked: Asked
) -> tuple[NDArray[np.bool_], dict[str, NDArray[np.bool_]]]:
    """Which of the spells every cut leaves, and which of these each value of the group holds."""
    day = known.latest.get((school, matrix.academic_year(period.last))) or matrix.year_end(matrix.academic_year(period.last))
    cuts = [cut for cut in asked.cuts if cut != WHOLE]
    left = np.array([all(cut.value in _values(known, spell, cut.kind, day) for cut in cuts) for spell in spells], np.bool_)
    values = [_values(known, spell, asked.group, day) if stays else set() for spell, stays in zip(spells, left, strict=True)]
    every = {value for own in values for value in own}
    return left, {value: np.array([value in own for own in values], np.bool_) for value in sorted(every)}


def _values(known: _Known, spell: _Spell, kind: Kind, day: dt.date) -> set[str]:
    if kind == Kind.YEAR_GROUP:
        return {spell.year_group}
    if kind == Kind.SEX:
        return {spell.sex}
    if kind == Kind.COHORT:
        return {kind for kind, start, end in known.cohorts.get(spell.pupil, ()) if start <= day and (end is None or end >= day)}
    return {""}


def _whole(parts: _Parts, asked: Asked) -> Measured:
    who = np.concatenate([rows.who for rows in parts.rows]) if parts.rows else np.zeros(0, np.int64)
    counts = np.concatenate([rows.counts for rows in parts.rows]) if parts.rows else np.zeros((0, 5), np.int32)
    suspended = np.concatenate([rows.who[rows.suspended] for rows in parts.rows]) if parts.rows else who
    count = judge(counts, who) if asked.by_pupil else parts.measures.count
    measures = replace(parts.measures, count=count, suspended=len(np.unique(suspended)))
    return Measured(measures, parts.mobility, len(np.unique(who)), len(who))
