"""The nine points before a notice: complete or not, and what speaks against it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legal import considered
from legal.considered import Said
from tests.flows.notice_things import NOTHING_AGAINST


def said(route: str, **changes: tuple[str, str]) -> dict[str, Said]:
    return {key: Said(*pair) for key, pair in (NOTHING_AGAINST[route] | changes).items()}


@pytest.mark.parametrize("route", ["holiday", "ongoing"])
def test_nine_answers_of_which_none_speaks_against_it(route: str) -> None:
    assert [point.number for point in considered.POINTS] == list(range(1, 10))
    assert considered.unanswered(route, said(route)) == {}
    assert considered.against(said(route)) == []


def test_what_is_not_said_in_words_or_not_of_this_route_is_not_answered() -> None:
    assert considered.unanswered("holiday", said("holiday", conflict=("agrees", " "))) == {"conflict": "Point 7: say it in words"}
    assert "improve" in considered.unanswered("ongoing", said("ongoing", improve=("holiday", "")))
    appropriate = said("holiday", appropriate=("yes", ""))
    assert considered.unanswered("holiday", appropriate) == {"offered": "Point 3: support is appropriate (point 2), so say what came of it"}


@given(st.sampled_from([(point.key, choice.key) for point in considered.POINTS for choice in point.choices if choice.against]))
def test_any_one_answer_that_speaks_against_it_is_enough(pair: tuple[str, str]) -> None:
    key, choice = pair
    [(point, words)] = considered.against(said("ongoing", **{key: (choice, "Because.")}))
    assert point.key == key
    assert words
