"""Merebrook's school calendars: six half terms a year, INSET days and May Day, for any academic year.

Invented after how English authorities lay out their years: 195 weekdays on which teachers work, of which 190 with pupils
(Education (School Day and School Year) (England) Regulations 1999), bank holidays off, two weeks round Easter.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise

import holidays
import numpy as np
from dateutil.easter import easter  # type: ignore[import-untyped]

ONE = dt.timedelta(days=1)
WEEK = dt.timedelta(days=7)
TEACHING, INSET = 190, 5
HALF_TERMS = ("Autumn 1", "Autumn 2", "Spring 1", "Spring 2", "Summer 1", "Summer 2")

Span = tuple[dt.date, dt.date]


@dataclass(frozen=True, slots=True)
class Calendar:
    """One school's year: named terms, and the closed days within them."""

    year: int
    terms: tuple[tuple[str, dt.date, dt.date], ...]
    closures: tuple[tuple[str, dt.date], ...]

    def days(self) -> list[dt.date]:
        """Every day on which pupils are expected."""
        closed = {day for _, day in self.closures}
        return [day for _, start, end in self.terms for day in weekdays(start, end) if day not in closed]


def weekdays(start: dt.date, end: dt.date) -> list[dt.date]:
    return [day for n in range((end - start).days + 1) if (day := start + n * ONE).weekday() < 5]


def monday_on_or_after(day: dt.date) -> dt.date:
    return day + (-day.weekday() % 7) * ONE


def bank_holidays(year: int) -> set[dt.date]:
    return set(holidays.country_holidays("GB", subdiv="ENG", years=[year, year + 1]))


def breaks(year: int, *, long_october: bool) -> list[Span]:
    """The five holidays inside the year that begins in September of `year`, as (first, last) days off."""
    october = monday_on_or_after(dt.date(year, 10, 22))
    christmas = monday_on_or_after(dt.date(year, 12, 19))
    february = monday_on_or_after(dt.date(year + 1, 2, 12))
    sunday = easter(year + 1)
    # an early Easter: the holiday begins with Good Friday; a later one: with the week before it
    spring = sunday - 2 * ONE if sunday < dt.date(year + 1, 4, 1) else sunday - 6 * ONE
    whitsun = monday_on_or_after(dt.date(year + 1, 5, 25))
    return [
        (october - (WEEK if long_october else 0 * ONE), october + 4 * ONE),
        (christmas, max(christmas + 11 * ONE, dt.date(year + 1, 1, 2))),
        (february, february + 4 * ONE),
        (spring, spring + 11 * ONE if spring.weekday() == 0 else sunday + 12 * ONE),
        (whitsun, whitsun + 4 * ONE),
    ]


def terms(year: int, *, long_october: bool = False, teaching: int = TEACHING) -> list[Span]:
    """Half terms from the first days of September until the year's days are used up."""
    off = {day for first, last in breaks(year, long_october=long_october) for day in weekdays(first, last)}
    off |= bank_holidays(year) - _may_day(year)  # May Day lies inside a term, as a closure
    start = dt.date(year, 9, 1)
    start += (1 if start.weekday() == 6 else 2 if start.weekday() == 5 else 0) * ONE
    day, open_days = start, list[dt.date]()
    while len(open_days) < teaching + INSET + 1:
        if day.weekday() < 5 and day not in off:
            open_days.append(day)
        day += ONE
    spans, first = [], open_days[0]
    for before, after in pairwise(open_days):
        if (after - before).days > 5:
            spans.append((first, before))
            first = after
    spans.append((first, open_days[-1]))
    return spans


def calendar(year: int, rng: np.random.Generator, *, long_october: bool = False, independent: bool = False) -> Calendar:
    """One school's own calendar: shared terms, its own INSET days."""
    spans = terms(year, long_october=long_october, teaching=170 if independent else TEACHING)
    named = tuple((name, *span) for name, span in zip(HALF_TERMS, spans, strict=True))
    closures = [("Early May bank holiday", day) for day in sorted(_may_day(year))]
    closures += [("INSET day", day) for day in _inset(spans, rng)]
    return Calendar(year, named, tuple(sorted(closures, key=lambda closure: closure[1])))


def _inset(spans: list[Span], rng: np.random.Generator) -> list[dt.date]:
    """The first day of the year always; the others where schools put them: at the edges of half terms."""
    edges = [
        spans[0][0] + ONE if (spans[0][0] + ONE).weekday() < 5 else monday_on_or_after(spans[0][0] + ONE),
        spans[1][0],
        spans[2][0],
        spans[3][0],
        spans[4][0],
        spans[5][1],
        weekdays(spans[1][0], spans[1][1])[int(rng.integers(15, 22))],
    ]
    picked = rng.choice(len(edges), INSET - 1, replace=False)
    return [spans[0][0], *(edges[i] for i in sorted(picked.tolist()))]


def _may_day(year: int) -> set[dt.date]:
    return {day for day in bank_holidays(year) if day.year == year + 1 and day.month == 5 and day.day < 20}


def eids(year: int) -> list[dt.date]:
    """Eid al-Fitr and Eid al-Adha that fall in the academic year, by the tabular Islamic calendar (sightings may differ by a day)."""
    found = []
    for hijri in range((year - 622) * 33 // 32 - 1, (year - 622) * 33 // 32 + 4):
        for month, day in ((10, 1), (12, 10)):
            julian = day + -(-59 * (month - 1) // 2) + (hijri - 1) * 354 + (3 + 11 * hijri) // 30 + 1948438
            date = dt.date.fromordinal(julian - 1721425 + 1)
            if dt.date(year, 9, 1) <= date <= dt.date(year + 1, 7, 31):
                found.append(date)
    return found
