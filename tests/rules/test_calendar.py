"""On which days a school meets, which of two sources decides, and deadlines in school days."""

import datetime as dt

import numpy as np
import pytest

from schools import calendar
from schools.calendar import Day, Span

MONDAY = dt.date(2026, 11, 2)


def d(text):
    return dt.date.fromisoformat(text)


def build(first, last, as_of, *, seen=(), **own):
    flags = np.zeros((d(last) - d(first)).days + 1, np.bool_)
    for day in seen:
        flags[(d(day) - d(first)).days] = True
    return calendar.build(d(first), d(last), as_of=d(as_of), seen=flags, **own)


AUTUMN = [Span(d("2026-09-02"), d("2026-10-23")), Span(d("2026-11-02"), d("2026-12-18"))]


def test_a_term_makes_weekdays_school_days_even_without_marks():
    c = build("2026-10-19", "2026-11-08", "2026-12-01", terms=AUTUMN)
    assert c.on(d("2026-10-23")) is Day.OPEN
    assert c.on(d("2026-10-24")) is Day.CLOSED  # Saturday
    assert c.on(d("2026-11-02")) is Day.OPEN


def test_a_bank_holiday_inside_a_term_is_a_school_day_only_where_marks_show_it():
    term = [Span(d("2026-04-13"), d("2026-05-22"))]
    assert not build("2026-04-27", "2026-05-10", "2026-12-01", terms=term).is_school_day(d("2026-05-04"))
    assert build("2026-04-27", "2026-05-10", "2026-12-01", terms=term, seen=["2026-05-04"]).is_school_day(d("2026-05-04"))


def test_between_two_terms_is_holiday_even_if_somebody_was_marked():
    assert not build("2026-10-19", "2026-11-08", "2026-12-01", terms=AUTUMN, seen=["2026-10-28"]).is_school_day(d("2026-10-28"))


def test_a_closure_beats_a_term_and_a_mark():
    closed = [Span(d("2026-11-04"), d("2026-11-05"))]
    c = build("2026-11-02", "2026-11-08", "2026-12-01", terms=AUTUMN, closures=closed, seen=["2026-11-04"])
    assert [c.is_school_day(MONDAY + dt.timedelta(days=n)) for n in range(7)] == [True, True, False, False, True, False, False]
    assert c.is_own_word(d("2026-11-04"))


def test_outside_the_terms_it_knows_a_school_is_read_from_its_marks():
    c = build("2026-08-24", "2026-09-02", "2026-12-01", terms=AUTUMN, seen=["2026-09-01"])
    assert c.is_school_day(d("2026-09-01"))
    assert not c.is_own_word(d("2026-09-01"))


def test_a_day_gone_by_without_marks_is_no_school_day():
    c = build("2026-11-02", "2026-11-15", "2026-11-08", seen=["2026-11-03"])
    assert [day for day in range(7) if c.days[day]] == [1]


def test_saturday_school_counts_where_marks_show_it():
    assert build("2026-11-02", "2026-11-08", "2026-11-08", seen=["2026-11-07"]).is_school_day(d("2026-11-07"))


def test_days_to_come_are_weekdays_but_for_bank_holidays_and_provisional():
    c = build("2026-12-21", "2027-01-04", "2026-12-21")
    assert c.on(d("2026-12-22")) is Day.PROVISIONAL
    assert not c.is_school_day(d("2026-12-25"))
    assert not c.is_school_day(d("2026-12-28"))  # Boxing Day in lieu, 26 December being a Saturday
    assert not c.is_school_day(d("2026-12-26"))
    assert not c.is_school_day(d("2026-12-21"))  # the day asked is not to come
    assert not c.is_school_day(d("2027-01-01"))


def test_days_to_come_inside_a_term_are_certain():
    assert build("2026-12-01", "2026-12-18", "2026-12-01", terms=AUTUMN).on(d("2026-12-10")) is Day.OPEN


def test_w16_an_n_on_thursday_22_october_2026_must_be_settled_by_thursday_5_november():
    c = build("2026-09-01", "2026-12-18", "2026-11-20", terms=AUTUMN)
    deadline = c.school_days_after(d("2026-10-22"), 5)
    assert deadline.day == d("2026-11-05")
    assert not deadline.provisional


def test_a_deadline_on_guessed_days_says_so_and_one_out_of_reach_is_not_known():
    c = build("2026-11-02", "2026-11-20", "2026-11-05", seen=["2026-11-05"])
    assert c.school_days_after(d("2026-11-05"), 5) == calendar.Deadline(d("2026-11-12"), True)
    assert c.school_days_after(d("2026-11-19"), 5).day is None


@pytest.mark.parametrize("day", ["2025-01-01", "2030-01-01"])
def test_outside_the_calendar_nothing_is_open(day):
    assert not build("2026-11-02", "2026-11-08", "2026-11-08").is_school_day(d(day))
