"""Until when an information can safely be laid, beside whatever names a request or a notice on every page of legal's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django import template

from accounts import clock
from legal import board, clocks
from legal.clocks import LastSafe

register = template.Library()


@register.filter
def last_safe(sessions: Iterable[str]) -> LastSafe | None:
    """Of sessions as they are kept ("2026-11-09 AM=G"), as of today."""
    return clocks.last_safe(sessions, clock.today())


@register.filter
def last_safe_day(offence: dt.date) -> dt.date:
    return clocks.last_safe_day(offence)


@register.filter
def pressing(day: dt.date) -> bool:
    """As the board of deadlines shows it: soon, or gone by."""
    return (day - clock.today()).days <= board.SOON
