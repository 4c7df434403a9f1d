"""Loads that others follow than whoever loaded them, several workers at once: nothing is left behind, and nobody is rung for in vain."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from celery import current_app
from django.db import connection, transaction

from attendance import actions, flag_counts, flagging
from attendance.models import Extract, Flag, Load
from config import following, pipeline, tasks
from schools.models import School
from tests.factories import enrol, make_pupil, make_school, write_marks
from tests.flows.extracts import MONDAY, importing, weeks_text

Status = Extract.Status
Put = Callable[..., Extract]


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    heard: list[str] = []
    monkeypatch.setattr(current_app, "send_task", lambda task, args, retry: heard.append(task))
    return heard


@pytest.fixture
def put(tmp_path: Path, school_a: School, school_b: School) -> Put:
    """Puts a file of a pupil's fortnight of absence into line, at each of these schools, all but the last mark the same."""
    spells = {school: enrol(make_pupil("Sample", school.name[:2]), school) for school in (school_a, school_b)}

    def put(last: str, *schools: School) -> Extract:
        rows = [(one.urn, spells[one].pupil.upn, MONDAY + dt.timedelta(weeks=week), "O" * 9 + last) for one in schools for week in (0, 1)]
        importing(tmp_path, weeks_text(rows), name=f"{last}.csv", queue=True)
        return Extract.objects.latest("pk")

    return put


def statuses() -> list[str]:
    return list(Extract.objects.order_by("pk").values_list("status", flat=True))


def no_files_in_line() -> None:
    Extract.objects.filter(status=Status.QUEUED).update(status=Status.FAILED)


@pytest.mark.django_db
def test_whoever_finds_nothing_to_take_rings_for_nobody(
    put: Put, school_a: School, school_b: School, rung: list[str], monkeypatch: Any, django_capture_on_commit_callbacks: Any
) -> None:
    """Else two workers ring for each other as fast as they can, for as long as a third follows what they cannot."""
    both = put("O", school_a, school_b)
    put("I", school_a)
    tasks.load_extract(both.pk)
    no_files_in_line()
    rung.clear()
    monkeypatch.setattr(following, "SCHOOLS_AT_ONCE", 1)
    at = connection.get_connection_params()
    with psycopg.connect(**{name: at[name] for name in ("dbname", "user", "host", "port", "password") if name in at}) as another:
        hold = "select pg_advisory_lock(%s, n) from unnest(%s::int[]) n"
        another.execute(hold, [following.LOCK, [school_a.pk, school_b.pk]])
        with django_capture_on_commit_callbacks(execute=True):
            tasks.follow_what_waits()
    assert following.TASK not in rung
    assert Load.objects.filter(followed_at=None).count() == 2
    with django_capture_on_commit_callbacks(execute=True):
        tasks.follow_what_waits()
    assert rung.count(following.TASK) == 1
    assert not Load.objects.filter(followed_at=None).exists()


@pytest.mark.django_db
def test_files_whose_loads_another_has_followed_are_loaded(put: Put, school_a: School, school_b: School, today: dt.date) -> None:
    files = [put(last, school_a) for last in "OIS"]
    put("V", school_b)
    for extract in files:
        tasks.load_extract(extract.pk)
    assert statuses() == [*[Status.MARKED] * 3, Status.QUEUED]
    following.follow_extract(files[0], today=today)
    assert statuses() == [*[Status.LOADED] * 3, Status.QUEUED]


@pytest.mark.django_db
def test_one_sweep_ends_all_files_that_wait_for_nothing(put: Put, school_a: School) -> None:
    """Whoever followed them was killed before it said so."""
    for last in "OIS":
        tasks.load_extract(put(last, school_a).pk)
    Extract.objects.update(status=Status.MARKED)
    (first,) = pipeline.forgotten()
    tasks.load_extract(first)
    assert statuses() == [Status.LOADED] * 3


@pytest.mark.django_db
def test_a_school_whose_flags_cannot_be_worked_out_keeps_them_from_no_other_of_its_file(
    put: Put, school_a: School, school_b: School, monkeypatch: Any
) -> None:
    both, late = put("O", school_a, school_b), put("I", school_a)
    tasks.load_extract(both.pk)
    assert statuses() == [Status.MARKED, Status.QUEUED]
    no_files_in_line()
    refresh, meanwhile = flagging.refresh, [Status.FAILED, Status.QUEUED]

    def fails(*, schools: set[int], **rest: Any) -> Any:
        if school_a.pk in schools:
            Extract.objects.filter(pk=late.pk).update(status=meanwhile.pop())  # at first a file comes into line
            raise ValueError("a fault of ours")
        return refresh(schools=schools, **rest)

    monkeypatch.setattr(flagging, "refresh", fails)
    monkeypatch.setattr(following, "SCHOOLS_AT_ONCE", 1)
    for _ in range(2):
        tasks.follow_what_waits()
        no_files_in_line()
    assert Extract.objects.get(pk=both.pk).status == Status.FAILED
    assert Load.objects.get(school=school_b).followed_at is not None
    assert Load.objects.get(school=school_a).followed_at is None
    assert set(Flag.objects.filter(code="continuous_absence").values_list("pupil__enrolments__school", flat=True)) == {school_b.pk}


@pytest.mark.django_db
def test_an_undo_is_not_taken_for_followed_with_its_file(
    put: Put, school_a: School, school_b: School, rung: list[str], today: dt.date
) -> None:
    first = put("O", school_a)
    put("I", school_b)
    tasks.load_extract(first.pk)
    undo = actions.undo_load(by=None, today=today, load=Load.objects.get())
    no_files_in_line()
    tasks.follow_what_waits()
    assert statuses()[0] == Status.LOADED
    assert pipeline.forgotten_undos() == [undo.pk]  # its bell was lost


@pytest.mark.django_db(transaction=True)
def test_two_who_judge_different_pupils_count_those_of_a_school_where_both_were(school_a: School, school_b: School, today: dt.date) -> None:
    shared, now = make_school(), dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
    pupils = [make_pupil("Sample", name) for name in ("Bo", "Cy")]
    for pupil, school in zip(pupils, (school_a, school_b), strict=True):
        with transaction.atomic():
            write_marks(enrol(pupil, school), MONDAY, "GG" * 5)
        enrol(pupil, shared)
    wrong: list[Exception] = []

    def judge_the_other() -> None:
        try:
            flagging.refresh(pupils=[pupils[1].pk], schools=None, today=today, now=now)
        except Exception as problem:
            wrong.append(problem)
        finally:
            connection.close()

    other = threading.Thread(target=judge_the_other)
    with transaction.atomic():
        flagging.refresh(pupils=[pupils[0].pk], schools=None, today=today, now=now)
        other.start()
        other.join(0.5)
    other.join()
    assert not wrong
    assert flag_counts.by_school([shared.pk])[shared.pk]["penalty_threshold"] == 2
