"""Which schools are like a school: visible rules that hold for any schools at all."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from attendance.similar import Features, Weights, nearest, parts
from schools import policy

USUAL = Weights(roll=1, fsm=2, sen=1)
shares = st.none() | st.fractions(0, 100, max_denominator=500)
schools = st.lists(
    st.tuples(st.sampled_from(["primary", "secondary"]), st.booleans(), st.integers(0, 1500), shares, shares), min_size=1, max_size=12
).map(lambda rows: [Features(key, f"School {key:02d}", *row) for key, row in enumerate(rows)])
weights = st.builds(Weights, *[st.integers(0, 5)] * 3)


def school(key: int, roll: int, fsm: int | None, sen: int | None, phase: str = "primary") -> Features:
    known = (None if share is None else Fraction(share) for share in (fsm, sen))
    return Features(key, f"School {key}", phase, False, roll, *known)


def test_the_words_and_points_of_an_example() -> None:
    found = parts(school(1, 240, 31, 15), school(2, 200, 26, 20), USUAL)
    assert [(part.words, float(part.points or 0)) for part in found] == [
        ("roll 200 against 240", float(Fraction(1, 6) * 10)),
        ("FSM 26% against 31%", 2.0),
        ("SEN 20% against 15%", 1.0),
    ]


def test_the_nearest_by_each_weight() -> None:
    ours = school(0, 200, 30, 15)
    others = [school(1, 200, 60, 15), school(2, 400, 30, 15), school(3, 205, 31, 16)]

    def order(*numbers: int) -> list[int]:
        return [alike.school.key for alike in nearest(ours, others, Weights(*numbers), 3)]

    assert order(1, 1, 1) == [3, 2, 1]
    assert order(5, 0, 0) == [1, 3, 2]
    assert order(0, 5, 0) == [2, 3, 1]
    assert order(0, 0, 0) == [], "with nothing to compare no school is like another"


def test_what_is_not_known_makes_no_school_alike() -> None:
    """Of the first nothing is known but its roll, which is ours to the pupil: it must not come first for want of differences."""
    found = nearest(school(0, 200, 30, 15), [school(1, 200, None, None), school(2, 120, 55, 25)], USUAL, 5)
    assert [alike.school.key for alike in found] == [2, 1]
    assert [part.words for part in found[1].parts] == ["roll 200 against 200", "FSM not known against 30%", "SEN not known against 15%"]
    assert [part.points for part in found[1].parts] == [0, None, None]


def test_only_schools_of_the_kind() -> None:
    ours = school(0, 200, 30, 15)
    assert nearest(ours, [school(1, 200, 30, 15, "secondary"), school(2, 0, None, None), ours], USUAL, 5) == []
    assert nearest(school(0, 0, None, None), [school(1, 200, 30, 15)], USUAL, 5) == []
    unknown = [school(n, 200, 30, 15, "unknown") for n in (0, 1)]
    assert nearest(unknown[0], unknown, USUAL, 5) == []


@given(schools, weights, st.integers(3, 15))
def test_it_never_leaves_out_a_nearer_one(every: list[Features], by: Weights, number: int) -> None:
    ours = every[0]
    found = nearest(ours, every, by, number)
    shown = {alike.school.key for alike in found}
    assert ours.key not in shown
    assert len(shown) == len(found) <= number
    for alike in found:
        assert (alike.school.phase, alike.school.independent) == (ours.phase, ours.independent)
        assert alike.points == sum((part.points or Fraction(0)) for part in alike.parts) >= 0
    if found:
        furthest = (found[-1].unknown, found[-1].points)
        for other in every[1:]:
            if other.key not in shown and (other.phase, other.independent) == (ours.phase, ours.independent) and other.roll:
                apart = parts(ours, other, by)
                assert (sum(p.points is None for p in apart), sum((p.points or Fraction(0)) for p in apart)) >= furthest


@given(schools, weights)
def test_two_schools_are_as_far_apart_from_either_side(every: list[Features], by: Weights) -> None:
    for one in every:
        for other in every:
            assert [part.points for part in parts(one, other, by)] == [part.points for part in parts(other, one, by)]
        assert all(not part.points for part in parts(one, one, by))


def test_weights_are_policy_that_an_authority_may_set() -> None:
    items = [policy.BY_KEY[key] for key in ("similar_roll", "similar_fsm", "similar_sen")]
    assert [(item.value, item.low, item.high, item.local) for item in items] == [(1, 0, 5, True), (2, 0, 5, True), (1, 0, 5, True)]
