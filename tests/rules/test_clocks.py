"""The days by which legal must act on a notice: the time to pay, and six months from each session."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from legal.clocks import Clock, improvement_ends, last_safe_day, of_notice
from legal.penalty import deadlines
from schools import calendar
from schools.calendar import Span
from schools.policy import in_force


def d(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def running(
    today: str, state: str = "served", review: str = "", sessions: tuple[str, ...] = ("2026-11-09 AM=G", "2026-11-13 PM=G")
) -> dict[str, Clock]:
    days = deadlines(d("2026-11-20"), 1, in_force(d(today)))
    given = {"deadlines": days, "review": review, "review_since": d(today), "today": d(today)}
    return {clock.name: clock for clock in of_notice(reference="PN000001", state=state, sessions=sessions, **given)}


@pytest.mark.parametrize(
    ("session", "last"),
    [("2026-11-09", "2027-05-08"), ("2026-08-31", "2027-02-27"), ("2026-06-30", "2026-12-29"), ("2026-03-31", "2026-09-29")],
)
def test_six_months_end_on_the_day_before_the_same_date_and_early_where_there_is_none(session: str, last: str) -> None:
    assert last_safe_day(d(session)) == d(last)


def test_a_served_notice_is_decided_on_when_the_time_to_pay_is_over() -> None:
    clock = running("2026-11-21")["unpaid"]
    assert (clock.due, clock.title) == (d("2026-12-18"), "Prosecute or withdraw PN000001, unless it is paid")
    assert "until 17 December 2026" in clock.why


def test_the_first_session_runs_out_first_then_the_next_then_it_is_too_late() -> None:
    first = running("2027-05-08")["information"]
    assert (first.due, "1 of 2 sessions are left, the last until 12 May 2027" in first.why) == (d("2027-05-08"), True)
    second = running("2027-05-09")["information"]
    assert second.due == d("2027-05-12")
    assert "1 of its 2 sessions can be charged no more" in second.why
    assert "none is left" in second.why
    late = running("2027-05-13")["information"]
    assert (late.title, late.due) == ("Too late to prosecute PN000001: withdraw it", d("2027-05-12"))


@pytest.mark.parametrize("state", ["paid", "prosecuted"])
def test_a_notice_that_is_dealt_with_runs_no_more_but_a_review_of_it_does(state: str) -> None:
    assert running("2027-05-08", state) == {}
    assert list(running("2027-05-08", state, review="Marks corrected since.")) == ["review"]


TERMS = [
    Span(d("2026-09-02"), d("2026-10-23")),
    Span(d("2026-11-02"), d("2026-12-18")),
    Span(d("2027-01-05"), d("2027-02-12")),
    Span(d("2027-02-22"), d("2027-03-25")),
]


def school(until: str = "2027-03-25", closures: tuple[Span, ...] = ()) -> calendar.Calendar:
    return calendar.build(d("2026-09-01"), d(until), as_of=d("2026-12-07"), terms=TERMS, closures=closures, seen=np.zeros(0, np.bool_))


@pytest.mark.parametrize(
    ("start", "weeks", "end"),
    [
        ("2026-12-07", 6, "2027-01-29"),  # W24: Christmas is skipped
        ("2026-12-07", 3, "2027-01-08"),
        ("2026-12-09", 6, "2027-02-02"),  # from a Wednesday to the Tuesday of the seventh week: thirty school days less the one of INSET
        ("2026-12-21", 3, "2027-01-22"),  # begun in the holidays: from the first day of term, which is a Tuesday and begins its week
        ("2027-01-18", 4, "2027-02-12"),  # half term comes after the fourth week
        ("2027-01-18", 5, "2027-02-26"),
    ],
)
def test_a_notice_to_improve_runs_for_school_weeks(start: str, weeks: int, end: str) -> None:
    found = improvement_ends(d(start), weeks, school())
    assert (found.day, found.provisional) == (d(end), False)


def test_a_week_in_which_the_school_is_closed_throughout_is_no_school_week() -> None:
    shut = (Span(d("2027-01-11"), d("2027-01-15")),)
    assert improvement_ends(d("2026-12-07"), 6, school(closures=shut)).day == d("2027-02-05")


def test_where_the_calendar_ends_first_no_end_is_made_up() -> None:
    assert improvement_ends(d("2027-02-22"), 6, school()).day is None
