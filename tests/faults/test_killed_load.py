"""A real worker is killed in the middle of a load, at each place where it hurts; the load is finished once all the same.

The test decides where the worker stops: it holds, in a session of its own, a lock that the worker will wait for. So the
kill always falls in the same place, however fast the machine is.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest
from celery import current_app
from django.db import connection

from accounts import clock
from attendance import actions, register
from attendance.imports import load, receive
from attendance.imports.sniff import sniff
from attendance.models import Amendment, Delta, EnrolmentFigures, Extract, Flag, Load
from config import pipeline, tasks
from schools.models import Enrolment, School
from tests.factories import enrol, make_authority, make_pupil, make_school
from tests.faults.machine import CHECKOUT, children, until
from tests.flows.extracts import weeks_text

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]

PUPILS, WEEKS = 150, 30
TODAY = dt.date(2026, 7, 17)


@pytest.fixture(autouse=True)
def summer(settings: Any, tmp_path: Path) -> None:
    settings.DAYMARK_TODAY = TODAY.isoformat()
    settings.MEDIA_ROOT = tmp_path / "files"
    make_authority()
    current_app.control.purge()


@pytest.fixture
def environment(tmp_path: Path, settings: Any) -> dict[str, str]:
    base, _, query = os.environ["DATABASE_URL"].partition("?")
    name = connection.settings_dict["NAME"]
    return os.environ | {
        "DATABASE_URL": base.rsplit("/", 1)[0] + f"/{name}" + (f"?{query}" if query else ""),
        "DAYMARK_FILES": str(settings.MEDIA_ROOT),
        "DAYMARK_TODAY": TODAY.isoformat(),
    }


@pytest.fixture
def worker(environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        with (tmp_path / "worker.log").open("ab") as log:
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "celery",
                    "-A",
                    "config",
                    "worker",
                    "-c",
                    "1",
                    "-l",
                    "warning",
                    "--without-gossip",
                    "--without-mingle",
                ],
                cwd=CHECKOUT,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        started.append(process)
        return process

    yield start
    for process in started:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """kill -9 the worker and its children, as an out-of-memory killer or a power cut would."""
    for number in [*children(process.pid), process.pid]:
        try:
            os.kill(number, signal.SIGKILL)
        except ProcessLookupError:
            continue
    process.wait(30)


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


def two_schools(first_urn: int, pupils: list[Any]) -> list[School]:
    schools = [make_school(urn=first_urn + n) for n in range(2)]
    for number, pupil in enumerate(pupils):
        enrol(pupil, schools[number % 2], start=dt.date(2025, 9, 1))
    return schools


def a_year(schools: list[School], pupils: list[Any]) -> str:
    """Most of a year of marks, the same for the same pupils wherever they are on roll."""
    random = np.random.default_rng(20260717)
    rows = []
    for number, pupil in enumerate(pupils):
        for week in range(WEEKS):
            marks = random.choice(list("I/OGMLU"), 10, p=[0.06, 0.8, 0.04, 0.03, 0.02, 0.03, 0.02]).tolist()
            marks = [("/\\"[n % 2] if mark == "/" else mark) for n, mark in enumerate(marks)]
            rows.append((schools[number % 2].urn, pupil.upn, dt.date(2025, 9, 8) + dt.timedelta(weeks=week), "".join(marks)))
    return weeks_text(rows)


def received(text: str, *, queue: bool) -> Extract:
    data = text.encode()
    extract = actions.receive_extract(by=None, today=TODAY, now=clock.now(), content=iter([data]), filename="year.csv")
    mapping = sniff(data).mapping
    assert mapping is not None
    return actions.queue_extract(by=None, today=TODAY, extract=extract, mapping=mapping.to_json(), create_pupils=False, in_background=queue)


def registers(schools: list[School]) -> list[bytes]:
    """The year's vectors of both schools, pupils in the same order."""
    found = []
    for school in schools:
        order = Enrolment.objects.filter(school=school).order_by("pupil").values_list("pk", flat=True)
        rows = register.read(2025, schools=[school.pk])
        by_enrolment = dict(zip(rows.enrolments.tolist(), (row.tobytes() for row in rows.marks), strict=True))
        found += [by_enrolment.get(pk, b"") for pk in order]
    return found


def figures(schools: list[School]) -> list[tuple[int, ...]]:
    rows = EnrolmentFigures.objects.filter(school__in=schools).order_by("school__urn", "pupil")
    return list(rows.values_list("possible", "attended", "authorised", "unauthorised", "late"))


def receive_undisturbed(pupils: list[Any]) -> list[School]:
    """The same marks at two other schools, loaded in peace in this process."""
    schools = two_schools(999811, pupils)
    extract = received(a_year(schools, pupils), queue=False)
    assert pipeline.load_extract(extract.pk, today=TODAY).status == Extract.Status.LOADED
    return schools


def test_killed_three_times_and_loaded_once(environment: dict[str, str], worker: Callable[[], subprocess.Popen[bytes]]) -> None:
    pupils = [make_pupil() for _ in range(PUPILS)]
    elsewhere = receive_undisturbed(pupils)
    flags_then = Flag.objects.open().count()
    schools = two_schools(999801, pupils)
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
    with another_session(environment, "select pg_advisory_xact_lock(7302)"):
        running = worker()
        tasks.sweep()
        until(lambda: extract.loads.count() == 2 and somebody_waits(), "the worker is about to flag pupils")
        extract.refresh_from_db()
        assert extract.status == Extract.Status.LOADING
        kill(running)
    until(lambda: not load.held(), "the killed worker has let go")

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


def forget_rings() -> None:
    """A minute has gone by for the sweep, which does not ring twice within one."""
    from django.core.cache import cache

    cache.clear()


def test_a_lost_message_is_found_by_the_sweep(environment: dict[str, str], worker: Callable[[], subprocess.Popen[bytes]]) -> None:
    pupils = [make_pupil() for _ in range(4)]
    extract = received(a_year(two_schools(999801, pupils), pupils), queue=True)
    assert current_app.control.purge() >= 1  # the broker came back empty
    forget_rings()
    worker()
    assert pipeline.forgotten() == [extract.pk]
    tasks.sweep()
    until(lambda: Extract.objects.get(pk=extract.pk).status == Extract.Status.LOADED, "the load is finished")


def test_sending_goes_on_while_the_broker_is_away(environment: dict[str, str]) -> None:
    """The person who sends a file is told the truth, that it waits; nobody gets an error page."""
    pupils = [make_pupil() for _ in range(4)]
    extract = received(a_year(two_schools(999801, pupils), pupils), queue=False)
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
    extract = received(a_year(two_schools(999801, pupils), pupils), queue=False)
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
    schools = two_schools(999801, pupils)
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
