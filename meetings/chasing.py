"""When an overdue action is chased. Pure: what stands in the database says what is due, so a night that was missed is made up for once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rhythm:
    """By policy: from how many days after its day, how many days from one to the next, and how many times at most."""

    after: int
    every: int
    most: int


def is_due(due: dt.date, chased: Collection[dt.date], today: dt.date, rhythm: Rhythm) -> bool:
    """Whether an open action is to be chased today. `chased`: the days on which it was. Of nights missed nothing is made up twice.

    >>> is_due(dt.date(2026, 12, 4), [], dt.date(2026, 12, 6), Rhythm(2, 7, 4))
    True
    """
    if len(set(chased)) >= rhythm.most or (today - due).days < max(rhythm.after, 1):
        return False
    return not chased or (today - max(chased)).days >= rhythm.every
