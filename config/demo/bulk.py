"""Many rows at once: COPY, with keys taken from the table's own sequence so that later inserts go on from there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import connection, models

_AT_ONCE = 5000


def keys(model: type[models.Model]) -> Iterator[int]:
    """New primary keys of `model`, without end."""
    table = model._meta.db_table
    while True:
        with connection.cursor() as cursor:
            cursor.execute("select nextval(pg_get_serial_sequence(%s, 'id')) from generate_series(1, %s)", [table, _AT_ONCE])
            found = cursor.fetchall()
        yield from (key for (key,) in found)


def copy(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write `rows`; columns that are not named must have a default in the database, as a key has."""
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor, cursor.copy(f"copy {table} ({names}) from stdin") as writer:
        for row in rows:
            writer.write_row(row)


def analyze() -> None:
    """So that queries are planned for full tables. Planned for empty ones, a list of what waits had not come after 13 minutes."""
    with connection.cursor() as cursor:
        cursor.execute("analyze")
