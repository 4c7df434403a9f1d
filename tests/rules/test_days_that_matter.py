"""Days on which nothing can change may be left out: every rule says the same of the days that are there."""

from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, given, settings

from attendance import flag_codes, flags
from attendance.lines import Lines
from schools import policy
from tests.rules.boroughs import boroughs
from tests.rules.registers import Borough, lines_of


def without_idle_days(lines: Lines) -> Lines:
    """Worked out the slow way, day by day: a day stays if it differs in anything from the one before, or something is on it."""
    wanted = []
    for day in range(lines.days):
        marked = lines.marks[:, 2 * day : 2 * day + 2].any() or lines.open[:, day].any()
        turns = day == 0 or any((array[:, day] != array[:, day - 1]).any() for array in (lines.inside, lines.of_age))
        if marked or turns or day == lines.days - 1 or (lines.date(day).month, lines.date(day).day) == (8, 1):
            wanted.append(day)
    at = np.array(wanted)
    columns = (2 * at[:, None] + np.arange(2)).ravel()
    return replace(
        lines,
        at=at,
        marks=lines.marks[:, columns],
        inside=lines.inside[:, at],
        open=lines.open[:, at],
        of_age=lines.of_age[:, at],
        facts=replace(lines.facts, watched=lines.facts.watched[:, at], reviewed=lines.facts.reviewed[:, at]),
    )


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(boroughs(long=True))
def test_nothing_is_lost_with_the_days_on_which_nothing_happens(borough: Borough) -> None:
    lines, _ = lines_of(borough, years=3)
    rules = policy.in_force(borough.day)
    whole, short = flags.judge(lines, rules), flags.judge(without_idle_days(lines), rules)
    assert short.lines.days < whole.lines.days
    assert (whole.counts == short.counts).all()
    for pupil in range(len(borough.dobs)):
        assert whole.findings(pupil) == short.findings(pupil)
        assert whole.threshold.met(pupil) == short.threshold.met(pupil)
        assert whole.threshold.in_window(pupil) == short.threshold.in_window(pupil)
        assert whole.threshold.count(pupil) == short.threshold.count(pupil)
        assert whole.threshold.eligible[pupil, -1] == short.threshold.eligible[pupil, -1]
        assert whole.spells.reached_on(pupil) == short.spells.reached_on(pupil)
    there = np.array([short.lines.index_on(lines.date(day)) for day in range(lines.days)])
    for code in flag_codes.CODES:
        left_out = lines.days - whole.held[code].shape[1]  # days before 1 August, of flags that are of one year
        spread = short.held[code][:, there[left_out:] - (short.lines.days - short.held[code].shape[1])]
        assert (whole.held[code] == spread).all(), code
