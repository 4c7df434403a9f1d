"""On which days a school meets: one rule, taking dates as values. Pure.

For a school and a date, the first of these that exists decides (docs/decisions.md 7: terms and closures are the school's own word; where
it has given none, its registers tell):

1. a closure covers the date: closed;
2. the date lies in a term: a school day if it is a weekday and no bank holiday (on which only marks show a school open);
   the date lies between two terms of one academic year: holiday;
3. some pupil of the school holds a mark other than #, Z or blank on it: a school day;
4. for days still to come: weekdays that are not bank holidays in England, marked provisional. A day gone by without marks
   and without terms is not a school day.

A school week is a week from Monday to Sunday with at least one school day ("any week with at least one school session":
national framework for penalty notices). It has begun from its first school day on.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import NamedTuple

import holidays
import numpy as np
from numpy.typing import NDArray


class Span(NamedTuple):
    """Days, both inclusive."""

    first: dt.date
    last: dt.date


class Day(IntEnum):
    CLOSED = 0
    OPEN = 1
    PROVISIONAL = 2  # still to come and not yet known: taken as open


@dataclass(frozen=True, slots=True)
class Deadline:
    """The day by which something must be done; `day` is None where the calendar does not reach that far."""

    day: dt.date | None
    provisional: bool


@dataclass(frozen=True, slots=True)
class Calendar:
    """One school's days from `first` on, as `Day` values. `own`: decided by the school's own term or closure rows."""

    first: dt.date
    days: NDArray[np.uint8]
    own: NDArray[np.bool_]

    def on(self, day: dt.date) -> Day:
        """What the school does on `day`; beyond the calendar's ends it is closed."""
        at = (day - self.first).days
        return Day(int(self.days[at])) if 0 <= at < len(self.days) else Day.CLOSED

    def is_school_day(self, day: dt.date) -> bool:
        return self.on(day) is not Day.CLOSED

    def is_own_word(self, day: dt.date) -> bool:
        """Does a term or closure row decide this day?"""
        at = (day - self.first).days
        return 0 <= at < len(self.own) and bool(self.own[at])

    @property
    def open(self) -> NDArray[np.bool_]:
        return self.days != Day.CLOSED

    def school_days_after(self, day: dt.date, number: int) -> Deadline:
        """The `number`th school day after `day` (the day itself not counted)."""
        after = max((day - self.first).days + 1, 0)
        found = np.flatnonzero(self.days[after:]) + after
        if len(found) < number:
            return Deadline(None, True)
        at = int(found[number - 1])
        return Deadline(self.first + dt.timedelta(days=at), bool((self.days[after : at + 1] == Day.PROVISIONAL).any()))


def working_days_after(day: dt.date, number: int) -> dt.date:
    """The `number`th weekday after `day` that is no bank holiday in England."""
    while number:
        day += dt.timedelta(days=1)
        number -= day.weekday() < 5 and day not in bank_holidays(day.year)
    return day


def working_day_before(day: dt.date) -> dt.date:
    """The last weekday before `day` that is no bank holiday in England."""
    day -= dt.timedelta(days=1)
    while day.weekday() >= 5 or day in bank_holidays(day.year):
        day -= dt.timedelta(days=1)
    return day


def monday_of(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())


def build(
    first: dt.date,
    last: dt.date,
    *,
    as_of: dt.date,
    terms: Iterable[Span] = (),
    closures: Iterable[Span] = (),
    seen: NDArray[np.bool_] | None = None,
) -> Calendar:
    """The school's calendar from `first` to `last`, asked on `as_of`.

    `seen[i]`: some pupil holds a mark other than #, Z or blank on `first` + i days (may be shorter than the span).
    """
    length = (last - first).days + 1
    weekday = (np.arange(length) + first.weekday()) % 7 < 5
    days, own = np.zeros(length, np.uint8), np.zeros(length, np.bool_)
    if seen is not None:
        days[: len(seen)][seen[:length]] = Day.OPEN
    usual = weekday & ~_bank_holidays(first, last)
    in_term = usual | (weekday & (days == Day.OPEN))
    to_come = np.arange(length) > (as_of - first).days
    days[to_come & usual & (days == Day.CLOSED)] = Day.PROVISIONAL
    for year in _by_year(terms):
        ours = slice(*_cut(first, length, Span(min(year).first, max(term.last for term in year))))
        days[ours], own[ours] = Day.CLOSED, True
        for term in year:
            ours = slice(*_cut(first, length, term))
            days[ours] = np.where(in_term[ours], Day.OPEN, Day.CLOSED)
    for closure in closures:
        ours = slice(*_cut(first, length, closure))
        days[ours], own[ours] = Day.CLOSED, True
    return Calendar(first, days, own)


_YEAR_KNOWN = (6, 15)  # terms that run into the last half term before the summer are the whole year's


def left_of_year(day: dt.date, end: dt.date, terms: Iterable[Span], closures: Iterable[Span]) -> NDArray[np.int64] | None:
    """How many days after `day` each school day to come lies, to `end` (31 July), by the school's own terms.

    None where it has not given its terms to the summer: what it will do is not known, and weekdays would be far too many.
    """
    known_from = dt.date(end.year, *_YEAR_KNOWN)
    ours = list(terms)
    if not any(known_from <= term.last <= end for term in ours):
        return None
    found = build(day, end, as_of=day, terms=ours, closures=closures)
    return np.flatnonzero((found.days[1:] == Day.OPEN) & found.own[1:]) + 1


def _cut(first: dt.date, length: int, span: Span) -> tuple[int, int]:
    low = min(max((span.first - first).days, 0), length)
    return low, max(min((span.last - first).days + 1, length), low)


def _by_year(terms: Iterable[Span]) -> list[list[Span]]:
    """Terms of one academic year (1 August to 31 July) together, by the day they start."""
    years: dict[int, list[Span]] = defaultdict(list)
    for term in terms:
        years[term.first.year - (term.first.month < 8)].append(term)
    return [years[year] for year in sorted(years)]


def _bank_holidays(first: dt.date, last: dt.date) -> NDArray[np.bool_]:
    found = np.zeros((last - first).days + 1, np.bool_)
    for year in range(first.year, last.year + 1):
        for day in bank_holidays(year):
            if first <= day <= last:
                found[(day - first).days] = True
    return found


@cache
def bank_holidays(year: int) -> frozenset[dt.date]:
    """Those of England in a calendar year."""
    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=year))


@dataclass(frozen=True, slots=True)
class SeenTerm:
    """A term as registers show it. `running`: it may go on; `without_marks`: weekdays in it, no bank holidays, on which none was seen."""

    name: str
    span: Span
    days: int
    running: bool
    without_marks: list[dt.date]


BREAK = 8  # days from one school day to the next that end a term: a weekend with bank holidays has fewer, a week's half term more
FEWEST_DAYS = 5  # of a term: a stray mark in a holiday makes none


def seen_terms(first: dt.date, seen: NDArray[np.bool_], *, as_of: dt.date) -> list[SeenTerm]:
    """The terms of one academic year that its registers show; `seen[i]`: the school was seen to be open on `first` + i days."""
    found = np.flatnonzero(seen)
    if not len(found):
        return []
    stretches = [part for part in np.split(found, np.flatnonzero(np.diff(found) >= BREAK) + 1) if len(part) >= FEWEST_DAYS]
    spans = [Span(first + dt.timedelta(days=int(part[0])), first + dt.timedelta(days=int(part[-1]))) for part in stretches]
    seasons = [_season(span.first) for span in spans]
    terms = []
    for number, (span, part) in enumerate(zip(spans, stretches, strict=True)):
        season = seasons[number]
        many = f" {seasons[:number].count(season) + 1}" if seasons.count(season) > 1 else ""
        usual = [span.first + dt.timedelta(days=day) for day in range((span.last - span.first).days + 1)]
        held = {first + dt.timedelta(days=int(day)) for day in part}
        without = [day for day in usual if day.weekday() < 5 and day not in held and day not in bank_holidays(day.year)]
        running = number == len(spans) - 1 and (as_of - span.last).days < BREAK
        terms.append(SeenTerm(f"{season}{many}", span, len(part), running, without))
    return terms


def _season(day: dt.date) -> str:
    """Autumn from August, spring from January, summer from the second half of March: by the day a term begins on."""
    if day.month >= 8:
        return "Autumn"
    return "Spring" if (day.month, day.day) < (3, 16) else "Summer"
