"""How a meeting's minutes are shared out: severe absence first, to the minute, and nothing dropped unsaid."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from meetings.timing import Turn, Wish, pupil, share

OPEN, CLOSE = Wish("open", Turn.SCHOOL, 4, 7), Wish("close", Turn.SCHOOL, 2, 3)


def wishes(severe: int, may: int) -> list[Wish]:
    return [OPEN, CLOSE, *(pupil(("s", n), Turn.SEVERE) for n in range(severe)), *(pupil(("p", n), Turn.MAY) for n in range(may))]


def test_an_hour_for_five_severely_absent_pupils_and_four_others() -> None:
    found = share(wishes(5, 4), 60)
    assert [found.minutes["s", n] for n in range(5)] == [6] * 5
    assert (found.minutes["open"], found.minutes["close"]) == (7, 3)
    assert [found.minutes["p", n] for n in range(4)] == [4] * 4
    assert (found.free, found.left_out, found.note) == (4, (), "")


def test_half_an_hour_for_ten_severely_absent_pupils_leaves_the_others_little_and_says_who_does_not_fit() -> None:
    found = share(wishes(10, 4), 30)
    assert [found.minutes["s", n] for n in range(10)] == [2] * 10
    assert found.left_out == (("p", 2), ("p", 3))
    assert found.short == 4
    assert found.note.startswith("2 points do not fit: at the least minutes each they need 4 minutes more.")


def test_nobody_is_passed_over_for_somebody_less_urgent_who_needs_less() -> None:
    found = share([Wish("long", Turn.MUST, 5, 5), Wish("short", Turn.MAY, 1, 1)], 4)
    assert found.left_out == ("long", "short")
    assert (found.free, found.short) == (4, 2)


def test_one_minute_left_over_goes_to_a_severely_absent_pupil() -> None:
    found = share(wishes(2, 2), 15)
    assert found.minutes == {"open": 4, "close": 2, ("s", 0): 3, ("s", 1): 2, ("p", 0): 2, ("p", 1): 2}


@st.composite
def _any(draw: st.DrawFn) -> tuple[list[Wish], int]:
    made = []
    for key in range(draw(st.integers(0, 30))):
        least = draw(st.integers(1, 6))
        made.append(Wish(key, draw(st.sampled_from(Turn)), least, least + draw(st.integers(0, 6))))
    return sorted(made, key=lambda wish: wish.turn), draw(st.integers(0, 200))


@given(_any())
def test_minutes_add_up_and_each_point_has_its_least_or_is_named(case: tuple[list[Wish], int]) -> None:
    made, minutes = case
    found = share(made, minutes)
    assert sum(found.minutes.values()) + found.free == minutes
    assert [*found.minutes, *found.left_out] == [wish.key for wish in made], "nothing is lost, nothing is put before others"
    for wish in made[: len(found.minutes)]:
        assert wish.least <= found.minutes[wish.key] <= wish.enough
    if found.left_out:
        again = share(made, minutes + found.short)
        assert not again.left_out
        assert share(made, minutes + found.short - 1).left_out, "and not a minute less would do"
    less = [wish for wish in made if found.minutes.get(wish.key, wish.enough) < wish.enough]
    more = [wish for wish in made if found.minutes.get(wish.key, 0) > wish.least]
    assert not less or all(wish.turn <= min(one.turn for one in less) for wish in more), "the urgent first"
