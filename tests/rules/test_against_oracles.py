"""The rules on whole arrays against the slow obvious loops, on made-up boroughs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from attendance import flags, matrix, rates
from attendance.codes import BY_BYTE, N_BYTE
from schools import policy
from tests.rules.boroughs import boroughs
from tests.rules.oracles import Oracle
from tests.rules.registers import Borough, lines_of

SLOW_INPUT = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


def fast(borough: Borough, pupil: int) -> dict[str, Any]:
    """What the rules say, in the shape of the oracle's answer."""
    oldest = min((session.date for spell in borough.spells for session in spell.marks), default=borough.day)
    years = matrix.academic_year(borough.day) - matrix.academic_year(oldest) + 1
    lines, calendars = lines_of(borough, years=max(years, 2))
    j = flags.judge(lines, policy.in_force(borough.day))
    first = matrix.year_start(matrix.academic_year(borough.day))
    ours = sorted((s for s in borough.spells), key=lambda s: (s.pupil, s.start))
    counts = flags.counts(lines)
    met, reached, window = j.threshold.met(pupil), j.spells.reached_on(pupil), j.threshold.in_window(pupil)
    overdue = flags.overdue(lines, calendars, pupil, school_days=5, first=first)
    return {
        "enrolments": [
            _rates(rates.figures(counts[row]))
            for row, s in sorted(enumerate(ours), key=lambda item: (item[1].start, item[1].school))
            if s.pupil == pupil and s.start <= borough.day and (s.end is None or s.end >= first)
        ],
        "pupil": _rates(j.figures(pupil)),
        "penalty_threshold": {
            "eligible": bool(j.threshold.eligible[pupil, -1]),
            "met": met is not None,
            "met_on": met.date.isoformat() if met else None,
            "session": ("PM" if met.pm else "AM") if met else None,
            "count": j.threshold.count(pupil),
            "provisional_n": sum(mark == N_BYTE for _, mark in window),
            "sessions": [f"{s}={BY_BYTE[mark].code}" for s, mark in window],
        },
        "continuous_days": {"met": reached is not None, "reached_on": reached.isoformat() if reached else None},
        "n_overdue": [{"session": str(n.session), "due": n.due.isoformat()} for n in overdue],
        "flags": [{"code": f.code, "opened": f.opened.isoformat(), "low_data": f.low_data} for f in j.findings(pupil)],
    }


def _rates(f: rates.Figures) -> dict[str, Any]:
    return {
        "possible": f.possible,
        "attended": f.attended,
        "authorised": f.authorised,
        "unauthorised": f.unauthorised,
        "late": f.late,
        "attendance_pct": f.attendance_pct,
        "persistent_absence": f.persistent,
        "severe_absence": f.severe,
    }


def compare(borough: Borough) -> None:
    for pupil in range(len(borough.dobs)):
        slow, quick = Oracle(borough, pupil).explain(), fast(borough, pupil)
        assert quick == slow


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=SLOW_INPUT)
@given(boroughs())
def test_rules_agree_with_the_loops(borough: Borough) -> None:
    compare(borough)


@settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=SLOW_INPUT)
@given(boroughs(long=True))
def test_rules_agree_with_the_loops_over_three_years(borough: Borough) -> None:
    compare(borough)


@pytest.mark.long
@settings(max_examples=150, deadline=None, suppress_health_check=SLOW_INPUT)
@given(boroughs(long=True))
def test_rules_agree_with_the_loops_over_three_years_at_length(borough: Borough) -> None:
    compare(borough)


@pytest.mark.long
@settings(max_examples=1000, deadline=None, suppress_health_check=SLOW_INPUT)
@given(boroughs(pupils=3))
def test_rules_agree_with_the_loops_at_length(borough: Borough) -> None:
    compare(borough)
