"""Whom counts alone leave out is flagged by no rule, and most pupils are left out."""

from __future__ import annotations

import datetime as dt

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attendance import flags, matrix, worth
from attendance.codes import BY_CODE
from attendance.matrix import Session
from schools import policy
from schools.policy import Policy
from tests.rules.boroughs import SPANS, boroughs
from tests.rules.registers import Borough, lines_of, one_pupil, school_days

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


def let_in(borough: Borough, rules: Policy) -> np.ndarray:
    """By pupil: do the counts let them in? From registers as they are stored."""
    spells = sorted(borough.spells, key=lambda s: (s.pupil, s.start))
    year = matrix.academic_year(borough.day)
    counted = {}
    for y in (year - 1, year):
        marks = matrix.blank(len(spells))
        for row, spell in enumerate(spells):
            for session, mark in spell.marks.items():
                if matrix.academic_year(session.date) == y:
                    marks[row, matrix.index_of(*session)] = BY_CODE[mark].byte
        inside = matrix.inside(y, [s.start for s in spells], [min(s.end or borough.day, borough.day) for s in spells])
        counted[y] = worth.count(marks, inside)
    tally = worth.tally(
        counted[year - 1],
        counted[year],
        worth.lately(marks, inside, days=rules["fall_days"]),
        np.array([spell.pupil for spell in spells]),
        watched=np.array([bool(borough.watched.get(pupil)) for pupil in range(len(borough.dobs))]),
    )
    return worth.may_hold(tally, rules)


def holds_for_nobody_left_out(borough: Borough) -> None:
    rules = policy.in_force(borough.day)
    judged = flags.judge(lines_of(borough)[0], rules)
    for pupil, may in enumerate(let_in(borough, rules)):
        assert may or not judged.findings(pupil)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=SLOW)
@given(boroughs(pupils=3))
def test_nobody_who_is_left_out_is_flagged(borough: Borough) -> None:
    holds_for_nobody_left_out(borough)


THIS_YEAR = [day for day in school_days() if day >= dt.date(2026, 9, 1)]
FEW = st.dictionaries(
    st.tuples(st.integers(0, len(THIS_YEAR) - 1), st.booleans()), st.sampled_from(["I", "I", "O", "U", "C2", "N", "Y4", "D"]), max_size=24
)


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=SLOW)
@given(FEW, st.integers(15, len(THIS_YEAR) - 1), SPANS, st.booleans())
def test_nobody_who_misses_a_little_and_is_left_out_is_flagged(few, last, watched, lately):
    """Near the line, where a condition that is too narrow would show; `lately`: all on the last days."""
    marks = {Session(THIS_YEAR[last - at % 12 if lately else min(at, last)], pm): mark for (at, pm), mark in few.items()}
    borough = one_pupil(marks, day=THIS_YEAR[last])
    borough.watched[0] = watched
    holds_for_nobody_left_out(borough)


def test_a_pupil_who_is_hardly_ever_away_is_left_out():
    rules = policy.in_force(THIS_YEAR[-1])
    away = {Session(THIS_YEAR[at], pm): "I" for at in (3, 20) for pm in (False, True)}
    assert let_in(one_pupil(away, day=THIS_YEAR[-1]), rules).tolist() == [False, False]
