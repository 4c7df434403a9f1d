"""The demo's school calendars hold what the law and England's schools' years are like, whatever year it is built in."""

import datetime as dt
from itertools import pairwise

import numpy as np
import pytest

from config.demo import dates

YEARS = range(2023, 2036)


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("long_october", [False, True])
def test_a_school_is_open_to_pupils_on_190_days(year: int, long_october: bool) -> None:
    calendar = dates.calendar(year, np.random.default_rng(year), long_october=long_october)
    days = calendar.days()
    assert len(days) == len(set(days)) == 190
    assert all(day.weekday() < 5 for day in days)
    assert not set(days) & dates.bank_holidays(year)
    assert dt.date(year, 9, 1) <= days[0] <= dt.date(year, 9, 8)
    assert dt.date(year + 1, 7, 15) <= days[-1] <= dt.date(year + 1, 7, 31)


@pytest.mark.parametrize("year", YEARS)
def test_half_terms_are_six_in_order_and_closures_lie_in_them(year: int) -> None:
    calendar = dates.calendar(year, np.random.default_rng(year))
    spans = [(start, end) for _, start, end in calendar.terms]
    assert [name for name, *_ in calendar.terms] == list(dates.HALF_TERMS)
    assert all(end < start for (_, end), (start, _) in pairwise(spans))
    assert all(any(start <= day <= end for start, end in spans) for _, day in calendar.closures)
    assert sum(name == "INSET day" for name, _ in calendar.closures) == 5


def test_eid_falls_where_it_fell() -> None:
    assert dates.eids(2023) == [dt.date(2024, 4, 10), dt.date(2024, 6, 17)]
    assert dt.date(2026, 3, 20) in dates.eids(2025)
