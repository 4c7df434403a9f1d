"""Made-up boroughs for hypothesis: moves, two rolls at once, independents, gaps, closures, N and marks outside enrolments."""

from __future__ import annotations

import datetime as dt

from hypothesis import strategies as st

from attendance.matrix import Session
from schools import calendar
from schools.calendar import Span
from tests.rules.registers import Borough, Marks, School, Spell

FIRST = dt.date(2026, 4, 20)
EARLIER = dt.date(2025, 4, 28)  # in the academic year before the two that are read at first
HOLIDAYS = [
    Span(dt.date(2025, 5, 26), dt.date(2025, 5, 30)),
    Span(dt.date(2025, 7, 23), dt.date(2025, 9, 1)),
    Span(dt.date(2025, 10, 27), dt.date(2025, 10, 31)),
    Span(dt.date(2025, 12, 20), dt.date(2026, 1, 4)),
    Span(dt.date(2026, 2, 16), dt.date(2026, 2, 20)),
    Span(dt.date(2026, 3, 28), dt.date(2026, 4, 12)),
    Span(dt.date(2026, 5, 25), dt.date(2026, 5, 29)),
    Span(dt.date(2026, 7, 22), dt.date(2026, 9, 1)),
    Span(dt.date(2026, 10, 26), dt.date(2026, 10, 30)),
]
TERMS = [
    Span(dt.date(2025, 4, 22), dt.date(2025, 5, 23)),
    Span(dt.date(2025, 6, 2), dt.date(2025, 7, 22)),
    Span(dt.date(2025, 9, 2), dt.date(2025, 10, 24)),
    Span(dt.date(2025, 11, 3), dt.date(2025, 12, 19)),
    Span(dt.date(2026, 1, 5), dt.date(2026, 2, 13)),
    Span(dt.date(2026, 2, 23), dt.date(2026, 3, 27)),
    Span(dt.date(2026, 4, 13), dt.date(2026, 5, 22)),
    Span(dt.date(2026, 6, 1), dt.date(2026, 7, 21)),
    Span(dt.date(2026, 9, 2), dt.date(2026, 10, 23)),
    Span(dt.date(2026, 11, 2), dt.date(2026, 12, 18)),
]
# one letter a session of a run; "." says nothing
RUNS = st.sampled_from(
    ["/\\", "/\\", "OO", "OO", "GG", "II", "O\\", "/O", "NN", "U\\", "DD", "DO", "X.", "..", "##", "ZZ", "YY", "SI", "c/", "cc", "/c", "GN"]
)
# what a child who is long absent shows: flags that hold from one year into the next but one
LONG_RUNS = st.sampled_from(["OO", "OO", "O\\", "GG", "/O", "U\\", "II", "/\\", "c\\", "GO"])
DAYS = st.dates(dt.date(2026, 9, 3), dt.date(2026, 12, 11))
DAYS_OF_LONG = st.one_of(st.dates(dt.date(2026, 7, 30), dt.date(2026, 8, 2)), st.dates(dt.date(2026, 7, 27), dt.date(2026, 10, 30)))


@st.composite
def marks(draw: st.DrawFn, first: dt.date, last: dt.date) -> Marks:
    """Runs of like days, Monday to Friday outside the holidays; now and then a mark at a weekend or in the holidays.

    Before `FIRST` the runs are long.
    """
    found: Marks = {}
    day = first
    while day <= last:
        pair, length = (draw(LONG_RUNS), draw(st.integers(5, 280))) if first < FIRST else (draw(RUNS), draw(st.integers(1, 25)))
        for _ in range(length):
            while day.weekday() > 4 or any(begin <= day <= end for begin, end in HOLIDAYS):
                day += dt.timedelta(days=1)
            if day > last:
                break
            for pm, mark in enumerate(pair):
                if mark != ".":
                    code = {"Y": "Y4", "c": "C2"}.get(mark, mark)
                    found[Session(day, bool(pm))] = code
            day += dt.timedelta(days=1)
    for stray in draw(st.lists(st.dates(first, last), max_size=2)):
        found[Session(stray, draw(st.booleans()))] = draw(st.sampled_from("/OIN"))
    return found


@st.composite
def schools(draw: st.DrawFn) -> School:
    own_terms = draw(st.booleans())
    day = st.dates(dt.date(2026, 5, 1), dt.date(2026, 12, 1))
    # on Mondays more often than not: a week then begins on its Tuesday
    mondays = day.map(calendar.monday_of)
    closures = draw(st.lists(st.one_of(day, mondays, mondays), max_size=3, unique=True))  # no two of a school begin on one day
    return School(
        terms=list(TERMS) if own_terms else [],
        closures=[Span(day, day + dt.timedelta(days=draw(st.integers(0, 3)))) for day in closures],
        independent=draw(st.integers(0, 4)) == 0,
    )


BORN = st.sampled_from(
    [None, dt.date(2012, 3, 4), dt.date(2012, 3, 4), dt.date(2021, 8, 31), dt.date(2021, 5, 9), dt.date(2010, 7, 1), dt.date(2010, 9, 1)]
)


_SINCE = st.sampled_from([dt.date(2025, 5, 1), dt.date(2026, 9, 1), dt.date(2026, 9, 21)])
_UNTIL = st.sampled_from([None, dt.date(2026, 9, 25), dt.date(2026, 10, 16)])
SPANS = st.lists(st.tuples(_SINCE, _UNTIL), max_size=1)


@st.composite
def boroughs(draw: st.DrawFn, pupils: int = 2, long: bool = False) -> Borough:
    """`long`: with registers from before the two years that are read at first, and long absences in them."""
    day, first = draw(DAYS_OF_LONG if long else DAYS), EARLIER if long else FIRST
    joined = dt.date(2024, 9, 2) if long else dt.date(2025, 9, 1)
    here = draw(st.lists(schools(), min_size=1, max_size=3))
    spells: list[Spell] = []
    for pupil in range(pupils):
        taken: set[tuple[int, dt.date]] = set()
        for _ in range(draw(st.integers(1, 3))):
            school = draw(st.integers(0, len(here) - 1))
            start = draw(st.sampled_from([joined, dt.date(2026, 6, 8), dt.date(2026, 9, 2), dt.date(2026, 10, 14)]))
            end = draw(st.sampled_from([None, None, dt.date(2026, 7, 21), dt.date(2026, 10, 9), dt.date(2026, 11, 18)]))
            if start > day or (end and end < start) or (school, start) in taken:
                continue
            taken.add((school, start))
            spells.append(Spell(pupil, school, start, end, draw(marks(first, day))))
        if not taken:
            spells.append(Spell(pupil, 0, joined, None, draw(marks(first, day))))
    watched, part_time = ({pupil: draw(SPANS) for pupil in range(pupils)} for _ in range(2))
    return Borough(day, here, [draw(BORN) for _ in range(pupils)], spells, watched, part_time)
