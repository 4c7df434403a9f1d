"""How days and numbers are said, everywhere alike. Pure."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache


@lru_cache(4096)  # the words of thousands of flags name the same few days
def say_day(day: dt.date) -> str:
    return f"{day:%-d %B %Y}"


def plural(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
