"""The penalty notice threshold: the worked cases W11 to W15 and who it is for."""

import datetime as dt

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from attendance.matrix import Session
from tests.rules.registers import Borough, School, Spell, days_marked, judged, one_pupil


def d(text):
    return dt.date.fromisoformat(text)


def threshold(borough):
    return judged(borough).threshold


def met(marks, day, **kinds):
    rule = threshold(one_pupil(marks, day=d(day), **kinds))
    return rule.met(0), rule.count(0)


HOLIDAY = days_marked(*(d("2026-11-09") + dt.timedelta(days=n) for n in range(5)), mark="G")


@pytest.mark.parametrize("terms", [False, True])
def test_w11_ten_g_in_a_week_meet_it_on_friday_afternoon(terms):
    assert met(HOLIDAY, "2026-11-20", terms=terms) == (Session(d("2026-11-13"), True), 10)


def test_w11_not_met_the_day_before():
    assert met(HOLIDAY, "2026-11-12") == (None, 8)


PAIRS = ["2026-06-29", "2026-09-08", "2026-09-22", "2026-10-01"]


@pytest.mark.parametrize("terms", [False, True])
def test_w12_the_window_skips_the_summer_and_reads_the_year_before(terms):
    marks = days_marked(*map(d, [*PAIRS, "2026-10-09"]))
    assert met(marks, "2026-10-09", terms=terms) == (Session(d("2026-10-09"), True), 10)


@pytest.mark.parametrize("terms", [False, True])
def test_w12_three_days_later_june_has_left_the_window(terms):
    marks = days_marked(*map(d, [*PAIRS, "2026-10-12"]))
    assert met(marks, "2026-10-12", terms=terms) == (None, 8)


def test_w13_holiday_and_late_arrivals_add_up():
    lates = days_marked(*(d(f"2026-10-{n:02d}") for n in (8, 9, 13, 14, 15, 16)), mark="U", pm="\\")
    marks = days_marked(d("2026-10-05"), d("2026-10-06"), mark="G") | lates
    assert met(marks, "2026-10-23") == (Session(d("2026-10-16"), False), 10)


def test_w14_an_illness_does_not_count_until_it_is_corrected():
    marks = days_marked(*(d(f"2026-09-{n}") for n in range(14, 19)))
    last = Session(d("2026-09-18"), True)
    assert met(marks | {last: "I"}, "2026-09-18") == (None, 9)
    assert met(marks, "2026-09-18") == (last, 10)


NINE = ["2026-09-07", "2026-09-14", "2026-09-21", "2026-09-28", "2026-10-05", "2026-10-12", "2026-10-19", "2026-11-02", "2026-11-09"]


def once_a_week(*mondays):
    return days_marked(*map(d, mondays), mark="U", pm="\\")


def test_w15_nine_in_the_window_are_not_ten():
    assert met(once_a_week(*NINE, "2026-11-23"), "2026-11-27") == (None, 9)


@pytest.mark.parametrize("terms", [False, True])
def test_w15_one_every_week_with_half_term_skipped(terms):
    assert met(once_a_week(*NINE, "2026-11-16"), "2026-11-20", terms=terms) == (Session(d("2026-11-16"), False), 10)


def test_an_n_counts_while_it_stands():
    rule = threshold(one_pupil(HOLIDAY | days_marked(d("2026-11-13"), mark="N"), day=d("2026-11-20")))
    assert rule.count(0) == 10


def test_what_was_met_stays_met_when_the_window_moves_on():
    assert met(days_marked(*map(d, [*PAIRS, "2026-10-09"])), "2026-11-20") == (Session(d("2026-10-09"), True), 8)


BORN = d("2012-03-04")


def one_school(marks, *, independent=False, dob=BORN, day="2026-11-20", end=None):
    spell = Spell(0, 0, d("2025-09-01"), end, marks)
    return threshold(Borough(d(day), [School(independent=independent)], [dob], [spell]))


def test_an_independent_school_has_no_threshold():
    rule = one_school(HOLIDAY, independent=True)
    assert not rule.eligible[0, -1]
    assert (rule.met(0), rule.count(0), rule.in_window(0)) == (None, 0, [])


@pytest.mark.parametrize(
    ("dob", "count"),
    [
        ("2021-11-15", 0),  # five on 15 November 2026: of age from 31 December
        ("2021-08-31", 10),  # five on 31 August 2026
        ("2010-05-01", 0),  # left compulsory school age in June 2026
        (None, 10),  # not known: not hidden by it
    ],
)
def test_only_sessions_while_of_compulsory_school_age(dob, count):
    assert one_school(HOLIDAY, dob=dob and d(dob)).count(0) == count


def test_sessions_outside_the_enrolment_do_not_count():
    assert one_school(HOLIDAY, end=d("2026-11-11")).count(0) == 6


def two_schools(marks_a, marks_b, **b):
    day, start = d("2026-11-20"), d("2026-09-01")
    spells = [Spell(0, 0, start, None, marks_a), Spell(0, 1, start, None, marks_b)]
    return threshold(Borough(day, [School(), School(**b)], [d("2012-03-04")], spells))


def test_on_two_rolls_a_session_counts_once():
    assert two_schools(HOLIDAY, HOLIDAY).count(0) == 10


def test_on_two_rolls_the_mark_that_is_better_for_the_child_stands():
    present = days_marked(d("2026-11-09"), mark="/")
    ill = days_marked(d("2026-11-10"), mark="I")
    assert two_schools(HOLIDAY, present | ill).count(0) == 6


def test_on_two_rolls_d_at_one_school_says_nothing_of_the_other():
    assert two_schools(dict.fromkeys(HOLIDAY, "D"), HOLIDAY).count(0) == 10


def test_marks_of_an_independent_school_are_left_out_of_the_merge():
    assert two_schools(HOLIDAY, dict.fromkeys(HOLIDAY, "/"), independent=True).count(0) == 10


def test_weeks_of_any_school_the_pupil_is_on_roll_at_are_school_weeks():
    """The other school met through ten weeks of which the first school says nothing: September has left the window."""
    september = days_marked(*(d("2026-09-07") + dt.timedelta(days=n) for n in range(5)))
    others = days_marked(*(d("2026-09-14") + dt.timedelta(weeks=n) for n in range(10)), mark="/")
    assert two_schools(september, {}).count(0) == 10
    assert two_schools(september, others).count(0) == 0


def test_weeks_before_the_pupil_joined_are_not_the_pupils_school_weeks():
    old = Spell(0, 0, d("2025-09-01"), d("2026-07-21"), days_marked(*(d(f"2026-07-{n}") for n in (13, 14, 15, 16, 17))))
    new = Spell(0, 1, d("2026-11-16"), None, days_marked(d("2026-11-16"), mark="/"))
    mate = Spell(1, 1, d("2025-09-01"), None, days_marked(*(d("2026-09-07") + dt.timedelta(weeks=n) for n in range(11)), mark="/"))
    rule = threshold(Borough(d("2026-11-20"), [School(), School()], [d("2012-03-04"), None], [old, new, mate]))
    assert rule.count(0) == 10


def test_a_week_begins_with_its_first_school_day():
    """On a Monday without school the window still ends with the week before."""
    weeks = once_a_week(*NINE, "2026-11-16")
    tuesday = {Session(d("2026-11-24"), False): "/", Session(d("2026-11-24"), True): "\\"}
    spell = Spell(0, 0, d("2025-09-01"), None, weeks | tuesday)
    counts = threshold(Borough(d("2026-11-24"), [School()], [None], [spell])).counts[0]
    assert counts[-3:].tolist() == [10, 10, 9]  # Sunday, Monday, Tuesday


def test_marks_in_a_week_without_school_do_not_count():
    """Half term by the school's own dates: whoever wrote O there has made a mistake, and no family answers for it."""
    half_term = days_marked(*(d("2026-10-26") + dt.timedelta(days=n) for n in range(5)))
    assert met(half_term, "2026-11-20", terms=True) == (None, 0)


_SESSIONS = [
    Session(d("2026-09-07") + dt.timedelta(days=7 * week + day), pm) for week in range(11) for day in range(0, 5, 2) for pm in (False, True)
]
_MARKS = st.lists(st.sampled_from(["", "P", "G", "N", "O", "U", "I", "C"]), min_size=len(_SESSIONS), max_size=len(_SESSIONS))


@given(_MARKS, st.integers(0, len(_SESSIONS) - 1), st.sampled_from("IMCE"))
@example(["O"] * len(_SESSIONS), 3, "I")
def test_an_authorised_mark_never_brings_it_nearer(marks, at, authorised):
    """Put where there was none, or in place of any: never met sooner, never more counted."""
    before, count = met({when: mark for when, mark in zip(_SESSIONS, marks, strict=True) if mark}, "2026-11-20")
    marks = [*marks[:at], authorised, *marks[at + 1 :]]
    after, counted = met({when: mark for when, mark in zip(_SESSIONS, marks, strict=True) if mark}, "2026-11-20")
    assert counted <= count
    assert after is None or (before is not None and after >= before)
