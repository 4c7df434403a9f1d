"""PostgreSQL and the queue go away in the middle of a load and come back: the work is taken up by itself and ends as if nothing had been.

A machine of its own: its services are stopped and started, its worker and its clock are real processes that nobody restarts.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from schools.locks import SCHOOL
from tests.faults.machine import CHECKOUT, Machine, kill_all, until

pytestmark = [pytest.mark.fault, pytest.mark.long]

DAY = "2026-07-17"
PREPARE = """
from tests.factories import make_authority, make_pupil
from tests.faults.loading import a_year, receive_undisturbed, received, schools_of
make_authority()
pupils = [make_pupil() for _ in range(160)]
receive_undisturbed(pupils)
schools = schools_of(999801, pupils, 8)
print("EXTRACT", received(a_year(schools, pupils), queue=False).pk)
"""
ANOTHER = """
from schools.models import Pupil
from tests.faults.loading import a_year, received, schools_of
pupils = list(Pupil.objects.order_by("pk"))
schools = schools_of(999821, pupils)
print("EXTRACT", received(a_year(schools, pupils), queue=True).pk)
"""
MARKS = """
select p.upn, r.marks from attendance_register r join schools_enrolment e on e.id = r.enrolment_id
join schools_pupil p on p.id = e.pupil_id join schools_school s on s.id = e.school_id where s.urn between %s and %s order by p.upn
"""
WAITS = "select count(*) from pg_locks where locktype = 'advisory' and classid = %s and not granted"


@dataclass
class Deployment:
    machine: Machine
    extract: int
    environment: dict[str, str]

    def ask(self, query: str, *values: object) -> list[tuple]:
        with psycopg.connect(self.environment["DATABASE_URL"]) as connection:
            return connection.execute(query, values).fetchall()  # type: ignore[arg-type]

    def loads(self) -> int:
        return self.ask("select count(*) from attendance_load where extract_id = %s", self.extract)[0][0]

    def status(self) -> str:
        return self.ask("select status from attendance_extract where id = %s", self.extract)[0][0]

    def start(self) -> None:
        """A worker, with the clock that rings for forgotten work."""
        worker = ["-m", "celery", "-A", "config", "worker", "-c", "1", "-B", "-s", str(self.machine.state / "beat"), "-l", "warning"]
        with (self.machine.state / "worker.log").open("ab") as log:
            self.machine.begun.append(
                subprocess.Popen(
                    [sys.executable, *worker], cwd=CHECKOUT, env=self.environment, stdout=log, stderr=log, start_new_session=True
                )
            )

    @contextmanager
    def in_the_middle(self) -> Iterator[None]:
        """Four schools are written and the fifth, which somebody else holds as long as this lasts, is begun."""
        holder = psycopg.connect(self.environment["DATABASE_URL"], autocommit=True)
        try:
            holder.execute("select pg_advisory_lock(%s, id::int) from schools_school where urn = 999805", [SCHOOL])
            self.start()
            until(lambda: self.ask(WAITS, SCHOOL)[0][0], "the worker has come to the fifth school", 180)
            assert self.loads() == 4
            yield
        finally:
            holder.close()

    def ends_undisturbed(self) -> None:
        until(lambda: self.status() == "loaded", "the load is finished", 240)
        assert self.loads() == 8
        disturbed, peaceful = self.ask(MARKS, 999801, 999808), self.ask(MARKS, 999811, 999812)
        assert len(disturbed) == 160
        assert disturbed == peaceful


@pytest.fixture
def deployment() -> Iterator[Deployment]:
    # Not pytest's own folder: as root that is closed to the system user PostgreSQL runs as.
    folder = Path(tempfile.mkdtemp(prefix="daymark-fault-", dir="/var/tmp"))
    folder.chmod(0o755)
    machine = Machine(state=folder)
    database, queue, _ = machine.ensure()
    prepared = machine.manage("shell", "-v", "0", "-c", PREPARE, DAYMARK_TODAY=DAY)
    assert prepared.returncode == 0, prepared.stderr
    extract = int(prepared.stdout.partition("EXTRACT ")[2])
    secret = machine.python("embedded.ensure()\nprint(os.environ['DAYMARK_SECRET_KEY'], os.environ['DAYMARK_FILES'])").split()
    given = {"DATABASE_URL": database, "REDIS_URL": queue, "DAYMARK_SECRET_KEY": secret[0], "DAYMARK_FILES": secret[1]}
    yield Deployment(machine, extract, machine.environment(DAYMARK_TODAY=DAY, **given))
    for running in machine.begun:
        if running.poll() is None:
            os.killpg(running.pid, 9)
    machine.end()
    shutil.rmtree(folder)


def test_postgresql_stopped_and_started_in_mid_load(deployment: Deployment) -> None:
    with deployment.in_the_middle():
        assert deployment.machine.python("print(' '.join(embedded.stop(only=['PostgreSQL'])))") == "PostgreSQL"
    assert deployment.machine.ensure()[2] == "PostgreSQL"
    deployment.ends_undisturbed()


def test_postgresql_killed_in_mid_load(deployment: Deployment) -> None:
    with deployment.in_the_middle():
        kill_all(deployment.machine.servers()[0])
    assert deployment.machine.ensure()[2] == "PostgreSQL"
    deployment.ends_undisturbed()


def test_the_queue_lost_with_all_it_held_and_back(deployment: Deployment) -> None:
    with deployment.in_the_middle():
        kill_all(deployment.machine.queues()[0])
    for kept in deployment.machine.state.rglob("appendonlydir"):
        shutil.rmtree(kept)
    assert deployment.machine.ensure()[2] == "Valkey"
    second = deployment.machine.manage("shell", "-v", "0", "-c", ANOTHER, DAYMARK_TODAY=DAY)
    assert second.returncode == 0, second.stderr
    deployment.ends_undisturbed()
    deployment.extract = int(second.stdout.partition("EXTRACT ")[2])
    until(lambda: deployment.status() == "loaded", "the file that came afterwards is loaded by the same worker", 240)
