"""Many rows at once: COPY, with keys taken from the table's own sequence so that later inserts go on from there."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, models


def number(rows: Sequence[models.Model]) -> None:
    """Give unsaved rows of one model their keys, in order."""
    if not rows:
        return
    table = rows[0]._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            "select nextval(pg_get_serial_sequence(%s, 'id')) from generate_series(1, %s)", [table, len(rows)]
        )
        for row, (key,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = key


def copy(rows: Sequence[models.Model]) -> None:
    """Write rows of one model that have no files, JSON or arrays; unnumbered rows are numbered first."""
    if not rows:
        return
    if rows[0].pk is None:
        number(rows)
    fields = rows[0]._meta.concrete_fields
    columns = ", ".join(f'"{field.column}"' for field in fields)
    names = [field.attname for field in fields]
    with (
        connection.cursor() as cursor,
        cursor.copy(f'copy "{rows[0]._meta.db_table}" ({columns}) from stdin') as writer,
    ):
        for row in rows:
            writer.write_row([getattr(row, name) for name in names])
