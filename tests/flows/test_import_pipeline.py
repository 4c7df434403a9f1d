"""What follows a load, a change of roll and the turn of a day; the tasks that Celery calls."""

import datetime as dt

import pytest
from celery import current_app
from django.urls import reverse

from accounts import clock
from attendance import actions
from attendance.imports import load, progress
from attendance.models import EnrolmentFigures, Extract, Flag, Load, Register
from config import following, pipeline, tasks
from tests.factories import enrol, make_pupil, write_marks
from tests.flows.extracts import MONDAY, importing, weeks_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def bo(school_a):
    return enrol(make_pupil("Sample", "Bo"), school_a)


def test_every_task_that_is_rung_for_by_name_has_one_who_answers():
    names = {"load_extract", "follow_undo", "people_changed", "new_day", "sweep"}
    assert {following.TASK, *(f"daymark.{name}" for name in names)} <= set(current_app.tasks)
    scheduled = {entry["task"] for entry in current_app.conf.beat_schedule.values()}
    assert scheduled <= set(current_app.tasks)


def test_flags_are_up_to_date_when_the_load_ends(tmp_path, bo):
    importing(tmp_path, weeks_text([(bo.school.urn, bo.pupil.upn, MONDAY, "G" * 10)]))
    extract, load = Extract.objects.get(), Load.objects.get()
    flag = Flag.objects.get(code="penalty_threshold")
    assert flag.cleared is None
    assert load.received_at <= flag.noticed_at <= extract.finished_at
    assert load.followed_at is not None


def test_a_changed_roll_changes_figures_and_flags(bo, today):
    write_marks(bo, MONDAY, "GG" * 5)
    tasks.people_changed([bo.pupil_id], [bo.school_id])
    assert EnrolmentFigures.objects.get(enrolment=bo).unauthorised == 10
    assert Flag.objects.open().filter(code="penalty_threshold").exists()
    bo.start = dt.date(2026, 9, 9)
    bo.save()
    tasks.people_changed([bo.pupil_id], [bo.school_id])
    assert EnrolmentFigures.objects.get(enrolment=bo).unauthorised == 6
    assert not Flag.objects.open().filter(code="penalty_threshold").exists()


def test_a_changed_calendar_is_heard_without_pupils(bo, today):
    write_marks(bo, MONDAY, "GG" * 5)
    tasks.people_changed([], [bo.school_id])
    assert EnrolmentFigures.objects.get(enrolment=bo).unauthorised == 10
    assert Flag.objects.open().filter(code="penalty_threshold").exists()


def test_a_new_day_looks_at_every_pupil(bo, school_b, settings):
    other = enrol(make_pupil("Sample", "Ann"), school_b)
    for enrolment in (bo, other):
        write_marks(enrolment, MONDAY, "GG" * 5)
    tasks.new_day()
    assert Flag.objects.open().filter(code="penalty_threshold").count() == 2
    settings.DAYMARK_TODAY = "2027-09-10"  # another school year
    tasks.new_day()
    assert not Flag.objects.open().filter(code__in=["persistent_absence", "severe_absence"]).exists()


def test_a_day_on_which_nothing_ran_at_night_is_noticed_by_the_sweep(bo, settings, monkeypatch):
    rung = []
    monkeypatch.setattr(current_app, "send_task", lambda task, args, retry: rung.append((task, args)))
    monkeypatch.setattr(clock, "time_of_day", lambda: dt.time(5))  # before anything else of the day is due
    write_marks(bo, MONDAY, "GG" * 5)

    def sweep():
        tasks.cache.clear()  # a minute has gone by
        rung.clear()
        tasks.sweep()
        return rung

    assert sweep() == [("daymark.new_day", [])]
    tasks.new_day()
    assert Flag.objects.open().filter(code="penalty_threshold").count() == 1
    assert sweep() == []
    for day in ("2027-09-10", "2026-11-20"):  # on, and back again
        settings.DAYMARK_TODAY = day
        assert sweep() == [("daymark.new_day", [])]
        tasks.new_day()
        assert sweep() == []


def test_the_task_loads_and_reports_how_far_it_is(tmp_path, bo):
    importing(tmp_path, weeks_text([(bo.school.urn, bo.pupil.upn, MONDAY, "I" * 10)]), queue=True)
    extract = Extract.objects.get()
    tasks.load_extract(extract.pk)
    extract.refresh_from_db()
    assert extract.status == Extract.Status.LOADED
    assert Load.objects.count() == 1
    last = progress.last_report(extract.pk)
    assert last is not None
    assert last.step == "Looking for pupils to flag"


@pytest.fixture
def in_line(tmp_path, school_a, school_b):
    """Three files in line, the second of a school nobody knows, each a fortnight of absences without leave."""
    spells = [enrol(make_pupil("Sample", name), school) for name, school in (("Bo", school_a), ("Cy", school_b))]
    rows = [(s.school.urn, s.pupil.upn, MONDAY + dt.timedelta(weeks=w), "O" * 10) for s in spells for w in (0, 1)]
    for number, some in enumerate((rows[:2], [(999_999, rows[0][1], MONDAY, "O" * 10)], rows[2:])):
        importing(tmp_path, weeks_text(some), name=f"{number}.csv", queue=True)
    return list(Extract.objects.order_by("pk"))


def statuses():
    return list(Extract.objects.order_by("pk").values_list("status", flat=True))


def absences():
    return Flag.objects.open().filter(code="continuous_absence").count()


def test_marks_come_first_and_the_rest_when_nothing_stands_in_line(in_line, school_a, manager_client):
    status = Extract.Status
    page = reverse("extract", args=[in_line[0].pk])
    tasks.load_extract(in_line[0].pk)
    assert statuses() == [status.MARKED, status.QUEUED, status.QUEUED]
    assert set(Register.objects.values_list("school", flat=True)) == {school_a.pk}
    assert (EnrolmentFigures.objects.count(), absences(), Load.objects.filter(followed_at=None).count()) == (0, 0, 1)
    assert "Figures and flags are still to come." in manager_client.get(page).content.decode()
    assert "HX-Refresh" not in manager_client.get(f"{page}progress/?marked")
    for _ in range(2):  # its bell may be heard twice
        tasks.load_extract(in_line[1].pk)
        assert statuses() == [status.MARKED, status.FAILED, status.QUEUED]
    assert "999999" in Extract.objects.get(pk=in_line[1].pk).error
    tasks.load_extract(in_line[2].pk)
    assert statuses() == [status.LOADED, status.FAILED, status.LOADED]
    assert (absences(), Load.objects.filter(followed_at=None).count()) == (2, 0)
    assert list(EnrolmentFigures.objects.values_list("unauthorised", flat=True)) == [20, 20]
    assert "Figures and flags are still to come." not in manager_client.get(page).content.decode()
    assert manager_client.get(f"{page}progress/?marked")["HX-Refresh"] == "true"
    for extract in in_line:
        tasks.load_extract(extract.pk)
    assert Load.objects.count() == 2


def test_a_school_that_has_waited_long_is_followed_whatever_stands_in_line(in_line):
    tasks.load_extract(in_line[0].pk)
    assert absences() == 0
    Load.objects.update(received_at=clock.now() - following.LONGEST)
    tasks.load_extract(in_line[1].pk)
    assert statuses() == [Extract.Status.LOADED, Extract.Status.FAILED, Extract.Status.QUEUED]
    assert absences() == 1


def test_when_enough_schools_wait_they_are_followed_whatever_stands_in_line(in_line, monkeypatch):
    monkeypatch.setattr(following, "MOST_LOADS", 1)
    tasks.load_extract(in_line[0].pk)
    assert statuses()[0] == Extract.Status.LOADED
    assert absences() == 1


def test_whoever_has_more_to_follow_than_it_takes_at_once_rings_for_one_more(in_line, monkeypatch, django_capture_on_commit_callbacks):
    """Workers that found files in line have gone by then: one would follow all the schools of the line, the others idle."""
    rung = []
    monkeypatch.setattr(current_app, "send_task", lambda task, args, retry: rung.append(task))
    monkeypatch.setattr(following, "SCHOOLS_AT_ONCE", 1)
    with django_capture_on_commit_callbacks(execute=True):
        for extract in in_line[:2]:
            tasks.load_extract(extract.pk)
    assert following.TASK not in rung
    with django_capture_on_commit_callbacks(execute=True):
        tasks.load_extract(in_line[2].pk)
    assert rung.count(following.TASK) == 1
    with django_capture_on_commit_callbacks(execute=True):
        tasks.follow_what_waits()  # it comes when all is done
    assert rung.count(following.TASK) == 1
    assert statuses() == [Extract.Status.LOADED, Extract.Status.FAILED, Extract.Status.LOADED]


def test_whoever_is_rung_for_follows_what_waits(in_line):
    tasks.load_extract(in_line[0].pk)
    tasks.follow_what_waits()
    assert statuses()[0] == Extract.Status.MARKED  # files stand in line: not yet
    Extract.objects.exclude(pk=in_line[0].pk).update(status=Extract.Status.FAILED)
    tasks.follow_what_waits()
    assert statuses()[0] == Extract.Status.LOADED
    assert absences() == 1


def test_marks_do_not_stand_without_their_receipt(tmp_path, bo, monkeypatch):
    def fails(*_):
        raise ValueError("a fault of ours")

    with monkeypatch.context() as patch:
        patch.setattr(load, "_write_receipt", fails)
        importing(tmp_path, weeks_text([(bo.school.urn, bo.pupil.upn, MONDAY, "G" * 10)]), queue=True)
        tasks.load_extract(Extract.objects.get().pk)
    failed = Extract.objects.get()
    assert (failed.status, failed.rows_read) == (Extract.Status.FAILED, 0)
    assert "were written before that" not in failed.error
    assert not Register.objects.exists()
    assert not Load.objects.exists()
    tasks.load_extract(actions.retry_extract(by=None, today=MONDAY, extract=failed).pk)
    assert Extract.objects.get().status == Extract.Status.LOADED
    assert Flag.objects.get(code="penalty_threshold").cleared is None


def test_a_school_with_several_files_in_line_is_judged_once(tmp_path, bo, monkeypatch):
    for week in range(3):
        rows = [(bo.school.urn, bo.pupil.upn, MONDAY + dt.timedelta(weeks=week), "O" * 10)]
        importing(tmp_path, weeks_text(rows), name=f"{week}.csv", queue=True)
    judged = []
    refresh = pipeline.flagging.refresh
    monkeypatch.setattr(pipeline.flagging, "refresh", lambda **asked: (judged.append(asked["schools"]), refresh(**asked)))
    for extract in Extract.objects.order_by("pk"):
        tasks.load_extract(extract.pk)
    assert judged == [{bo.school_id}]
    assert statuses() == [Extract.Status.LOADED] * 3


def test_flags_that_nobody_sees_to_are_found_by_the_sweep(in_line):
    first = in_line[0].pk
    tasks.load_extract(first)
    assert pipeline.forgotten() == [extract.pk for extract in in_line[1:]]  # the first waits for the others, and is not forgotten
    Extract.objects.exclude(pk=first).update(status=Extract.Status.FAILED)  # whoever loaded the last was killed before flags came
    assert pipeline.forgotten() == [first]
    for _ in range(2):
        tasks.load_extract(first)
    assert Extract.objects.get(pk=first).status == Extract.Status.LOADED
    assert absences() == 1
    assert pipeline.forgotten() == []


def test_flags_that_end_every_worker_are_not_begun_for_ever(in_line):
    first = in_line[0]
    tasks.load_extract(first.pk)
    Extract.objects.exclude(pk=first.pk).update(status=Extract.Status.FAILED)
    Extract.objects.filter(pk=first.pk).update(attempts=20)
    tasks.load_extract(first.pk)
    first.refresh_from_db()
    assert (first.status, absences()) == (Extract.Status.FAILED, 0)
    assert "begun many times" in first.error


def test_flags_that_cannot_be_worked_out_for_one_file_are_for_the_others(in_line, monkeypatch):
    followed = pipeline.flagging.refresh
    third = in_line[2]

    def refresh(*, schools, **rest):
        if Load.objects.filter(extract=third, school__in=schools).exists():
            raise ValueError("a fault of ours")
        return followed(schools=schools, **rest)

    monkeypatch.setattr(pipeline.flagging, "refresh", refresh)
    for extract in in_line:
        tasks.load_extract(extract.pk)
    first, last = Extract.objects.get(pk=in_line[0].pk), Extract.objects.get(pk=third.pk)
    assert first.status == Extract.Status.LOADED
    assert last.status == Extract.Status.FAILED
    assert "The fault is ours" in last.error
    assert Flag.objects.open().filter(code="continuous_absence").count() == 1


def test_a_task_rung_for_twice_finds_nothing_to_do(tmp_path, bo):
    importing(tmp_path, weeks_text([(bo.school.urn, bo.pupil.upn, MONDAY, "I" * 10)]))
    extract = Extract.objects.get()
    tasks.load_extract(extract.pk)
    assert Extract.objects.get().attempts == extract.attempts
    tasks.load_extract(extract.pk + 1000)


def test_the_task_after_an_undo_may_come_twice(tmp_path, bo, today):
    importing(tmp_path, weeks_text([(bo.school.urn, bo.pupil.upn, MONDAY, "G" * 10)]))
    undo = actions.undo_load(by=None, today=today, load=Load.objects.get())
    for _ in range(2):
        tasks.follow_undo(undo.pk)
    assert not Flag.objects.open().exists()
    assert not pipeline.forgotten_undos()
