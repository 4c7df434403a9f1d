"""One worker a feed: held by the database session, as an extract is while it loads (docs/decisions.md 4)."""

from __future__ import annotations

from contextlib import AbstractContextManager

from schools import locks

LOCK = 7305  # first key of the advisory locks on feeds


def holding(feed_id: int) -> AbstractContextManager[bool]:
    """Hold the feed while this database session fetches; False if another does."""
    return locks.holding(LOCK, feed_id)


def held() -> set[int]:
    """Feeds that somebody is fetching now."""
    return locks.held(LOCK)
