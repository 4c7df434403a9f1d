"""Gives every test run its own PostgreSQL and Valkey, before Django's settings are read (loaded by `-p` in pyproject.toml).

The process that starts them stops them: `make test`, else the pytest that was called; workers of pytest-xdist use what
their controller started, each its own database in both.
"""

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Generator
from importlib.metadata import distributions

import psycopg
import pytest

from config import embedded, static_assets
from config.embedded import state


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Generator[None, object, object]:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    given = bool(os.environ.get("REDIS_URL"))
    try:
        embedded.ensure(test=True)
        if not worker:
            static_assets.collect_if_stale()
            with_tables_made()
    except embedded.ServicesError as problem:
        raise pytest.UsageError(str(problem)) from None
    if worker and given:
        # A cache of its own for each worker: one test's rate limit must not stop another's sign-in.
        number = int(worker.removeprefix("gw")) % 15 + 1
        os.environ["REDIS_URL"] = re.sub(r"/\d+$", f"/{number}", os.environ["REDIS_URL"])
    return (yield)


def pytest_unconfigure() -> None:
    if embedded.started_here():
        embedded.stop(test=True, only=embedded.started_here())


def with_tables_made() -> None:
    """On a cluster of our own: one database with every table made, from which each test database is copied.

    Named by what it was made from, so a migration or a package that changes makes another; making the tables takes longer than
    most files of tests.
    """
    if os.environ.get("DAYMARK_TEST_OWN") != "1" and not embedded.is_ours(os.environ["DATABASE_URL"], test=True):
        return  # somebody else's server: nothing is left lying there
    made_from = hashlib.sha256(" ".join(sorted(f"{one.name} {one.version}" for one in distributions())).encode())
    for path in sorted(state.CHECKOUT.glob("*/migrations/*.py")):
        made_from.update(path.read_bytes())
    name = f"tables_{made_from.hexdigest()[:16]}"
    with state.locked(embedded.folder() / "tables.lock"), psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        found = [row[0] for row in connection.execute("select datname from pg_database where datname like 'tables_%'")]
        if name not in found:
            for old in found:
                connection.execute(f'drop database "{old}"')
            connection.execute("create database tables_begun")
            address = os.environ["DATABASE_URL"].rpartition("/")[0] + "/tables_begun"
            command = [sys.executable, "manage.py", "migrate", "--noinput", "-v", "0"]
            subprocess.run(command, cwd=state.CHECKOUT, env=os.environ | {"DATABASE_URL": address}, check=True)
            connection.execute(f'alter database tables_begun rename to "{name}"')
    os.environ["DAYMARK_TEST_TEMPLATE"] = name
