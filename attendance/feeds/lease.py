"""One worker a feed: held by the database session, as an extract is while it loads (docs/decisions.md 4)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

LOCK = 7305  # first key of the advisory locks on feeds


@contextmanager
def holding(feed_id: int) -> Iterator[bool]:
    """Hold the feed for as long as this database session fetches; False if another does."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s, %s)", [LOCK, feed_id])
        (mine,) = cursor.fetchone()
    try:
        yield mine
    finally:
        usable = connection.connection is not None and not connection.connection.closed and not connection.needs_rollback
        if mine and usable:
            with connection.cursor() as cursor:
                cursor.execute("select pg_advisory_unlock(%s, %s)", [LOCK, feed_id])


def held() -> set[int]:
    """Feeds that somebody is fetching now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select objid from pg_locks where locktype = 'advisory' and classid = %s and objsubid = 2 and granted "
            "and database = (select oid from pg_database where datname = current_database())",
            [LOCK],
        )
        return {row[0] for row in cursor.fetchall()}
