"""Blip or concern: the range of the middle, found the slow way too, and where somebody stands."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance import peers
from attendance.peers import Fortnight, Place, Range

MONDAYS = [dt.date(2026, 10, 12) + dt.timedelta(weeks=n) for n in range(6)]  # the 3rd, w/c 26 October, is half term


def by_hand(pupils: list[tuple[int, int]], percent: int) -> tuple[int, int, int, int] | None:
    """Size, low, high and usual number of sessions, with a list and a count."""
    had = [possible for possible, _ in pupils if possible]
    if not had:
        return None
    usual = max(sorted(set(had)), key=had.count)
    missed = sorted(absent for possible, absent in pupils if possible and possible * 2 >= usual)
    out = int(len(missed) * (100 - percent) / 2 / 100 + 1e-9)
    left = missed[out : len(missed) - out]
    return len(missed), left[0], left[-1], usual


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.lists(st.integers(0, 28).flatmap(lambda p: st.tuples(st.just(p), st.integers(0, p))), max_size=60),
    st.sampled_from([50, 80, 90, 98]),
)
def test_the_range_is_what_is_left_when_both_ends_are_taken_off(pupils, percent):
    pairs = np.zeros((peers.SESSIONS, peers.SESSIONS), np.int64)
    for possible, absent in pupils:
        pairs[possible, absent] += 1
    found, wanted = peers.of_pupils(pairs, percent=percent, least=1), by_hand(pupils, percent)
    assert (found and (found.size, found.low, found.high, found.usual)) == wanted


def test_a_pupil_stands_beyond_the_range_only_above_its_upper_end():
    """Of 100 pupils 90 missed 0 to 3 of 20 sessions, and ten missed more: 3 is within, 4 beyond."""
    pairs = np.zeros((peers.SESSIONS, peers.SESSIONS), np.int64)
    pairs[20, [0, 1, 2, 3, 12]] = [40, 20, 20, 10, 10]
    found = peers.of_pupils(pairs, percent=80, least=30)
    assert found == Range(100, 0, 3, 80, 20)
    assert [peers.place(missed, found) for missed in (0, 3, 4)] == [Place.WITHIN, Place.WITHIN, Place.BEYOND]


def test_too_few_to_compare_have_no_range():
    pairs = np.zeros((peers.SESSIONS, peers.SESSIONS), np.int64)
    pairs[20, 0] = 29
    pairs[5, 5] = 20  # here for a quarter of the fortnight: not compared
    assert peers.of_pupils(pairs, percent=80, least=30) is None
    assert peers.of_schools(np.array([1, 2]), np.array([10, 0]), percent=80, least=2) is None


def test_schools_are_compared_by_their_rates_and_no_end_is_one_schools_own():
    absent, possible = np.array([5, 60, 700, 9, 8, 7, 6, 8, 9, 90]), np.array([100, 1000, 10000, 100, 100, 100, 100, 100, 100, 300])
    found = peers.of_schools(absent, possible, percent=80, least=10)
    assert found == Range(10, 600, 900, 80)  # 5% and 30% are taken off
    assert peers.rate(np.array([1]), np.array([3])).tolist() == [3333]


@pytest.mark.parametrize(("met", "first", "second"), [([1, 1, 0, 1, 1, 0], 3, 4), ([1, 1, 0, 1, 0, 0], 1, 3)])
def test_the_fortnight_is_the_last_two_weeks_in_which_most_schools_met(met, first, second):
    weeks = np.array([met, met, [1] * 6], np.bool_)
    latest = [MONDAYS[second] + dt.timedelta(days=n) for n in (1, 3, 30)]
    found = peers.fortnight(weeks, MONDAYS, latest)
    assert found == Fortnight(MONDAYS[first], MONDAYS[second], latest[1])  # most had come to that day
    assert found.holds(MONDAYS[first] + dt.timedelta(days=4))
    assert not found.holds(MONDAYS[2])
    assert not found.holds(latest[1] + dt.timedelta(days=1))


def test_one_week_is_no_fortnight():
    assert peers.fortnight(np.array([[0, 0, 0, 0, 0, 1]], np.bool_), MONDAYS, [MONDAYS[5]]) is None
    assert peers.fortnight(np.zeros((0, 6), np.bool_), MONDAYS, []) is None
