"""For which pupils any flag could hold, from counts alone: the others need no look at the order of their marks. Pure.

A necessary condition of each rule, plain from a pupil's counts by code. Whoever is left out is flagged by none of them
(tests/rules/test_worth.py); who is let in is judged like everybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from attendance import codes, rates
from attendance.codes import classes
from attendance.lines import Bools
from attendance.matrix import Marks
from attendance.returns import ILL, PART_TIME
from schools.policy import Policy

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tally:
    """Of each pupil, over all their registers, to the day. This year: the academic year that holds the day."""

    possible: Counts  # sessions of this year
    absent: Counts
    unauthorised: Counts  # of this year and the one before
    possible_before: Counts  # of the year before this one
    absent_before: Counts
    part_time: Counts  # code C2, of both years
    ill: Counts  # days of this year with code I
    gone: Counts  # days with a possible session since the last attended one, this year
    absent_lately: Counts  # sessions missed on each register's last days with a possible session
    possible_lately: Counts  # of those days, where the pupil has one register this year; else 0
    away: Bools  # an absence on the last such day of some register
    watched: Bools


def may_hold(tally: Tally, policy: Policy) -> Bools:
    """Which pupils to judge.

    Shares are plain from the counts; so many sessions in a window, or days in a row, need as many in all. Of a pupil's several
    registers each one's last days reach back at least as far as the pupil's, so what they miss together is at least as much.
    """
    shares = min(policy["near_percent"], policy["persistent_percent"])
    least = min(policy["threshold_sessions"], policy["continuous_days"], policy["removal_days"])
    found = rates.misses(tally.absent, tally.possible, shares)
    found |= tally.unauthorised >= least
    found |= rates.misses(tally.absent_before, tally.possible_before, policy["severe_percent"])
    found |= tally.part_time > policy["part_time_weeks"]
    found |= tally.ill >= policy["sickness_days"]
    found |= tally.gone >= policy["start_days"]
    # whatever was missed before, the share missed lately is points or more; each of the days has one possible session at least
    found |= 100 * tally.absent_lately >= policy["fall_points"] * np.maximum(tally.possible_lately, policy["fall_days"])
    return np.asarray(found | (tally.watched & tally.away))


class Count(NamedTuple):
    """Of each register in one academic year, to the day."""

    sessions: NDArray[np.int32]  # columns of rates.count
    part_time: Counts


class Lately(NamedTuple):
    """Of each register in this academic year: what `Tally` sums over a pupil's registers."""

    ill: Counts
    gone: Counts
    absent: Counts
    possible: Counts
    away: Bools


def count(marks: Marks, inside: Bools) -> Count:
    """Of whole registers, both (registers, 732)."""
    return Count(rates.count(marks, inside), (marks == PART_TIME).sum(axis=1, dtype=np.int64))


def tally(before: Count, now: Count, lately: Lately, of: NDArray[np.intp], *, watched: Bools) -> Tally:
    """`of`: which pupil each register belongs to; `watched`: by pupil."""

    def total(of_rows: NDArray[np.integer]) -> Counts:
        found = np.zeros(len(watched), np.int64)
        np.add.at(found, of, of_rows)
        return found

    possible, absent, unauthorised = (
        [total(year.sessions[:, columns].sum(axis=1)) for year in (now, before)]
        for columns in ([rates.POSSIBLE], [rates.AUTHORISED, rates.UNAUTHORISED], [rates.UNAUTHORISED])
    )
    away = np.zeros(len(watched), np.bool_)
    np.logical_or.at(away, of, lately.away)
    alone = total((now.sessions[:, rates.POSSIBLE] > 0).astype(np.int64)) == 1
    return Tally(
        possible=possible[0],
        absent=absent[0],
        unauthorised=unauthorised[0] + unauthorised[1],
        possible_before=possible[1],
        absent_before=absent[1],
        part_time=total(now.part_time + before.part_time),
        ill=total(lately.ill),
        gone=total(lately.gone),
        absent_lately=total(lately.absent),
        possible_lately=np.where(alone, total(lately.possible), 0),
        away=away,
        watched=watched,
    )


def lately(marks: Marks, inside: Bools, *, days: int) -> Lately:
    """`days`: how many last days with a possible session are looked at."""
    on = np.unique(np.flatnonzero((marks != 0).any(axis=0)) // 2)  # days on which somebody has a mark
    none = np.zeros(len(marks), np.int64)
    if not len(on):
        return Lately(none, none, none, none, none.astype(np.bool_))
    at = (2 * on[:, None] + np.arange(2)).ravel()
    some = np.take(marks, at, axis=1) * np.take(inside, at, axis=1)
    kinds = classes(some)
    could, missed = (each[:, ::2].astype(np.int8) + each[:, 1::2] for each in (codes.possible(kinds), codes.absent(kinds)))
    known, there = could > 0, could > missed
    back = np.cumsum(known[:, ::-1], axis=1, dtype=np.int16)[:, ::-1]  # which day with a possible session, from the last
    last = len(on) - 1 - there[:, ::-1].argmax(axis=1)  # the last day with an attended session
    rows = np.arange(len(some))
    since_there = back[rows, last] - known[rows, last]
    ill, recent = some == ILL, back <= days
    return Lately(
        (ill[:, ::2] | ill[:, 1::2]).sum(axis=1, dtype=np.int64),
        np.where(there.any(axis=1), since_there, known.sum(axis=1)).astype(np.int64),
        (missed * recent).sum(axis=1, dtype=np.int64),
        (could * recent).sum(axis=1, dtype=np.int64),
        ((missed > 0) & (back == 1)).any(axis=1),
    )
