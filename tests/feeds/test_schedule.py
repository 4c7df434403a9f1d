"""When a feed is asked, and for what."""

from __future__ import annotations

import datetime as dt

import pytest

from attendance.feeds import schedule
from attendance.feeds.schedule import LONDON, Round

FRIDAY = dt.date(2026, 11, 20)


def at(hour: int, minute: int = 0, day: dt.date = FRIDAY) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), LONDON)


@pytest.mark.parametrize(
    ("now", "swept_on", "next_due_at", "wanted"),
    [
        (at(10), None, None, Round.NIGHT),  # just switched on
        (at(10), FRIDAY, None, Round.DAY),
        (at(10), FRIDAY, at(10, 1), None),
        (at(10), FRIDAY, at(10), Round.DAY),
        (at(10), FRIDAY - dt.timedelta(days=1), None, Round.NIGHT),  # the night was missed
        (at(1, 0), FRIDAY - dt.timedelta(days=1), None, None),  # not yet night's work
        (at(1, 30), FRIDAY - dt.timedelta(days=1), None, Round.NIGHT),
        (at(7, 59), FRIDAY, None, None),
        (at(17), FRIDAY, None, None),
        (at(10, 0, dt.date(2026, 11, 21)), dt.date(2026, 11, 21), None, None),  # Saturday
        (at(2, 0, dt.date(2026, 11, 21)), FRIDAY, None, Round.NIGHT),
        (at(8, 30, dt.date(2026, 6, 15)), dt.date(2026, 6, 15), None, Round.DAY),  # 07.30 in UTC
    ],
)
def test_due(now: dt.datetime, swept_on: dt.date | None, next_due_at: dt.datetime | None, wanted: Round | None):
    assert schedule.due(now=now, swept_on=swept_on, next_due_at=next_due_at) == wanted


def test_rests_grow_and_are_never_shorter_than_asked():
    rests = [schedule.after_failure(at(10), failures, None) - at(10) for failures in (1, 2, 3, 9, 5000)]
    assert rests == sorted(rests)
    assert rests[-1] <= schedule.LONGEST_REST
    assert schedule.after_failure(at(10), 1, 7200.0) == at(12)


def test_a_fortnight_of_missed_nights_is_looked_back_over():
    assert schedule.sweep_from(today=FRIDAY, swept_on=None) == FRIDAY - dt.timedelta(days=30)
    assert schedule.sweep_from(today=FRIDAY, swept_on=FRIDAY - dt.timedelta(days=1)) == FRIDAY - dt.timedelta(days=30)
    assert schedule.sweep_from(today=FRIDAY, swept_on=FRIDAY - dt.timedelta(days=15)) == FRIDAY - dt.timedelta(days=44)
