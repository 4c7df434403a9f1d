"""How far work in the background has come, for whoever watches its page. Kept in the cache: losing it costs nothing."""

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


def report_to_cache(number: int, work: str = "extract") -> Progress:
    def report(step: str, done: int, total: int) -> None:
        with contextlib.suppress(Exception):  # no cache, no progress: the work goes on
            cache.set(_key(number, work), asdict(Step(step, done, total)), KEPT)

    return report


def last_report(number: int, work: str = "extract") -> Step | None:
    with contextlib.suppress(Exception):
        said = cache.get(_key(number, work))
        return Step(**said) if said else None
    return None


def _key(number: int, work: str) -> str:
    return f"progress:{work}:{number}"
