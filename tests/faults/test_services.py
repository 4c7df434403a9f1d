"""The embedded PostgreSQL and Valkey, started, doubled, killed and stopped as they are on people's machines."""

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis

from config.embedded import state
from tests.faults.machine import CHECKOUT, Machine, kill_all, until

pytestmark = pytest.mark.fault


@pytest.fixture
def machine() -> Iterator[Machine]:
    # Not pytest's own folder: as root that is closed to the system user PostgreSQL runs as.
    folder = Path(tempfile.mkdtemp(prefix="daymark-fault-", dir="/var/tmp"))
    folder.chmod(0o755)
    here = Machine(state=folder)
    yield here
    here.stop()
    shutil.rmtree(folder)


def modes_above(*paths: Path) -> dict[str, str]:
    return {str(folder): oct(folder.stat().st_mode) for path in paths for folder in [path, *path.parents]}


def test_starting_twice_is_starting_once_and_the_data_outlives_a_stop(machine: Machine) -> None:
    assert machine.stop() == "-"
    database, queue, started = machine.ensure()
    assert started == "PostgreSQL+Valkey"
    with psycopg.connect(database) as connection:
        connection.execute("create table kept (word text)")
        connection.execute("insert into kept values ('still here')")
    redis.Redis.from_url(queue).set("kept", "still here")
    before = machine.servers() + machine.queues()
    assert len(before) == 2

    assert machine.ensure() == (database, queue, "-")
    assert machine.servers() + machine.queues() == before

    assert machine.stop() == "Valkey PostgreSQL"
    assert machine.stop() == "-"
    assert machine.servers() + machine.queues() == []

    assert machine.ensure() == (database, queue, "PostgreSQL+Valkey")
    with psycopg.connect(database) as connection:
        assert connection.execute("select word from kept").fetchone() == ("still here",)
    assert redis.Redis.from_url(queue).get("kept") == b"still here"


@pytest.mark.long
def test_two_first_commands_at_once_share_one_cluster_and_one_set_of_tables(machine: Machine) -> None:
    count = "from django.contrib.auth import get_user_model as model; print('users', model().objects.count())"
    both = [machine.start("manage.py", "shell", "-v", "0", "-c", count) for _ in range(2)]
    answers = [one.communicate(timeout=300)[0].strip() for one in both]
    assert [one.returncode for one in both] == [0, 0], answers
    assert answers == ["users 0", "users 0"]
    assert len(machine.servers()) == 1
    assert len(machine.queues()) == 1


@pytest.mark.long
def test_a_first_use_that_was_killed_while_making_tables_is_carried_on(machine: Machine) -> None:
    database, _, _ = machine.ensure()
    first = machine.start("manage.py", "shell", "-v", "0", "-c", "print('ready')")

    made = "select count(*) from pg_locks where locktype = 'relation' and mode = 'AccessExclusiveLock' and granted"

    def under_way() -> bool:
        with psycopg.connect(database) as connection:
            row = connection.execute(made).fetchone()
            return bool(row and row[0] > 100) or first.poll() is not None

    until(under_way, "many tables are made")
    first.kill()
    first.communicate()
    done = machine.manage("migrate", "--check")
    assert done.returncode == 1, "the kill came too late to show anything"
    assert machine.manage("shell", "-v", "0", "-c", "print('ready')").stdout.strip() == "ready"
    assert machine.manage("migrate", "--check").returncode == 0


def test_kill_9_of_all_of_postgresql_loses_nothing_committed(machine: Machine) -> None:
    database, queue, _ = machine.ensure()
    with psycopg.connect(database) as connection:
        connection.execute("create table marks as select n from generate_series(1, 1000) n")
    kill_all(machine.servers()[0])
    assert machine.ensure() == (database, queue, "PostgreSQL")
    with psycopg.connect(database) as connection:
        assert connection.execute("select count(*) from marks").fetchone() == (1000,)


def test_kill_9_of_valkey_alone_brings_it_back_at_the_same_address(machine: Machine) -> None:
    database, queue, _ = machine.ensure()
    kill_all(machine.queues()[0])
    assert machine.ensure() == (database, queue, "Valkey")
    assert redis.Redis.from_url(queue).ping()


def test_a_dead_server_nobody_reaped_is_not_taken_for_a_living_one(machine: Machine) -> None:
    database, queue, _ = machine.ensure()
    main = machine.servers()[0]
    pid_file = next(machine.state.glob("postgres-*/data/postmaster.pid"))
    content = pid_file.read_text()
    kill_all(main)
    zombie = subprocess.Popen(["true"])
    try:
        until(lambda: f"{zombie.pid} (true) Z" in Path(f"/proc/{zombie.pid}/stat").read_text(), "a zombie")
        pid_file.write_text(content.replace(str(main), str(zombie.pid), 1))
        assert not state.alive(zombie.pid, "true")
        assert machine.ensure() == (database, queue, "PostgreSQL")
    finally:
        zombie.wait()


def test_a_data_folder_left_half_made_is_made_again(machine: Machine) -> None:
    home = machine.state / "postgres-18"
    machine.ensure()
    machine.stop()
    data = next(machine.state.glob("postgres-*/data"))
    (data.parent / "roles-made").unlink()
    for path in data.iterdir():  # as initdb leaves it when killed: some files, under the provisional name
        if path.name not in {"PG_VERSION", "global"}:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    data.rename(data.with_name("data.new"))
    database, _, started = machine.ensure()
    assert started == "PostgreSQL+Valkey"
    with psycopg.connect(database) as connection:
        assert connection.execute("select current_user").fetchone() == ("daymark",)
    assert home.parent == machine.state


def test_the_application_is_no_superuser_and_nobody_gets_in_from_outside(machine: Machine) -> None:
    database, queue, _ = machine.ensure()
    with psycopg.connect(database) as connection:
        role = connection.execute("select rolsuper, rolcreatedb, rolcreaterole, rolbypassrls from pg_roles where rolname = current_user")
        assert role.fetchone() == (False, True, False, False)
        assert connection.execute("show listen_addresses").fetchone() == ("",)
        for extension in ("pg_trgm", "btree_gist", "unaccent"):
            connection.execute(f"create extension {extension}")
    address = urlsplit(queue)
    assert address.hostname == "127.0.0.1"
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(host="127.0.0.1", port=address.port or 0).ping()
    for secret in ("secret-key", "valkey-password"):
        assert stat.S_IMODE((machine.state / secret).stat().st_mode) == 0o600
    assert address.password is not None
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            assert address.password not in process.read_text(errors="replace"), "the password can be read in the list of processes"
        except OSError:
            continue


def test_no_folder_above_ours_is_opened_or_closed(machine: Machine) -> None:
    before = modes_above(machine.state, CHECKOUT, Path.home())
    machine.ensure()
    machine.manage("help")
    machine.stop()
    assert modes_above(machine.state, CHECKOUT, Path.home()) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as somebody else")
def test_a_folder_postgresql_cannot_reach_is_refused_in_words_and_stays_closed(machine: Machine) -> None:
    closed = machine.state / "closed"
    closed.mkdir(mode=0o700)
    inner = Machine(state=closed / "state")
    done = inner.manage("showmigrations")
    assert done.returncode == 1
    assert "Set DAYMARK_STATE to a folder under" in done.stderr
    assert "Traceback" not in done.stderr
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_a_state_folder_with_a_very_long_path_works(machine: Machine) -> None:
    deep = Machine(state=machine.state / ("long" * 30))
    try:
        database, _, started = deep.ensure()
        assert started == "PostgreSQL+Valkey"
        with psycopg.connect(database) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
    finally:
        deep.stop()


def test_addresses_that_are_given_are_used_and_nothing_is_started(machine: Machine) -> None:
    database, queue, _ = machine.ensure()
    other = Machine(state=machine.state / "other")
    given = {"DATABASE_URL": database, "REDIS_URL": queue}
    assert other.ensure(**given) == (database, queue, "-")
    assert other.manage("showmigrations", **given).returncode == 0
    assert not list(other.state.glob("postgres-*"))
    assert not list(other.state.glob("valkey"))

    one, two, started = other.ensure(DATABASE_URL=database)
    assert (one, started) == (database, "Valkey")
    assert two != queue
    other.stop()


@pytest.mark.parametrize("arguments", [["stop"], ["help"], ["--version"], ["migrate", "--help"]])
def test_commands_that_need_no_database_start_none(machine: Machine, arguments: list[str]) -> None:
    done = machine.manage(*arguments)
    assert done.returncode == 0, done.stderr
    assert machine.servers() + machine.queues() == []
    assert not list(machine.state.glob("postgres-*"))


def test_two_test_runs_at_once_have_a_cluster_each_and_never_the_demo_s(machine: Machine) -> None:
    demo, _, _ = machine.ensure()
    code = (
        "from config import embedded; import os, sys; embedded.ensure(test=True); "
        "print(os.environ['DATABASE_URL'], flush=True); sys.stdin.read()"
    )
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", f"{code}; embedded.stop(test=True, only=embedded.started_here())"],
            cwd=CHECKOUT,
            env=machine.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    addresses = {run.stdout.readline().strip() for run in runs if run.stdout}
    assert len(addresses | {demo}) == 3
    assert len(machine.servers()) == 3
    for run in runs:
        run.communicate()
    assert len(machine.servers()) == 1

    killed = subprocess.Popen(
        [sys.executable, "-c", code], cwd=CHECKOUT, env=machine.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert killed.stdout
    killed.stdout.readline()
    killed.kill()
    killed.communicate()
    assert len(machine.servers()) == 2
    assert "of an earlier test run" in machine.manage("stop").stdout
    assert machine.servers() == []


def test_what_runs_is_told_as_it_is(machine: Machine) -> None:
    asked = "import json; print(json.dumps(sorted(embedded.what_is_running())))"
    assert json.loads(machine.python(asked)) == []
    machine.ensure()
    assert json.loads(machine.python(asked)) == ["PostgreSQL", "Valkey"]
