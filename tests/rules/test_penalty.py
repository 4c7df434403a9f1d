"""Penalty notices by the worked cases, and against obvious loops over days."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legal import penalty
from legal.penalty import Past, available, deadlines, presumed_receipt, review_rate, standing, total
from schools.policy import in_force

POLICY = in_force(dt.date(2026, 11, 20))
STATES = ["issued", "served", "paid", "withdrawn", "prosecuted"]


def d(text):
    return dt.date.fromisoformat(text)


def at(notices, day):
    return standing(notices, d(day), POLICY)


def test_w17_the_day_of_receipt_is_day_one():
    days = deadlines(d("2026-11-10"), 1, POLICY)
    assert (days.last_early, days.last_full, days.unpaid_from) == (d("2026-11-30"), d("2026-12-07"), d("2026-12-08"))
    assert [days.owed_on(d(day)) for day in ("2026-11-10", "2026-11-30", "2026-12-01", "2026-12-07")] == [80, 80, 160, 160]
    assert days.owed_on(d("2026-12-08")) is None
    assert days.words == "£80 until 30 November 2026, £160 until 7 December 2026"


def test_w18_three_years_end_with_the_day_of_issue():
    first = Past(1, d("2024-10-14"), "paid")
    second = at([first], "2027-10-13")
    assert (second.order, second.early, second.full, second.counted) == (2, 160, 160, (first,))
    again = at([first], "2027-10-14")
    assert (again.order, again.early, again.full, again.counted) == (1, 80, 160, ())


def test_w19_a_withdrawn_notice_does_not_count():
    first = Past(1, d("2025-03-03"), "paid")
    found = at([first, Past(2, d("2025-10-06"), "withdrawn", order=2, full=160)], "2026-11-20")
    assert (found.order, found.early, found.full, found.counted) == (2, 160, 160, (first,))


def test_w19_two_that_count_leave_other_tools():
    found = at([Past(1, d("2025-03-03"), "paid"), Past(2, d("2025-10-06"), "prosecuted", order=2, full=160)], "2026-11-20")
    assert found.order is None
    assert not found.possible
    assert "A third notice cannot be issued" in found.reason
    for tool in ("attendance contract", "education supervision order", "prosecution"):
        assert tool in found.reason


def test_w20_two_parents_and_two_children_are_four_notices():
    family = total(at([], "2026-11-20") for _parent in range(2) for _child in range(2))
    assert (family.notices, family.early, family.full) == (4, 320, 640)


def test_w22_ten_relied_on_leave_two():
    holiday = [f"2026-11-{day:02} {half}=G" for day in range(9, 14) for half in ("AM", "PM")]
    later = ["2026-11-24 AM=O", "2026-11-24 PM=O"]
    assert available(holiday + later, holiday) == later


def test_a_session_relied_on_stays_so_when_its_code_is_corrected():
    assert available(["2026-11-09 AM=O"], ["2026-11-09 AM=G"]) == []


def test_w23_a_live_notice_counts_and_its_withdrawal_is_flagged():
    first = Past(1, d("2026-11-02"), "served", full=160)
    assert (at([first], "2026-11-20").order, at([first], "2026-11-20").early) == (2, 160)
    second = Past(2, d("2026-11-20"), "served", order=2, full=160)
    assert review_rate(second, [first, second], POLICY) == ""
    gone = Past(1, d("2026-11-02"), "withdrawn", full=160)
    assert review_rate(second, [gone, second], POLICY).startswith("Wrong rate: legal review. PN000002 was priced £160")
    assert "PN000001 has been withdrawn" in review_rate(second, [gone, second], POLICY)
    assert review_rate(Past(2, d("2026-11-20"), "withdrawn", order=2, full=160), [gone, second], POLICY) == ""


def test_a_second_notice_with_another_one_before_it_keeps_its_rate():
    others = [Past(1, d("2025-11-03"), "paid"), Past(2, d("2026-11-02"), "withdrawn", order=2, full=160)]
    assert review_rate(Past(3, d("2026-11-20"), "served", order=2, full=160), others, POLICY) == ""


def test_notices_under_the_old_rules_do_not_count_unless_that_is_set():
    assert at([Past(1, d("2024-08-18"), "paid")], "2026-11-20").order == 1
    assert at([Past(1, d("2024-08-19"), "paid")], "2026-11-20").order == 2
    counting = in_force(d("2026-11-20"), [("notice_old_rules_count", 1, d("2026-09-01"))])
    assert standing([Past(1, d("2024-08-18"), "paid")], d("2026-11-20"), counting).order == 2


@pytest.mark.parametrize(("state", "outcome"), [*((state, "") for state in STATES), ("prosecuted", "not_guilty"), ("prosecuted", "guilty")])
def test_whoever_issued_it_a_notice_counts_by_what_became_of_it(state, outcome):
    """Other authorities', heads' and the police's count; one that was withdrawn or ended in an acquittal does not (W19)."""
    found = at([Past(0, d("2025-03-03"), state, outcome=outcome, told="Notice of Weir Council")], "2026-11-20")
    assert found.order == (1 if state == "withdrawn" or outcome == "not_guilty" else 2)
    assert ("Notice of Weir Council of 3 March 2025" in found.reason) == (found.order == 2)


def test_nothing_is_said_until_history_is_signed_off():
    found = standing(None, d("2026-11-20"), POLICY)
    assert (found.order, found.early, found.full, found.possible) == (None, 0, 0, False)
    assert found.reason.startswith("History not loaded")


def test_a_notice_that_comes_to_be_known_of_later_is_flagged():
    ours, theirs = Past(7, d("2026-11-02"), "served", full=160), Past(0, d("2025-11-03"), "paid", told="Notice of Weir Council")
    assert "was priced as a first notice" in review_rate(ours, [ours, theirs], POLICY)
    before = [theirs, Past(0, d("2025-12-03"), "paid", told="Notice of the police")]
    assert "should not have been issued" in review_rate(ours, [ours, *before], POLICY)
    assert review_rate(ours, [ours, Past(0, d("2026-11-03"), "paid", told="Notice of Weir Council")], POLICY) == ""


def test_the_period_of_a_notice_from_elsewhere_is_taken():
    sessions = ["2026-09-07 AM=O", "2026-09-08 PM=O", "2026-09-21 AM=O"]
    assert available(sessions, [], [(d("2026-09-01"), d("2026-09-08"))]) == ["2026-09-21 AM=O"]


@pytest.mark.parametrize(("proposed", "order"), [("2031-02-28", 2), ("2031-03-01", 1)])
def test_a_notice_of_29_february_counts_to_28_february_three_years_on(proposed, order):
    assert at([Past(1, d("2028-02-29"), "paid")], proposed).order == order


@pytest.mark.parametrize(("issued", "order"), [("2025-02-28", 1), ("2025-03-01", 2)])
def test_the_three_years_that_end_with_a_29_february(issued, order):
    assert at([Past(1, d(issued), "paid")], "2028-02-29").order == order


def test_a_second_notice_has_no_early_period():
    days = deadlines(d("2026-11-10"), 2, POLICY)
    assert days.last_early is None
    assert days.owed_on(d("2026-11-10")) == 160
    assert days.words == "£160 until 7 December 2026"


@pytest.mark.parametrize(
    ("posted", "received"),
    [
        ("2026-11-20", "2026-11-24"),  # Friday: Monday, Tuesday
        ("2026-11-18", "2026-11-20"),
        ("2026-11-21", "2026-11-24"),  # Saturday
        ("2026-12-24", "2026-12-30"),  # Christmas Day, the weekend, and the Monday in place of Boxing Day
        ("2027-03-25", "2027-03-31"),  # Good Friday and Easter Monday
    ],
)
def test_first_class_post_arrives_on_the_second_working_day(posted, received):
    assert presumed_receipt(d(posted), POLICY) == d(received)


receipts = st.dates(d("2024-08-19"), d("2040-12-31"))


@given(receipts, st.sampled_from([1, 2]), st.integers(0, 40))
def test_what_is_owed_against_counting_days_one_by_one(receipt, order, later):
    number, day = 1, receipt
    while day < receipt + dt.timedelta(days=later):
        number, day = number + 1, day + dt.timedelta(days=1)
    owed = None if number > 28 else 80 if order == 1 and number <= 21 else 160
    days = deadlines(receipt, order, POLICY)
    assert days.owed_on(day) == owed
    assert (day >= days.unpaid_from) == (number >= 29)


issue_days = st.dates(d("2024-01-01"), d("2032-12-31"))
pasts = st.lists(st.builds(Past, st.integers(1, 10**6), issue_days, st.sampled_from(STATES)), max_size=6, unique_by=lambda n: n.number)


@given(pasts, issue_days, issue_days)
def test_a_withdrawn_notice_never_raises_an_amount(notices, withdrawn, proposed):
    without = standing(notices, proposed, POLICY)
    with_it = standing([*notices, Past(0, withdrawn, "withdrawn")], proposed, POLICY)
    assert (with_it.order, with_it.early, with_it.full) == (without.order, without.early, without.full)


@given(pasts, issue_days)
def test_withdrawing_any_notice_never_raises_an_amount(notices, proposed):
    before = standing(notices, proposed, POLICY)
    worth = {1: 80, 2: 160, None: 1000}
    for at_, notice in enumerate(notices):
        others = [*notices[:at_], Past(notice.number, notice.issued, "withdrawn"), *notices[at_ + 1 :]]
        assert worth[standing(others, proposed, POLICY).order] <= worth[before.order]


@given(st.lists(st.tuples(st.integers(0, 500), st.sampled_from(["served", "paid", "withdrawn", "prosecuted"])), max_size=14))
def test_no_path_gives_a_third_within_three_years(steps):
    """Notices are proposed again and again, issued where the rule allows it, and come to any end."""
    day, notices = d("2024-08-19"), []
    for wait, fate in steps:
        day += dt.timedelta(days=wait)
        found = standing(notices, day, POLICY)
        if found.order is not None:
            notices.append(Past(len(notices) + 1, day, fate, order=found.order))
        standing_now = [n for n in notices if n.state != "withdrawn"]
        three_years = [n for n in standing_now if not _three_years_apart(n.issued, day)]
        assert len(three_years) <= 2
        if found.order is None:
            assert len(three_years) == 2


def _three_years_apart(issued, day):
    """By the calendar: has the same day and month come round three years later?"""
    return (day.year - 3, day.month, day.day) >= (issued.year, issued.month, issued.day)


@given(st.lists(st.integers(0, 60), unique=True), st.lists(st.integers(0, 60), unique=True))
def test_available_is_what_nobody_relied_on(window, relied):
    def said(number, code):
        return f"{dt.date(2026, 9, 1) + dt.timedelta(days=number // 2)} {'AM' if number % 2 else 'PM'}={code}"

    left = available([said(n, "O") for n in window], [said(n, "G") for n in relied])
    assert left == [said(n, "O") for n in window if n not in relied]


def test_a_reference_is_the_number_in_six_digits():
    assert penalty.reference(42) == "PN000042"
