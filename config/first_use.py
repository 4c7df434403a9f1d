"""An empty database is set up before the first command that uses it."""

import os

import psycopg

# One process at a time, on whatever machine: any number will do as long as nobody else uses it.
SETTING_UP = 0x6461796D61726B


def migrate_if_empty() -> None:
    """Make the tables where there are none yet, quietly. A database with tables is left to `migrate`."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        if not _is_empty(connection):
            return
        connection.execute("select pg_advisory_lock(%s)", [SETTING_UP])
        if _is_empty(connection):
            _migrate()


def _is_empty(connection: psycopg.Connection) -> bool:
    row = connection.execute("select to_regclass('django_migrations') is null").fetchone()
    return bool(row and row[0])


def _migrate() -> None:
    """All tables or none: Django writes down some migrations only after they stand, and one killed in between cannot be carried on."""
    import django
    from django.core.management import call_command
    from django.db import connections, transaction

    django.setup()
    with transaction.atomic():
        call_command("migrate", interactive=False, verbosity=0)
    connections.close_all()
