"""How many rows of a file have been read, loaded and turned away while it loads, whoever does which school of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from attendance.imports.match import Placed
from attendance.imports.parsed import Parsed, Problem
from attendance.imports.senders import Ints
from attendance.models import Extract
from schools.models import School


@dataclass(frozen=True)
class Rows:
    """Rows of a file. `rejected`: something of the row came back; `loaded`: nothing did, and its school is done."""

    read: int
    loaded: int
    rejected: int

    @property
    def settled(self) -> int:
        return self.loaded + self.rejected

    @property
    def remaining(self) -> int:
        return self.read - self.settled


class Progress(Protocol):
    """Told how far work has come: what is being done, how much of how much, and of a file's load its rows."""

    def __call__(self, step: str, done: int, total: int, rows: Rows | None = None) -> None: ...


def quiet(step: str, done: int, total: int, rows: Rows | None = None) -> None:
    """For whoever does not watch."""


PAUSE = 0.5  # seconds between two schools that are told of: no page is looked at more often


class Tally:
    """Counts the rows of one extract and tells them with every step."""

    def __init__(self, extract: Extract, parsed: Parsed, problems: Iterable[Problem], schools: dict[School, Ints], progress: Progress):
        self.extract, self.progress = extract, progress
        self.rows_of = {school.pk: rows for school, rows in schools.items()}
        self.done = np.zeros(parsed.rows_read, np.bool_)
        self.back = np.zeros(parsed.rows_read, np.bool_)
        self.heard: set[int] = set()
        self.told = -PAUSE  # when, by the clock that only goes on
        self._turned_away([problem.row for problem in (*parsed.problems, *problems)])

    def watch(self, do: Callable[[School, Ints], Placed]) -> Callable[[School, Ints], Placed]:
        """`do`, with its rows counted when it has been done."""

        def watched(school: School, rows: Ints) -> Placed:
            placed = do(school, rows)
            self._add(school.pk, [problem.row for problem in placed.problems])
            return placed

        return watched

    def __call__(self, step: str, done: int, total: int) -> None:
        """Tell of a step, having asked what other workers have done of the file. One school after another is told now and then."""
        if len(self.rows_of) > 1:
            if total and time.monotonic() < self.told + PAUSE:
                return
            self.told = time.monotonic()
            others = self.extract.parts.exclude(done_at=None).exclude(school__in=self.heard)
            for school, problems in others.values_list("school", "told__problems"):
                self._add(school, [problem[0] for problem in problems or []])
            done = len(self.heard) if total else done
        self.progress(step, done, total, self.rows())

    def rows(self) -> Rows:
        return Rows(len(self.done), int((self.done & ~self.back).sum()), int(self.back.sum()))

    def _add(self, school: int, turned_away: list[int]) -> None:
        self.heard.add(school)
        self.done[self.rows_of.get(school, [])] = True
        self._turned_away(turned_away)

    def _turned_away(self, rows: list[int]) -> None:
        self.back[np.array(rows, np.int64)] = True
