"""A real worker is killed in the middle of a load, at each place where it hurts; the load is finished once all the same.

The test decides where the worker stops: it holds, in a session of its own, a lock that the worker will wait for. So the
kill always falls in the same place, however fast the machine is.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from celery import current_app
from django.db import connection

from attendance.imports import load, receive
from attendance.models import Amendment, Delta, Extract, Flag, Load
from config import following, pipeline, tasks
from tests.factories import make_pupil
from tests.faults.loading import (
    TODAY,
    WEEKS,
    a_year,
    figures,
    forget_rings,
    kill,
    receive_undisturbed,
    received,
    registers,
    schools_of,
)
from tests.faults.machine import CHECKOUT, until

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("summer")]

PUPILS = 150


@contextmanager
def another_session(environment: dict[str, str], statement: str, *values: object) -> Iterator[None]:
    """Hold what `statement` locks until the block ends."""
    with psycopg.connect(environment["DATABASE_URL"]) as session:
        session.execute(statement, values)  # type: ignore[arg-type]
        yield
        session.rollback()


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select exists (select 1 from pg_locks where not granted)")
        return bool(cursor.fetchone()[0])


def test_killed_three_times_and_loaded_once(environment: dict[str, str], worker: Callable[[], subprocess.Popen[bytes]]) -> None:
    pupils = [make_pupil() for _ in range(PUPILS)]
    elsewhere = receive_undisturbed(pupils)
    flags_then = Flag.objects.open().count()
    schools = schools_of(999801, pupils)
    extract = received(a_year(schools, pupils), queue=True)

    # 1: one school is written and the other not begun
    with another_session(environment, "select pg_advisory_xact_lock(7301, %s::int)", schools[1].pk):
        running = worker()
        until(lambda: extract.loads.count() == 1 and somebody_waits(), "the worker waits for the second school")
        assert load.held() == {extract.pk}
        assert pipeline.forgotten() == []
        kill(running)
    until(lambda: not load.held(), "the killed worker has let go")
    assert pipeline.forgotten() == [extract.pk]
    assert [bool(vector) for vector in registers(schools)].count(True) == PUPILS // 2

    # 2: in the middle of the second school's transaction
    with another_session(environment, "lock table attendance_delta in share row exclusive mode"):
        running = worker()
        tasks.sweep()
        until(lambda: somebody_waits(), "the worker is about to leave the second school's delta")
        kill(running)
    until(lambda: not load.held(), "the killed worker has let go")
    assert extract.loads.count() == 1

    # 3: every mark is written, no flag yet
    forget_rings()
    with another_session(environment, "select id from schools_pupil for no key update"):
        running = worker()
        tasks.sweep()
        until(lambda: extract.loads.count() == 2 and somebody_waits(), "the worker is about to flag pupils")
        extract.refresh_from_db()
        assert extract.status == Extract.Status.MARKED
        assert pipeline.forgotten() == []
        kill(running)
    until(lambda: not load.held() and not following.somebody_follows(), "the killed worker has let go")
    assert pipeline.forgotten() == [extract.pk]

    forget_rings()
    worker()
    tasks.sweep()
    until(lambda: Extract.objects.get(pk=extract.pk).status == Extract.Status.LOADED, "the load is finished")

    extract.refresh_from_db()
    assert (extract.rows_read, extract.rows_rejected, extract.pupils_matched) == (PUPILS * WEEKS, 0, PUPILS)
    assert extract.loads.count() == 2
    assert sum(extract.loads.values_list("marks_set", flat=True)) == PUPILS * WEEKS * 10
    assert Delta.objects.filter(load__extract=extract).count() == 2
    assert not Amendment.objects.exists()
    assert registers(schools) == registers(elsewhere)
    assert figures(schools) == figures(elsewhere)
    assert Flag.objects.open().count() == flags_then
    assert pipeline.forgotten() == []


def test_a_lost_message_is_found_by_the_sweep(environment: dict[str, str], worker: Callable[[], subprocess.Popen[bytes]]) -> None:
    pupils = [make_pupil() for _ in range(4)]
    extract = received(a_year(schools_of(999801, pupils), pupils), queue=True)
    assert current_app.control.purge() >= 1  # the broker came back empty
    forget_rings()
    worker()
    assert pipeline.forgotten() == [extract.pk]
    tasks.sweep()
    until(lambda: Extract.objects.get(pk=extract.pk).status == Extract.Status.LOADED, "the load is finished")


def test_a_worker_stays_in_one_session_until_a_task_fails_in_it(
    environment: dict[str, str], worker: Callable[[], subprocess.Popen[bytes]]
) -> None:
    """To be let in anew for each file is dear; but what a failed task may still hold must go with it."""
    pupils = [make_pupil() for _ in range(4)]
    schools = schools_of(999801, pupils)
    worker()
    sessions = []
    for text in (a_year(schools, pupils), a_year(schools, pupils, seed=5)):
        extract = received(text, queue=True)
        until(lambda one=extract: Extract.objects.get(pk=one.pk).status == Extract.Status.LOADED, "it is loaded")  # type: ignore[misc]
        until(lambda: not load.held() and not following.somebody_follows(), "the worker has let go")
        sessions.append(sessions_of_the_worker())
    assert len(sessions[0]) == 1
    assert sessions[1] == sessions[0]
    current_app.send_task("daymark.load_extract", args=["no number"])
    until(lambda: sessions_of_the_worker() != sessions[0], "the session in which a task failed is closed")


def sessions_of_the_worker() -> set[int]:
    """Of the only worker: every session of this database but this one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select pid from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"
        )
        return {pid for (pid,) in cursor.fetchall()}


def test_sending_goes_on_while_the_broker_is_away(environment: dict[str, str]) -> None:
    """The person who sends a file is told the truth, that it waits; nobody gets an error page."""
    pupils = [make_pupil() for _ in range(4)]
    extract = received(a_year(schools_of(999801, pupils), pupils), queue=False)
    Extract.objects.update(status=Extract.Status.FAILED, error="It was not loaded")
    code = (
        "import datetime as dt; from attendance import actions; from attendance.models import Extract; "
        "print(actions.retry_extract(by=None, today=dt.date(2026, 7, 17), extract=Extract.objects.get()).status)"
    )
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", code],
        cwd=CHECKOUT,
        env=environment | {"REDIS_URL": "redis://127.0.0.1:1/0"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.strip() == "queued", done.stderr
    assert pipeline.forgotten() == [extract.pk]


def test_two_workers_do_not_load_one_extract(environment: dict[str, str]) -> None:
    pupils = [make_pupil() for _ in range(4)]
    extract = received(a_year(schools_of(999801, pupils), pupils), queue=False)
    with another_session(environment, "select pg_advisory_lock(%s, %s::int)", load.LOCK, extract.pk):
        assert pipeline.load_extract(extract.pk, today=TODAY).status == Extract.Status.QUEUED
        assert not Load.objects.exists()
    until(lambda: not load.held(), "the other has let go")
    assert pipeline.load_extract(extract.pk, today=TODAY).status == Extract.Status.LOADED
    assert receive.first_as_at(extract.sha256, None) == extract.as_at


def test_a_load_whose_database_session_is_lost_is_taken_up(
    environment: dict[str, str], worker: Callable[[], subprocess.Popen[bytes]]
) -> None:
    """The database restarts, or a firewall drops the line: the worker lives, its session does not."""
    pupils = [make_pupil() for _ in range(PUPILS)]
    elsewhere = receive_undisturbed(pupils)
    schools = schools_of(999801, pupils)
    extract = received(a_year(schools, pupils), queue=True)
    with another_session(environment, "select pg_advisory_xact_lock(7301, %s::int)", schools[1].pk):
        worker()
        until(lambda: extract.loads.count() == 1 and somebody_waits(), "the worker waits for the second school")
        with connection.cursor() as cursor:
            cursor.execute("select pg_terminate_backend(pid) from pg_locks where not granted")
        until(lambda: not load.held(), "its session is gone")
    extract.refresh_from_db()
    assert (extract.status, extract.error) == (Extract.Status.LOADING, "")
    forget_rings()
    tasks.sweep()
    until(lambda: Extract.objects.get(pk=extract.pk).status == Extract.Status.LOADED, "the load is finished")
    assert registers(schools) == registers(elsewhere)
    assert extract.loads.count() == 2
