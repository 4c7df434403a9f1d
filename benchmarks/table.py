"""One row of the table: ours beside a yardstick, so that a slow machine slows both."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Row:
    work: str
    seconds: float
    yardstick: str = ""
    yardstick_seconds: float | None = None

    def __str__(self) -> str:
        ours = f"{self.work:<66} {self.seconds:9.3f} s"
        if not self.yardstick_seconds:
            return ours
        return f"{ours}   {self.seconds / self.yardstick_seconds:7.2f} x {self.yardstick} ({self.yardstick_seconds:.3f} s)"


@dataclass
class Bar:
    """A row with something to reach: what was found, what it stands beside, and whether the bar is met."""

    work: str
    found: str
    beside: str
    bar: str
    met: bool | None  # None: told of another scale, so this one cannot say

    def __str__(self) -> str:
        verdict = {True: "met", False: "NOT MET", None: "of SCALE=1 only"}[self.met]
        return f"{self.work:<58} {self.found:<34} {self.beside:<34} bar: {self.bar:<22} {verdict}"


class Clock:
    seconds = 0.0


@contextmanager
def timed() -> Iterator[Clock]:
    clock, start = Clock(), time.perf_counter()
    yield clock
    clock.seconds = time.perf_counter() - start


def best_of(times: int, work: Callable[[], object]) -> float:
    """The least of several runs: on a noisy machine the one that was disturbed least."""
    taken = []
    for _ in range(times):
        with timed() as clock:
            work()
        taken.append(clock.seconds)
    return min(taken)
