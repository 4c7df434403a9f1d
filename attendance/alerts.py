"""Days that call for somebody on the day: a pupil who has not started, and a watched child's first absence. Pure.

Neither is a return set by law. "Working together to improve school attendance" asks schools to tell a child's social worker, and
the virtual school head to watch, when a looked-after child or one with a social worker is absent; how long a child must have
been there before an absence counts as a first one is the authority's to set (schools/policy.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attendance import codes
from attendance.lines import Bools, Lines
from attendance.matrix import Marks
from attendance.shares import Year
from schools.calendar import BREAK


@dataclass(frozen=True, slots=True)
class Alert:
    """`since`: of each pupil, the index of the day it began on, as it stands on the last day; `lines.days` where nothing holds."""

    holds: Bools  # (pupils, days of this academic year so far)
    since: NDArray[np.intp]


def not_started(lines: Lines, year: Year, *, days: int) -> Alert:
    """At the end of each day: no session attended since a term or an enrolment began, over `days` days with a possible session.

    A term begins on a school day of the pupil with none in the 7 days before it, so also after a half-term holiday. Of several
    beginnings since the pupil was last there the first counts.
    """
    held, since = np.zeros(year.known.shape, np.bool_), np.full(len(year.known), lines.days)
    at_last = np.maximum.accumulate(np.where(year.there, year.rank, 0), axis=1)
    rows = np.flatnonzero((year.rank - at_last >= days).any(axis=1))
    if not len(rows):
        return Alert(held, since)
    some, rank, known = lines.some(rows), year.rank[rows], year.known[rows]
    width = rank.shape[1]
    number = np.arange(width)
    last = np.maximum.accumulate(np.where(year.there[rows], number, -1), axis=1)
    begins = np.where(_beginnings(some), number, width)
    following = np.minimum.accumulate(begins[:, ::-1], axis=1)[:, ::-1]  # the first beginning on each day or after it
    following = np.concatenate((following, np.full((len(rows), 1), width)), axis=1)
    begun = np.take_along_axis(following, last + 1, axis=1)
    before = np.concatenate((rank - known, rank[:, -1:]), axis=1)  # days with a possible session before each day
    held[rows] = (begun <= number) & (rank - np.take_along_axis(before, np.minimum(begun, width), axis=1) >= days)
    since[rows] = np.where(held[rows, -1], lines.span + begun[:, -1], lines.days)
    return Alert(held, since)


def _beginnings(lines: Lines) -> Bools:
    """(pupils, days of this year): a term of the pupil or an enrolment begins."""
    first = lines.span
    met, at = lines.school_days()[:, first:], lines.at[first:]
    seen = np.maximum.accumulate(np.where(met, at, at[0] - BREAK), axis=1)
    previous = np.concatenate((np.full((len(met), 1), at[0] - BREAK), seen[:, :-1]), axis=1)
    joined = lines.inside[:, first:].copy()
    joined[:, 1:] &= ~lines.inside[:, first:-1]
    joined[:, 0] &= ~lines.inside[:, first - 1] if first else True
    return (met & (at - previous >= BREAK)) | lines.any_of_pupil(joined)


def first_absence(lines: Lines, year: Year, marks: Marks, *, days: int) -> Alert:
    """At the end of each day: is a watched child in an absence that is the first in `days` days with a possible session?

    Watched on its first day. Of fewer such days this academic year, all must be without an absence. It holds until a day on which
    every possible session was attended. `marks`: one a session over all schools, (pupils, 2 x days).
    """
    first = lines.span
    held, since = np.zeros(year.known.shape, np.bool_), np.full(len(marks), lines.days)
    rows = np.flatnonzero(lines.facts.watched[:, first:].any(axis=1))
    missed = codes.absent(codes.classes(marks[rows, 2 * first :]))
    away = year.at_known(missed[:, ::2] | missed[:, 1::2], rows)
    watched = year.at_known(lines.facts.watched[rows, first:], rows)
    total = np.cumsum(away, axis=1, dtype=np.int32)
    before = np.concatenate((np.zeros((len(rows), 1), np.int32), total), axis=1)[:, : away.shape[1]]  # absences before each day
    earlier = np.zeros_like(before)
    earlier[:, days:] = before[:, : max(away.shape[1] - days, 0)]
    fresh = away & (before == earlier) & watched
    begins = away.copy()
    begins[:, 1:] &= ~away[:, :-1]
    number = np.arange(away.shape[1])
    begun = np.maximum.accumulate(np.where(begins, number, -1), axis=1)  # where the absence that a day lies in began
    within = away & np.take_along_axis(fresh, np.maximum(begun, 0), axis=1) if away.shape[1] else away
    held[rows] = year.by_day(within, rows)
    for row, at in zip(rows.tolist(), range(len(rows)), strict=True):
        if held[row, -1]:
            since[row] = first + np.flatnonzero(year.known[row])[begun[at, year.rank[row, -1] - 1]]
    return Alert(held, since)
