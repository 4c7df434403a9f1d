"""Tables, described once: what stands in a column feeds the page, the CSV file and the workbook alike. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from attendance.rates import percentage
from attendance.suppression import HIDDEN

Row = TypeVar("Row")
Hidden = Collection[tuple[Hashable, str]]  # (a row's key, which of its counts): kept back from publication
Value = str | int | float | dt.date

UNKNOWN = "x"  # not available, as in government statistics


class Kind(StrEnum):
    TEXT = "text"
    COUNT = "count"
    LINKED = "linked"  # a count that is the length of a list: something with `value` and `address`
    PERCENT = "percent"
    POINTS = "points"  # percentage points
    SHARE = "share"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    part: int
    whole: int
    what: str = ""  # the word for one of them, where a column holds several kinds

    @property
    def pct(self) -> float | None:
        return percentage(self.part, self.whole)


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """One column. Its `key` is what an address sorts by, if there is `sort`: None is what cannot be sorted, and comes last.

    `counts` and `about` name the counts of pupils with which the figure stands and falls when a table is published: that of the
    part, and that of the whole.
    """

    key: str
    heading: str
    value: Callable[[Row], Any]
    kind: Kind = Kind.TEXT
    note: Callable[[Row], str] | None = None  # under the value; in files a column of its own, if it is named
    note_heading: str = ""
    link: Callable[[Row], str] | None = None
    shown: Callable[[Row], Any] | None = None  # the page's own way of showing it, as safe HTML
    sort: Callable[[Row], Any] | None = None
    what: str = "session"  # of a share: the word for one of what it counts
    counts: str = ""
    about: str = ""
    page: bool = True
    file: bool = True
    publish: bool = True
    left: bool = False  # words with a number in them
    labelled: bool = True  # on a phone, where headings are not seen, the heading stands before the value
    none: str = "none"  # what a page says where there is nothing

    @property
    def numeric(self) -> bool:
        return self.kind not in (Kind.TEXT, Kind.DAY) and not self.left


@dataclass(frozen=True, slots=True)
class Table(Generic[Row]):
    """A list of rows of one kind. `key` names a row for what is kept back of it."""

    name: str  # in file names, addresses and the audit trail
    title: str
    columns: tuple[Column[Row], ...]
    key: Callable[[Row], Hashable] = id
    order: str = ""  # as an address says it: "name", "-absence"
    param: str = "sort"  # of the address; a page with several tables has one for each
    anchor: str = ""

    @property
    def on_page(self) -> list[Column[Row]]:
        return [column for column in self.columns if column.page]

    def ordered(self, rows: Iterable[Row], asked: str) -> list[Row]:
        """As the address asks, if it names a column that sorts; what is not known last, whichever way round."""
        sorts = {column.key: column.sort for column in self.columns if column.sort is not None}
        asked = asked if asked.removeprefix("-") in sorts else self.order
        by = sorts.get(asked.removeprefix("-"))
        found = list(rows)
        if by is None:
            return found
        known = [row for row in found if by(row) is not None]
        return sorted(known, key=by, reverse=asked.startswith("-")) + [row for row in found if by(row) is None]

    def by_name(self, rows: Iterable[Row]) -> list[Row]:
        """By the first column: an order that says nothing of figures that are kept back."""
        first = self.columns[0]
        return sorted(rows, key=first.sort or first.value)


def in_files(table: Table[Row], *, publish: bool) -> list[Column[Row]]:
    return [column for column in table.columns if column.file and (column.publish or not publish)]


def headings(columns: Sequence[Column[Any]]) -> list[str]:
    """Of a file. A share is three columns: its percentage, how many, and of how many."""
    found = []
    for column in columns:
        if column.kind == Kind.SHARE:
            found += [f"{column.heading} (%)", f"{column.heading}: {column.what}s", f"{column.heading}: of {column.what}s"]
        else:
            found.append(f"{column.heading} (%)" if column.kind == Kind.PERCENT else column.heading)
        if column.note_heading:
            found.append(column.note_heading)
    return found


def lines(table: Table[Row], columns: Sequence[Column[Row]], rows: Iterable[Row], hidden: Hidden = ()) -> Iterator[list[Value]]:
    """The cells of a file, row by row. Percentages to one decimal, as on the page: their counts stand beside them."""
    for row in rows:
        key = table.key(row) if hidden else None
        found: list[Value] = []
        for column in columns:
            all_hidden = bool(column.about) and (key, column.about) in hidden
            part_hidden = all_hidden or (bool(column.counts) and (key, column.counts) in hidden)
            found += _cells(column, column.value(row), part_hidden, all_hidden)
            if column.note_heading:
                found.append(column.note(row) if column.note else "")
        yield found


def _cells(column: Column[Any], value: Any, part_hidden: bool, all_hidden: bool) -> list[Value]:
    if column.kind == Kind.SHARE:
        if value is None:
            return [UNKNOWN] * 3
        pct = UNKNOWN if value.pct is None else round(value.pct, 1)
        return [HIDDEN if part_hidden else pct, HIDDEN if part_hidden else value.part, HIDDEN if all_hidden else value.whole]
    if part_hidden:
        return [HIDDEN]
    if column.kind == Kind.LINKED:
        return [value.value]
    if column.kind == Kind.TEXT:
        return [str(value or "")]
    if value is None:
        return [UNKNOWN]
    return [round(float(value), 1) if column.kind in (Kind.PERCENT, Kind.POINTS) else value]
