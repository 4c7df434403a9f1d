"""Marks as sent become marks that stand: known, in use on their date, not in the future, said once.

Everything is judged on whole columns; only what is refused is looked at one by one, to say why.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from attendance import codes
from attendance.imports.parsed import Problem, Unreadable
from attendance.imports.values import long_day, show, tidy

UNKNOWN = 255
MAX_PROBLEMS = 200_000  # beyond this the columns or the codes are wrong as a whole, and a list helps nobody
CLOSED = codes.BY_CODE["#"].byte
_DAYS = np.dtype("datetime64[D]")


@dataclass(frozen=True)
class Cells:
    """Marks as a layout holds them, one an item: whose row, which session, which of `texts`, where in the row."""

    row: NDArray[np.int64]
    date: NDArray[np.datetime64]
    pm: NDArray[np.bool_]
    mark: NDArray[np.int64]  # index into texts
    place: NDArray[np.int64]  # column, or place in the week string
    texts: list[str]

    def keep(self, which: NDArray[np.bool_]) -> Cells:
        if which.all():
            return self
        return Cells(self.row[which], self.date[which], self.pm[which], self.mark[which], self.place[which], self.texts)


@dataclass
class Findings:
    """Problems as they are found, and which rows they reject."""

    lines: NDArray[np.int64]
    unit: str = "line"  # what they count
    problems: list[Problem] = field(default_factory=list)
    bad_rows: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        self.bad_rows = np.zeros(len(self.lines), bool)

    def add(self, row: int, heading: str, value: str, message: str, *, whole_row: bool, cell: int | None = None) -> None:
        row = int(row)
        if len(self.problems) >= MAX_PROBLEMS:
            first = self.problems[0]
            raise Unreadable(
                f"More than {MAX_PROBLEMS:,} values of this file could not be taken. The first, in {self.unit} {first.line}: "
                f"{first.message} Check that the columns are the right ones and that your own codes are mapped."
            )
        self.problems.append(Problem(row, int(self.lines[row]), heading, show(value, 100), message, whole_row, cell))
        if whole_row:
            self.bad_rows[row] = True

    def in_order(self) -> list[Problem]:
        return sorted(self.problems, key=lambda problem: (problem.row, -1 if problem.cell is None else problem.cell))


class Codes:
    """What a text means as a mark: a national code, a school's own code mapped to one, nothing, or unknown."""

    def __init__(self, aliases: Dictionary[str, str]) -> None:
        self.aliases = {tidy(own): national.strip().upper() for own, national in aliases.items() if tidy(own)}
        self.starts = np.full(256, np.datetime64("9999-12-31"), _DAYS)
        self.ends = np.full(256, np.datetime64("9999-12-31"), _DAYS)
        for code in codes.CODES:
            self.starts[code.byte] = code.start
            if code.end is not None:
                self.ends[code.byte] = code.end
        self.starts[codes.NO_LONGER_BYTE] = self.starts.min()

    def national(self, text: str) -> str:
        text = tidy(text)
        return self.aliases.get(text) or self.aliases.get(text.upper()) or text.upper()

    def byte(self, text: str) -> int:
        if tidy(text) in codes.NOTHING_SAID:
            return codes.BLANK
        if tidy(text) == codes.NO_LONGER:
            return codes.NO_LONGER_BYTE
        code = codes.BY_CODE.get(self.national(text))
        return UNKNOWN if code is None else code.byte

    def bytes(self, texts: Sequence[str]) -> NDArray[np.uint8]:
        return np.fromiter((self.byte(text) for text in texts), np.uint8, len(texts))

    def all_in_use(self, there: NDArray[np.uint8], date: NDArray[np.datetime64]) -> bool:
        """Whether all of these codes are in use from the first of the dates to the last: so in most files, told at a glance."""
        there = there[there != codes.BLANK]
        if UNKNOWN in there:
            return False
        return bool((self.starts[there] <= date.min()).all() and (self.ends[there] >= date.max()).all())

    def why_not(self, text: str, day: dt.date) -> str:
        national = self.national(text)
        reason = codes.why_not(national if national in codes.BY_CODE else tidy(text), day)
        if national != tidy(text).upper():
            return f"“{show(tidy(text))}” is mapped to {national}. {reason}"
        return reason


@dataclass(frozen=True)
class Judged:
    cells: Cells
    byte: NDArray[np.uint8]
    seen: dict[str, int]
    unknown: dict[str, int]
    closures_ahead: int


Explain = Callable[[int, int, dt.date], tuple[str, str]]  # (row, place, day) -> (heading, what to put before a message)


def judge(cells: Cells, known: Codes, today: dt.date, findings: Findings, describe: Explain, *, whole_row: bool) -> Judged:
    """The cells that may stand. Whether a code may be used depends on the date of the session, never on today's."""
    table = known.bytes(cells.texts)
    counts = np.bincount(cells.mark, minlength=len(cells.texts))
    seen: dict[str, int] = {}
    for text, count, byte in zip(cells.texts, counts, table, strict=True):
        if count and byte != codes.BLANK:
            seen[tidy(text)] = seen.get(tidy(text), 0) + int(count)
    byte = table[cells.mark]
    said = byte != codes.BLANK
    if not said.all():
        cells, byte = cells.keep(said), byte[said]
    unknown = {text: count for text, count in seen.items() if known.byte(text) == UNKNOWN}
    ahead = 0
    if len(byte) and cells.date.max() > np.datetime64(today):
        # a planned closure ahead is not yet a mark about any child; a week's string always runs to Sunday
        come = (cells.date <= np.datetime64(today)) | (byte != CLOSED)
        ahead = int(len(come) - np.count_nonzero(come))
        cells, byte = cells.keep(come), byte[come]
    if not len(byte) or (known.all_in_use(table[counts > 0], cells.date) and cells.date.max() <= np.datetime64(today)):
        return Judged(cells, byte, seen, unknown, ahead)
    future = cells.date > np.datetime64(today)
    usable = (cells.date >= known.starts[byte]) & (cells.date <= known.ends[byte]) & (byte != UNKNOWN)
    wrong = future | ~usable
    for i in np.flatnonzero(wrong):
        text, day = cells.texts[cells.mark[i]], cells.date[i].item()
        heading, before = describe(cells.row[i], cells.place[i], day)
        message = known.why_not(text, day) if not usable[i] else in_future(day, today)
        findings.add(cells.row[i], heading, text, before + message, whole_row=whole_row, cell=int(cells.place[i]))
    return Judged(cells.keep(~wrong), byte[~wrong], seen, unknown, ahead)


def in_future(day: dt.date, today: dt.date) -> str:
    return f"{long_day(day)} is in the future: today is {long_day(today)}."


def said_once(
    cells: Cells, byte: NDArray[np.uint8], who: NDArray[np.int64], findings: Findings, describe: Explain, *, whole_row: bool
) -> NDArray[np.bool_]:
    """Which cells to keep: the first of those that say the same, and none of those that contradict each other.

    `who` numbers the pupil at the school, by row.
    """
    if not len(byte):
        return np.zeros(0, bool)
    first = cells.date.min()
    span = int((cells.date.max() - first).astype(np.int64)) + 1
    key = (who[cells.row] * span + (cells.date - first).astype(np.int64)) * 2 + cells.pm
    if all_different(key):
        return np.ones(len(byte), bool)
    order = np.argsort(key, kind="stable")  # fast on files in order, as most are
    starts = np.flatnonzero(np.concatenate(([True], np.diff(key[order]) != 0)))
    keep = np.zeros(len(byte), bool)
    keep[order[starts]] = True
    low, high = np.minimum.reduceat(byte[order], starts), np.maximum.reduceat(byte[order], starts)
    ends = np.append(starts[1:], len(order))
    for group in np.flatnonzero(low != high):
        members = order[starts[group] : ends[group]]
        keep[members] = False
        other_lines = {mark: members[byte[members] != mark][:3] for mark in np.unique(byte[members])}
        for i in members:
            day = cells.date[i].item()
            heading, before = describe(cells.row[i], cells.place[i], day)
            half = "afternoon" if cells.pm[i] else "morning"
            others = [
                f"{findings.unit} {findings.lines[cells.row[j]]} says “{tidy(cells.texts[cells.mark[j]])}”" for j in other_lines[byte[i]]
            ]
            text = cells.texts[cells.mark[i]]
            message = (
                f"Two different marks for the same pupil on the {half} of {long_day(day)}: "
                f"this {findings.unit} says “{tidy(text)}”, {' and '.join(others)}."
            )
            findings.add(cells.row[i], heading, text, before + message, whole_row=whole_row, cell=int(cells.place[i]))
    return keep


def all_different(key: NDArray[np.int64]) -> bool:
    """Whether no number comes twice. Counted in one go where they lie close enough together, else sorted."""
    if not len(key):
        return True
    low, high = int(key.min()), int(key.max())
    if high - low > 8 * len(key) + 1_000_000:
        return len(np.unique(key)) == len(key)
    met = np.zeros(high - low + 1, bool)
    met[key - low] = True
    return int(np.count_nonzero(met)) == len(key)
