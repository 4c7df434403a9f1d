"""What stands in a pack, and in which order. Pure.

The order of those who miss a tenth or nearly so is by what could change: how few sessions would put a pupil on the other side of the
line. It is a help for an hour that is too short for everybody, and ours: guidance names no order among them.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from attendance import shares
from attendance.rates import Figures, apart, misses, percentage
from attendance.words import plural

FEWEST = 5  # enrolments: of fewer, talk about the pupils and not about a cohort


@dataclass(frozen=True, slots=True)
class Missed:
    """Sessions a pupil missed this school year, of those possible. `left`: sessions still to come this year; None where not known."""

    key: Hashable
    absent: int
    possible: int
    left: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What could change for a pupil. `sessions`: how many in a row put them on the other side of the line."""

    key: Hashable
    persistent: bool
    sessions: int
    settled: bool  # persistently absent at the end of the year whatever happens
    sentence: str


def could_change(pupils: Iterable[Missed], *, percent: int) -> list[Change]:
    """Those who could be put on the other side of the line by the fewest sessions first; last, those whom this year cannot bring back."""
    found = [(_change(pupil, percent), pupil) for pupil in pupils if pupil.possible]
    found.sort(key=lambda pair: (pair[0].settled, pair[0].sessions, -pair[1].absent / pair[1].possible, str(pair[1].key)))
    return [change for change, _ in found]


def _change(pupil: Missed, percent: int) -> Change:
    absent, possible, left = pupil.absent, pupil.possible, pupil.left
    persistent = bool(misses(absent, possible, percent))
    spare = shares.to_spare(absent, possible, left, percent) if left is not None else None
    if not persistent:
        sessions = shares.to_cross(absent, possible, percent)
        sentence = f"Persistently absent after {plural(sessions, 'more missed session')}"
        if spare is not None and left:
            sentence += f"; can miss {spare} of the {plural(left, 'session')} left and end the year under {percent}%"
        return Change(pupil.key, False, sessions, False, f"{sentence}.")
    sessions = shares.to_return(absent, possible, percent)
    settled = left is not None and spare is None
    sentence = f"Under {percent}% again after {plural(sessions, 'session')} attended in a row"
    if left is not None:
        sentence += f", of {left} left this year" if not settled else f": only {left} are left, so not before the summer"
    return Change(pupil.key, True, sessions, settled, f"{sentence}.")


@dataclass(frozen=True, slots=True)
class Cohort:
    """A part of a school's enrolments and the same part of the schools of its phase together; `peers` None where they may not be told."""

    name: str
    enrolments: int
    own: Figures
    peers: Figures | None


@dataclass(frozen=True, slots=True)
class Worse:
    name: str
    own: Figures
    peers: Figures
    points: float  # above the peers, of both rates as they are shown

    @property
    def sentence(self) -> str:
        return f"{self.name}: {self.points:.1f} points more absence than the same pupils elsewhere"


def worse(cohorts: Iterable[Cohort], *, tenths: int) -> tuple[list[Worse], int]:
    """Cohorts whose absence lies at least `tenths` of a point above that of their peers, furthest first; and how many were too small."""
    found, small = [], 0
    for cohort in cohorts:
        if cohort.peers is None:
            continue
        points = apart(percentage(cohort.peers.absent, cohort.peers.possible), percentage(cohort.own.absent, cohort.own.possible))
        if points is None or round(10 * points) < tenths:
            continue
        if cohort.enrolments < FEWEST:
            small += 1
        else:
            found.append(Worse(cohort.name, cohort.own, cohort.peers, points))
    return sorted(found, key=lambda one: (-one.points, one.name)), small
