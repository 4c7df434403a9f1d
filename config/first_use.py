"""An empty database is set up before the first command that uses it."""

import os
from pathlib import Path

import psycopg

# One process at a time, on whatever machine: any number will do as long as nobody else uses it.
SETTING_UP = 0x6461796D61726B


def migrate_if_empty() -> None:
    """Make the tables where there are none yet, quietly. A database with tables is left to `migrate`."""
    unfinished = _unfinished()
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        if not _is_empty(connection) and not unfinished.exists():
            return
        connection.execute("select pg_advisory_lock(%s)", [SETTING_UP])
        if _is_empty(connection) or unfinished.exists():
            unfinished.touch()
            _migrate()
            unfinished.unlink(missing_ok=True)


def _is_empty(connection: psycopg.Connection) -> bool:
    row = connection.execute("select to_regclass('django_migrations') is null").fetchone()
    return bool(row and row[0])


def _unfinished() -> Path:
    """Stands while tables are being made, so that a first use that was killed is carried on by the next."""
    import hashlib

    from config.embedded import home

    database = hashlib.sha256(os.environ["DATABASE_URL"].encode()).hexdigest()[:12]
    return home() / f"setting-up-{database}"


def _migrate() -> None:
    import django
    from django.core.management import call_command
    from django.db import connections

    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    connections.close_all()
