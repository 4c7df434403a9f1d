"""One at a time: for a school's registers and who is on its roll, and for work that a worker holds by its database session."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import connection

SCHOOL = 7301  # first key of the advisory locks on schools


def hold_school(*schools: int) -> None:
    """Hold a school, or several, until the transaction ends; waits for whoever holds one now. In one order for everybody who holds several,
    so that nobody waits in a circle."""
    hold_until_the_end(SCHOOL, schools)


def hold_until_the_end(kind: int, numbers: Iterable[int]) -> None:
    """Hold several pieces of a kind of work until the transaction ends, in one order for everybody."""
    if not connection.in_atomic_block:
        raise RuntimeError("A school is locked inside a transaction")
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, n) from unnest(%s::int[]) n", [kind, sorted(numbers)])


@contextmanager
def holding(kind: int, number: int) -> Iterator[bool]:
    """Hold one piece of a kind of work for as long as this database session works on it; False if another does.

    A worker that is killed lets go with its session: nothing is leased by time (docs/decisions.md 4).
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s, %s)", [kind, number])
        (mine,) = cursor.fetchone()
    try:
        yield mine
    finally:
        if mine and _usable():
            with connection.cursor() as cursor:
                cursor.execute("select pg_advisory_unlock(%s, %s)", [kind, number])


@contextmanager
def holding_some(kind: int, numbers: list[int], *, wait: bool = False) -> Iterator[list[int]]:
    """The same for several pieces: those of them that nobody else holds. `wait`: all of them, when they are let go of."""
    get = "cross join lateral pg_advisory_lock(%s, n)" if wait else "where pg_try_advisory_lock(%s, n)"
    with connection.cursor() as cursor:
        cursor.execute(f"select n from unnest(%s::int[]) n {get}", [numbers, kind])  # noqa: S608
        mine = [number for (number,) in cursor.fetchall()]
    try:
        yield mine
    finally:
        if mine and _usable():
            with connection.cursor() as cursor:
                cursor.execute("select pg_advisory_unlock(%s, n) from unnest(%s::int[]) n", [kind, mine])


def _usable() -> bool:
    return connection.connection is not None and not connection.connection.closed and not connection.needs_rollback


def held(kind: int) -> set[int]:
    """Pieces of this kind of work that somebody holds now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select objid from pg_locks where locktype = 'advisory' and classid = %s and objsubid = 2 and granted "
            "and database = (select oid from pg_database where datname = current_database())",
            [kind],
        )
        return {row[0] for row in cursor.fetchall()}
