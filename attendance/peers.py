"""Blip or concern: is an absence beyond what the same fortnight gave everybody else of the same phase and year group? Pure.

The range is that of the middle of them: put in order by what they missed, the lowest and the highest tenth left out (policy). There
is no model: whoever has the numbers in order finds the same range. A fortnight of flu moves it up for all, and a pupil within it has
what others have. Nothing national says what is usual: the method and its numbers are ours (docs/rules.md).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

SESSIONS = 29  # one more than two weeks hold, every day a school day
HUNDREDTHS = 10_000  # of a percentage point a whole: schools' rates are kept in whole hundredths


@dataclass(frozen=True, slots=True)
class Fortnight:
    """Two school weeks, which a holiday may part, up to the day to which most registers had come. All days inclusive."""

    first: dt.date  # Monday of the first week
    second: dt.date  # Monday of the second week
    last: dt.date

    def holds(self, day: dt.date) -> bool:
        return self.first <= day < self.first + dt.timedelta(days=7) or self.second <= day <= self.last


@dataclass(frozen=True, slots=True)
class Range:
    """What the middle `percent` of `size` pupils missed of mostly `usual` sessions, or of `size` schools in hundredths of a point."""

    size: int
    low: int
    high: int
    percent: int
    usual: int = 0


class Place(StrEnum):
    BELOW = "below"
    WITHIN = "within"
    BEYOND = "beyond"


def place(value: int, of: Range) -> Place:
    return Place.BEYOND if value > of.high else Place.BELOW if value < of.low else Place.WITHIN


def enough(possible: int, usual: int) -> bool:
    """May a pupil with so many possible sessions be compared? With at least half of those that most had."""
    return possible > 0 and 2 * possible >= usual


def of_pupils(pairs: NDArray[np.int64], *, percent: int, least: int) -> Range | None:
    """`pairs[p, a]`: how many pupils had p possible sessions and missed a of them. None for fewer than `least` to compare."""
    had = pairs.sum(axis=1)
    usual = int(had[1:].argmax()) + 1 if had[1:].any() else 0
    compared = np.array([enough(possible, usual) for possible in range(len(pairs))])
    missed = pairs[compared].sum(axis=0)
    if missed.sum() < least:
        return None
    return _middle(np.repeat(np.arange(len(missed)), missed), percent, usual)


def of_schools(absent: NDArray[np.int64], possible: NDArray[np.int64], *, percent: int, least: int) -> Range | None:
    """Of schools' sums over the fortnight; one in which nothing was possible is not compared."""
    known = possible > 0
    if known.sum() < least:
        return None
    return _middle(np.sort(rate(absent[known], possible[known])), percent, 0)


def rate(absent: NDArray[np.int64], possible: NDArray[np.int64]) -> NDArray[np.int64]:
    """In hundredths of a percentage point, half a hundredth upwards."""
    return np.asarray((2 * HUNDREDTHS * absent + possible) // (2 * possible), np.int64)


def _middle(in_order: NDArray[np.int64], percent: int, usual: int) -> Range:
    size = len(in_order)
    out = size * (100 - percent) // 200  # left out at each end
    return Range(size, int(in_order[out]), int(in_order[size - 1 - out]), percent, usual)


def fortnight(weeks: NDArray[np.bool_], mondays: list[dt.date], latest: list[dt.date]) -> Fortnight | None:
    """The last two weeks in which at least half of the schools met that have sent registers this year.

    `weeks[s, w]`: school s had a possible session in week w. `latest`: each school's day of its latest session; the fortnight ends
    with the day to which at least half of them had come. None before there are two such weeks.
    """
    met = np.flatnonzero(2 * weeks.sum(axis=0) >= max(len(weeks), 1))
    if len(met) < 2:
        return None
    first, second = (mondays[week] for week in met[-2:].tolist())
    come = sorted(latest, reverse=True)[(len(latest) + 1) // 2 - 1]
    return Fortnight(first, second, max(min(come, second + dt.timedelta(days=6)), second))
