"""Who should work a case: the rule, case by case, and what it says."""

from __future__ import annotations

import pytest

from casework.allocation import NAMES, Candidate, Cohort, cohorts_of, said_weight, suggest, weight
from schools import policy

FULL = 450
YJ, SEN, SW = Cohort.YOUTH_JUSTICE, Cohort.SEN, Cohort.SOCIAL_WORKER


def one(key: int, name: str, carried: int = 200, part: str = "", *cohorts: Cohort, away: str = "") -> Candidate:
    return Candidate(key, name, carried, part, frozenset(cohorts), away)


LEA, COL, SPEC = one(1, "Lea", 200, "lead"), one(2, "Col", 100, "cover"), one(3, "Spec", 300, "", YJ)


@pytest.mark.parametrize(
    ("kinds", "cohorts"),
    [
        ((), ()),
        (("fsm", "eal"), ()),
        (("ehcp",), (SEN,)),
        (("sen_support", "cin", "yjs"), (SW, YJ, SEN)),  # safeguarding decides first
        (("social_worker_ever", "previously_cla"), ()),  # no social worker now
    ],
)
def test_the_cohorts_of_a_child(kinds: tuple[str, ...], cohorts: tuple[Cohort, ...]) -> None:
    assert cohorts_of(kinds) == cohorts


class TestSuggestion:
    def test_the_school_s_own_officer_though_another_carries_less(self) -> None:
        found = suggest((), "Alder High School", [LEA, COL, SPEC], full=FULL)
        assert (found.key, found.why, found.passed, found.posts) == (
            1,
            "Lea is the contact of Alder High School. Carries 20 of 45.",
            (),
            False,
        )

    def test_the_specialist_comes_first_and_must_be_posted(self) -> None:
        found = suggest((YJ,), "Alder High School", [LEA, COL, SPEC], full=FULL)
        assert (found.key, found.posts) == (3, True)
        assert found.why == (
            "Spec is the specialist for youth justice, and the child is one of them. They are not posted to Alder High School yet. "
            "Carries 30 of 45."
        )

    def test_of_two_specialists_the_one_who_carries_less(self) -> None:
        found = suggest((SEN,), "A", [one(4, "Anna", 210, "cover", SEN), one(5, "Bea", 205, "cover", SEN), LEA], full=FULL)
        assert (found.key, found.posts) == (5, False)

    def test_of_two_cohorts_the_first_that_has_somebody_decides(self) -> None:
        assert suggest((SW, SEN), "A", [one(4, "Anna", 0, "", SEN), LEA], full=FULL).key == 4
        assert suggest((SW, SEN), "A", [one(4, "Anna", 0, "", SEN), one(5, "Bea", 0, "", SW), LEA], full=FULL).key == 5

    def test_who_is_away_or_full_is_passed_over_and_it_is_said(self) -> None:
        away = one(3, "Spec", 0, "", YJ, away="is away until 4 December 2026, covered by Col")
        full = one(1, "Lea", 450, "lead")
        found = suggest((YJ,), "A", [away, full, COL], full=FULL)
        assert found.key == 2
        assert found.why == "Col covers at A. Carries 10 of 45."
        assert found.passed == ("Spec is away until 4 December 2026, covered by Col.", "Lea is full: carries 45 of 45.")

    def test_just_under_full_is_free(self) -> None:
        assert suggest((), "A", [one(1, "Lea", 449, "lead")], full=FULL).key == 1

    def test_nobody_posted_and_nobody_free_are_different_answers(self) -> None:
        assert suggest((), "A", [SPEC], full=FULL).why == "Nobody of the team is posted to A: a manager decides."
        found = suggest((), "A", [one(1, "Lea", 500, "lead")], full=FULL)
        assert (found.key, found.why) == (None, "Nobody who could take it is here and free: a manager decides.")
        assert found.passed == ("Lea is full: carries 50 of 45.",)

    def test_a_specialist_who_is_not_posted_takes_nobody_else(self) -> None:
        assert suggest((SEN,), "A", [SPEC, COL], full=FULL).key == 2


def test_weights_are_policy_with_dates() -> None:
    values = policy.in_force(policy.BY_KEY["load_full"].start).values
    assert weight("supporting", "ebsa", values) == 10
    assert weight("supporting", "severe_absence", values) == 15
    assert weight("formal", "ebsa", values) == 20
    assert weight("a stage of its own", "ebsa", values) == 10
    assert {said_weight(0), said_weight(415), said_weight(450)} == {"0", "41.5", "45"}
    assert set(NAMES) == set(Cohort)
