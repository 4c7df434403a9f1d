"""The day that a page is of."""

import datetime as dt

from django.http import HttpRequest

from accounts import clock


def day_asked(request: HttpRequest) -> dt.date:
    """As the address says, never after today; today where it says none."""
    today = clock.today()
    try:
        return min(dt.date.fromisoformat(request.GET.get("day", "")), today)
    except ValueError:
        return today
