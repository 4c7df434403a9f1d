"""What a translator is: it makes a table of texts, under headings that are recognised, of a file that is no text table.

Sniffing, previewing, parsing, loading and returning rows then go the one way for every format (attendance.imports.translate
lists the translators). A translator is a pure function of the bytes: the same file gives the same table for ever, because a
load that was interrupted, retried or previewed reads its bytes anew.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from attendance.imports.parsed import Problem, Unreadable

REASON = "Reason"  # heading, element or key of what says why a row came back
HEAD = 64 * 1024  # bytes by which a file's format is recognised
MAX_ROWS = 2_000_000  # of a translated table: a year of sessions of 5,000 pupils
MAX_TEXT = 256 * 1024 * 1024  # characters of a translated table, so that no small file grows without bound
_ONE_LINE = str.maketrans({"\r": " ", "\n": " ", "\v": " ", "\f": " ", "\0": "", "\x85": " ", "\u2028": " ", "\u2029": " "})


@dataclass(frozen=True)
class Table:
    """A file as rows of texts: perhaps titles, then headings, then what stands below them.

    `numbers` is what the sender would call each row (the row of a workbook, the position of a record from 1; 0 for headings
    that the file itself does not have). Several rows may share a number where one record says several things.
    """

    csv: bytes  # UTF-8, commas; one line a row
    numbers: NDArray[np.int64]
    notes: tuple[str, ...] = ()  # sentences: what was chosen or left out
    refused: Mapping[int, str] = field(default_factory=dict)  # line of the table, from 1 -> why that row cannot be taken at all

    @classmethod
    def of(
        cls, numbered: Iterable[tuple[int, Sequence[str]]], notes: Iterable[str] = (), refused: Mapping[int, str] | None = None
    ) -> Table:
        """The rows as (number, cells). Raises Unreadable if they are too many."""
        out, numbers = io.StringIO(newline=""), []
        writer = csv.writer(out, lineterminator="\n")
        for number, cells in numbered:
            if len(numbers) > MAX_ROWS or out.tell() > MAX_TEXT:
                raise Unreadable("This file is too long to be read at once. Send it in parts, for example a term at a time.")
            numbers.append(number)
            writer.writerow([cell.translate(_ONE_LINE) for cell in cells] if any(cells) else [])
        return cls(out.getvalue().encode("utf-8", "replace"), np.array(numbers, np.int64), tuple(notes), refused or {})

    @classmethod
    def of_records(cls, headings: Sequence[str], records: Iterable[Sequence[str]], notes: Iterable[str] = ()) -> Table:
        """One row a record, each called by its position from 1."""

        def numbered() -> Iterator[tuple[int, Sequence[str]]]:
            yield 0, headings
            yield from enumerate(records, start=1)

        return cls.of(numbered(), notes)


@dataclass(frozen=True)
class Rejects:
    """What goes back to the sender, for a translator to put in the shape of its format."""

    original: bytes
    rows: Iterator[list[str]]  # headings as sent and each row to correct, its reason in one more column
    problems: Mapping[int, list[Problem]]  # by number
    reasons: Mapping[int, str]  # by number: all its problems, as plain text


@dataclass(frozen=True)
class Translator:
    """A format that is no text table.

    `recognise` is asked with the first `HEAD` bytes; of the list, the first that says yes is taken. `to_table` may raise
    Unreadable, with a sentence for the sender. Without `returned`, rejected rows go back as CSV of the translated table.
    """

    kind: str  # kept in the mapping
    recognise: Callable[[bytes], bool]
    to_table: Callable[[bytes], Table]
    unit: str = "record"  # what `numbers` count: "row" or "record"
    content_types: dict[str, str] = field(default_factory=dict)  # how names of such files end, with the dot -> media type
    returned: Callable[[Rejects], bytes] | None = None
    returned_suffix: str = ".csv"


def beginning(head: bytes) -> str:
    """The head of a text file without byte-order mark and leading white space, for `recognise` to look at."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if head.startswith(mark):
            return head[len(mark) :].decode(encoding, "replace").lstrip()
    return head.decode("latin-1").lstrip()
