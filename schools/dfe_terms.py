"""Terms as the Department for Education counts them, whatever a school calls its own. Pure.

Source: DfE, "Pupil absence statistics: methodology" (School Census terms): autumn 1 August to 31 December; spring 1 January
to Easter Sunday; summer from Easter Monday, its first half to the Sunday before the spring bank holiday, its second from
that holiday to 31 July. The School Census collects absence one term in arrears: DfE, "School census: guide", module
termly attendance (spring census: autumn term; summer: spring term; autumn: summer term, its two halves apart).
"""

from __future__ import annotations

import calendar
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


class CensusPart(StrEnum):
    """Which sessions a school census counts for a pupil."""

    TERM = "census_term"
    HALF_TERM = "census_half_term"  # the second half of the summer term, in an autumn census
    YEAR = "census_year"


_DAY_OF = {"spring": (1, 3), "summer": (5, 3), "autumn": (10, 1)}  # month, and which Thursday of it


def census_of(day: dt.date) -> str:
    """The census whose reference date is `day`, as "2026-spring"."""
    return f"{day.year}-{'spring' if day.month < 4 else 'summer' if day.month < 8 else 'autumn'}"


def census_day(census: str) -> dt.date:
    """The usual reference date: the third Thursday of January and of May, the first of October. ValueError if it is no census."""
    year, season = census.split("-")
    if season not in _DAY_OF:
        raise ValueError(census)
    month, which = _DAY_OF[season]
    thursdays = [week[3] for week in calendar.Calendar().monthdatescalendar(int(year), month) if week[3].month == month]
    return thursdays[which - 1]


def census_covers(census: str, part: CensusPart) -> tuple[dt.date, dt.date]:
    """First and last day of what a census says of a pupil's sessions: always before its own term."""
    calendar_year, season = int(census.split("-")[0]), census.split("-")[1]
    holiday = _spring_bank_holiday(calendar_year if season == "autumn" else calendar_year - 1)
    last_year = holiday.year - 1  # the last academic year that is over: it began then
    if part == CensusPart.YEAR:
        return dt.date(last_year, 8, 1), dt.date(last_year + 1, 7, 31)
    if part == CensusPart.HALF_TERM:
        return holiday, dt.date(holiday.year, 7, 31)
    if season == "spring":
        return bounds(calendar_year - 1, 1)
    if season == "summer":
        return bounds(calendar_year - 1, 2)
    return bounds(calendar_year - 1, 3)[0], holiday - dt.timedelta(days=1)
