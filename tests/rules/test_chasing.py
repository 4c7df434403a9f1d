"""When an overdue action is chased: on every day of a year, against a plain retelling."""

from __future__ import annotations

import datetime as dt
import itertools

from hypothesis import given
from hypothesis import strategies as st

from meetings.chasing import Rhythm, is_due

DUE = dt.date(2026, 12, 4)
DAY = dt.timedelta(days=1)
RHYTHMS = st.builds(Rhythm, after=st.integers(1, 20), every=st.integers(1, 20), most=st.integers(0, 5))


@given(RHYTHMS, st.sets(st.integers(0, 90)))
def test_over_nights_of_which_some_are_missed(rhythm: Rhythm, missed: set[int]) -> None:
    """Never too early, never more often than policy says, never too many; and a night that was missed is made up for on the next."""
    chased: list[dt.date] = []
    for n in range(90):
        today = DUE + n * DAY
        if n in missed:
            continue
        if is_due(DUE, chased, today, rhythm):
            chased.append(today)
        elif len(chased) < rhythm.most:
            last = chased[-1] if chased else None
            assert today < (last + rhythm.every * DAY if last else DUE + rhythm.after * DAY), "a night that ran waits for nothing"
    assert len(chased) <= rhythm.most
    assert all(day >= DUE + rhythm.after * DAY for day in chased)
    assert all((later - earlier).days >= rhythm.every for earlier, later in itertools.pairwise(chased))


def test_on_its_day_it_is_not_overdue() -> None:
    assert not is_due(DUE, [], DUE, Rhythm(0, 1, 9))
    assert is_due(DUE, [], DUE + DAY, Rhythm(0, 1, 9))


def test_it_is_not_chased_twice_on_a_day() -> None:
    assert not is_due(DUE, [DUE + 2 * DAY], DUE + 2 * DAY, Rhythm(2, 1, 9))
