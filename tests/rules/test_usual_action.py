"""What is offered as an item's action: always the school's to do, from the reason it is there."""

from __future__ import annotations

from typing import Any

import pytest

from attendance.flag_codes import CODES
from meetings.usual_action import LONGEST, usual_action


def usual(**known: Any) -> str:
    nothing = {"flag": "", "plan_due": False, "has_plan": False, "undone": "", "reason": "", "of_pupil": True}
    return usual_action(**nothing | known)


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"flag": "severe_absence"}, "Meet the family and agree a plan"),
        ({"flag": "severe_absence", "has_plan": True}, "Review the plan with the family"),
        ({"flag": "penalty_threshold"}, "Meet the parents about the unauthorised absence and write down the support offered"),
        ({"flag": "not_started"}, "Find out where the pupil is, and tell the authority"),
        ({"plan_due": True, "has_plan": True}, "Review the plan with the family"),
        ({"flag": "severe_absence", "undone": "Ring home"}, "Finish what was agreed before: Ring home"),
        ({"of_pupil": False, "reason": "Codes for lateness"}, "Look into this: Codes for lateness"),
    ],
)
def test_from_the_reason(known: dict[str, Any], said: str) -> None:
    assert usual(**known) == said


@pytest.mark.parametrize("flag", ["", *CODES])
def test_every_pupil_has_one_and_it_opens_and_refers_nothing(flag: str) -> None:
    said = usual(flag=flag)
    assert said
    assert not any(word in said.lower() for word in ("case", "refer", "notice", "prosecut"))


def test_it_fits_into_an_action() -> None:
    assert len(usual(undone="x" * 300)) == LONGEST
