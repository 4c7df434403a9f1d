"""Whose word counts: the sources a school's marks come from, and which of them is authoritative on a session's date.

The first source used for a school is authoritative from always, until a manager chooses another from a day. Marks of any
other source are compared with the register and never written. Takes values: knows no database and no clock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

UPLOAD = "upload"  # where nothing else is said, whatever the layout
LONGEST = 40

# (name, label, what it is): any other name may be used too and is shown as it is
KNOWN: tuple[tuple[str, str, str], ...] = (
    (UPLOAD, "Uploaded files", "Register files that people send, or that are loaded by command"),
    ("wonde", "Wonde feed", "Read from the school’s system during the day"),
    ("push", "Sent by the school’s system", "Posted to the API with the school’s token"),
    ("folder", "Nightly files", "Files that a school’s system leaves in a watched folder"),
    ("arbor", "Arbor", "Reports of this management information system"),
    ("bromcom", "Bromcom", "Reports of this management information system"),
    ("sims", "SIMS", "Reports of this management information system"),
    ("mysa", "DfE Monitor your school attendance", "The pupil CSV that an authority downloads there: one row for each session"),
)
FEEDS = frozenset({"wonde", "push", "folder"})  # nobody sends these by hand
LABELS: dict[str, str] = {name: label for name, label, _ in KNOWN}


def tidied(name: str) -> str:
    """One name for a source however it was typed: `SIMS ` is `sims`; a label stands for its name."""
    plain = " ".join(name.split())[:LONGEST].strip().casefold()
    return next((known for known, label in LABELS.items() if plain == label.casefold()), plain) or UPLOAD


def label(name: str) -> str:
    """What people call it."""
    return LABELS.get(name) or name[:1].upper() + name[1:]


@dataclass(frozen=True, slots=True)
class Choice:
    """From `start` on (None: from always) this source's marks are the school's."""

    source: str
    start: dt.date | None


@dataclass(frozen=True, slots=True)
class Period:
    """Days, both inclusive and None for open, on which one source is authoritative."""

    source: str
    start: dt.date | None
    end: dt.date | None


def periods(choices: Iterable[Choice]) -> list[Period]:
    """Earliest first. `choices` in the order in which they were made: of one start, the one made last stands."""
    standing = _standing(choices)
    found: list[Period] = []
    for number, choice in enumerate(standing):
        if found and found[-1].source == choice.source:
            continue  # the same source goes on
        changes = [other for other in standing[number + 1 :] if other.source != choice.source]
        end = _day(changes[0]) - dt.timedelta(days=1) if changes else None
        found.append(Period(choice.source, choice.start, end))
    return found


def in_force(choices: Iterable[Choice], day: dt.date) -> str:
    """The authoritative source on a day; "" where none has been chosen."""
    return next((choice.source for choice in reversed(_standing(choices)) if _day(choice) <= day), "")


def counts(choices: Sequence[Choice], source: str, days: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    """On which of `days` (datetime64[D], any shape) the marks of `source` are the school's."""
    standing = _standing(choices)
    starts = np.array([_day(choice) for choice in standing], "datetime64[D]")
    mine = np.array([False, *(choice.source == source for choice in standing)])
    return mine[np.searchsorted(starts, days, side="right")]


def _standing(choices: Iterable[Choice]) -> list[Choice]:
    by_start = {_day(choice): choice for choice in choices}
    return [by_start[start] for start in sorted(by_start)]


def _day(choice: Choice) -> dt.date:
    return choice.start or dt.date.min
