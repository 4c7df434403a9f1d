"""Small boroughs as plain values, for tests of the rules without a database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from attendance import flags, lines, matrix
from attendance.codes import BY_CODE
from attendance.flags import Judgement
from attendance.lines import UNKNOWN, Facts, Lines
from attendance.matrix import Session
from schools import ages, calendar, policy
from schools.calendar import Calendar, Span

Marks = dict[Session, str]
Days = tuple[dt.date, dt.date | None]  # both inclusive; None: no end


@dataclass
class School:
    terms: list[Span] = field(default_factory=list)
    closures: list[Span] = field(default_factory=list)
    independent: bool = False


@dataclass
class Spell:
    """A pupil on a school's roll, with the marks of its register (also those outside the dates)."""

    pupil: int
    school: int
    start: dt.date
    end: dt.date | None
    marks: Marks


@dataclass
class Borough:
    day: dt.date
    schools: list[School]
    dobs: list[dt.date | None]  # one a pupil
    spells: list[Spell]
    watched: dict[int, list[Days]] = field(default_factory=dict)  # by pupil: in care or with a social worker
    part_time: dict[int, list[Days]] = field(default_factory=dict)  # by pupil: a part-time timetable on record

    def of_pupil(self, pupil: int) -> list[Spell]:
        return [spell for spell in self.spells if spell.pupil == pupil]


# The calendar of the worked cases.
TERMS = [
    Span(dt.date(2026, 4, 13), dt.date(2026, 5, 22)),
    Span(dt.date(2026, 6, 1), dt.date(2026, 7, 21)),
    Span(dt.date(2026, 9, 2), dt.date(2026, 10, 23)),
    Span(dt.date(2026, 11, 2), dt.date(2026, 12, 18)),
]
CLOSED = [Span(dt.date(2026, 5, 4), dt.date(2026, 5, 4))]


def school_days() -> Iterator[dt.date]:
    """The school days of the worked cases."""
    for first, last in TERMS:
        for number in range((last - first).days + 1):
            day = first + dt.timedelta(days=number)
            if day.weekday() < 5 and day != CLOSED[0].first:
                yield day


def sessions_from(start: dt.date, marks: str) -> Marks:
    r"""Successive sessions on successive weekdays: sessions_from(Monday, "/ \ / \ I I"); "." is no mark."""
    found: Marks = {}
    for position, mark in enumerate(marks.split()):
        day, weekday = divmod(position, 2)
        date = start + dt.timedelta(days=day + 2 * ((start.weekday() + day) // 5))
        if mark != ".":
            found[Session(date, bool(weekday))] = mark
    return found


def days_marked(*days: dt.date, mark: str = "O", pm: str | None = None) -> Marks:
    """Both sessions of these days; another mark in the afternoon, if given."""
    return {Session(day, half): (pm if half and pm else mark) for day in days for half in (False, True)}


PRESENT = {Session(day, pm): "/\\"[pm] for day in school_days() for pm in (False, True)}


def one_pupil(
    marks: Marks, *, day: dt.date, dob: dt.date | None = dt.date(2012, 3, 4), terms: bool = False, present: bool = True
) -> Borough:
    """One pupil at one school from 2025 on, beside a classmate who attends every day of the worked cases' calendar.

    `present`: the pupil attends wherever `marks` says nothing else.
    """
    school = School(terms=list(TERMS), closures=list(CLOSED)) if terms else School()
    start = dt.date(2025, 9, 1)
    return Borough(
        day,
        [school],
        [dob, dt.date(2012, 5, 6)],
        [Spell(0, 0, start, None, (PRESENT if present else {}) | marks), Spell(1, 0, start, None, dict(PRESENT))],
    )


def calendar_of(borough: Borough, school: int, first: dt.date) -> Calendar:
    seen = np.zeros((borough.day - first).days + 1, np.bool_)
    for spell in borough.spells:
        for session, mark in spell.marks.items():
            if spell.school == school and mark not in "#Z" and first <= session.date <= borough.day:
                seen[(session.date - first).days] = True
    here = borough.schools[school]
    return calendar.build(first, borough.day, as_of=borough.day, terms=here.terms, closures=here.closures, seen=seen)


def lines_of(borough: Borough, years: int = 2) -> tuple[Lines, list[Calendar]]:
    """The borough's registers as the rules are given them."""
    first_year = matrix.academic_year(borough.day) - years + 1
    first = matrix.year_start(first_year)
    days = (borough.day - first).days + 1
    spells = sorted(borough.spells, key=lambda s: (s.pupil, s.start))
    by_year = {year: matrix.blank(len(spells)) for year in range(first_year, first_year + years)}
    for row, spell in enumerate(spells):
        for session, mark in spell.marks.items():
            year = matrix.academic_year(session.date)
            if year in by_year:
                by_year[year][row, matrix.index_of(*session)] = BY_CODE[mark].byte
    calendars = [calendar_of(borough, number, first) for number in range(len(borough.schools))]
    of_age = [_days(first, days, *_age(dob)) for dob in borough.dobs]
    return Lines(
        first=first,
        day=borough.day,
        at=np.arange(days),
        marks=lines.cut(by_year, first, np.arange(days), len(spells)),
        inside=np.array([_days(first, days, s.start, s.end or dt.date.max) for s in spells]),
        pupil=np.array([s.pupil for s in spells]),
        school=np.array([s.school for s in spells]),
        eligible=np.array([not borough.schools[s.school].independent for s in spells]),
        open=np.array([c.open for c in calendars]),
        of_age=np.array(of_age),
        facts=_facts(borough, first, days),
    ), calendars


def _facts(borough: Borough, first: dt.date, days: int) -> Facts:
    def on(spans: list[Days]) -> np.ndarray:
        found = np.zeros(days, np.bool_)
        for low, high in spans:
            found |= _days(first, days, low, high or dt.date.max)
        return found

    pupils = range(len(borough.dobs))
    ended: dict[int, list[Days]] = {pupil: [(low, high) for low, high in spans if high] for pupil, spans in borough.part_time.items()}
    return Facts(
        np.array([on(borough.watched.get(pupil, [])) for pupil in pupils]),
        np.array([on(ended.get(pupil, [])) for pupil in pupils]),
        np.array([_left(borough, pupil) for pupil in pupils]),
    )


def _left(borough: Borough, pupil: int) -> int:
    """Of a pupil at one school: sessions to come by its terms."""
    end = matrix.year_end(matrix.academic_year(borough.day))
    here = [borough.schools[s.school] for s in borough.of_pupil(pupil) if s.start <= borough.day <= (s.end or dt.date.max)]
    days = calendar.left_of_year(borough.day, end, here[0].terms, here[0].closures) if len(here) == 1 else None
    return UNKNOWN if days is None else 2 * len(days)


def _age(dob: dt.date | None) -> tuple[dt.date, dt.date]:
    return (ages.compulsory_from(dob), ages.compulsory_until(dob)) if dob else (dt.date.min, dt.date.max)


def _days(first: dt.date, days: int, low: dt.date, high: dt.date) -> np.ndarray:
    return np.array([low <= first + dt.timedelta(days=n) <= high for n in range(days)])


def judged(borough: Borough) -> Judgement:
    return flags.judge(lines_of(borough)[0], policy.in_force(borough.day))
