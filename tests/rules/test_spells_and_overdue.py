"""Ten school days in a row (W21), and N that should have been settled (W16)."""

import datetime as dt

import pytest

from attendance import flags
from attendance.matrix import Session
from tests.rules.registers import Borough, School, Spell, days_marked, judged, lines_of, one_pupil, school_days


def d(text):
    return dt.date.fromisoformat(text)


def run(first, last, mark="O", **kinds):
    return days_marked(*(day for day in school_days() if d(first) <= day <= d(last)), mark=mark, **kinds)


def reached(marks, day="2026-10-23"):
    return judged(one_pupil(marks, day=d(day))).spells.reached_on(0)


OCTOBER = run("2026-10-05", "2026-10-23")


def test_w21_the_tenth_school_day_in_a_row():
    assert reached(OCTOBER, "2026-10-15") is None
    assert reached(OCTOBER) == d("2026-10-16")


def test_w21_one_day_ill_breaks_it():
    assert reached(OCTOBER | days_marked(d("2026-10-14"), mark="I")) is None


def test_w21_half_a_day_present_breaks_it():
    assert reached(OCTOBER | {Session(d("2026-10-14"), True): "\\"}) is None


@pytest.mark.parametrize("mark", ["G", "N", "U"])
def test_w21_any_mix_of_g_n_o_u(mark):
    assert reached(OCTOBER | days_marked(d("2026-10-12"), mark=mark)) == d("2026-10-16")


def test_a_day_without_a_possible_session_is_skipped():
    assert reached(OCTOBER | days_marked(d("2026-10-14"), mark="Y4")) == d("2026-10-19")


def test_a_day_with_one_possible_session_counts():
    assert reached(OCTOBER | {Session(d("2026-10-14"), False): "D"}) == d("2026-10-16")


def test_a_run_goes_on_across_holidays_and_years():
    marks = run("2026-07-15", "2026-09-30")  # five days in July
    assert reached(marks, "2026-09-30") == d("2026-09-08")
    flag = {f.code: f for f in judged(one_pupil(marks, day=d("2026-09-30"))).findings(0)}["continuous_absence"]
    assert flag.opened == d("2026-09-08")
    assert "on 26 school days in a row, from Wed 15 July 2026 to Wed 30 September 2026" in flag.reason


def test_a_run_that_goes_on_from_last_year_meets_the_rule_on_the_first_school_day_of_this_one():
    judgement = judged(one_pupil(run("2026-07-01", "2026-09-30"), day=d("2026-09-30")))
    assert judgement.spells.reached_on(0) == d("2026-09-02")
    assert {f.code: f.opened for f in judgement.findings(0)}["continuous_absence"] == d("2026-07-14")


def test_marks_of_both_schools_are_looked_at_together():
    days = [day for day in school_days() if d("2026-10-05") <= day <= d("2026-10-16")]
    a = Spell(0, 0, d("2026-09-01"), None, {Session(day, pm): "O" if not pm else "D" for day in days for pm in (False, True)})
    b = Spell(0, 1, d("2026-09-01"), None, {Session(day, pm): "O" if pm else "D" for day in days for pm in (False, True)})
    borough = Borough(d("2026-10-16"), [School(), School()], [None], [a, b])
    assert judged(borough).spells.reached_on(0) == d("2026-10-16")


def test_a_run_of_last_year_that_nothing_has_followed_is_not_met_in_this_one():
    assert judged(one_pupil(run("2026-07-01", "2026-07-21"), day=d("2026-09-01"))).spells.reached_on(0) is None


def overdue(marks, day, **kinds):
    borough = one_pupil(marks, day=d(day), **kinds)
    lines, calendars = lines_of(borough)
    first = d("2026-08-01")
    return [(str(n.session), n.due.isoformat()) for n in flags.overdue(lines, calendars, 0, school_days=5, first=first)]


@pytest.mark.parametrize("terms", [False, True])
def test_w16_an_n_is_overdue_from_the_day_after_the_fifth_school_day(terms):
    marks = {Session(d("2026-10-22"), False): "N"}
    assert overdue(marks, "2026-11-05", terms=terms) == []
    assert overdue(marks, "2026-11-06", terms=terms) == [("2026-10-22 AM", "2026-11-05")]


def test_w16_several_in_the_order_of_their_sessions():
    marks = {Session(d("2026-10-22"), True): "N", Session(d("2026-10-21"), False): "N", Session(d("2026-11-19"), False): "N"}
    assert overdue(marks, "2026-11-20") == [("2026-10-21 AM", "2026-11-04"), ("2026-10-22 PM", "2026-11-05")]


def test_an_n_at_two_schools_that_is_due_on_one_day_is_one_session():
    marks = run("2026-10-01", "2026-11-06", "/") | {Session(d("2026-10-22"), False): "N"}
    spells = [Spell(0, school, d("2026-09-01"), None, marks) for school in (0, 1)]
    borough = Borough(d("2026-11-06"), [School(), School()], [None], spells)
    lines, calendars = lines_of(borough)
    assert flags.overdue(lines, calendars, 0, school_days=5, first=d("2026-08-01")) == [
        flags.Overdue(Session(d("2026-10-22"), False), d("2026-11-05"))
    ]


def test_an_n_outside_the_enrolment_is_nobodys_question():
    spell = Spell(0, 0, d("2026-09-01"), d("2026-10-01"), {Session(d("2026-10-05"), False): "N"})
    mate = Spell(1, 0, d("2026-09-01"), None, run("2026-10-05", "2026-10-23", "/"))
    lines, calendars = lines_of(Borough(d("2026-11-06"), [School()], [None, None], [spell, mate]))
    assert flags.overdue(lines, calendars, 0, school_days=5, first=d("2026-08-01")) == []
