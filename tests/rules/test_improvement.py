"""Notices to improve: when the period ends (W24), and what marks do to its target."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legal import improvement
from legal.clocks import improvement_ends
from legal.improvement import BROKEN, MET, RUNNING, UNKNOWN, UNSETTLED, Target
from schools import calendar
from schools.calendar import Span

# the calendar of the worked cases, 2026/27
TERMS = [
    Span(dt.date(2026, 9, 2), dt.date(2026, 10, 23)),
    Span(dt.date(2026, 11, 2), dt.date(2026, 12, 18)),
    Span(dt.date(2027, 1, 5), dt.date(2027, 2, 12)),
    Span(dt.date(2027, 2, 22), dt.date(2027, 3, 25)),
    Span(dt.date(2027, 4, 12), dt.date(2027, 5, 28)),
    Span(dt.date(2027, 6, 7), dt.date(2027, 7, 21)),
]
YEAR = calendar.build(dt.date(2026, 8, 1), dt.date(2027, 7, 31), as_of=dt.date(2026, 8, 1), terms=TERMS)
START, END = dt.date(2026, 12, 7), dt.date(2027, 1, 29)
TARGET = Target(START, END, most=3, of=58, early=6)


@pytest.mark.parametrize(
    ("start", "weeks", "end"),
    [
        (dt.date(2026, 12, 7), 6, dt.date(2027, 1, 29)),  # W24: Christmas is skipped
        (dt.date(2026, 12, 9), 6, dt.date(2027, 2, 2)),  # from a Wednesday: no shorter than from a Monday
        (dt.date(2026, 11, 2), 3, dt.date(2026, 11, 20)),
        (dt.date(2026, 10, 19), 3, dt.date(2026, 11, 13)),  # half term is skipped
    ],
)
def test_w24(start, weeks, end):
    assert improvement_ends(start, weeks, YEAR).day == end
    if (start, weeks) == (START, 6):
        assert not improvement_ends(start, weeks, YEAR).provisional


def test_a_calendar_that_is_not_known_so_far():
    assert improvement_ends(dt.date(2027, 7, 12), 6, YEAR).day is None
    guessed = calendar.build(dt.date(2026, 8, 1), dt.date(2027, 7, 31), as_of=dt.date(2026, 12, 4), terms=())
    assert improvement_ends(START, 3, guessed).provisional


def look(possible, unauthorised, unsettled=None, today=END + dt.timedelta(1)):
    return improvement.look(TARGET, possible=possible, unauthorised=unauthorised, unsettled=unsettled or [], today=today)


@pytest.mark.parametrize(
    ("counted", "missed", "unsettled", "over", "state", "early"),
    [
        (10, 3, 0, False, RUNNING, False),
        (10, 4, 0, False, BROKEN, False),
        (10, 6, 0, False, BROKEN, True),
        (10, 6, 1, False, BROKEN, False),
        (10, 5, 2, False, RUNNING, False),  # an N may yet become authorised
        (58, 3, 0, True, MET, False),
        (58, 4, 1, True, UNSETTLED, False),
        (58, 9, 0, True, BROKEN, False),  # the grounds for going on before the end are of no use after it
        (0, 0, 0, True, UNKNOWN, False),  # not "met": nothing is known
    ],
)
def test_what_marks_say_of_the_target(counted, missed, unsettled, over, state, early):
    found = look([1] * counted, [1] * missed, [1] * unsettled, today=END + dt.timedelta(1) if over else END)
    assert (found.state, found.early) == (state, early)
    if counted:
        assert f"{missed} of {counted} sessions" in found.words


SESSION = st.sampled_from("/IOUNG")
RANK = {MET: 0, RUNNING: 0, UNSETTLED: 1, BROKEN: 2, UNKNOWN: 0}


def of_marks(marks, today):
    return look([1] * len(marks), [m in "OUNG" for m in marks], [m == "N" for m in marks], today)


@given(st.lists(SESSION, min_size=1, max_size=58), st.integers(0, 57), st.sampled_from([START, END, END + dt.timedelta(1)]))
def test_an_authorised_mark_never_makes_it_worse(marks, at, today):
    """Neither where it is added nor where it takes the place of an unauthorised one."""
    before = of_marks(marks, today)
    for better in ([*marks, "I"], [*marks[: at % len(marks)], "I", *marks[at % len(marks) + 1 :]]):
        after = of_marks(better, today)
        assert RANK[after.state] <= RANK[before.state]
        assert after.early <= before.early


@given(st.integers(1, 6), st.integers(0, 200))
def test_a_period_holds_as_many_school_weeks_and_no_more_days(weeks, after):
    start = dt.date(2026, 9, 2) + dt.timedelta(after)
    end = improvement_ends(start, weeks, YEAR).day
    if end is not None:
        days = [start + dt.timedelta(n) for n in range((end - start).days + 1)]
        assert YEAR.is_school_day(end)
        assert weeks <= sum(map(YEAR.is_school_day, days)) <= 5 * weeks


def test_not_for_a_holiday():
    assert "not for a holiday" in improvement.not_for_holiday(["2026-11-09 AM=G"] * 10, 10)
    assert "nothing to improve" in improvement.not_for_holiday([], 10)
    assert improvement.not_for_holiday(["2026-11-09 AM=G", "2026-11-10 AM=O"], 10) == ""
