"""Terms as the Department for Education counts them, whatever a school calls its own. Pure.

Source: DfE, "Pupil absence statistics: methodology" (School Census terms): autumn 1 August to 31 December; spring 1 January
to Easter Sunday; summer from Easter Monday, its first half to the Sunday before the spring bank holiday, its second from
that holiday to 31 July.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from functools import cache

import holidays
from dateutil.easter import easter  # type: ignore[import-untyped]


class DfeTerm(StrEnum):
    AUTUMN = "autumn"
    SPRING = "spring"
    SUMMER_1 = "summer, 1st half"
    SUMMER_2 = "summer, 2nd half"


def dfe_term(day: dt.date) -> DfeTerm:
    """The census term that holds `day`."""
    if day.month >= 8:
        return DfeTerm.AUTUMN
    if day <= easter(day.year):
        return DfeTerm.SPRING
    return DfeTerm.SUMMER_1 if day < _spring_bank_holiday(day.year) else DfeTerm.SUMMER_2


@cache
def _spring_bank_holiday(year: int) -> dt.date:
    """The last Monday in May, but for the years in which it was moved for a jubilee."""
    named = holidays.country_holidays("GB", subdiv="ENG", years=year).get_named("Spring Bank Holiday")
    return named[0]


def bounds(year: int, number: int) -> tuple[dt.date, dt.date]:
    """First and last day of a census term: 1 autumn, 2 spring, 3 summer as a whole, of the academic year that began in `year`."""
    sunday = easter(year + 1)
    return (
        (dt.date(year, 8, 1), dt.date(year, 12, 31)),
        (dt.date(year + 1, 1, 1), sunday),
        (sunday + dt.timedelta(days=1), dt.date(year + 1, 7, 31)),
    )[number - 1]
