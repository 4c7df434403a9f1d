"""Shares of sessions beside persistent and severe absence: nearly persistent, severe last year, and a sharp fall. Pure.

None of the three is in law or in DfE's statistics: which share is near, how long last year weighs and what is sharp are the
authority's to set (schools/policy.py). Figures are the pupil's own, summed over all their enrolments, in whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attendance import codes, rates
from attendance.codes import Class, classes
from attendance.lines import Bools, Lines

Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Year:
    """This academic year of every pupil, day by day from 1 August: (pupils, days of the year so far)."""

    known: Bools  # days with a possible session
    there: Bools  # days with an attended one
    possible: Ints  # sessions from 1 August to the end of the day
    absent: Ints
    rank: Ints  # days with a possible session up to and including the day

    def at_known(self, values: NDArray[Any], rows: NDArray[np.intp]) -> NDArray[Any]:
        """Values by day (rows, days) as values by day with a possible session: column r is that of the r-th, from 0; else 0.

        Days without one fall out, so that "the ten school days before" are ten columns.
        """
        known, last = self.known[rows], self.rank[rows, -1]
        longest = int(last.max(initial=0))
        found = np.zeros((len(rows), longest), values.dtype)
        found[np.arange(longest) < last[:, None]] = values[known]
        return found

    def by_day(self, values: NDArray[Any], rows: NDArray[np.intp]) -> NDArray[Any]:
        """Back again: on each day the value of the last day with a possible session up to it; 0 before the first."""
        if not values.shape[1]:
            return np.zeros((len(rows), self.rank.shape[1]), values.dtype)
        rank = self.rank[rows]
        found: NDArray[Any] = np.take_along_axis(values, np.maximum(rank - 1, 0), axis=1)
        found[rank == 0] = 0
        return found


def year_of(lines: Lines) -> Year:
    possible, absent = _by_day(lines)
    known = possible > 0
    return Year(
        known=known,
        there=possible > absent,
        possible=np.cumsum(possible, axis=1, dtype=np.int32),
        absent=np.cumsum(absent, axis=1, dtype=np.int32),
        rank=np.cumsum(known, axis=1, dtype=np.int32),
    )


def _by_day(lines: Lines) -> tuple[Ints, Ints]:
    """Possible and absent sessions of each pupil on each day of this year."""
    first = lines.span
    kinds = classes(lines.marks[:, 2 * first :])
    kinds[~np.repeat(lines.inside[:, first:], 2, axis=1)] = Class.NO_MARK

    def of_pupil(wanted: Bools) -> Ints:
        by_day: Ints = wanted[:, ::2].astype(np.int32) + wanted[:, 1::2]
        return lines.sum_of_pupil(by_day)

    return of_pupil(codes.possible(kinds)), of_pupil(codes.absent(kinds))


# --- nearly persistent -----------------------------------------------------------------------------------------------


def near(year: Year, persistent: Bools, *, percent: int) -> Bools:
    """At the end of each day: is the share missed at least `percent`, and the pupil not persistently absent?"""
    return rates.misses(year.absent, year.possible, percent) & ~persistent


def to_cross(absent: int, possible: int, percent: int) -> int:
    """How many more sessions in a row, all missed, make the share `percent` or more: the least k with (A+k)/(P+k) >= percent."""
    return max(-((100 * absent - percent * possible) // (100 - percent)), 0)


def to_spare(absent: int, possible: int, left: int, percent: int) -> int | None:
    """How many of the `left` sessions of the year may be missed with the whole year still under `percent`; None: not even with none."""
    spare = (percent * (possible + left) - 100 * absent - 1) // 100
    return min(spare, left) if spare >= 0 else None


def to_return(absent: int, possible: int, percent: int) -> int:
    """How many sessions in a row, all attended, bring the share under `percent`: the least k with A/(P+k) < percent."""
    return max((100 * absent - percent * possible) // percent + 1, 0) if 100 * absent >= percent * possible else 0


# --- severe last year ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LastYear:
    possible: Ints  # (pupils,): sessions of the academic year before this one
    absent: Ints
    holds: Bools  # (pupils, days of this year)


def last_year(lines: Lines, year: Year, *, severe: int, days: int) -> LastYear:
    """Severely absent over all of last year: watched from 1 August until `days` days of this year are there to say otherwise.

    It ends on the first day by which the pupil has had so many days with a possible session this year and is not severely absent
    over them, and stays ended: whoever is severely absent this year is flagged as that.
    """
    first, end = lines.begins(lines.year - 1), lines.span
    counts = lines.sum_of_pupil(rates.count(lines.marks[:, 2 * first : 2 * end], np.repeat(lines.inside[:, first:end], 2, axis=1)))
    possible, absent = counts[:, rates.POSSIBLE], counts[:, rates.AUTHORISED] + counts[:, rates.UNAUTHORISED]
    held = np.zeros(year.known.shape, np.bool_)
    rows = np.flatnonzero(rates.misses(absent, possible, severe))
    better = (year.rank[rows] >= days) & ~rates.misses(year.absent[rows], year.possible[rows], severe)
    held[rows] = ~np.maximum.accumulate(better, axis=1)
    return LastYear(possible, absent, held)


# --- a sharp fall ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fall:
    """Sessions of the last days with a possible session, and of those before them."""

    absent: int
    possible: int
    absent_before: int
    possible_before: int


def fall(year: Year, *, points: int, days: int, before: int, least: int) -> Bools:
    """At the end of each day: has the share missed in the last `days` days risen by `points` percentage points or more?

    Beside up to `before` days just before them, which must hold `least` possible sessions. Days are the pupil's own days with a
    possible session in this academic year: holidays and days on no roll lie between them and do not count.
    """
    held = np.zeros(year.known.shape, np.bool_)
    everyone = np.arange(len(held))
    possible, absent = (_from_nothing(year.at_known(each, everyone)) for each in (year.possible, year.absent))
    if possible.shape[1] <= days:
        return held
    lately = [each[:, days:] - each[:, :-days] for each in (absent, possible)]
    known = np.arange(days, possible.shape[1]) <= year.rank[:, -1:]
    rows = np.flatnonzero(((100 * lately[0] >= points * lately[1]) & known).any(axis=1))  # whatever was missed before
    missed, could = (each[rows] for each in lately)
    missed_before, could_before = (_before(each[rows], days, before) for each in (absent, possible))
    risen = 100 * (missed * could_before - missed_before * could) >= points * could * could_before
    sharp = np.zeros((len(rows), possible.shape[1] - 1), np.bool_)
    sharp[:, days - 1 :] = risen & (could_before >= least)
    held[rows] = year.by_day(sharp, rows)
    return held


def _from_nothing(sums: Ints) -> Ints:
    """With a first column of 0: sums to the end of the r-th day stand in column r."""
    return np.concatenate((np.zeros((len(sums), 1), np.int32), sums), axis=1)


def _before(sums: Ints, days: int, before: int) -> Ints:
    """Of the up to `before` days that lie `days` back."""
    end = sums[:, :-days]
    start = np.zeros_like(end)
    if end.shape[1] > before:
        start[:, before:] = end[:, :-before]
    return np.asarray(end - start, np.int32)


def falls_of(year: Year, pupils: NDArray[np.intp], *, days: int, before: int) -> list[Fall]:
    """The sessions compared for each of these pupils at the end of the last day."""
    possible, absent = (_from_nothing(year.at_known(each[pupils], pupils)) for each in (year.possible, year.absent))
    rows, last = np.arange(len(pupils)), year.rank[pupils, -1]
    turn = np.maximum(last - days, 0)
    first = np.maximum(turn - before, 0)
    parts = [each[rows, until] - each[rows, since] for until, since in ((last, turn), (turn, first)) for each in (absent, possible)]
    return [Fall(*row) for row in np.stack(parts, axis=1).tolist()]
