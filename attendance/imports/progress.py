"""How far a load has come, for whoever watches its page. Kept in the cache: losing it costs nothing."""

from __future__ import annotations

import contextlib
from dataclasses import asdict, dataclass

from django.core.cache import cache

from attendance.imports.load import Progress

KEPT = 3600  # seconds


@dataclass(frozen=True)
class Step:
    step: str
    done: int
    total: int


def report_to_cache(extract_id: int) -> Progress:
    def report(step: str, done: int, total: int) -> None:
        with contextlib.suppress(Exception):  # no cache, no progress: the load goes on
            cache.set(_key(extract_id), asdict(Step(step, done, total)), KEPT)

    return report


def last_report(extract_id: int) -> Step | None:
    with contextlib.suppress(Exception):
        said = cache.get(_key(extract_id))
        return Step(**said) if said else None
    return None


def _key(extract_id: int) -> str:
    return f"progress:extract:{extract_id}"
