"""What a paper is made of: sentences and described tables, the same for the PDF and the workbook."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from attendance import tables
from attendance.suppression import HIDDEN, Sum, kept_back
from attendance.tables import Column, Hidden, Kind, Share, Table
from dashboards.charts import Chart
from dashboards.comparison import Measure
from dashboards.protection import PERSISTENT, PUPILS, SEVERE
from dashboards.templatetags import tables as said


@dataclass(frozen=True, slots=True)
class Block:
    """One table under its heading. `hidden`: what is kept back of it for publishing; None inside the authority."""

    title: str
    table: Table[Any]
    rows: Sequence[Any]
    hidden: Hidden | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Contents:
    """A whole paper. `least`: figures about fewer pupils are kept back; 0 where nothing is."""

    title: str
    subtitle: str
    about: list[str]  # for whom, as of when, how far the registers reach
    summary: list[str]
    blocks: list[Block]
    chart: Chart | None
    missing: list[str]  # what is not in these figures
    sources: list[str]
    least: int = 0
    facts: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    note: str = ""


def printed(block: Block) -> dict[str, Any]:
    """For the page of a PDF: headings, and lines of cells."""
    columns = [column for column in block.table.on_page if column.publish or block.hidden is None]
    return {
        "title": block.title,
        "notes": block.notes,
        "heads": [(column.heading, column.numeric) for column in columns],
        "lines": [[(_cell(block, column, row), column.numeric) for column in columns] for row in block.rows],
    }


def _cell(block: Block, column: Column[Any], row: Any) -> Cell:
    key, hidden = block.table.key(row), block.hidden or ()
    if column.about and (key, column.about) in hidden:
        return Cell(HIDDEN)
    part_hidden = bool(column.counts) and (key, column.counts) in hidden
    value = column.value(row)
    if column.kind == Kind.SHARE and value is not None and part_hidden:
        return Cell(HIDDEN, f"of {value.whole:,} {value.what or column.what}s")
    if part_hidden:
        return Cell(HIDDEN)
    if column.kind == Kind.LINKED:
        return Cell(f"{value.value:,}")
    note = column.note(row) if column.note else said.of_what(column, value)
    return Cell(str(said.said(column, value)), str(note))


def sheet(block: Block) -> tuple[str, list[str], list[list[Any]]]:
    """For a workbook: its name, its headings and its rows."""
    columns = tables.in_files(block.table, publish=block.hidden is not None)
    return block.title, tables.headings(columns), list(tables.lines(block.table, columns, block.rows, block.hidden or ()))


_PART, _WHOLE = "part", "whole"


def _measured(measure: Measure) -> Share:
    return Share(measure.part, measure.whole, measure.unit)


def _before(measure: Measure) -> Share | None:
    return None if measure.before is None else Share(measure.before_part or 0, measure.before_whole or 0, measure.unit)


MEASURES: Table[Measure] = Table(
    "measures",
    "Headline figures",
    (
        Column("name", "Measure", lambda measure: measure.name),
        Column(
            "now",
            "This year to date",
            _measured,
            Kind.SHARE,
            counts=_PART,
            about=_WHOLE,
        ),
        Column("before", "Same weeks of last year", _before, Kind.SHARE, about=_WHOLE, none="not known"),
        Column("then", "England, same point of last year", lambda m: m.mixed, Kind.PERCENT, none="not published"),
        Column("england", "England, last whole year", lambda m: m.england, Kind.PERCENT, none="not published"),
    ),
    key=lambda measure: measure.name,
)


def headline(title: str, measures: Sequence[Measure], hidden: Hidden | None) -> Block:
    """The headline figures. Of last year's persistent and severe absence a paper for publishing says nothing (comparison.measures),
    which is not that nothing is known.
    """
    columns = tuple(replace(c, none="not in this paper") if c.key == "before" and hidden is not None else c for c in MEASURES.columns)
    return Block(title, replace(MEASURES, columns=columns), measures, hidden)


def hidden_measures(measures: Sequence[Measure], hidden: Hidden | None, key: Any) -> Hidden | None:
    """What is kept back of headline figures, from what is kept back of the row of pupils that they are about."""
    if hidden is None:
        return None
    of = {"Persistent absence": PERSISTENT, "Severe absence": SEVERE}
    found = set()
    for measure in measures:
        if (key, PUPILS) in hidden:
            found |= {(measure.name, _PART), (measure.name, _WHOLE)}
        elif (key, of.get(measure.name, "")) in hidden:
            found.add((measure.name, _PART))
    return found


@dataclass(frozen=True, slots=True)
class Counted:
    """So many of something."""

    key: str
    what: str
    number: int


_NUMBER = "number"


def few(rows: Sequence[Counted], total: str, least: int) -> frozenset[str]:
    """What is kept back of a list of counts of pupils that stands alone: the others are parts of `total`."""
    parts = tuple(row.key for row in rows if row.key != total)
    return kept_back({row.key: row.number for row in rows}, [Sum(total, parts)], least=least)


def counted(
    title: str, heading: str, rows: Sequence[Counted], *, kept: Collection[Hashable] | None = None, notes: tuple[str, ...] = ()
) -> Block:
    """A list of counts. `kept`, for publishing: the keys of those that are kept back."""
    hidden: Hidden | None = None if kept is None else {(key, _NUMBER) for key in kept}
    table: Table[Counted] = Table(
        "counts",
        title,
        (
            Column("what", heading, lambda row: row.what),
            Column("number", "Number", lambda row: row.number, Kind.COUNT, counts=_NUMBER),
        ),
        key=lambda row: row.key,
    )
    return Block(title, table, rows, hidden, notes)
