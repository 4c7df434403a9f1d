"""What sessions tell beyond their rates equals what slow loops over marks, one by one, come to."""

import datetime as dt
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance import rates
from attendance.codes import BLANK, BY_CODE
from attendance.measures import holidays_in_term, medical, mobility, runs, unexplained, weekdays
from attendance.measures.holidays_in_term import Holidays, round_breaks
from attendance.measures.judged import Count, judge
from attendance.measures.measure import Measures, measure, rows
from attendance.measures.mobility import Stay
from schools.calendar import Span, build
from tests.rules.oracles import ATTENDED, AUTHORISED, UNAUTHORISED

FIRST = dt.date(2026, 9, 2)  # a Wednesday
DAYS = 26
MISSED, COULD = AUTHORISED | UNAUTHORISED, ATTENDED | AUTHORISED | UNAUTHORISED
SAID = ["/", "/", "L", "B", "I", "I", "M", "M", "G", "G", "N", "E", "O", "U", "X", "D", "#", ""]
TERMS = [Span(FIRST, dt.date(2026, 9, 11)), Span(dt.date(2026, 9, 21), dt.date(2026, 12, 18))]
CALENDAR = build(dt.date(2026, 8, 1), dt.date(2027, 1, 31), as_of=dt.date(2026, 9, 28), terms=TERMS)
TODAY = dt.date(2026, 9, 28)

registers = st.lists(st.lists(st.sampled_from(SAID), min_size=2 * DAYS, max_size=2 * DAYS), min_size=1, max_size=5)


def array(said):
    return np.array([[BY_CODE[code].byte if code else BLANK for code in row] for row in said], np.uint8)


def of(text):
    return array([["" if mark == "." else mark for mark in text.split()]])


def day(column):
    return FIRST + dt.timedelta(days=column // 2)


# --- the loops -------------------------------------------------------------------------------------------------------


def spells(row, hit):
    """Lengths of the runs of `hit` among possible sessions."""
    found, length = [], 0
    for mark in row:
        if mark not in COULD:
            continue
        if mark in hit:
            length += 1
        elif length:
            found.append(length)
            length = 0
    return found + [length] * bool(length)


def near_a_break(date):
    """Is the first school day of this week eight days or more after the one before, or the last one as long before the next?"""
    monday = date - dt.timedelta(days=date.weekday())
    met = [d for d in (monday + dt.timedelta(days=n) for n in range(7)) if CALENDAR.is_school_day(d)]
    if not met:
        return False

    def alone(start, step):
        return not any(CALENDAR.is_school_day(start + step * dt.timedelta(days=n)) for n in range(1, 8))

    return alone(met[0], -1) or alone(met[-1], 1)


def standing(said):
    every = [day(c) for row in said for c, mark in enumerate(row) if mark == "N"]
    late = 0
    for date in every:
        passed, after = date, 0
        while after < 5:
            passed += dt.timedelta(days=1)
            after += CALENDAR.is_school_day(passed)
        late += passed < TODAY
    return len(every), late


@settings(max_examples=60, deadline=None)
@given(registers)
def test_every_measure_is_that_of_the_loops(said):
    marks, who = array(said), np.array([n // 2 for n in range(len(said))], np.int64)  # rows 0 and 1 are one pupil's
    near = np.array([near_a_break(FIRST + dt.timedelta(days=n)) for n in range(DAYS)])
    low = (FIRST - CALENDAR.first).days
    assert near.tolist() == round_breaks(CALENDAR.first, CALENDAR.open[:365])[low : low + DAYS].tolist()
    known = rows(marks, who)
    found = measure(marks, FIRST, calendar=CALENDAR, near=near, day=TODAY, school_days=5, known=known)
    every = [(row, column, mark) for row, own in enumerate(said) for column, mark in enumerate(own)]

    assert found.by_code == Counter(mark for _, _, mark in every if mark)
    f = found.figures
    assert (f.possible, f.attended) == (sum(m in COULD for *_, m in every), sum(m in ATTENDED for *_, m in every))
    assert (f.authorised, f.unauthorised) == (sum(m in AUTHORISED for *_, m in every), sum(m in UNAUTHORISED for *_, m in every))
    assert f.late == sum(m in "LU" for *_, m in every if m)

    def tally(people):
        sums = [(sum(m in MISSED for m in own), sum(m in COULD for m in own)) for own in people]
        return (sum(c > 0 for _, c in sums), sum(c > 0 and 10 * a >= c for a, c in sums), sum(c > 0 and 2 * a >= c for a, c in sums))

    assert tuple(found.count) == tally(said)
    assert tuple(judge(known.counts, who)) == tally(
        [[m for n, own in enumerate(said) if n // 2 == p for m in own] for p in set(who.tolist())]
    )

    assert (found.suspended_sessions, found.suspended) == (
        sum(m == "E" for *_, m in every),
        len({row // 2 for row, _, m in every if m == "E"}),
    )
    mornings = [(row, c) for row, c, m in every if m == "M" and c % 2 == 0]
    after = [said[row][c + 1] for row, c in mornings]
    assert found.medical == medical.Medical(
        len(mornings),
        sum(m == "M" and c % 2 for _, c, m in every),
        sum(m in ATTENDED for m in after),
        sum(m in MISSED for m in after),
        sum(m not in COULD for m in after),
    )
    assert found.holidays == Holidays(
        sum(m == "G" for *_, m in every),
        sum("G" in own for own in said),
        sum(m == "G" and near_a_break(day(c)) for _, c, m in every),
        sum(m in COULD for *_, m in every),
        sum(m in COULD and near_a_break(day(c)) for _, c, m in every),
    )
    for half in found.pattern.half_days():
        own = [m for _, c, m in every if day(c).weekday() == half.weekday and bool(c % 2) == half.pm]
        assert (half.possible, half.absent) == (sum(m in COULD for m in own), sum(m in MISSED for m in own))
    assert sum(half.possible for half in found.pattern.half_days()) == f.possible
    assert found.absences.lengths == Counter(length for own in said for length in spells(own, MISSED))
    assert found.illnesses.lengths == Counter(length for own in said for length in spells(own, {"I"}))
    assert (found.unexplained.standing, found.unexplained.overdue) == standing(said)


@settings(max_examples=30, deadline=None)
@given(registers, registers)
def test_of_two_schools_the_measures_are_added_up(one, other):
    def alone(said):
        marks = array(said)
        near = np.arange(DAYS) % 2 == 0
        known = rows(marks, np.arange(len(said)))
        return measure(marks, FIRST, calendar=CALENDAR, near=near, day=TODAY, school_days=5, known=known)

    both, apart = alone(one + other), alone(one) + alone(other)
    # half of the pupils suspended are numbered alike in the two: whoever adds schools up counts pupils anew
    assert both.figures == apart.figures
    assert (both.count, both.by_code, both.medical, both.holidays) == (apart.count, apart.by_code, apart.medical, apart.holidays)
    assert both.pattern.half_days() == apart.pattern.half_days()
    assert (both.absences, both.illnesses, both.unexplained) == (apart.absences, apart.illnesses, apart.unexplained)


# --- said by hand ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "marks", "possible", "judged", "persistent", "severe"),
    [
        ("W1", r"/ \ / \ / \ / \ I I", 10, 1, 1, 0),
        ("W3", r"/ \ Y4 Y4 Y2 Y2 X X / \ ", 4, 1, 0, 0),
        ("W5", "# # Z Z", 0, 0, 0, 0),
        ("W6", r"/ \ C2 \ / C2 E E Q Q / O N \ ", 12, 1, 1, 1),
    ],
)
def test_worked_cases(case, marks, possible, judged, persistent, severe):
    counts = rates.count(of(marks))
    assert counts[0, rates.POSSIBLE] == possible, case
    assert judge(counts) == Count(judged, persistent, severe), case


def test_w9_enrolments_are_judged_apart_and_the_pupil_together():
    both = np.vstack([rates.count(of(r"D D / \ D D / I D D")), rates.count(of(r"/ \ D D / O D D / \ "))])
    assert judge(both) == Count(2, 2, 0)
    assert judge(both, np.array([7, 7])) == Count(1, 1, 0)


def test_back_after_the_dentist_or_not():
    found = medical.medical(of(r"M \ M I M . M # / M"))
    assert found == medical.Medical(mornings=4, afternoons=1, back=1, away=1, not_known=2)


def test_a_spell_goes_on_over_what_was_not_possible_and_ends_where_the_pupil_came():
    assert runs.absences(of(r"I I # # . . O / \ U \ /")).lengths == {1: 1, 3: 1}
    assert runs.illnesses(of(r"I I M I / I")).lengths == {1: 2, 2: 1}
    assert runs.absences(of(r"/ \ ")).number == 0
    two = runs.absences(array([["O", "O"], ["O", "O"]]))
    assert two.lengths == {2: 2}, "the spell of one child never runs on into the next"


def test_every_spell_has_a_band():
    found = runs.Runs({1: 5, 2: 4, 3: 3, 10: 2, 11: 1, 20: 1, 21: 1, 200: 1})
    assert sum(n for _, n, _ in found.bands()) == found.number == 18
    assert sum(s for _, _, s in found.bands()) == found.sessions
    assert found.longest == 200


def test_the_weeks_on_either_side_of_half_term_and_the_first_of_the_year_lie_round_a_break():
    first = dt.date(2026, 8, 1)
    terms = [Span(dt.date(2026, 9, 2), dt.date(2026, 10, 23)), Span(dt.date(2026, 11, 2), dt.date(2026, 12, 18))]
    calendar = build(first, dt.date(2026, 12, 18), as_of=dt.date(2026, 12, 18), terms=terms)
    near = round_breaks(first, calendar.open)
    met = [first + dt.timedelta(days=int(n)) for n in np.flatnonzero(near & calendar.open)]
    assert {date.isocalendar().week for date in met} == {36, 43, 45, 51}
    marks = np.full((1, 2 * len(near)), BLANK, np.uint8)
    for date in ("2026-10-22", "2026-10-23", "2026-11-17"):
        at = 2 * (dt.date.fromisoformat(date) - first).days
        marks[0, at : at + 2] = BY_CODE["G"].byte
    found = holidays_in_term.holidays_in_term(marks, near)
    assert (found.sessions, found.near, round(found.near_pct, 1)) == (6, 4, 66.7)


def test_nothing_is_no_percentage():
    none = Measures()
    assert (none.holidays.near_pct, none.count.persistent_pct, none.figures.absence_pct) == (None, None, None)
    assert weekdays.weekdays(of("# #"), FIRST).half_days() == []
    assert mobility.Mobility().joined_pct is None


def test_a_change_is_on_the_earlier_figure():
    assert rates.change(8.0, 10.0) == 25.0
    assert rates.change(10.0, 8.0) == -20.0
    assert [rates.change(*pair) for pair in ((None, 8.0), (8.0, None), (0.0, 8.0))] == [None] * 3


def test_n_is_overdue_from_the_day_after_its_fifth_school_day():
    marks = of("N N")
    calendar = build(FIRST, dt.date(2026, 10, 30), as_of=dt.date(2026, 10, 30), terms=[Span(FIRST, dt.date(2026, 10, 23))])
    for asked, overdue in ((dt.date(2026, 9, 9), 0), (dt.date(2026, 9, 10), 2)):
        assert unexplained.unexplained(marks, FIRST, calendar, day=asked, school_days=5).overdue == overdue


JOINERS = [
    ("on roll since long ago", Stay(dt.date(2024, 9, 1), None), 0, 0),
    ("with the year", Stay(dt.date(2026, 9, 1), None), 0, 0),
    ("with a year group that begins later in the first week", Stay(dt.date(2026, 9, 4), None), 0, 0),
    ("in-year", Stay(dt.date(2026, 9, 7), None), 1, 0),
    ("in-year, and gone again", Stay(dt.date(2026, 10, 5), dt.date(2026, 11, 3)), 1, 1),
    ("came with the school before", Stay(dt.date(2026, 11, 1), None, went_on=True), 0, 0),
    ("a new spell here the next day", Stay(dt.date(2024, 9, 1), dt.date(2026, 10, 9), goes_on=True), 0, 0),
    ("leaves after the period", Stay(dt.date(2024, 9, 1), dt.date(2027, 3, 1)), 0, 0),
]


@pytest.mark.parametrize(("who", "stay", "joined", "left"), JOINERS)
def test_joiners_and_leavers(who, stay, joined, left):
    found = mobility.mobility([stay], dt.date(2026, 8, 1), dt.date(2026, 12, 31), {2026: dt.date(2026, 9, 2)})
    assert (found.joined, found.left) == (joined, left), who


def test_those_who_leave_at_the_school_leaving_date_have_not_left_in_year():
    until = [dt.date(2027, 6, 24), dt.date(2027, 6, 25), dt.date(2027, 7, 21)]  # 25 June 2027 is the last Friday
    found = mobility.mobility([Stay(dt.date(2024, 9, 1), day) for day in until], dt.date(2027, 6, 1), dt.date(2027, 7, 31), {2026: None})
    assert (found.left, found.joined, found.unknown, found.enrolments) == (1, 0, 1, 3)
