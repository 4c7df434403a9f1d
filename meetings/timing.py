"""How the minutes of a meeting are shared out over what there is to talk about. Pure.

The suggestion adds up to the length of the meeting, to the minute. Everything that has a place gets at least the minutes without which
it is not worth beginning; what does not fit even so is named, and how much longer the meeting would have to be. What is left over is
handed out, severely absent pupils first; what nobody needs stays free for what the school brings. All minutes are ours, not the guidance's.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from attendance.words import plural


class Turn(IntEnum):
    """Who is given more, once everything has its least: those of a lower number first."""

    SEVERE = 1
    MUST = 2  # what the agenda has to hold whatever its length
    SCHOOL = 3  # what is about the school and not about one pupil
    MAY = 4  # persistently absent pupils, who fill what is left


@dataclass(frozen=True, slots=True)
class Wish:
    """Something to talk about: `least` minutes or none, and no more than `enough`."""

    key: Hashable
    turn: Turn
    least: int
    enough: int


@dataclass(frozen=True, slots=True)
class Shares:
    """Minutes by key, of what has a place. `left_out`: in order of importance. Minutes and `free` add up to the meeting's length."""

    minutes: dict[Hashable, int]
    left_out: tuple[Hashable, ...]
    free: int
    short: int  # so many minutes more, and everything would have its least

    @property
    def note(self) -> str:
        """What does not fit, in words; "" where all of it does."""
        if not self.left_out:
            return ""
        verb = "does" if len(self.left_out) == 1 else "do"
        return (
            f"{plural(len(self.left_out), 'point')} {verb} not fit: at the least minutes each they need "
            f"{plural(self.short, 'minute')} more. Make the meeting longer, plan a second one, or agree them in writing."
        )


def pupil(key: Hashable, turn: Turn) -> Wish:
    """A severely absent child has a plan to be agreed or looked at; two minutes are one line of minutes."""
    return Wish(key, turn, 2, 6 if turn is Turn.SEVERE else 4)


def share(wishes: Sequence[Wish], minutes: int) -> Shares:
    """`wishes` in order of importance: the first that does not fit is left out with all that come after it, so that nobody is passed
    over for somebody less urgent who needs less."""
    minutes = max(minutes, 0)
    given: dict[Hashable, int] = {}
    left = minutes
    fitting = 0
    for wish in wishes:
        if wish.least > left:
            break
        given[wish.key] = wish.least
        left -= wish.least
        fitting += 1
    out = wishes[fitting:]
    for turn in Turn:
        left = _hand_out([wish for wish in wishes[:fitting] if wish.turn is turn], given, left)
    short = sum(wish.least for wish in wishes) - minutes if out else 0
    return Shares(given, tuple(wish.key for wish in out), left, short)


def _hand_out(wishes: Sequence[Wish], given: dict[Hashable, int], left: int) -> int:
    """A minute to each in turn until none wants more, or none is left."""
    wanting = list(wishes)
    while left and (wanting := [wish for wish in wanting if given[wish.key] < wish.enough]):
        for wish in wanting[:left]:
            given[wish.key] += 1
        left -= len(wanting[:left])
    return left
