"""Which registers have come, and when silence raises an alarm: against loops, in arrays and through the database."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attendance import coverage
from attendance.coverage import Days, Silence, Status
from attendance.models import NotSupplying, SchoolYear
from attendance.reports import coverage as reports
from attendance.supply import Gap
from schools import policy
from schools.models import Closure, School, Term
from tests import factories
from tests.factories import enrol, make_pupil, make_school, write_marks

TODAY = dt.date(2026, 11, 20)  # a Friday
MONDAY = dt.date(2026, 11, 16)
POLICY = policy.in_force(TODAY)
NOON = dt.time(12)


def judge_slowly(open_: bool, own: bool, met: bool, weekday: bool, expected: int, am: int, pm: int, excused: bool, awaited: bool) -> Status:
    """The rule again, a day at a time, as a person would say it."""
    if am == 0 and pm == 0:
        should_have_met = open_ or (met and not own)
        if not weekday or not should_have_met or expected == 0:
            return Status.CLOSED
        if excused:
            return Status.NOT_SUPPLYING
        return Status.AWAITED if awaited else Status.MISSING
    if not open_:
        return Status.CLOSED
    return Status.COMPLETE if min(am, pm) >= expected else Status.PARTIAL


SMALL = st.integers(0, 3)
ONE_DAY = st.tuples(*[st.booleans()] * 4, SMALL, SMALL, SMALL, st.booleans(), st.booleans())


@given(days=st.lists(ONE_DAY, min_size=1, max_size=12))
def test_every_day_is_judged_as_a_person_would(days):
    names = ("open", "own", "met", "weekday", "expected", "am", "pm", "excused", "awaited")
    columns = {name: np.array([day[at] for day in days]) for at, name in enumerate(names)}
    for name in ("open", "own", "expected", "am", "pm", "excused"):
        columns[name] = columns[name][None]
    assert [Status(int(s)) for s in coverage.judge(Days(**columns))[0]] == [judge_slowly(*day) for day in days]


@given(
    due=st.lists(st.booleans(), min_size=1, max_size=15),
    heard=st.integers(-1, 15),
    heard_today=st.booleans(),
    passed=st.booleans(),
    most=st.integers(1, 4),
)
def test_an_alarm_sounds_as_the_policy_says(due, heard, heard_today, passed, most):
    today = len(due) - 1
    gone = sum(1 for at in range(today) if at > heard and due[at])
    late = due[today] and passed and not heard_today and today > heard
    found = coverage.alarm(np.array(due), heard=heard, today=today, heard_today=heard_today, hour_passed=passed, most_days=most)
    assert found == (Silence(gone, late) if late or gone >= most else None)


KINDS = st.sampled_from(["marks", "half", "#", "nothing"])
ONE_SCHOOL = st.fixed_dictionaries(
    {
        "days": st.lists(KINDS, min_size=7, max_size=7),
        "pupils": st.integers(0, 2),
        "term": st.booleans(),
        "closed": st.sampled_from([None, 0, 2, 4]),
        "gap": st.sampled_from([None, (0, 2), (3, 10)]),
    }
)
SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def build(plan: dict) -> School:
    school = make_school()
    if plan["term"]:
        Term.objects.create(school=school, name="Autumn", start=MONDAY, end=dt.date(2026, 12, 18))
    if plan["closed"] is not None:
        day = MONDAY + dt.timedelta(days=plan["closed"])
        Closure.objects.create(school=school, name="INSET", start=day, end=day)
    if plan["gap"]:
        first, last = (MONDAY + dt.timedelta(days=n) for n in plan["gap"])
        NotSupplying.objects.create(
            school=school, start=first, until=last, last=last, reason="New system", set_at=dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
        )
    for number in range(plan["pupils"]):
        marks = {}
        for at, kind in enumerate(plan["days"]):
            day = MONDAY + dt.timedelta(days=at)
            if kind == "marks" or (kind == "half" and number == 0):
                marks[day] = "/\\"
            elif kind == "#":
                marks[day] = "##"
        spell = enrol(make_pupil(), school)
        if marks:
            write_marks(spell, marks)
    return school


def status_by_hand(plan: dict, at: int, others_met: bool, hour: int) -> str:
    """From the plan alone: what the grid should say of the day."""
    kind = plan["days"][at] if plan["pupils"] else "nothing"
    marked = {"marks": plan["pupils"], "half": 1, "#": plan["pupils"], "nothing": 0}[kind]
    shows_open = kind in ("marks", "half")
    own = plan["closed"] == at or plan["term"]
    is_open = False if plan["closed"] == at else at < 5 if plan["term"] else shows_open
    excused = bool(plan["gap"]) and plan["gap"][0] <= at <= plan["gap"][1]
    awaited = at == 4 and hour < 11
    return judge_slowly(is_open, own, others_met, at < 5, plan["pupils"], marked, marked, excused, awaited).word


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=SLOW)
@given(plans=st.lists(ONE_SCHOOL, min_size=1, max_size=4), hour=st.sampled_from([9, 11]))
def test_the_grid_is_what_the_registers_say(plans, hour):
    from django.db import transaction

    with transaction.atomic():
        for plan in plans:  # the week is not over: nothing of days to come
            plan["days"] = [*plan["days"][:5], "nothing", "nothing"]
        schools = [build(plan) for plan in plans]
        factories.refresh(*schools, today=TODAY)
        sent = SchoolYear.objects.count()  # who sent anything
        for at in range(5):
            met = sum(plan["pupils"] > 0 and plan["days"][at] in ("marks", "half") for plan in plans)
            others = met > 0 and 2 * met >= sent
            grid = reports.grid(schools, MONDAY, dt.date(2026, 11, 22), today=TODAY, at=dt.time(hour), policy=POLICY)
            for row, plan in enumerate(plans):
                assert grid.days_of(row, [at])[0].status == status_by_hand(plan, at, others, hour)
        assert grid.dates[-1] == TODAY  # no day to come
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_pupils_on_roll_are_counted_day_by_day():
    """As the enrolments say, whatever a rollup knew when it was made."""
    school, other = make_school(), make_school()
    spells = [(None, None), (dt.date(2026, 11, 17), None), (None, dt.date(2026, 11, 18)), (dt.date(2026, 11, 18), dt.date(2026, 11, 18))]
    for start, end in spells:
        enrol(make_pupil(), school, start=start or dt.date(2025, 9, 1), end=end)
    days = [MONDAY + dt.timedelta(days=n) for n in range(5)]
    by_hand = [sum((s or dt.date.min) <= day <= (e or dt.date.max) for s, e in spells) for day in days]
    assert reports.on_roll([school.pk, other.pk], MONDAY, TODAY).tolist() == [by_hand, [0] * 5]


@pytest.mark.django_db
def test_the_period_may_reach_into_last_school_year():
    school = make_school()
    write_marks(enrol(make_pupil(), school), {dt.date(2026, 7, 20): "/\\", dt.date(2026, 9, 7): "//"})
    factories.refresh(school, today=TODAY)
    grid = reports.grid([school], dt.date(2026, 7, 17), dt.date(2026, 9, 8), today=TODAY, at=NOON, policy=POLICY)
    assert [grid.dates[at] for at in grid.school_days()] == [dt.date(2026, 7, 20), dt.date(2026, 9, 7)]


@pytest.mark.django_db
class TestSilence:
    def silence(self, school: School, *, at: dt.time = NOON, gaps: tuple[Gap, ...] = (), today: dt.date = TODAY) -> Silence | None:
        sent = reports.sent([school.pk], today=today)
        return sent.silences([school.pk], gaps, today=today, at=at, policy=POLICY).get(school.pk)

    def school_until(self, days: int) -> School:
        """In term, with registers of so many days from Monday on."""
        school = make_school()
        Term.objects.create(school=school, name="Autumn", start=MONDAY, end=dt.date(2026, 12, 18))
        if days:
            write_marks(enrol(make_pupil(), school), MONDAY, "/\\" * days)
        factories.refresh(school, today=TODAY)
        return school

    def test_todays_marks_are_late_at_eleven_and_not_before(self):
        school = self.school_until(4)
        assert self.silence(school, at=dt.time(10, 59)) is None
        assert self.silence(school, at=dt.time(11)) == Silence(0, True)

    def test_a_school_day_gone_by_without_a_register_is_told_at_any_hour(self):
        assert self.silence(self.school_until(3), at=dt.time(8)) == Silence(1, False)
        assert self.silence(self.school_until(5)) is None

    def test_a_weekend_is_not_silence(self):
        school = self.school_until(5)
        assert self.silence(school, today=dt.date(2026, 11, 22)) is None
        assert self.silence(school, today=dt.date(2026, 11, 23), at=dt.time(9)) is None
        assert self.silence(school, today=dt.date(2026, 11, 23), at=NOON) == Silence(0, True)

    def test_days_said_to_be_without_supply_raise_no_alarm(self):
        school = self.school_until(2)
        gap = Gap(school, dt.date(2026, 11, 18), dt.date(2026, 11, 27), "New system", True)
        assert self.silence(school, gaps=(gap,)) is None
        assert self.silence(school, gaps=(gap,), today=dt.date(2026, 12, 1), at=dt.time(9)) == Silence(1, False)

    def test_a_gap_lacks_registers_until_they_have_come(self):
        school = self.school_until(2)
        sent = reports.sent([school.pk], today=TODAY)
        assert sent.lacks(Gap(school, MONDAY, TODAY, "x", True), today=TODAY)
        assert not sent.lacks(Gap(school, MONDAY, dt.date(2026, 11, 17), "x", False), today=TODAY)
        assert not sent.lacks(Gap(school, dt.date(2026, 11, 21), dt.date(2026, 12, 4), "x", False), today=TODAY)  # not yet
