"""What becomes of flags when the marks they rest on are put right: nothing untrue stays in a child's history."""

import datetime as dt

import pytest
from django.urls import reverse

from accounts import clock
from attendance import actions
from attendance.models import Flag, Load
from config import pipeline
from tests.factories import enrol, make_pupil, write_marks
from tests.flows.extracts import MONDAY, importing, weeks_text

pytestmark = pytest.mark.django_db

AWAY = "O" * 10


@pytest.fixture
def bo(school_a):
    """On roll with four weeks present."""
    enrolment = enrol(make_pupil("Sample", "Bo"), school_a)
    for week in range(4):
        write_marks(enrolment, MONDAY + dt.timedelta(weeks=week), "/\\" * 5)
    return enrolment


def load_week(tmp_path, enrolment, marks, *, week=4, as_at="2026-10-12T12:00"):
    text = weeks_text([(enrolment.school.urn, enrolment.pupil.upn, MONDAY + dt.timedelta(weeks=week), marks)])
    receipt = importing(tmp_path, text, as_at=as_at, name=f"{as_at[:10]}.csv")
    assert receipt["status"] == "loaded", receipt
    return Load.objects.filter(kind=Load.Kind.LOAD).latest("pk")


def undo(load, today):
    done = actions.undo_load(by=None, today=today, load=load)
    pipeline.follow_undo(done.pk, today=today, now=clock.now())


def test_a_flag_that_rested_on_a_load_undone_is_withdrawn(tmp_path, bo, today, officer_client):
    wrong = load_week(tmp_path, bo, AWAY)
    assert {flag.code for flag in Flag.objects.open()} == {"persistent_absence", "penalty_threshold", "sharp_fall"}
    undo(wrong, today)
    assert not Flag.objects.open().exists()
    assert {flag.withdrawn for flag in Flag.objects.all()} == {today}
    page = officer_client.get(reverse("pupil", args=[bo.pupil_id])).content.decode()
    assert "3 withdrawn flags" in page
    assert "because the marks or dates it rested on were put right" in page
    assert "past flag" not in page


def test_a_flag_that_a_wrong_load_had_cleared_is_open_again_and_no_second_one(tmp_path, bo, today):
    load_week(tmp_path, bo, AWAY)
    before = {flag.pk: (flag.code, flag.opened, flag.noticed_at) for flag in Flag.objects.open()}
    wrong = load_week(tmp_path, bo, "/\\" * 5, as_at="2026-10-13T12:00")
    assert not Flag.objects.open().exists()
    undo(wrong, today)
    assert {flag.pk: (flag.code, flag.opened, flag.noticed_at) for flag in Flag.objects.open()} == before
    assert not Flag.objects.exclude(withdrawn=None).exists()
    assert Flag.objects.count() == len(before)


def test_what_time_has_cleared_is_history_unless_its_marks_turn_out_wrong_and_again_when_they_come_back(tmp_path, bo, today):
    first = load_week(tmp_path, bo, AWAY)
    flag = Flag.objects.get(code="persistent_absence")
    for week in range(5, 11):  # 10 of 110 sessions missed
        load_week(tmp_path, bo, "/\\" * 5, week=week, as_at=f"2026-11-{week + 1:02d}T12:00")
    flag.refresh_from_db()
    assert (flag.cleared, flag.withdrawn) == (today, None)
    undo(first, today)
    flag.refresh_from_db()
    assert flag.withdrawn == today
    load_week(tmp_path, bo, AWAY, as_at="2026-11-20T12:00")
    flag.refresh_from_db()
    assert (flag.cleared, flag.withdrawn) == (today, None)


def test_a_flag_outlives_a_change_of_the_policy_that_opened_it(tmp_path, bo, today):
    load = load_week(tmp_path, bo, AWAY)
    Flag.objects.update(policy_version="national 2020-01-01")
    undo(load, today)
    assert not Flag.objects.open().exists()
    assert not Flag.objects.exclude(withdrawn=None).exists()
