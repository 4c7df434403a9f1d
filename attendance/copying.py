"""Whole columns to and from PostgreSQL in its own binary form of rows: a school's registers cost as much as a few rows do.

Only columns of one width and never null: keys (int8), years and counts (int2), booleans, and vectors of bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import psycopg
from django.db import connection
from numpy.typing import NDArray

_HEADER, _TRAILER = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"


def copy_in(table: str, columns: Mapping[str, NDArray[np.generic]]) -> None:
    """COPY columns into a table: integers and booleans (rows,), vectors (rows, width)."""
    rows = len(next(iter(columns.values())))
    if not rows:
        return
    lined = np.empty(rows, _row({name: _kind(values) for name, values in columns.items()}))
    lined["fields"] = len(columns)
    for name, values in columns.items():
        lined[f"{name} length"] = values.shape[1] if values.ndim > 1 else values.itemsize
        lined[name] = values
    with (
        connection.cursor() as cursor,
        cursor.copy(f"copy {table} ({', '.join(columns)}) from stdin (format binary)") as copy,
    ):
        copy.write(_HEADER + lined.tobytes() + _TRAILER)


def copy_out(select: str, params: Sequence[Any], columns: Mapping[str, str], *, by: str = "") -> dict[str, NDArray[Any]]:
    """The columns of a query, by the name and kind ("i8", "i2", "732u1" for a vector) of each.

    The database lays each column end to end, for row by row the client would take longer than everything else. `by`: columns of
    which each group is laid so by itself, where all rows at once could be too many; rows then come in no order.
    """
    vectors = [name for name, kind in columns.items() if kind.endswith("u1")]
    sent = [name if name in vectors else f"{_SEND[kind]}({name})" for name, kind in columns.items()]
    laid = [f"string_agg({each}, ''::bytea)" for each in sent]
    fit = " and ".join(f"octet_length({name}) = {np.dtype(columns[name]).itemsize}" for name in vectors) or "true"
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(
            f"select bool_and({fit}), {', '.join(laid)} from ({select}) q {f'group by {by}' if by else ''}",  # noqa: S608
            params,
            binary=True,
        )
        groups = [row for row in cursor.fetchall() if row[0] is not None]
    if not all(fits for fits, *_ in groups):
        raise ValueError(f"A value of another width than {columns}")
    parts = zip(*(row[1:] for row in groups), strict=True) if groups else ((),) * len(columns)
    found = {
        name: np.frombuffer(b"".join(part), f">{kind}" if kind.startswith("i") else kind)
        for (name, kind), part in zip(columns.items(), parts, strict=True)
    }
    if len({len(values) for values in found.values()}) != 1:
        raise ValueError(f"A value is missing from {', '.join(columns)}")
    return found


_SEND = {"i8": "int8send", "i2": "int2send", "i1": "boolsend"}


def _kind(values: NDArray[np.generic]) -> str:
    return f"{values.shape[1]}u1" if values.ndim > 1 else f"i{values.itemsize}"


def _row(columns: Mapping[str, str]) -> np.dtype[np.void]:
    """How a row lies: the number of its fields, and before each field how long it is."""
    fields = [("fields", ">i2")]
    for name, kind in columns.items():
        fields += [(f"{name} length", ">i4"), (name, f">{kind}" if kind.startswith("i") else kind)]
    return np.dtype(fields)


def run(statement: str, params: Sequence[Any]) -> None:
    """A statement whose parameters go beside it and not in its text: bytes as they are, not twice as many letters."""
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(statement, params)
