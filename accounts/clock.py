"""The clock, read at the edge only: doors call these and pass the value down.

`DAYMARK_TODAY=YYYY-MM-DD`, if set, is the day for every command and page; the time of day stays real.
"""

import datetime as dt
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

LONDON = ZoneInfo("Europe/London")


def today() -> dt.date:
    """The day in England, or the day the deployment was told it is."""
    if settings.DAYMARK_TODAY:
        return dt.date.fromisoformat(settings.DAYMARK_TODAY)
    return timezone.now().astimezone(LONDON).date()


def start_of(day: dt.date) -> dt.datetime:
    """The moment at which the day begins in England."""
    return dt.datetime.combine(day, dt.time.min, LONDON)


def time_of_day() -> dt.time:
    """The time in England: real also where the day is set."""
    return timezone.now().astimezone(LONDON).time()


def now() -> dt.datetime:
    """The moment, aware. Receipts and audit use the true moment even where the day is set."""
    return timezone.now()
