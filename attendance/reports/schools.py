"""Reads for pages about schools, from the rollups: a query or two each, however many schools."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from django.db.models import Count, Q, Sum
from numpy.typing import NDArray

from attendance import matrix, register, rollups
from attendance.codes import BLANK, BY_BYTE, LATE_BYTES, Class
from attendance.histories import own_days
from attendance.matrix import Session
from attendance.models import EnrolmentFigures, SchoolWeek, SchoolYear
from attendance.rates import Figures, percentage
from schools import calendar
from schools.models import Enrolment, School

_NOTHING = Figures()


@dataclass(frozen=True, slots=True)
class SchoolFigures:
    """A school's (or several schools') academic year to the latest session loaded."""

    figures: Figures = _NOTHING
    enrolments: int = 0  # with at least one possible session: what persistent and severe are counted of
    persistent: int = 0
    severe: int = 0
    latest: Session | None = None  # the last session with a mark that counts; None: no register this year

    @property
    def persistent_pct(self) -> float | None:
        return percentage(self.persistent, self.enrolments)

    @property
    def severe_pct(self) -> float | None:
        return percentage(self.severe, self.enrolments)

    def __add__(self, other: SchoolFigures) -> SchoolFigures:
        return SchoolFigures(
            self.figures + other.figures,
            self.enrolments + other.enrolments,
            self.persistent + other.persistent,
            self.severe + other.severe,
            max((s for s in (self.latest, other.latest) if s), default=None),
        )


def school_figures(school_ids: Iterable[int], *, today: dt.date, latest: Mapping[int, Session] | None = None) -> dict[int, SchoolFigures]:
    """The year to date of each school; one without registers is there too, with nothing possible. Two queries, one if
    the latest sessions are given."""
    ids, year = list(school_ids), matrix.academic_year(today)
    latest = latest_sessions(ids, today=today) if latest is None else latest
    found = {pk: SchoolFigures(latest=latest.get(pk)) for pk in ids}
    sums = (
        EnrolmentFigures.objects.filter(school__in=ids, year=year)
        .values("school")
        .annotate(
            p=Sum("possible"), a=Sum("attended"), au=Sum("authorised"), un=Sum("unauthorised"), late_=Sum("late"),
            n=Count("pk", filter=Q(possible__gt=0)), pa=Count("pk", filter=Q(persistent=True)), sa=Count("pk", filter=Q(severe=True)),
        )
    )  # fmt: skip
    for row in sums:
        figures = Figures(row["p"], row["a"], row["au"], row["un"], row["late_"])
        found[row["school"]] = SchoolFigures(figures, row["n"], row["pa"], row["sa"], latest.get(row["school"]))
    return found


def latest_sessions(school_ids: Iterable[int] | None, *, today: dt.date) -> dict[int, Session]:
    """The last session of the year with a mark that counts (None: of every school); schools that sent none are left out."""
    years = SchoolYear.objects.filter(year=matrix.academic_year(today), latest__isnull=False)
    if school_ids is not None:
        years = years.filter(school__in=list(school_ids))
    return {s: Session(day, pm) for s, day, pm in years.values_list("school", "latest", "latest_pm") if day}


@dataclass(frozen=True, slots=True)
class Sent:
    """Which registers of the year every school has sent, and the own days of some. Days are counted from 1 August."""

    year: int
    seen: dict[int, NDArray[np.uint8]]  # by school: bits of each session (rollups)
    latest: dict[int, Session]  # by school: what its registers are said to reach; schools without any left out
    met: NDArray[np.bool_]  # days on which at least half of the schools that sent registers met
    terms: dict[int, list[calendar.Span]]
    closures: dict[int, list[calendar.Span]]

    def behind(self, school_ids: Iterable[int], *, today: dt.date) -> dict[int, int]:
        """School days gone by since each school's latest register (since 1 August where there is none).

        A school day by the school's own terms and closures; where these say nothing, a weekday on which most others met.
        """
        first, last = matrix.year_start(self.year), matrix.year_end(self.year)
        past = np.arange(len(self.met)) < (today - first).days
        weekday = (np.arange(len(self.met)) + first.weekday()) % 7 < 5
        found = {}
        for pk in school_ids:
            seen = _days(self.seen[pk], rollups.SEEN_OPEN) if pk in self.seen else None
            days = calendar.build(first, last, as_of=today, terms=self.terms[pk], closures=self.closures[pk], seen=seen)
            days_open, own = (np.resize(row, len(self.met)) for row in (days.open, days.own))
            due = weekday & ((days_open & past) | (self.met & (days_open | ~own)))
            since = (self.latest[pk].date - first).days + 1 if pk in self.latest else 0
            found[pk] = int(due[since : (today - first).days + 1].sum())
        return found


def sent(schools: Iterable[int], *, today: dt.date) -> Sent:
    """What every school has sent this year, and the terms and closures of `schools`. Two queries.

    A register reaches the last session with marks for at least half of those on roll: one pupil's mark on a Sunday does not
    make a school's registers newer. Where no session has as many, the last with any.
    """
    year = matrix.academic_year(today)
    latest: dict[int, Session] = {}
    seen: dict[int, NDArray[np.uint8]] = {}
    for pk, day, pm, row in SchoolYear.objects.filter(year=year).values_list("school", "latest", "latest_pm", "seen"):
        seen[pk] = np.frombuffer(bytes(row), np.uint8)
        half = np.flatnonzero(seen[pk] & rollups.SEEN_HALF)
        if len(half):
            latest[pk] = matrix.session_at(year, int(half[-1]))
        elif day:
            latest[pk] = Session(day, pm)
    return Sent(year, seen, latest, _most_met(seen.values()), *own_days(schools))


def _days(bits: NDArray[np.uint8], bit: int) -> NDArray[np.bool_]:
    """Days on which one of the two sessions bears the bit."""
    return ((bits[::2] | bits[1::2]) & bit).astype(np.bool_)


def _most_met(seen: Collection[NDArray[np.uint8]]) -> NDArray[np.bool_]:
    """Days of the year on which at least half of these schools met."""
    met = np.zeros(matrix.LENGTH // 2, np.int64)
    for bits in seen:
        met += _days(bits, rollups.SEEN_OPEN)
    return (met > 0) & (met * 2 >= len(seen))


@dataclass(frozen=True, slots=True)
class WeekPoint:
    """A school's week: counted marks of the sessions inside enrolments."""

    monday: dt.date
    figures: Figures
    enrolments: int  # with at least one possible session in the week
    codes: dict[str, int]  # sessions by code


def trends(school: School, years: Iterable[int]) -> dict[int, list[WeekPoint]]:
    """The weeks of each academic year in which the school has marks, in order. One query."""
    found: dict[int, list[WeekPoint]] = {year: [] for year in years}
    for week in SchoolWeek.objects.filter(school=school, year__in=list(found)).order_by("monday"):
        point = WeekPoint(week.monday, _figures_of(week.counts), week.enrolments, _codes_of(week.counts))
        found[week.year].append(point)
    return found


def _codes_of(counts: list[int]) -> dict[str, int]:
    return {BY_BYTE[byte].code: n for byte, n in enumerate(counts) if n and byte != BLANK}


def _figures_of(counts: list[int]) -> Figures:
    by_class: dict[Class, int] = defaultdict(int)
    for byte, number in enumerate(counts):
        if number and byte != BLANK:
            by_class[BY_BYTE[byte].klass] += number
    attended = by_class[Class.ATTENDING] + by_class[Class.ELSEWHERE]
    authorised, unauthorised = by_class[Class.AUTHORISED], by_class[Class.UNAUTHORISED]
    late = sum(counts[byte] for byte in LATE_BYTES)
    return Figures(attended + authorised + unauthorised, attended, authorised, unauthorised, late)


@dataclass(frozen=True, slots=True)
class CoverageDay:
    """How much of one day's register has come. `expected` = pupils on roll that day; a session counts as marked with any code."""

    date: dt.date
    status: str  # "complete" | "partial" | "missing" | "closed"
    expected: int
    marked_am: int
    marked_pm: int


def coverage(school: School, *, today: dt.date, weeks: int = 4, known: Sent | None = None) -> list[CoverageDay]:
    """Monday to Friday of the last `weeks` weeks, up to today, oldest first.

    complete: every pupil on roll has a mark in both sessions. missing: the school should have met (its terms, or else
    most schools of the authority did) and no mark has come. closed: it did not meet.
    """
    first = calendar.monday_of(today) - dt.timedelta(weeks=weeks - 1)
    known = known or sent([school.pk], today=today)
    found = []
    for year in matrix.years_between(first, today):
        rows = register.read(year, schools=[school.pk])
        on_roll = _on_roll(school, year)
        nobody = np.zeros(matrix.LENGTH, np.bool_)
        counted = np.array([on_roll.get(pk, nobody) for pk in rows.enrolments.tolist()], np.bool_).reshape(-1, matrix.LENGTH)
        marked = (rows.marks != BLANK) & counted
        seen = np.logical_or.reduce(rollups.seen_open(rows.marks), axis=0)
        days = calendar.build(
            matrix.year_start(year),
            matrix.year_end(year),
            as_of=today,
            terms=known.terms[school.pk],
            closures=known.closures[school.pk],
            seen=seen[::2] | seen[1::2],
        )
        met = known.met if year == known.year else _met_in(year)
        roll = sum(on_roll.values(), np.zeros(matrix.LENGTH, np.int64))[::2]
        for day in _weekdays(max(first, matrix.year_start(year)), min(today, matrix.year_end(year))):
            at = matrix.index_of(day)
            am, pm = int(marked[:, at].sum()), int(marked[:, at + 1].sum())
            found.append(_judge_day(day, days, int(roll[at // 2]), am, pm, bool(met[at // 2])))
    return found


def _judge_day(day: dt.date, days: calendar.Calendar, expected: int, am: int, pm: int, others_met: bool) -> CoverageDay:
    is_open = days.is_school_day(day)
    if is_open and am + pm == 0:
        status = "missing" if expected else "closed"
    elif is_open:
        status = "complete" if am >= expected and pm >= expected else "partial"
    else:
        silent = am + pm == 0 and others_met and expected > 0 and not days.is_own_word(day)
        status = "missing" if silent else "closed"
    return CoverageDay(day, status, expected, am, pm)


def _on_roll(school: School, year: int) -> dict[int, NDArray[np.bool_]]:
    """By enrolment: the sessions of the year that lie in it."""
    first, last = matrix.year_start(year), matrix.year_end(year)
    spells = list(Enrolment.objects.filter(school=school).touching(first, last).values_list("pk", "start", "end"))
    on = matrix.inside(year, [start for _, start, _ in spells], [end for _, _, end in spells])
    return {pk: row for (pk, _, _), row in zip(spells, on, strict=True)}


def _met_in(year: int) -> NDArray[np.bool_]:
    rows = SchoolYear.objects.filter(year=year).values_list("seen", flat=True)
    return _most_met([np.frombuffer(bytes(row), np.uint8) for row in rows])


def _weekdays(first: dt.date, last: dt.date) -> list[dt.date]:
    days = (first + dt.timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in days if day.weekday() < 5]
