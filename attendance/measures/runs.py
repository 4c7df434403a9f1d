"""Spells of absence and of illness: possible sessions missed one after another, how many spells, how long. Pure.

A spell goes on over nights, weekends, holidays and sessions that were not possible; an attended session ends it, and a spell of illness
ends with any other mark of a possible session. Only what lies in the period is seen: a spell that began before it is counted from its
first day, and one that goes on after it to its last.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from attendance.codes import BY_CODE, Class, classes, possible
from attendance.matrix import Marks

_I = BY_CODE["I"].byte
# in sessions; two make a school day
BANDS = ((1, 1, "One session"), (2, 2, "A day"), (3, 10, "Up to a school week"), (11, 20, "Up to two"), (21, None, "Longer"))


@dataclass(frozen=True, slots=True)
class Runs:
    """`lengths`: how many spells there are of each length in sessions."""

    lengths: Mapping[int, int] = field(default_factory=dict)

    def __add__(self, other: Runs) -> Runs:
        return Runs(dict(sorted((Counter(self.lengths) + Counter(other.lengths)).items())))

    @property
    def number(self) -> int:
        return sum(self.lengths.values())

    @property
    def sessions(self) -> int:
        return sum(length * number for length, number in self.lengths.items())

    @property
    def longest(self) -> int:
        return max(self.lengths, default=0)

    def bands(self) -> list[tuple[str, int, int]]:
        """Name, spells, and the sessions in them."""
        return [
            (
                name,
                sum(n for length, n in self.lengths.items() if _within(length, low, high)),
                sum(length * n for length, n in self.lengths.items() if _within(length, low, high)),
            )
            for low, high, name in BANDS
        ]


def _within(length: int, low: int, high: int | None) -> bool:
    return low <= length and (high is None or length <= high)


def absences(marks: Marks) -> Runs:
    kinds = classes(marks)
    return _runs(possible(kinds), (kinds == Class.AUTHORISED) | (kinds == Class.UNAUTHORISED))


def illnesses(marks: Marks) -> Runs:
    return _runs(possible(classes(marks)), marks == _I)


def _runs(could: NDArray[np.bool_], hit: NDArray[np.bool_]) -> Runs:
    rows, columns = np.nonzero(could)
    there = hit[rows, columns]
    goes_on = np.zeros(len(rows), np.bool_)
    goes_on[1:] = there[:-1] & (rows[1:] == rows[:-1])
    spell = np.cumsum(there & ~goes_on)[there]
    found = np.bincount(np.bincount(spell)[1:]) if len(spell) else np.zeros(0, np.int64)
    return Runs({length: int(found[length]) for length in np.flatnonzero(found).tolist()})
