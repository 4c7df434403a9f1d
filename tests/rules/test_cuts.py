"""Sums of a school's year by cut, week and period equal those of a loop over marks, one by one."""

import datetime as dt
from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance import cuts, matrix
from attendance.codes import BLANK, BY_BYTE, BY_CODE, Class
from attendance.cuts import CODES, ENROLMENTS, Cut, Kind
from schools.calendar import Span

YEAR = 2026
COULD = (Class.ATTENDING, Class.ELSEWHERE, Class.AUTHORISED, Class.UNAUTHORISED)
MISSED = (Class.AUTHORISED, Class.UNAUTHORISED)
DAYS = [dt.date(2026, 9, 1) + dt.timedelta(days=7 * week + day) for week in (0, 1, 8, 17, 30, 37) for day in (0, 1, 3)]
SESSIONS = [(day, pm) for day in DAYS for pm in (False, True)]
CODES_SAID = ["/", "L", "U", "I", "O", "G", "X", "#", "B", ""]

pupils = st.lists(
    st.fixed_dictionaries(
        {
            "said": st.lists(st.sampled_from(CODES_SAID), min_size=len(SESSIONS), max_size=len(SESSIONS)),
            "from": st.sampled_from([dt.date(2025, 9, 1), *DAYS]),
            "to": st.sampled_from([None, *DAYS]),
            "year_group": st.sampled_from(["7", "8"]),
            "fsm": st.booleans(),
        }
    ),
    min_size=1,
    max_size=6,
)


def counted(pupil, day):
    return pupil["from"] <= day and (pupil["to"] is None or day <= pupil["to"])


def marks_of(pupil):
    """(day, code) of the marks that count, one by one."""
    return [(day, code) for (day, _), code in zip(SESSIONS, pupil["said"], strict=True) if code and counted(pupil, day)]


def tally(some, first, last):
    judged = persistent = severe = 0
    for pupil in some:
        within = [BY_CODE[code].klass for day, code in marks_of(pupil) if first <= day <= last]
        could, missed = sum(k in COULD for k in within), sum(k in MISSED for k in within)
        judged += could > 0
        persistent += could > 0 and missed * 10 >= could
        severe += could > 0 and missed * 2 >= could
    return (judged, persistent, severe)


@settings(max_examples=60, deadline=None)
@given(pupils)
def test_sums_are_those_of_the_marks_one_by_one(some):
    marks = matrix.blank(len(some))
    for row, pupil in enumerate(some):
        for (day, pm), code in zip(SESSIONS, pupil["said"], strict=True):
            marks[row, matrix.index_of(day, pm)] = BY_CODE[code].byte if code else BLANK
    inside = matrix.inside(YEAR, [p["from"] for p in some], [p["to"] for p in some])
    members = {
        cuts.WHOLE: some,
        Cut(Kind.YEAR_GROUP, "7"): [p for p in some if p["year_group"] == "7"],
        Cut(Kind.COHORT, "fsm"): [p for p in some if p["fsm"]],
    }
    groups = {name: np.array([any(p is one for one in own) for p in some]) for name, own in members.items()}
    halves = [Span(dt.date(2026, 9, 1) + dt.timedelta(weeks=7 * n), dt.date(2026, 9, 1) + dt.timedelta(weeks=7 * n + 6)) for n in range(6)]
    periods = [*cuts.dfe_periods(YEAR), *cuts.school_periods(YEAR, halves)]
    found = cuts.cut(YEAR, marks, inside, groups, periods)
    for name, own in members.items():
        sums = found[name]
        for week in range(cuts.WEEKS):
            monday = cuts.monday(YEAR, week)
            here = [(day, code) for p in own for day, code in marks_of(p) if monday <= day < monday + dt.timedelta(weeks=1)]
            said = {BY_BYTE[byte].code: int(n) for byte, n in enumerate(sums.weeks[week, :CODES]) if n}
            assert said == Counter(code for _, code in here)
            theirs = [
                p
                for p in own
                if any(monday <= day < monday + dt.timedelta(weeks=1) and BY_CODE[c].klass in COULD for day, c in marks_of(p))
            ]
            assert sums.weeks[week, ENROLMENTS] == len(theirs)
            assert tuple(sums.weeks[week, cuts.JUDGED :]) == tally(own, dt.date(2026, 8, 1), monday + dt.timedelta(days=6))
        for period in periods:
            wanted = tally(own, period.first, period.last)
            assert tuple(sums.periods.get(period.key, (0, 0, 0))) == wanted
        assert np.array_equal(cuts.unpack(cuts.pack(sums.weeks)), sums.weeks)


def test_a_year_without_marks_has_sums_of_nothing():
    found = cuts.cut(YEAR, matrix.blank(2), np.ones((2, matrix.LENGTH), bool), {cuts.WHOLE: np.ones(2, bool)}, cuts.dfe_periods(YEAR))
    assert not found[cuts.WHOLE].weeks.any()
    assert found[cuts.WHOLE].figures.attendance_pct is None
