"""Equal numbers of school weeks before and after a meeting. Pure.

The week of the meeting belongs to neither side. A week counts as whole when its Friday has come or gone in the registers. What is
compared shows whether attendance moved, not why: other things change in the same weeks, and absence differs between seasons.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from schools.calendar import monday_of

CAUTION = (
    "This shows whether attendance moved, not what moved it: other things changed in the same weeks, absence differs between "
    "seasons, and a pupil who was far from usual is likely to come nearer to it by chance alone."
)
_FRIDAY = dt.timedelta(days=4)


class Weeks(NamedTuple):
    """Mondays of school weeks, in order; as many on one side as on the other."""

    before: tuple[dt.date, ...]
    after: tuple[dt.date, ...]


def weeks_around(mondays: Sequence[dt.date], day: dt.date, reach: dt.date) -> Weeks:
    """`mondays`: the school's weeks with sessions, in any order; `reach`: the last day of its registers.

    All whole weeks since, and as many before; where fewer are known before, the first of those since. None where one side has none.
    """
    week = monday_of(day)
    known = sorted(set(mondays))
    before = [monday for monday in known if monday < week]
    after = [monday for monday in known if monday > week and monday + _FRIDAY <= reach]
    number = min(len(before), len(after))
    return Weeks(tuple(before[len(before) - number :]), tuple(after[:number]))
