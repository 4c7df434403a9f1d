"""Which schools are like a school: by visible rules, every one of which can be written on the page. Pure.

Ours: nothing national says when schools are alike. A school is compared with those of its own phase (and, as DfE's figures are of
state-funded schools, an independent school with independent ones only). How far two are apart is a sum of points: one for each 10% by
which the smaller roll falls short of the larger, one for each 5 percentage points between their shares of free school meals, and one
for each 5 between their shares of special educational needs, each times a weight that the authority sets (schools.policy). Nothing of
deprivation is known of a school here, so it does not count. A part that is not known of one of the two counts for nothing, and schools
with such a part come after all those of which everything is known: what is not known must not make two schools alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

ROLL_PERCENT, SHARE_POINTS = 10, 5  # what makes one point


@dataclass(frozen=True, slots=True)
class Features:
    """What is known of a school. Shares in percent of the roll, None: not known."""

    key: int
    name: str
    phase: str
    independent: bool
    roll: int
    fsm: Fraction | None
    sen: Fraction | None


@dataclass(frozen=True, slots=True)
class Weights:
    roll: int
    fsm: int
    sen: int

    @property
    def any(self) -> bool:
        return bool(self.roll or self.fsm or self.sen)


@dataclass(frozen=True, slots=True)
class Part:
    """One of the things compared: theirs against ours in words, and how many points it adds. None: not known of one of the two."""

    words: str
    points: Fraction | None


@dataclass(frozen=True, slots=True)
class Alike:
    school: Features
    parts: tuple[Part, ...]

    @property
    def points(self) -> Fraction:
        return sum((part.points for part in self.parts if part.points is not None), Fraction(0))

    @property
    def unknown(self) -> int:
        return sum(part.points is None for part in self.parts)


def nearest(school: Features, others: Iterable[Features], weights: Weights, number: int) -> list[Alike]:
    """The schools most like `school`, the nearest first; fewer than `number` where the authority has no more of its kind.

    Schools that nobody is on roll at are like no other. Of two as near as each other the one first by name.
    """
    if not school.roll or not weights.any or school.phase == "unknown":
        return []
    kind = [o for o in others if o.key != school.key and o.phase == school.phase and o.independent == school.independent and o.roll]
    found = [Alike(other, parts(school, other, weights)) for other in kind]
    return sorted(found, key=lambda alike: (alike.unknown, alike.points, alike.school.name, alike.school.key))[:number]


def parts(ours: Features, theirs: Features, weights: Weights) -> tuple[Part, ...]:
    """What is compared, in the order of the page; what has no weight is left out."""
    larger = max(ours.roll, theirs.roll)
    short = Fraction(100 * abs(ours.roll - theirs.roll), larger) if larger else Fraction(0)
    found = []
    if weights.roll:
        found.append(Part(f"roll {theirs.roll:,} against {ours.roll:,}", weights.roll * short / ROLL_PERCENT))
    for name, mine, other, weight in (("FSM", ours.fsm, theirs.fsm, weights.fsm), ("SEN", ours.sen, theirs.sen, weights.sen)):
        if weight:
            points = None if mine is None or other is None else weight * abs(mine - other) / SHARE_POINTS
            found.append(Part(f"{name} {_said(other)} against {_said(mine)}", points))
    return tuple(found)


def _said(share: Fraction | None) -> str:
    return "not known" if share is None else f"{float(share):.0f}%"
