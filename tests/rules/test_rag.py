"""R1: the rating of a school, and the point of last year it is compared with."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance import rag
from attendance.benchmarks import shipped
from attendance.rag import AMBER, GREEN, NOT_RATED, RED, Bands, England, Own
from attendance.reports.national import YEAR, Comparators
from schools import policy

KNOWN = Comparators(shipped.england())
same_point, through_the_year = KNOWN.same_point, KNOWN.through_the_year
FIRST, LAST = dt.date(2026, 9, 7), dt.date(2026, 11, 13)
USUAL = Bands(red_tenths=10, amber_tenths=0, least_days=10)
WORST_FIRST = [RED, AMBER, GREEN]


def own(absent: int, possible: int, school_days: int = 45) -> Own:
    return Own(FIRST, LAST, possible, absent, school_days)


def england(phase: str, pct: str) -> England:
    return England(phase, Decimal(pct), FIRST - YEAR, LAST - YEAR, dt.date(2025, 11, 27), "DfE")


@pytest.mark.parametrize(
    ("phase", "pct", "national", "colour"),
    [("secondary", "9.6", "8.49", RED), ("primary", "5.9", "5.28", AMBER), ("special", "13.0", "13.17", GREEN)],
)
def test_r1(phase: str, pct: str, national: str, colour: str) -> None:
    verdict = rag.rate(own(int(Decimal(pct) * 100), 10_000), england(phase, national), USUAL)
    assert verdict.colour == colour
    assert verdict.reasons[-1].endswith(f"{colour}.")


@pytest.mark.parametrize(
    ("absent", "colour", "words"),
    [
        (8490, GREEN, "The same: green."),
        (8491, AMBER, "Worse by 0.001 percentage points, which is not more than 1.0: amber."),
        (8489, GREEN, "Better by 0.001 percentage points: green."),
        (9490, AMBER, "Worse by 1.00 percentage points, which is not more than 1.0: amber."),
        (9491, RED, "Worse by 1.001 percentage points, which is more than 1.0: red."),
    ],
)
def test_r1_at_the_edges_of_the_bands_the_words_bear_the_colour(absent: int, colour: str, words: str) -> None:
    verdict = rag.rate(own(absent, 100_000), england("secondary", "8.49"), USUAL)
    assert (verdict.colour, verdict.reasons[-1]) == (colour, words)


def test_the_reasons_show_both_periods_and_the_sessions() -> None:
    verdict = rag.rate(own(11_553, 120_340, 48), england("secondary", "7.18"), USUAL)
    assert verdict.reasons == (
        "Absence 9.60% of 120,340 possible sessions (11,553 missed), 7 September to 13 November 2026, from registers of 48 school days.",
        "England’s secondary schools at the same point of last year (8 September to 14 November 2025): 7.18%.",
        "Worse by 2.42 percentage points, which is more than 1.0: red.",
    )


def test_registers_of_a_few_days_are_not_rated() -> None:
    verdict = rag.rate(own(300, 1000, 9), england("primary", "4.58"), USUAL)
    assert verdict.colour == NOT_RATED
    assert "registers of 9 school days, and a rating needs 10" in verdict.reasons[0]
    assert rag.rate(own(300, 1000, 10), england("primary", "4.58"), USUAL).colour == RED


@pytest.mark.parametrize("phase", ["pru", "nursery", "all_through", "sixteen_plus", "unknown"])
def test_a_phase_of_which_nothing_is_published_says_so(phase: str) -> None:
    assert rag.no_comparator(phase, independent=False).startswith("Not rated, no comparator")


def test_independent_schools_have_no_comparator_whatever_their_phase() -> None:
    for phase in rag.PHASES:
        assert rag.no_comparator(phase, independent=False) == ""
        assert "independent" in rag.no_comparator(phase, independent=True)


def test_the_default_bands_are_policy_that_an_authority_may_set() -> None:
    day = dt.date(2026, 11, 20)
    shipped = policy.in_force(day)
    assert (shipped["rag_red_tenths"], shipped["rag_amber_tenths"]) == (10, 0)
    assert all(policy.BY_KEY[key].local for key in ("rag_red_tenths", "rag_amber_tenths", "rag_least_days"))
    wider = Bands(policy.in_force(day, [("rag_red_tenths", 20, day)])["rag_red_tenths"], 5, 10)
    assert rag.rate(own(960, 10_000), england("secondary", "8.49"), wider).colour == AMBER
    verdict = rag.rate(own(890, 10_000), england("secondary", "8.49"), wider)
    assert (verdict.colour, verdict.reasons[-1]) == (GREEN, "Worse by 0.41 percentage points, which is not more than 0.5: green.")


@given(
    possible=st.integers(1, 400_000),
    shares=st.tuples(st.floats(0, 0.4), st.floats(0, 0.4)),
    national=st.decimals(Decimal("0.50"), Decimal("20.00"), places=2),
    red=st.integers(0, 40),
    amber=st.integers(0, 40),
)
def test_fewer_absences_never_give_a_worse_colour(
    possible: int, shares: tuple[float, float], national: Decimal, red: int, amber: int
) -> None:
    fewer, more = sorted(int(share * possible) for share in shares)
    bands = Bands(red, amber, 10)
    better, worse = (rag.rate(own(absent, possible), england("primary", str(national)), bands) for absent in (fewer, more))
    assert WORST_FIRST.index(better.colour) >= WORST_FIRST.index(worse.colour)


@given(possible=st.integers(1, 5_000_000), share=st.floats(0, 0.3), national=st.decimals(Decimal("0.50"), Decimal("20.00"), places=2))
def test_the_words_never_round_the_colour_away(possible: int, share: float, national: Decimal) -> None:
    verdict = rag.rate(own(int(share * possible), possible), england("primary", str(national)), USUAL)
    last = verdict.reasons[-1]
    if last.startswith("Worse by"):
        said = Decimal(last.split()[2])
        assert said > 0
        assert (said > 1) == (verdict.colour == RED)
    else:
        assert verdict.colour == GREEN


def test_the_same_point_of_last_year_is_fifty_two_weeks_earlier() -> None:
    friday = dt.date(2026, 11, 20)
    found = same_point("secondary", friday)
    assert found is not None
    assert (found.first, found.last, found.published) == (dt.date(2025, 9, 8), dt.date(2025, 11, 21), dt.date(2025, 12, 4))
    assert found.absence_pct == Decimal("7.28")
    assert found.first + YEAR == dt.date(2026, 9, 7)  # the Monday of the same week of September
    # the week before there was none: the fortnight before that stands
    before = same_point("secondary", friday - dt.timedelta(weeks=1))
    assert before is not None
    assert before.last == dt.date(2025, 11, 7)


def test_never_a_whole_year_against_a_term() -> None:
    for day in (dt.date(2026, 9, 18), dt.date(2026, 10, 23), dt.date(2026, 12, 18), dt.date(2027, 3, 26), dt.date(2027, 7, 21)):
        found = same_point("primary", day)
        assert found is not None
        assert found.last <= day - YEAR < found.last + dt.timedelta(weeks=5)


def test_nothing_published_is_none_and_never_another_year() -> None:
    assert same_point("secondary", dt.date(2026, 9, 10)) is None  # before the first figures of last year's September
    assert same_point("pru", dt.date(2026, 11, 20)) is None
    assert same_point("secondary", dt.date(2040, 11, 20)) is None


def test_the_shipped_file_holds_every_phase_at_the_same_points() -> None:
    for year in (2023, 2024, 2025):
        points = [[(s.first, s.last, s.published) for s in through_the_year(phase, year)] for phase in rag.PHASES]
        assert points[0] == points[1] == points[2]
        assert len(points[0]) > 20
        assert points[0] == sorted(points[0])
        for first, last, published in points[0]:
            assert first.weekday() == 0
            assert last.weekday() == 4
            assert first < last < published
    whole = through_the_year("secondary", 2025)[-1]
    assert (whole.last, whole.absence_pct) == (dt.date(2026, 7, 10), Decimal("8.49"))  # as the figures of the whole year say
