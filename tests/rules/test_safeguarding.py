"""When a safeguarding consideration is asked for: severe absence, mainly unauthorised, and nothing helps or nobody is reached."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from casework.safeguarding import Known, Reviewed, judge
from schools.policy import in_force

TODAY = dt.date(2026, 11, 20)
FLAGGED, DUE_GONE, DUE_YET = dt.date(2026, 10, 1), dt.date(2026, 11, 19), TODAY


def review(since: int, before: int, *, of: int = 20, day: int = 1) -> Reviewed:
    return Reviewed(dt.date(2026, 11, day), of, before, of, since)


def known(**fields: Any) -> Known:
    return Known(**{"possible": 100, "absent": 60, "unauthorised": 31, "flagged": FLAGGED, "reached": None, "due": DUE_YET} | fields)


WORSE, SAME, BETTER = review(14, 12, day=9), review(12, 12, day=2), review(10, 12, day=9)


@pytest.mark.parametrize(
    ("given", "needed"),
    [
        ({}, False),  # severe and unauthorised, but within the ten days and not yet reviewed
        ({"due": DUE_GONE}, True),
        ({"due": DUE_GONE, "unauthorised": 30}, False),  # exactly half is not mainly
        ({"due": None}, False),  # the school's days are not known so far: nobody is late by them
        ({"reviews": (WORSE,)}, False),
        ({"reviews": (WORSE, SAME)}, True),  # the same is no improvement
        ({"reviews": (BETTER, SAME)}, False),
        ({"reviews": (WORSE, BETTER, SAME)}, False),  # the last two count
        ({"reviews": (WORSE, SAME), "unauthorised": 10}, False),
        ({"reviews": (WORSE, review(0, 0, of=0), SAME)}, True),  # of a review in the holidays nobody can tell: it is passed over
    ],
)
def test_who_needs_one(given: dict[str, Any], needed: bool) -> None:
    assert judge(known(**given), today=TODAY, policy=in_force(TODAY)).needed is needed


def test_improvement_is_judged_by_shares_in_whole_numbers() -> None:
    assert Reviewed(TODAY, 30, 20, 20, 13).improved is True  # 65.0% after 66.7%
    assert Reviewed(TODAY, 30, 20, 15, 10).improved is False
    assert Reviewed(TODAY, 0, 0, 20, 1).improved is None


def test_an_authority_s_own_values_are_used() -> None:
    local = [("safeguarding_reviews", 1, dt.date(2026, 9, 1)), ("safeguarding_unauthorised_percent", 60, dt.date(2026, 9, 1))]
    policy = in_force(TODAY, local)
    assert not judge(known(reviews=(WORSE,)), today=TODAY, policy=policy).needed
    assert judge(known(reviews=(WORSE,), unauthorised=37), today=TODAY, policy=policy).needed


def test_it_is_said_why() -> None:
    found = judge(known(due=DUE_GONE, reached=dt.date(2026, 11, 4), reviews=(WORSE, SAME)), today=TODAY, policy=in_force(TODAY))
    assert found.evidence == (
        "Missed 60 of 100 sessions this school year, 31 of the 60 without authority.",
        "No improvement at 2 reviews of the plan: 9 November 2026 (14 of 20 sessions missed, 12 of 20 before); "
        "2 November 2026 (12 of 20 sessions missed, 12 of 20 before).",
        "Nobody in the family was reached for 10 school days or more, since 4 November 2026.",
    )
    never = judge(known(due=DUE_GONE), today=TODAY, policy=in_force(TODAY)).evidence[-1]
    assert never.endswith("since severe absence was flagged on 1 October 2026.")
