"""Support first: what a request needs by its route, and that nothing incomplete passes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legal.checklist import HOLIDAY, ITEMS, ONGOING, items, missing


def numbers(found):
    return [item.number for item in found]


def test_the_eighteen_items_stand_in_order():
    assert numbers(ITEMS) == list(range(1, 19))
    assert len({item.key for item in ITEMS}) == 18
    assert all(len(item.key) <= 24 for item in ITEMS)


def test_a_holiday_needs_no_support_first_but_the_application_for_leave():
    assert numbers(items(HOLIDAY)) == [1, 2, 3, 4, 5, 6, 7, 9, 13, 14, 17, 18]


def test_ongoing_absence_needs_support_and_no_application_for_leave():
    assert numbers(items(ONGOING)) == [1, 2, 3, 4, 5, *range(7, 19)]


@pytest.mark.parametrize("route", [HOLIDAY, ONGOING])
def test_nothing_answered_everything_is_missing(route):
    assert missing(route, {}) == items(route)


@pytest.mark.parametrize("route", [HOLIDAY, ONGOING])
def test_everything_answered_yes_nothing_is_missing(route):
    assert missing(route, {item.key: "yes" for item in items(route)}) == []


def test_support_cannot_be_said_not_to_apply():
    answers = {item.key: "not_applicable" for item in items(ONGOING)}
    lacking = {item.key for item in missing(ONGOING, answers)}
    assert {"plan", "meetings", "views", "equality", "best_tool"} <= lacking
    assert not lacking & {"improve", "early_help", "consultation", "agencies"}


answers = st.dictionaries(
    st.sampled_from([item.key for item in ITEMS] + ["strange"]), st.sampled_from(["yes", "no", "not_applicable", "", "maybe"])
)


@given(st.sampled_from([HOLIDAY, ONGOING]), answers)
def test_a_no_is_always_missing_and_a_yes_never(route, given_answers):
    lacking = {item.key for item in missing(route, given_answers)}
    for item in items(route):
        answer = given_answers.get(item.key)
        if answer == "yes":
            assert item.key not in lacking
        elif answer != "not_applicable":
            assert item.key in lacking
