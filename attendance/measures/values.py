"""Measures as plain values, for JSON: what the command prints, what an answer that was asked for is kept as, what the page shows. Pure."""

from __future__ import annotations

from typing import Any

from attendance.measures.measure import Measures
from attendance.measures.mobility import Mobility
from attendance.measures.runs import Runs


def as_values(m: Measures, mobility: Mobility) -> dict[str, Any]:
    """The measures beyond rates. Percentages are null where there is nothing to take them of."""
    return {
        "suspension": {"sessions": m.suspended_sessions, "pupils": m.suspended},
        "medical": {
            "mornings": m.medical.mornings,
            "afternoons": m.medical.afternoons,
            "back_in_the_afternoon": m.medical.back,
            "away_in_the_afternoon": m.medical.away,
            "afternoon_not_known": m.medical.not_known,
        },
        "holidays_in_term": {
            "sessions": m.holidays.sessions,
            "enrolments": m.holidays.enrolments,
            "round_breaks": m.holidays.near,
            "round_breaks_pct": m.holidays.near_pct,
            "possible_round_breaks_pct": m.holidays.expected_pct,
        },
        "weekdays": [
            {"half_day": half.name, "possible": half.possible, "absent": half.absent, "absence_pct": half.absence_pct}
            for half in m.pattern.half_days()
        ],
        "absence_spells": _spells(m.absences),
        "illness_spells": _spells(m.illnesses),
        "unexplained": {"standing": m.unexplained.standing, "overdue": m.unexplained.overdue},
        "mobility": {"enrolments": mobility.enrolments, "joined": mobility.joined, "left": mobility.left},
    }


def _spells(runs: Runs) -> dict[str, Any]:
    return {
        "spells": runs.number,
        "sessions": runs.sessions,
        "longest": runs.longest,
        "by_length": {str(length): number for length, number in runs.lengths.items()},
    }
