"""Made-up boroughs for hypothesis: moves, two rolls at once, independents, gaps, closures, N and marks outside enrolments."""

from __future__ import annotations

import datetime as dt

from hypothesis import strategies as st

from attendance.matrix import Session
from schools import calendar
from schools.calendar import Span
from tests.rules.registers import Borough, Marks, School, Spell

FIRST = dt.date(2026, 4, 20)
HOLIDAYS = [
    Span(dt.date(2026, 5, 25), dt.date(2026, 5, 29)),
    Span(dt.date(2026, 7, 22), dt.date(2026, 9, 1)),
    Span(dt.date(2026, 10, 26), dt.date(2026, 10, 30)),
]
TERMS = [
    Span(dt.date(2026, 4, 13), dt.date(2026, 5, 22)),
    Span(dt.date(2026, 6, 1), dt.date(2026, 7, 21)),
    Span(dt.date(2026, 9, 2), dt.date(2026, 10, 23)),
    Span(dt.date(2026, 11, 2), dt.date(2026, 12, 18)),
]
# one letter a session of a run; "." says nothing
RUNS = st.sampled_from(["/\\", "/\\", "OO", "OO", "GG", "II", "O\\", "/O", "NN", "U\\", "DD", "DO", "X.", "..", "##", "ZZ", "YY", "SI"])
DAYS = st.dates(dt.date(2026, 9, 3), dt.date(2026, 12, 11))


@st.composite
def marks(draw: st.DrawFn, last: dt.date) -> Marks:
    """Runs of like days, Monday to Friday outside the holidays; now and then a mark at a weekend or in the holidays."""
    found: Marks = {}
    day = FIRST
    while day <= last:
        pair, length = draw(RUNS), draw(st.integers(1, 25))
        for _ in range(length):
            while day.weekday() > 4 or any(first <= day <= end for first, end in HOLIDAYS):
                day += dt.timedelta(days=1)
            if day > last:
                break
            for pm, mark in enumerate(pair):
                if mark != ".":
                    code = {"Y": "Y4"}.get(mark, mark)
                    found[Session(day, bool(pm))] = code
            day += dt.timedelta(days=1)
    for stray in draw(st.lists(st.dates(FIRST, last), max_size=2)):
        found[Session(stray, draw(st.booleans()))] = draw(st.sampled_from("/OIN"))
    return found


@st.composite
def schools(draw: st.DrawFn) -> School:
    own_terms = draw(st.booleans())
    day = st.dates(dt.date(2026, 5, 1), dt.date(2026, 12, 1))
    # on Mondays more often than not: a week then begins on its Tuesday
    closures = draw(st.lists(st.one_of(day, day.map(calendar.monday_of), day.map(calendar.monday_of)), max_size=3))
    return School(
        terms=list(TERMS) if own_terms else [],
        closures=[Span(day, day + dt.timedelta(days=draw(st.integers(0, 3)))) for day in closures],
        independent=draw(st.integers(0, 4)) == 0,
    )


BORN = st.sampled_from(
    [None, dt.date(2012, 3, 4), dt.date(2012, 3, 4), dt.date(2021, 8, 31), dt.date(2021, 5, 9), dt.date(2010, 7, 1), dt.date(2010, 9, 1)]
)


@st.composite
def boroughs(draw: st.DrawFn, pupils: int = 2) -> Borough:
    day = draw(DAYS)
    here = draw(st.lists(schools(), min_size=1, max_size=3))
    spells: list[Spell] = []
    for pupil in range(pupils):
        taken: set[tuple[int, dt.date]] = set()
        for _ in range(draw(st.integers(1, 3))):
            school = draw(st.integers(0, len(here) - 1))
            start = draw(st.sampled_from([dt.date(2025, 9, 1), dt.date(2026, 6, 8), dt.date(2026, 9, 2), dt.date(2026, 10, 14)]))
            end = draw(st.sampled_from([None, None, dt.date(2026, 7, 21), dt.date(2026, 10, 9), dt.date(2026, 11, 18)]))
            if start > day or (end and end < start) or (school, start) in taken:
                continue
            taken.add((school, start))
            spells.append(Spell(pupil, school, start, end, draw(marks(day))))
        if not taken:
            spells.append(Spell(pupil, 0, dt.date(2025, 9, 1), None, draw(marks(day))))
    return Borough(day, here, [draw(BORN) for _ in range(pupils)], spells)
