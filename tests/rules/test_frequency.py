"""How many meetings a school is due (case T1): the worked figures, what cannot be compared, and order within a phase."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetings.frequency import (
    ADVISORY,
    AT,
    BELOW,
    NONE,
    STRONGEST,
    UNKNOWN,
    England,
    Facts,
    LastYear,
    Values,
    first_terms,
    frequency,
    in_term,
    standing_of,
    suggested_length,
)
from schools import policy

TODAY = dt.date(2026, 11, 20)
VALUES = Values.of(policy.in_force(TODAY).values)


def facts(phase: str, own: str, england: str | None, **more: object) -> Facts:
    """A school that attended `own` percent of 100,000 sessions in a whole year."""
    last = LastYear(100_000, int(Decimal(own) * 1000), 38)
    made = Facts(2026, phase, last=last, england=England(Decimal(england)) if england else None, as_good=20, of_schools=40)
    return replace(made, **more)  # type: ignore[arg-type]


def due(of: Facts, values: Values = VALUES) -> tuple[int, str]:
    found = frequency(of, values, today=TODAY)
    return found.number, found.band


class TestT1:
    @pytest.mark.parametrize(
        ("phase", "own", "england", "as_good", "number", "band"),
        [
            ("secondary", "90.9", "91.51", 5, 3, BELOW),
            ("primary", "95.2", "94.72", 9, 1, AT),
            ("special", "86.9", "86.83", 3, 1, AT),
            ("primary", "96.8", "94.72", 8, 0, STRONGEST),
        ],
    )
    def test_t1_the_worked_figures(self, phase: str, own: str, england: str, as_good: int, number: int, band: str) -> None:
        schools = {"secondary": 12, "primary": 40, "special": 5}[phase]
        assert due(facts(phase, own, england, as_good=as_good, of_schools=schools)) == (number, band)

    def test_t1_the_reason_gives_the_figures_and_the_sessions(self) -> None:
        found = frequency(facts("secondary", "90.9", "91.51"), VALUES, today=TODAY)
        assert found.reason == (
            "Attendance in 2025/26 was 90.90% (90,900 of 100,000 sessions), below England’s 91.51% for secondary schools. "
            "3 meetings a year are due, at least one a term."
        )

    def test_three_is_a_floor_for_those_below(self) -> None:
        assert frequency(facts("secondary", "90.9", "91.51"), VALUES, today=TODAY).floor == 3
        assert frequency(facts("primary", "95.2", "94.72"), VALUES, today=TODAY).floor == 0
        assert policy.BY_KEY["meetings_below"].low == 3

    def test_equal_is_not_below_and_never_among_the_strongest(self) -> None:
        assert due(facts("primary", "94.72", "94.72", as_good=1)) == (1, AT)

    def test_a_hair_below_is_below_though_it_reads_alike_and_the_words_show_it(self) -> None:
        found = frequency(facts("primary", "94.719", "94.72"), VALUES, today=TODAY)
        assert found.band == BELOW
        assert "94.719%" in found.reason

    def test_the_best_of_a_weak_phase_is_below_all_the_same(self) -> None:
        assert due(facts("primary", "94.0", "94.72", as_good=1)) == (3, BELOW)

    @pytest.mark.parametrize(
        ("as_good", "of_schools", "band"), [(8, 40, STRONGEST), (9, 40, AT), (1, 5, STRONGEST), (1, 4, AT), (1, 1, AT)]
    )
    def test_the_top_fifth_is_rounded_down(self, as_good: int, of_schools: int, band: str) -> None:
        assert due(facts("primary", "96.8", "94.72", as_good=as_good, of_schools=of_schools))[1] == band

    def test_schools_that_are_equal_stand_at_the_last_of_their_places(self) -> None:
        schools = [(1, LastYear(100, 97, 38)), (2, LastYear(200, 194, 38)), (3, LastYear(100, 96, 38)), (4, LastYear(100, 98, 38))]
        assert standing_of(schools) == {4: 1, 1: 3, 2: 3, 3: 4}


class TestNothingToCompare:
    @pytest.mark.parametrize(
        ("of", "said"),
        [
            (facts("primary", "96", None), "England’s attendance for 2025/26 is not held yet."),
            (facts("primary", "96", "94.72", last=None), "No registers of 2025/26 are held."),
            (facts("primary", "96", "94.72", last=LastYear(0, 0, 0)), "No registers of 2025/26 are held."),
            (facts("primary", "96", "94.72", last=LastYear(900, 890, 9)), "Registers of 2025/26 are held for 9 weeks only"),
            (
                facts("primary", "96", "94.72", opened=dt.date(2026, 1, 5)),
                "The school opened on 5 January 2026: it has no full school year yet.",
            ),
            (facts("primary", "96", "94.72", opened=dt.date(2026, 9, 1)), "The school opened on 1 September 2026"),
            (facts("pru", "60", None), "England’s attendance is not published for pupil referral units."),
            (facts("all_through", "93", None), "England’s attendance is not published for all-through schools."),
            (facts("unknown", "93", None), "The phase of the school is not known"),
        ],
    )
    def test_it_is_met_as_if_below_until_it_is_known_and_the_reason_says_why(self, of: Facts, said: str) -> None:
        found = frequency(of, VALUES, today=TODAY)
        assert (found.number, found.band, found.floor) == (3, UNKNOWN, 0)
        assert said in found.reason
        assert "3 meetings a year are due until that is known" in found.reason

    def test_a_school_that_opened_last_september_is_compared(self) -> None:
        assert due(facts("primary", "95.2", "94.72", opened=dt.date(2025, 9, 1)))[1] == AT

    def test_a_special_school_is_compared_with_special_schools(self) -> None:
        assert "for special schools" in frequency(facts("special", "86.9", "86.83"), VALUES, today=TODAY).reason

    def test_a_closed_school_is_due_none_from_the_day_after(self) -> None:
        closed = facts("secondary", "90.9", "91.51", closed=TODAY)
        assert due(closed) == (3, BELOW)
        found = frequency(closed, VALUES, today=TODAY + dt.timedelta(days=1))
        assert (found.number, found.band, found.reason) == (0, NONE, "The school closed on 20 November 2026: no meeting is due.")

    @pytest.mark.parametrize("phase", ["nursery", "sixteen_plus"])
    def test_nobody_of_school_age_none_due(self, phase: str) -> None:
        found = frequency(facts(phase, "90", None), VALUES, today=TODAY)
        assert (found.number, found.band) == (0, NONE)
        assert "Nobody of compulsory school age" in found.reason

    def test_an_independent_school_is_offered_one_as_advice(self) -> None:
        found = frequency(facts("secondary", "80", "91.51", independent=True), VALUES, today=TODAY)
        assert (found.number, found.band, found.floor) == (1, ADVISORY, 0)
        assert "the school need not take it up" in found.reason


def lowest_to_highest(key: str) -> st.SearchStrategy[int]:
    item = policy.BY_KEY[key]
    return st.integers(item.low, item.high)


any_values = st.builds(
    Values,
    below=lowest_to_highest("meetings_below"),
    at=lowest_to_highest("meetings_at"),
    strongest=lowest_to_highest("meetings_strongest"),
    strongest_percent=lowest_to_highest("meetings_strongest_percent"),
)


@given(
    years=st.lists(st.tuples(st.integers(1, 400), st.integers(0, 400)).filter(lambda pair: pair[1] <= pair[0]), min_size=1, max_size=12),
    england=st.decimals(min_value=0, max_value=100, places=2),
    values=any_values,
)
def test_never_fewer_meetings_for_lower_attendance_within_a_phase(years: list[tuple[int, int]], england: Decimal, values: Values) -> None:
    """Whatever an authority sets within the bounds of policy."""
    schools = [(number, LastYear(possible, attended, 38)) for number, (possible, attended) in enumerate(years)]
    places = standing_of(schools)
    found = sorted(
        (
            last.percent,
            -frequency(
                Facts(2026, "primary", last=last, england=England(england), as_good=places[key], of_schools=len(schools)),
                values,
                today=TODAY,
            ).number,
        )
        for key, last in schools
    )
    numbers = [-number for _, number in found]
    assert numbers == sorted(numbers, reverse=True)
    by_share: dict[Fraction, set[int]] = {}
    for share, number in found:
        by_share.setdefault(share, set()).add(number)
    assert all(len(same) == 1 for same in by_share.values()), "the same attendance, the same number"


@given(number=st.integers(0, 12), first=st.integers(1, 3))
def test_the_terms_of_a_year_add_up_and_are_even(number: int, first: int) -> None:
    terms = [in_term(number, term, first) for term in (1, 2, 3)]
    assert sum(terms) == number
    assert max(terms) - min(terms) <= 1
    if number % 3:
        assert terms[first - 1] == max(terms)


def test_yearly_meetings_are_spread_over_the_terms_worst_first() -> None:
    assert first_terms([7, 8, 9, 10, 11], [1, 2, 3]) == {7: 1, 8: 1, 9: 2, 10: 2, 11: 3}
    assert first_terms([7, 8, 9], [3]) == {7: 3, 8: 3, 9: 3}


class TestLength:
    @pytest.mark.parametrize(
        ("roll", "persistent", "severe", "minutes"),
        [(0, 0, 0, 30), (90, 6, 0, 30), (420, 50, 3, 60), (1200, 280, 40, 180), (240, 40, 2, 45)],
    )
    def test_it_grows_with_the_roll_and_with_absence(self, roll: int, persistent: int, severe: int, minutes: int) -> None:
        assert suggested_length(roll, persistent, severe).minutes == minutes

    def test_in_words(self) -> None:
        assert suggested_length(420, 50, 3).words == "60 minutes suggested: 50 of 420 pupils persistently absent, 3 of them severely."
        assert suggested_length(0, 0, 0).words == "30 minutes suggested: no figures this year yet."
        assert "agree which pupils to leave to a second meeting" in suggested_length(1200, 280, 40).words
