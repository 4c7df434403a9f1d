"""The stages of a case: every move from every stage, with and without an officer and a plan."""

from __future__ import annotations

import itertools

import pytest

from casework import stages
from casework.stages import ASSESSING, BY_CODE, CLOSED, FORMAL, MONITORING, NEW, STAGES, SUPPORTING

# from: where it may go with an officer and a plan
TABLE = {
    NEW: {ASSESSING, SUPPORTING},
    ASSESSING: {SUPPORTING, MONITORING, FORMAL},
    SUPPORTING: {ASSESSING, MONITORING, FORMAL},
    MONITORING: {SUPPORTING, FORMAL},
    FORMAL: {SUPPORTING, MONITORING},
    CLOSED: set(),
}


@pytest.mark.parametrize(("current", "wanted"), list(itertools.product(TABLE, TABLE)))
def test_each_move_is_allowed_or_refused_as_the_table_says(current: str, wanted: str) -> None:
    found = stages.move(current, wanted, has_officer=True, has_plan=True)
    assert found.allowed is (wanted in TABLE[current])
    assert bool(found.reason) is not found.allowed


@pytest.mark.parametrize(("current", "wanted"), [(a, b) for a, to in TABLE.items() for b in sorted(to)])
def test_nothing_begins_without_an_officer(current: str, wanted: str) -> None:
    found = stages.move(current, wanted, has_officer=False, has_plan=True)
    assert not found.allowed
    assert found.reason == "Assign the case to an officer first."


@pytest.mark.parametrize(("current", "wanted"), [(a, b) for a, to in TABLE.items() for b in sorted(to)])
def test_support_is_offered_before_anybody_monitors_or_goes_formal(current: str, wanted: str) -> None:
    found = stages.move(current, wanted, has_officer=True, has_plan=False)
    assert found.allowed is (wanted not in {MONITORING, FORMAL})
    assert found.allowed or "needs a plan: support is offered first" in found.reason


def test_a_closed_case_goes_nowhere_and_no_move_closes_one() -> None:
    assert BY_CODE[CLOSED].moves == ()
    assert all(CLOSED not in stage.moves for stage in STAGES)


def test_every_stage_can_be_reached_and_is_said_in_words() -> None:
    reached, waiting = {NEW}, [NEW]
    while waiting:
        fresh = set(BY_CODE[waiting.pop()].moves) - reached
        reached |= fresh
        waiting += fresh
    assert reached == {stage.code for stage in STAGES} - {CLOSED}  # closing is an act of its own
    assert all(stage.name and stage.sentence.endswith(".") for stage in STAGES)
