"""Which registers have come, and which have not: read from the rollups in a few queries, however many schools."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from django.db import connection
from django.db.models import Max
from numpy.typing import NDArray

from attendance import coverage, matrix, rollups
from attendance.coverage import Silence, Status
from attendance.matrix import Session
from attendance.models import Load, SchoolYear
from attendance.supply import Gap, gaps
from schools import calendar
from schools.models import School
from schools.policy import Policy
from schools.reports import own_days

Bools = NDArray[np.bool_]
Spans = tuple[calendar.Span, ...]
_BLANK = np.zeros(matrix.LENGTH, np.uint8)
_NOBODY = np.zeros(matrix.LENGTH, np.int64)


@dataclass(frozen=True, slots=True)
class Sent:
    """Which registers of an academic year every school has sent, and the own days of some. Days are counted from 1 August."""

    year: int
    seen: dict[int, NDArray[np.uint8]]  # by school: bits of each session (rollups)
    marked: dict[int, NDArray[np.int64]]  # by school: pupils with a mark, by session
    latest: dict[int, Session]  # by school: what its registers are said to reach; schools without any left out
    met: Bools  # days on which at least half of the schools that sent registers met
    terms: dict[int, list[calendar.Span]]
    closures: dict[int, list[calendar.Span]]
    _days: dict[tuple[int, dt.date], calendar.Calendar] = field(default_factory=dict)

    @property
    def first(self) -> dt.date:
        return matrix.year_start(self.year)

    def calendar(self, school: int, *, today: dt.date) -> calendar.Calendar:
        """The school's days of the year: by its terms and closures, else by what its registers show."""
        if (school, today) not in self._days:
            seen = _on_days(self.seen.get(school, _BLANK), rollups.SEEN_OPEN).tobytes()
            self._days[school, today] = _calendar(self.year, today, tuple(self.terms[school]), tuple(self.closures[school]), seen)
        return self._days[school, today]

    def due(self, school: int, *, today: dt.date) -> Bools:
        """Days of the year, to today, on which a register of the school is to be expected."""
        days = self.calendar(school, today=today)
        length = len(days.days)
        weekday = (np.arange(length) + self.first.weekday()) % 7 < 5
        wanted = coverage.due(days.open, days.own, self.met[:length], weekday)
        wanted[(today - self.first).days + 1 :] = False
        return wanted

    def silences(self, schools: Iterable[int], said: Iterable[Gap], *, today: dt.date, at: dt.time, policy: Policy) -> dict[int, Silence]:
        """Of which of these schools the alarm sounds at a moment of today. Those `said` to supply none raise none."""
        excused: dict[int, list[Gap]] = defaultdict(list)
        for gap in said:
            excused[gap.school.pk].append(gap)
        now, found = (today - self.first).days, {}
        for pk in schools:
            wanted = self.due(pk, today=today)
            for gap in excused[pk]:
                wanted[max((gap.start - self.first).days, 0) : max((gap.last - self.first).days + 1, 0)] = False
            silence = coverage.alarm(
                wanted,
                heard=(self.latest[pk].date - self.first).days if pk in self.latest else -1,
                today=now,
                heard_today=bool(_on_days(self.seen.get(pk, _BLANK), rollups.SEEN_ANY)[now]),
                hour_passed=at >= dt.time(policy["silent_hour"]),
                most_days=policy["silent_days"],
            )
            if silence:
                found[pk] = silence
        return found

    def lacks(self, gap: Gap, *, today: dt.date) -> bool:
        """Is there a day of the gap, up to today, on which a register of the school was due and no mark has come?"""
        wanted = self.due(gap.school.pk, today=today)
        silent = wanted & ~_on_days(self.seen.get(gap.school.pk, _BLANK), rollups.SEEN_ANY)[: len(wanted)]
        low, high = ((day - self.first).days for day in (gap.start, gap.last))
        return bool(silent[max(low, 0) : max(high + 1, 0)].any())


@lru_cache(maxsize=1024)  # as pure as what it calls: a dashboard asks for the same calendars of every school again and again
def _calendar(
    year: int, today: dt.date, terms: tuple[calendar.Span, ...], closures: tuple[calendar.Span, ...], seen: bytes
) -> calendar.Calendar:
    first, last = matrix.year_start(year), matrix.year_end(year)
    return calendar.build(first, last, as_of=today, terms=terms, closures=closures, seen=np.frombuffer(seen, np.bool_))


def calendar_of(
    year: int, today: dt.date, terms: Iterable[calendar.Span], closures: Iterable[calendar.Span], seen: bytes | None
) -> calendar.Calendar:
    """One school's days of an academic year, from its own rows as somebody read them. `seen`: of its `SchoolYear`; None without one."""
    bits = np.frombuffer(bytes(seen), np.uint8) if seen else _BLANK
    return _calendar(year, today, tuple(terms), tuple(closures), _on_days(bits, rollups.SEEN_OPEN).tobytes())


def sent(schools: Iterable[int], *, today: dt.date, year: int | None = None) -> Sent:
    """What every school has sent this academic year (or another), and the terms and closures of `schools`. Two queries.

    A register reaches the last session with marks for at least half of those on roll: one pupil's mark on a Sunday does not
    make a school's registers newer. Where no session has as many, the last with any.
    """
    return _sent(matrix.academic_year(today) if year is None else year, *own_days(schools))


def _sent(year: int, terms: dict[int, list[calendar.Span]], closures: dict[int, list[calendar.Span]]) -> Sent:
    latest: dict[int, Session] = {}
    seen: dict[int, NDArray[np.uint8]] = {}
    marked: dict[int, NDArray[np.int64]] = {}
    rows = SchoolYear.objects.filter(year=year).values_list("school", "latest", "latest_pm", "seen", "marked")
    for pk, day, pm, bits, counts in rows:
        seen[pk] = np.frombuffer(bytes(bits), np.uint8)
        marked[pk] = np.frombuffer(bytes(counts), "<u2").astype(np.int64)
        if reach := reached(year, seen[pk], day, pm):
            latest[pk] = reach
    return Sent(year, seen, marked, latest, _most_met(seen.values()), terms, closures)


def reached(year: int, seen: NDArray[np.uint8], day: dt.date | None, pm: bool) -> Session | None:
    """What a school's registers of a year reach (see `sent`), of its row of SchoolYear."""
    half = np.flatnonzero(seen & rollups.SEEN_HALF)
    if len(half):
        return matrix.session_at(year, int(half[-1]))
    return Session(day, pm) if day else None


def _on_days(bits: NDArray[np.uint8], bit: int) -> Bools:
    """Days on which one of the two sessions bears the bit."""
    return ((bits[::2] | bits[1::2]) & bit).astype(np.bool_)


def _most_met(seen: Collection[NDArray[np.uint8]]) -> Bools:
    """Days of the year on which at least half of these schools met."""
    met = np.zeros(matrix.LENGTH // 2, np.int64)
    for bits in seen:
        met += _on_days(bits, rollups.SEEN_OPEN)
    return (met > 0) & (met * 2 >= len(seen))


@dataclass(frozen=True, slots=True)
class CoverageDay:
    """How much of one day's register has come. `expected` = pupils on roll that day; a session counts as marked with any code."""

    date: dt.date
    status: str  # coverage.Status.word
    expected: int
    marked_am: int
    marked_pm: int


@dataclass(frozen=True, slots=True)
class Grid:
    """Some schools' days between two dates: arrays (schools, days)."""

    schools: Sequence[School]
    dates: list[dt.date]
    status: NDArray[np.uint8]  # coverage.Status
    expected: NDArray[np.int64]
    am: NDArray[np.int64]
    pm: NDArray[np.int64]

    def days_of(self, row: int, columns: Iterable[int]) -> list[CoverageDay]:
        return [
            CoverageDay(
                self.dates[at],
                Status(int(self.status[row, at])).word,
                int(self.expected[row, at]),
                int(self.am[row, at]),
                int(self.pm[row, at]),
            )
            for at in columns
        ]

    def counts(self, status: Status) -> NDArray[np.int64]:
        """Days of this status, by school."""
        return (self.status == status).sum(axis=1)

    def school_days(self) -> list[int]:
        """Columns of the days on which a register of some school was due or has come."""
        return np.flatnonzero((self.status != Status.CLOSED).any(axis=0)).tolist()


def grid(
    schools: Sequence[School],
    first: dt.date,
    last: dt.date,
    *,
    today: dt.date,
    at: dt.time,
    policy: Policy,
    known: Sent | None = None,
) -> Grid:
    """What has come of each of these schools' days from `first` to `last` or today. Four queries, another for each further year."""
    ids, last = [school.pk for school in schools], min(last, today)
    years = matrix.years_between(first, last)
    terms, closures = (known.terms, known.closures) if known else own_days(ids)
    by_year = [known if known and known.year == year else _sent(year, terms, closures) for year in years]
    dates = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    open_, own, am, pm, met = _stitched(ids, by_year, first, last, today)
    expected = on_roll(ids, first, last)
    weekday = np.array([day.weekday() < 5 for day in dates], np.bool_)
    days = coverage.Days(
        open=open_,
        own=own,
        met=met,
        weekday=weekday,
        expected=expected,
        am=am,
        pm=pm,
        excused=_excused(schools, first, last, today),
        awaited=np.array([day == today and at < dt.time(policy["silent_hour"]) for day in dates], np.bool_),
    )
    return Grid(schools, dates, coverage.judge(days), expected, am, pm)


def _stitched(
    ids: list[int], by_year: list[Sent], first: dt.date, last: dt.date, today: dt.date
) -> tuple[Bools, Bools, NDArray[np.int64], NDArray[np.int64], Bools]:
    """Open, own, marked in the morning and afternoon (schools, days) and met (days,), over the years that the dates touch."""
    length = (last - first).days + 1
    open_, own = (np.zeros((len(ids), length), np.bool_) for _ in range(2))
    am, pm = (np.zeros((len(ids), length), np.int64) for _ in range(2))
    met = np.zeros(length, np.bool_)
    for sent_ in by_year:
        low, high = max(first, sent_.first), min(last, matrix.year_end(sent_.year))
        ours = slice((low - first).days, (high - first).days + 1)
        theirs = slice((low - sent_.first).days, (high - sent_.first).days + 1)
        met[ours] = sent_.met[theirs]
        for row, pk in enumerate(ids):
            days, marked = sent_.calendar(pk, today=today), sent_.marked.get(pk, _NOBODY)
            open_[row, ours], own[row, ours] = days.open[theirs], days.own[theirs]
            am[row, ours], pm[row, ours] = marked[::2][theirs], marked[1::2][theirs]
    return open_, own, am, pm, met


def _excused(schools: Sequence[School], first: dt.date, last: dt.date, today: dt.date) -> Bools:
    excused = np.zeros((len(schools), (last - first).days + 1), np.bool_)
    at = {school.pk: row for row, school in enumerate(schools)}
    for gap in gaps(schools, first, last, today=today):
        excused[at[gap.school.pk], max((gap.start - first).days, 0) : (gap.last - first).days + 1] = True
    return excused


def on_roll(school_ids: Sequence[int], first: dt.date, last: dt.date) -> NDArray[np.int64]:
    """Enrolments on roll of each school on each day: (schools, days). One query, counted in the database."""
    at = {pk: row for row, pk in enumerate(school_ids)}
    steps = np.zeros((len(at), (last - first).days + 2), np.int64)
    with connection.cursor() as cursor:
        cursor.execute(
            'select school_id, greatest(start, %(first)s), least(coalesce("end", %(last)s), %(last)s), count(*) from schools_enrolment '
            'where school_id = any(%(ids)s) and start <= %(last)s and ("end" is null or "end" >= %(first)s) group by 1, 2, 3',
            {"first": first, "last": last, "ids": list(school_ids)},
        )
        for pk, start, end, number in cursor.fetchall():
            steps[at[pk], (start - first).days] += number
            steps[at[pk], (end - first).days + 1] -= number
    return steps.cumsum(axis=1)[:, :-1]


def of_school(
    school: School, *, today: dt.date, at: dt.time, policy: Policy, weeks: int = 4, known: Sent | None = None
) -> list[CoverageDay]:
    """Monday to Friday of the last `weeks` weeks, up to today, oldest first."""
    first = calendar.monday_of(today) - dt.timedelta(weeks=weeks - 1)
    found = grid([school], first, today, today=today, at=at, policy=policy, known=known)
    return found.days_of(0, [at for at, day in enumerate(found.dates) if day.weekday() < 5])


@dataclass(frozen=True, slots=True)
class Received:
    """When something of a school last came from a source."""

    source: str
    at: dt.datetime


def last_received(school_ids: Iterable[int], *, since: dt.datetime) -> dict[int, list[Received]]:
    """By school, the newest first: the last load of each source since a moment. One query."""
    loads = Load.objects.filter(school__in=list(school_ids), kind=Load.Kind.LOAD, received_at__gte=since)
    found: dict[int, list[Received]] = defaultdict(list)
    for row in loads.values("school", "extract__source").annotate(at=Max("received_at")).order_by("-at"):
        found[row["school"]].append(Received(row["extract__source"] or "", row["at"]))
    return found
