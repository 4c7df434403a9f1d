"""When a feed is asked, and for what. Pure: everything follows from what the feed has kept, so a missed night is caught up."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
EVERY = dt.timedelta(minutes=15)
SLACK = dt.timedelta(minutes=1)  # the clock rings every five minutes: a round must not wait for the ring after the next
SCHOOL_DAY = (dt.time(8), dt.time(17))  # from before the first register is called until the last late correction of the day
NIGHT_FROM = dt.time(1, 30)
SWEEP = 30  # days
LONGEST_SWEEP = 400  # days: a school year and more
LONGEST_REST = dt.timedelta(hours=4)


class Round(StrEnum):
    """What is asked for."""

    DAY = "day"  # marks changed or deleted since the last time
    NIGHT = "night"  # the roll, and every mark of the last 30 days


def night_of(now: dt.datetime) -> dt.date:
    """The day whose nightly work should be done by `now`."""
    here = now.astimezone(LONDON)
    return here.date() if here.time() >= NIGHT_FROM else here.date() - dt.timedelta(days=1)


def due(*, now: dt.datetime, swept_on: dt.date | None, next_due_at: dt.datetime | None) -> Round | None:
    """The round a fetching feed is due for, the night's before the day's; None while it rests."""
    if next_due_at is not None and now < next_due_at:
        return None
    if swept_on is None or swept_on < night_of(now):
        return Round.NIGHT
    here = now.astimezone(LONDON)
    first, last = SCHOOL_DAY
    return Round.DAY if here.weekday() < 5 and first <= here.time() < last else None


def after_success(begun: dt.datetime) -> dt.datetime:
    return begun + EVERY - SLACK


def after_failure(now: dt.datetime, failures: int, wait: float | None) -> dt.datetime:
    """Longer and longer rests, and never shorter than we were asked to wait (seconds)."""
    rest = min(EVERY * 2 ** min(failures - 1, 10), LONGEST_REST)
    return now + max(rest - SLACK, dt.timedelta(seconds=wait or 0))


def sweep_from(*, today: dt.date, swept_on: dt.date | None) -> dt.date:
    """The first day of the nightly sweep: 30 days back, and further by the nights that were missed."""
    missed = max((today - swept_on).days - 1, 0) if swept_on else 0
    return today - dt.timedelta(days=min(SWEEP + missed, LONGEST_SWEEP))
