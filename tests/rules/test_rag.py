"""R1: the rating of a school, and the point of last year it is compared with."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance import rag
from attendance.benchmarks import shipped
from attendance.rag import AMBER, GREEN, NOT_RATED, RED, SEVERE, TREND, Bands, Before, England, Own, Severe, Steps
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


# --- contributions: the school's own trend, and severe absence without a plan


def before(absent: int, possible: int, weeks: int = 10) -> Before:
    return Before(FIRST - YEAR, LAST - YEAR, possible, absent, weeks, 10)


SHIPPED = policy.in_force(dt.date(2026, 11, 20))
DEFAULT = Bands(*(SHIPPED[key] for key in policy.RATING))


def test_as_shipped_contributions_are_shown_and_move_nothing() -> None:
    assert (DEFAULT.trend_tenths, DEFAULT.severe_pupils) == (0, 0)
    verdict = rag.rate(own(840, 10_000), england("secondary", "8.49"), DEFAULT, before(100, 10_000), Severe(40, 40))
    assert (verdict.colour, verdict.band) == (GREEN, GREEN)
    assert [one.moves for one in verdict.contributions] == [False, False]
    assert [one.words for one in verdict.contributions] == [
        "Its own absence in the same weeks of last year (8 September to 14 November 2025): 1.00% of 10,000 possible sessions. "
        "This year it is worse by 7.40 percentage points.",
        "40 of 40 pupils flagged as severely absent have no current plan.",
    ]


@pytest.mark.parametrize(
    ("absent", "then", "without_plan", "colour", "names"),
    [
        (840, 790, 0, AMBER, [TREND]),  # green by absence; half a point worse than its own last year
        (840, 791, 0, GREEN, []),
        (840, 840, 3, AMBER, [SEVERE]),
        (840, 840, 2, GREEN, []),
        (840, 100, 30, AMBER, [TREND, SEVERE]),  # both together: one band
        (900, 100, 30, RED, [TREND, SEVERE]),
        (960, 100, 30, RED, [TREND, SEVERE]),  # nothing is worse than red
        (960, 9000, 0, RED, []),  # much better than last year, and red all the same: need is never hidden
    ],
)
def test_an_authority_may_let_a_contribution_move_the_colour_one_band(
    absent: int, then: int, without_plan: int, colour: str, names: list[str]
) -> None:
    bands = Bands(10, 0, 10, trend_tenths=5, severe_pupils=3)
    verdict = rag.rate(own(absent, 10_000), england("secondary", "8.49"), bands, before(then, 10_000), Severe(30, without_plan))
    assert (verdict.colour, [one.name for one in verdict.contributions if one.moves]) == (colour, names)
    if names:
        assert " and ".join(name.lower() for name in names) in verdict.reasons[-1]
        assert verdict.reasons[-1].endswith("red already, and nothing is worse." if verdict.band == RED else f"one band worse, {colour}.")


def test_last_year_is_compared_only_where_its_registers_cover_the_same_weeks() -> None:
    bands = Bands(10, 0, 10, trend_tenths=1)
    for weeks, colour in ((10, AMBER), (9, AMBER), (8, GREEN)):
        assert rag.rate(own(840, 10_000), england("secondary", "8.49"), bands, before(10, 10_000, weeks)).colour == colour
    (few,) = rag.rate(own(840, 10_000), england("secondary", "8.49"), bands, before(10, 10_000, 8)).contributions
    assert few.words.endswith("cover 8 of this year’s 10 school weeks.")
    (none,) = rag.rate(own(840, 10_000), england("secondary", "8.49"), bands, before(0, 0, 0)).contributions
    assert none.words.startswith("Not known: there are no registers of this school in the same weeks of last year")


def test_a_school_with_too_little_data_is_not_moved_either() -> None:
    bands = Bands(10, 0, 10, trend_tenths=1, severe_pupils=1)
    verdict = rag.rate(own(900, 10_000, 9), england("secondary", "8.49"), bands, before(10, 10_000), Severe(3, 3))
    assert (verdict.colour, verdict.band, [one.moves for one in verdict.contributions]) == (NOT_RATED, "", [False, False])


COUNTS = st.tuples(st.integers(1, 200_000), st.floats(0, 0.4)).map(lambda pair: (int(pair[0] * pair[1]), pair[0]))


@given(
    mine=COUNTS,
    then=COUNTS,
    national=st.decimals(Decimal("0.50"), Decimal("20.00"), places=2),
    red=st.integers(0, 40),
    amber=st.integers(0, 40),
    trend=st.integers(0, 60),
    severe=st.integers(0, 20),
    bare=st.integers(0, 20),
)
def test_a_colour_is_moved_at_most_one_band_and_never_to_a_better_one(
    mine: tuple[int, int], then: tuple[int, int], national: Decimal, red: int, amber: int, trend: int, severe: int, bare: int
) -> None:
    facts = (own(*mine), england("primary", str(national)))
    beside = (before(*then), Severe(bare, bare))
    alone = rag.rate(*facts, Bands(red, amber, 10))
    verdict = rag.rate(*facts, Bands(red, amber, 10, trend, severe), *beside)
    assert verdict.band == alone.colour
    assert WORST_FIRST.index(alone.colour) - WORST_FIRST.index(verdict.colour) in (0, 1)
    worse_than_last_year = 1000 * mine[0] * then[1] - 1000 * then[0] * mine[1] >= trend * mine[1] * then[1]  # in whole numbers
    moves = bool(trend and worse_than_last_year) or bool(severe and bare >= severe)
    assert verdict.colour == (WORST_FIRST[max(WORST_FIRST.index(alone.colour) - 1, 0)] if moves else alone.colour)
    assert rag.rate(*facts, Bands(red, amber, 10), *beside).colour == alone.colour


# --- pupils


STEPS = Steps(red_percent=50, amber_percent=10, few_sessions=30)


@pytest.mark.parametrize(
    ("absent", "possible", "colour", "words", "little"),
    [
        (50, 100, RED, "severely absent", False),
        (49, 100, AMBER, "persistently absent", False),
        (10, 100, AMBER, "persistently absent", False),
        (199, 2000, GREEN, "missed less than 10%", False),  # 9.95% is shown as 10.0%
        (0, 100, GREEN, "missed less than 10%", False),
        (3, 29, AMBER, "persistently absent", True),
        (3, 30, AMBER, "persistently absent", False),
        (15, 29, RED, "severely absent", True),
        (0, 0, NOT_RATED, "no possible session this year", False),
    ],
)
def test_r1_of_a_pupil(absent: int, possible: int, colour: str, words: str, little: bool) -> None:
    found = rag.rate_pupil(absent, possible, STEPS)
    assert (found.colour, found.words, found.little_data) == (colour, words, little)


def test_r1_of_a_pupil_is_a_local_setting() -> None:
    items = [policy.BY_KEY[key] for key in ("pupil_red_percent", "pupil_amber_percent")]
    assert [(item.value, item.local) for item in items] == [(50, True), (10, True)]
    assert items[1].high <= items[0].low  # amber never begins behind red
    stricter = Steps(30, 5, 30)
    assert rag.rate_pupil(30, 100, stricter).words == "missed 30% or more"
    assert rag.rate_pupil(5, 100, stricter).words == "missed 5% or more"
    assert rag.rate_pupil(4, 100, stricter).words == "missed less than 5%"


@given(possible=st.integers(1, 400), share=st.floats(0, 1))
def test_a_pupils_colour_says_what_the_flags_say(possible: int, share: float) -> None:
    absent = int(possible * share)
    colour = rag.rate_pupil(absent, possible, STEPS).colour
    assert (colour == RED) == (2 * absent >= possible)
    assert (colour in (RED, AMBER)) == (10 * absent >= possible)
