"""The stages of a case: every move from every step, with and without an officer and a plan; and no case lost between sequences."""

from __future__ import annotations

import datetime as dt
import itertools

import numpy as np
import pytest

from casework import stages
from casework.stages import ASSESSING, CLOSED, DEFAULT, FORMAL, MONITORING, NEW, SEQUENCES, STAGES, STEP, SUPPORTING, Needs, Sequence
from schools.calendar import Calendar

# from: where it may go with an officer and a plan
TABLE = {
    NEW: {ASSESSING, SUPPORTING},
    ASSESSING: {SUPPORTING, MONITORING, FORMAL},
    SUPPORTING: {ASSESSING, MONITORING, FORMAL},
    MONITORING: {SUPPORTING, FORMAL},
    FORMAL: {SUPPORTING, MONITORING},
    CLOSED: set(),
}
PAIRS = [(one, other) for one, other in itertools.product(SEQUENCES, SEQUENCES) if one is not other]


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
    assert STEP[CLOSED].moves == stages.within_reach(CLOSED) == ()
    assert all(CLOSED not in step.moves for step in STEP.values())


@pytest.mark.parametrize("sequence", SEQUENCES, ids=lambda one: one.code)
class TestEverySequence:
    def test_begins_new_reaches_all_its_steps_and_says_them_in_words(self, sequence: Sequence) -> None:
        assert sequence.start.stage == NEW
        reached, waiting = {sequence.start.code}, [sequence.start.code]
        while waiting:
            fresh = set(STEP[waiting.pop()].moves) - reached
            reached |= fresh
            waiting += fresh
        assert reached == {step.code for step in sequence.steps}
        assert all(step.name and step.sentence.endswith(".") and step.owner.value for step in sequence.steps)

    def test_has_a_step_in_every_stage_so_that_none_is_lost(self, sequence: Sequence) -> None:
        assert {step.stage for step in sequence.steps} == {stage.code for stage in STAGES} - {CLOSED}

    def test_offers_support_before_it_watches_or_goes_the_legal_way(self, sequence: Sequence) -> None:
        later = [step for step in sequence.steps if step.stage in (MONITORING, FORMAL)]
        assert all(Needs.PLAN in step.needs for step in later)
        assert all(Needs.OFFICER in step.needs for step in sequence.steps)

    def test_what_is_formal_is_the_statutory_team_s(self, sequence: Sequence) -> None:
        assert {step.owner for step in sequence.at(FORMAL)} == {stages.Owner.STATUTORY}


@pytest.mark.parametrize(("own", "chosen"), PAIRS, ids=lambda one: one.code)
def test_a_case_mid_way_goes_over_to_the_new_choice_from_any_step_and_stays_in_its_stage(own: Sequence, chosen: Sequence) -> None:
    for step in own.steps:
        over = stages.crossing(step.code, chosen)
        assert over
        assert {one.stage for one in over} == {step.stage}
        for one in over:
            assert stages.move(step.code, one.code, has_officer=False, has_plan=False, chosen=chosen).allowed
            assert not stages.move(step.code, one.code, has_officer=True, has_plan=True, chosen=own).allowed, "not before it is chosen"


def test_codes_are_of_one_sequence_only_and_the_default_s_are_the_stages_own() -> None:
    codes = [step.code for sequence in SEQUENCES for step in sequence.steps]
    assert len(codes) == len(set(codes))
    assert {step.code for step in DEFAULT.steps} == {stage.code for stage in STAGES} - {CLOSED}
    assert all(len(code) <= 16 for code in codes)


def test_time_at_a_stage_is_counted_in_school_days_from_dates() -> None:
    monday = dt.date(2026, 11, 2)
    days = np.tile(np.array([1, 1, 1, 1, 1, 0, 0], np.uint8), 3)
    calendar = Calendar(monday, days, np.zeros(21, np.bool_))
    assert stages.school_days_since(monday, monday, calendar) == 0
    assert stages.school_days_since(monday, dt.date(2026, 11, 9), calendar) == 5
    assert stages.school_days_since(dt.date(2026, 11, 6), dt.date(2026, 11, 8), calendar) == 0
