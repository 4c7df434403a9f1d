"""How far work in the background has come, for whoever watches its page. Kept in the cache: losing it costs nothing."""

from __future__ import annotations

import contextlib
from dataclasses import asdict, dataclass
from typing import Any

from django.core.cache import cache

from attendance.imports.tally import Progress, Rows

KEPT = 3600  # seconds


@dataclass(frozen=True)
class Step:
    step: str
    done: int
    total: int
    rows: Rows | None = None  # of a file that loads, once it has been read


def report_to_cache(number: int, work: str = "extract") -> Progress:
    latest: list[Rows] = []

    def report(step: str, done: int, total: int, rows: Rows | None = None) -> None:
        if rows:
            latest[:] = [rows]
        with contextlib.suppress(Exception):  # no cache, no progress: the work goes on
            cache.set(_key(number, work), asdict(Step(step, done, total, *latest)), KEPT)

    return report


def last_report(number: int, work: str = "extract") -> Step | None:
    with contextlib.suppress(Exception):
        said = cache.get(_key(number, work))
        return _read(said) if said else None
    return None


def _read(said: dict[str, Any]) -> Step:
    rows = said.pop("rows", None)
    return Step(**said, rows=Rows(**rows) if rows else None)


def _key(number: int, work: str) -> str:
    return f"progress:{work}:{number}"
