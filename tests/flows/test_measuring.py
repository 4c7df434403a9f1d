"""Measures of any period and cut, read from registers: through the database, by cohort, by pupil, and as the command says them."""

from __future__ import annotations

import datetime as dt
import io
import json
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django import DjangoAssertNumQueries

from attendance import figures
from attendance.cuts import Cut, Kind
from attendance.measuring import Asked, everywhere, measured
from schools import policy
from schools.calendar import Span
from schools.models import Characteristic, School, SchoolLink, Term
from tests import factories
from tests.factories import enrol, make_pupil, write_marks

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 20)
AUTUMN = Span(dt.date(2026, 9, 1), dt.date(2026, 11, 20))
MONDAY = dt.date(2026, 10, 19)  # the week before half term


@pytest.fixture
def registers(school_a: School, school_b: School) -> None:
    for school in (school_a, school_b):
        Term.objects.create(school=school, name="Autumn 1", start=dt.date(2026, 9, 1), end=dt.date(2026, 10, 23))
        Term.objects.create(school=school, name="Autumn 2", start=dt.date(2026, 11, 2), end=dt.date(2026, 12, 18))
    first = make_pupil(sex="M")
    Characteristic.objects.create(pupil=first, kind="fsm", start=dt.date(2025, 9, 1))
    write_marks(enrol(first, school_a), MONDAY, r"/\ M\ MI GG GG")
    write_marks(enrol(make_pupil(), school_a, start=dt.date(2026, 9, 21)), MONDAY, r"NN EE E\ /\ /\ ")
    dual = make_pupil()
    write_marks(enrol(dual, school_a), MONDAY, r"OO OO DD DD DD")
    write_marks(enrol(dual, school_b, year_group="9"), MONDAY, r"DD DD /\ /\ /\ ")
    factories.refresh(school_a, school_b, today=TODAY)


def asked(schools: list[School], **question: Any) -> dict[tuple[str, str], Any]:
    return measured(schools, [everywhere(schools, *AUTUMN)], Asked(**question), day=TODAY, policy=policy.in_force(TODAY))[0].groups


def command(**options: Any) -> dict[str, Any]:
    out = io.StringIO()
    call_command("figures", stdout=out, json=True, first=AUTUMN.first, last=AUTUMN.last, **options)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def test_the_command_gives_every_measure(registers: None, school_a: School) -> None:
    said = command(school=school_a.urn)
    assert (said["possible"], said["attended"], said["authorised"], said["unauthorised"]) == (24, 8, 6, 10)
    assert said["suspension"] == {"sessions": 3, "pupils": 1}
    assert said["medical"] == {
        "mornings": 2,
        "afternoons": 0,
        "back_in_the_afternoon": 1,
        "away_in_the_afternoon": 1,
        "afternoon_not_known": 0,
    }
    assert said["holidays_in_term"]["round_breaks"] == said["holidays_in_term"]["sessions"] == 4
    assert said["weekdays"][0] == {"half_day": "Monday morning", "possible": 3, "absent": 2, "absence_pct": pytest.approx(200 / 3)}
    assert said["absence_spells"] == {"spells": 4, "sessions": 16, "longest": 6, "by_length": {"1": 1, "4": 1, "5": 1, "6": 1}}
    assert said["illness_spells"] == {"spells": 1, "sessions": 1, "longest": 1, "by_length": {"1": 1}}
    assert said["unexplained"] == {"standing": 2, "overdue": 2}
    assert said["mobility"] == {"enrolments": 3, "joined": 1, "left": 0}


def test_the_command_and_what_pages_read_are_one(registers: None, school_a: School) -> None:
    said = command(school=school_a.urn)
    found = figures.between(*AUTUMN, schools=[school_a], day=TODAY)
    assert said["by_code"] == found.measures.by_code
    assert (said["pa_count"], said["sa_count"]) == (found.persistent, found.severe)


def test_cuts_narrow_and_groups_part(registers: None, school_a: School, school_b: School) -> None:
    both = [school_a, school_b]
    assert asked(both, cuts=(Cut(Kind.COHORT, "fsm"),))["", ""].measures.figures.possible == 10
    assert asked(both, cuts=(Cut(Kind.COHORT, "fsm"), Cut(Kind.SEX, "F"))) == {}
    by_year = asked(both, group=Kind.YEAR_GROUP)
    assert {value: found.measures.figures.possible for (_, value), found in by_year.items()} == {"8": 24, "9": 6}
    by_cohort = asked(both, group=Kind.COHORT)
    assert list(by_cohort) == [("", "fsm")]


def test_persistent_absence_is_counted_by_enrolment_or_by_pupil(registers: None, school_a: School, school_b: School) -> None:
    """The pupil on both rolls missed all of one school's sessions and none of the other's."""
    both = [school_a, school_b]
    enrolments, pupils = (asked(both, by_pupil=by)["", ""] for by in (False, True))
    assert (enrolments.enrolments, enrolments.pupils) == (4, 3)
    assert tuple(enrolments.measures.count) == (4, 3, 3)
    assert tuple(pupils.measures.count) == (3, 3, 2)  # 4 of 10 sessions


def test_last_year_is_read_with_this_one(registers: None, school_a: School, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    before = make_pupil()
    write_marks(enrol(before, school_a, end=dt.date(2026, 7, 21)), dt.date(2025, 10, 20), r"II /\ ")
    factories.refresh(school_a, today=TODAY)
    year = dt.timedelta(weeks=52)
    periods = [everywhere([school_a], *AUTUMN), everywhere([school_a], AUTUMN.first - year, AUTUMN.last - year)]
    with django_assert_max_num_queries(8):
        now, then = measured([school_a], periods, Asked(group=Kind.YEAR_GROUP), day=TODAY, policy=policy.in_force(TODAY))
    assert then.groups["", "8"].measures.figures.possible == 4
    assert now.groups["", "8"].measures.figures.possible == 24
    assert then.latest[school_a.pk].date == dt.date(2025, 10, 21)


def test_pupils_who_came_with_a_school_that_became_another_have_not_joined_in_year(school_a: School, school_b: School) -> None:
    SchoolLink.objects.create(predecessor=school_a, successor=school_b, since=dt.date(2026, 11, 2))
    moved, new = make_pupil(), make_pupil()
    write_marks(enrol(moved, school_a, end=dt.date(2026, 11, 1)), dt.date(2026, 9, 7), r"/\ ")
    for pupil in (moved, new):
        write_marks(enrol(pupil, school_b, start=dt.date(2026, 11, 2)), dt.date(2026, 11, 2), r"/\ ")
    write_marks(enrol(make_pupil(), school_b), dt.date(2026, 9, 7), r"/\ ")
    factories.refresh(school_a, school_b, today=TODAY)
    found = asked([school_a, school_b])["", ""].mobility
    assert (found.joined, found.left) == (1, 0)


def test_of_nobody_there_is_no_answer_and_of_a_silent_school_no_percentage(school_a: School) -> None:
    assert asked([school_a]) == {}
    enrol(make_pupil(), school_a)
    alone = asked([school_a])["", ""]
    assert (alone.enrolments, alone.measures.figures.possible, alone.measures.figures.absence_pct) == (1, 0, None)
    assert alone.mobility.unknown == 1
