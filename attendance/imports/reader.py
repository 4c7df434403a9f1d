"""From bytes to a table of texts: encoding, delimiter, quotation marks, line numbers. No meaning yet.

Arrow's CSV reader does the work where every row is as long as the others and quotation marks stand where RFC 4180 puts
them, which is checked first on the bytes; anything else goes through the standard library's reader, row by row.
"""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import csv as arrow_csv

from attendance.imports import translate
from attendance.imports.foreign import HEAD
from attendance.imports.parsed import File, Source, Text, Unreadable

pa.set_memory_pool(pa.system_memory_pool())  # with Arrow's own it took half as long again to read a school's year

MAX_COLUMNS = 2_000  # a year of mornings and afternoons is 732
MAX_LINE = 1_000_000  # bytes
_CHUNK = 20_000  # rows held as Python strings at a time on the slow way
_QUOTE, _NEWLINE, _RETURN = ord('"'), ord("\n"), ord("\r")

_SAVE_AS_CSV = "Open it in your spreadsheet program, choose Save as, then CSV, and send that file."
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "This is a PDF document, not a register. Export the marks as CSV or as a workbook from your school's system."),
    (b"\x1f\x8b", "This is a compressed file, not a register. Unpack it first."),
    (b"{\\rtf", f"This is a word processor's document, not a register. {_SAVE_AS_CSV}"),
    (b"\x89PNG", "This is a picture, not a register."),
    (b"\xff\xd8\xff", "This is a picture, not a register."),
    (b"SQLite format 3", "This is a database, not a register."),
)
_CODED = ("<?xml", "<!doctype", "<html", "<table", "<session", "<ctfile")


@dataclass(frozen=True)
class Table:
    """The rows under the headings that hold anything at all. A column a file does not reach is all ""."""

    lines: NDArray[np.int64]  # as a spreadsheet numbers them; of a translated file, as its sender would
    widths: NDArray[np.int64] | None  # cells in each row; None where all rows have `width`
    width: int  # of the headings
    columns: dict[int, pa.Array]
    overlong: NDArray[np.bool_]  # rows with something beyond the last heading
    refused: Dictionary[int, str] = field(default_factory=dict)  # row -> why its translator could not take it

    @property
    def rows(self) -> int:
        return len(self.lines)


# --- bytes to text ---------------------------------------------------------------------------------------------------


def load(source: Source, encoding: str = "") -> Text:
    """The text of any file that is read: one that is no text table is translated to one. Raises Unreadable."""
    if isinstance(source, Text):
        return source
    data = contents(source)
    translated = translate.translate(data)
    if translated is None:
        return decode(data, encoding)
    one, table = translated
    if not table.csv.strip():
        raise Unreadable("The file is empty.")
    return Text(table.csv, "utf-8", False, one.kind, one.unit, table.numbers, table.notes, table.refused, source)


def once(source: Source) -> Source:
    """The source, translated if it has to be: for whoever reads it several times. A text table is left where it is."""
    if isinstance(source, Text) or not is_foreign(source):
        return source
    return load(source)


def contents(source: File) -> bytes:
    return source if isinstance(source, bytes) else Path(source).read_bytes()


def is_foreign(source: File) -> bool:
    """Whether the file is to be translated, by its first bytes."""
    if isinstance(source, bytes):
        return translate.translator_of(source) is not None
    with Path(source).open("rb") as file:
        return translate.translator_of(file.read(HEAD)) is not None


def decode(data: bytes, encoding: str = "") -> Text:
    """The text of a file in `encoding` if that fits, else in what it appears to be."""
    for signature, sentence in _SIGNATURES:
        if data.startswith(signature):
            raise Unreadable(sentence)
    text = _decoded(data, encoding)
    if not text.utf8[:4096].strip() and not text.utf8.strip():
        raise Unreadable("The file is empty.")
    head = text.utf8[:4096].lstrip().lower()
    if head.startswith(tuple(start.encode() for start in _CODED)):
        raise Unreadable("This is an XML or web page file, and not SIMS session attendances. Export the marks as CSV or as a workbook.")
    if head[:1] == b"{" or head[:2] in (b"[{", b"[]"):
        raise Unreadable("This is a JSON file, and not SIF learner attendance. Export the marks as CSV or as a workbook.")
    if b"\0" in text.utf8 or _controls(text.utf8) > len(text.utf8) // 100 + 2:
        raise Unreadable("This is not a text file, or it was damaged on its way. Export it again as CSV.")
    longest = _longest_line(text.utf8)
    if longest > MAX_LINE:
        raise Unreadable(f"A line of this file is {longest:,} characters long: it is not a table of marks.")
    return text


def _decoded(data: bytes, encoding: str) -> Text:
    if data.startswith(b"\xef\xbb\xbf"):
        data, bom = data[3:], True
    elif data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _utf16(data, "utf-16", True)
    else:
        bom = False
        odd = data[1:2000:2]
        if len(odd) > 4 and odd.count(0) > 0.7 * len(odd) and data[:2000:2].count(0) == 0:
            return _utf16(data, "utf-16-le", False)
    if encoding in ("", "utf-8", "utf-8-sig") or bom:
        try:
            data.decode("utf-8") if not data.isascii() else None
            return Text(data, "utf-8", bom)
        except UnicodeDecodeError:
            pass
    # the five bytes that cp1252 leaves undefined become a sign that no code and no UPN holds
    return Text(data.decode("cp1252", errors="replace").encode(), "cp1252", bom)


def _utf16(data: bytes, encoding: str, bom: bool) -> Text:
    try:
        return Text(data.decode(encoding).encode(), encoding, bom)
    except (UnicodeDecodeError, UnicodeEncodeError):
        raise Unreadable("The file's text is damaged. Export it again, as CSV in UTF-8 if you can choose.") from None


def _controls(data: bytes) -> int:
    """How many control characters other than tab and line ends the first stretch of a file holds."""
    head = np.frombuffer(data[:65536], np.uint8)
    return int(((head < 32) & (head != 9) & (head != 10) & (head != 13)).sum())


# --- text to rows ----------------------------------------------------------------------------------------------------


def rows(text: Text, delimiter: str) -> Iterator[list[str]]:
    """Every row of the file, in order, as lists of cells; an empty line is an empty list."""
    wrapper = io.TextIOWrapper(io.BytesIO(text.utf8), encoding="utf-8", newline="")
    reader = csv.reader(wrapper, delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, row in enumerate(reader, start=1):  # noqa: B007 - needed when the reader fails
            yield row
    except csv.Error as error:
        raise Unreadable(_why_not(str(error), number + 1)) from None


def _why_not(error: str, line: int) -> str:
    if "field larger" in error or "unexpected end" in error:
        return f"A quotation mark in line {line} is opened and never closed, so the rest of the file cannot be told apart."
    return (
        f"Line {line} has a quotation mark in the middle of a quoted value, so it cannot be cut into columns. "
        "Inside quoted values a quotation mark is written twice."
    )


def first_rows(text: Text, delimiter: str, most: int) -> tuple[list[list[str]], Unreadable | None]:
    """The first rows, and what stopped the reading if it was not their number."""
    got: list[list[str]] = []
    try:
        for row in itertools.islice(rows(text, delimiter), most):
            got.append(row)
    except Unreadable as error:
        return got, error
    return got, None


def _longest_line(data: bytes) -> int:
    if len(data) <= MAX_LINE:
        return 0
    ends = _breaks(data)
    return int(np.diff(np.concatenate(([0], ends, [len(data)]))).max())


def _breaks(data: bytes) -> NDArray[np.int64]:
    array = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(array == _NEWLINE)
    return ends if ends.size else np.flatnonzero(array == _RETURN)


def read(text: Text, delimiter: str, first: int, width: int, wanted: Sequence[int]) -> Table:
    """The rows from line `first` on; of them, the columns `wanted`. `width` is that of the headings."""
    if width > MAX_COLUMNS:
        raise Unreadable(f"The file has {width:,} columns. A table of marks has at most {MAX_COLUMNS:,}.")
    table = _read_fast(text, delimiter, first, width, wanted) or _read_slowly(text, delimiter, first, width, wanted)
    if text.numbers is None:
        return table
    places = {int(line): row for row, line in enumerate(table.lines)} if text.refused else {}
    refused = {places[line]: reason for line, reason in text.refused.items() if line in places}
    return replace(table, lines=text.numbers[table.lines - 1], refused=refused)


def _record_ends(data: bytes, delimiter: str) -> tuple[NDArray[np.int64], bool, bool] | None:
    """Where each row ends; whether any value is quoted; whether any holds a line end. None if only the slow way can say."""
    array = np.frombuffer(data, np.uint8)
    if b"\r" in data and data.count(b"\r") != data.count(b"\r\n"):
        return None
    ends = np.flatnonzero(array == _NEWLINE)
    quotes, inside = np.zeros(0, np.int64), False
    if b'"' in data:
        quotes = np.flatnonzero(array == _QUOTE)
        if quotes.size % 2 or not _quotes_in_place(array, quotes, ord(delimiter)):
            return None
        open_before = np.searchsorted(quotes, ends) % 2 == 1
        inside = bool(open_before.any())
        ends = ends[~open_before]
    if not data.endswith(b"\n"):
        ends = np.append(ends, len(data))
    return ends, bool(quotes.size), inside


def _quotes_in_place(array: NDArray[np.uint8], quotes: NDArray[np.int64], delimiter: int) -> bool:
    """Whether every quotation mark opens a value at its start or closes it at its end (or is doubled within it)."""
    opening, closing = quotes[::2], quotes[1::2]
    before = np.where(opening > 0, array[np.maximum(opening - 1, 0)], _NEWLINE)
    last = len(array) - 1
    after = np.where(closing < last, array[np.minimum(closing + 1, last)], _NEWLINE)
    ok_before = (before == delimiter) | (before == _NEWLINE) | (before == _QUOTE)
    ok_after = (after == delimiter) | (after == _NEWLINE) | (after == _RETURN) | (after == _QUOTE)
    return bool(ok_before.all() and ok_after.all())


def _read_fast(text: Text, delimiter: str, first: int, width: int, wanted: Sequence[int]) -> Table | None:
    structure = _record_ends(text.utf8, delimiter)
    if structure is None:
        return None
    ends, quoted, newlines_in_values = structure
    starts = np.concatenate(([0], ends[:-1] + 1))
    lengths = ends - starts
    array = np.frombuffer(text.utf8, np.uint8)
    lengths -= (lengths > 0) & (array[np.maximum(ends - 1, 0)] == _RETURN)
    numbers = np.flatnonzero(lengths > 0) + 1
    numbers = numbers[numbers >= first]
    if not numbers.size:
        return Table(numbers, None, width, {column: _blanks(0) for column in wanted}, np.zeros(0, bool))
    start, end = int(starts[numbers[0] - 1]), int(ends[numbers[0] - 1])
    body = memoryview(text.utf8)[start:]
    reach = len(next(csv.reader([text.utf8[start:end].decode()], delimiter=delimiter)))
    if reach > MAX_COLUMNS:
        return None
    table = _arrow(body, delimiter, quoted, newlines_in_values, [*wanted, *range(width, reach)])
    if table is None or table.num_rows != len(numbers):
        return None
    got = {column: _column(table, column) for column in wanted}
    if _any_blank_row(got.values()):
        return None  # whether the rest of such a row is blank too takes a closer look
    overlong = np.zeros(len(numbers), bool)
    for column in range(width, reach):
        overlong |= _has_text(_column(table, column))
    widths = None if reach >= width else np.full(len(numbers), reach, np.int64)
    return Table(numbers, widths, width, got, overlong)


def _arrow(body: memoryview, delimiter: str, quoted: bool, newlines: bool, wanted: Sequence[int]) -> pa.Table | None:
    """Columns as texts, by Arrow; None where rows are not all of one length."""
    names = [f"f{column}" for column in wanted]
    try:
        return arrow_csv.read_csv(
            pa.BufferReader(pa.py_buffer(body)),
            # one thread: workers are forked, and there are several of them
            read_options=arrow_csv.ReadOptions(use_threads=False, autogenerate_column_names=True, block_size=8 << 20),
            parse_options=arrow_csv.ParseOptions(delimiter=delimiter, quote_char='"' if quoted else False, newlines_in_values=newlines),
            convert_options=arrow_csv.ConvertOptions(
                check_utf8=False,
                strings_can_be_null=False,
                column_types={name: pa.string() for name in names},
                include_columns=names,
                include_missing_columns=True,
            ),
        )
    except pa.ArrowInvalid:
        return None


def _column(table: pa.Table, column: int) -> pa.StringArray:
    joined = table.column(f"f{column}").combine_chunks()
    return joined.fill_null("") if joined.null_count else joined  # null where it lies beyond the end of the rows


def _blanks(rows: int) -> pa.StringArray:
    return pa.repeat("", rows)


def _has_text(column: pa.StringArray) -> NDArray[np.bool_]:
    return np.asarray(pc.not_equal(pc.utf8_trim_whitespace(column), ""))


def _any_blank_row(columns: Iterable[pa.StringArray]) -> bool:
    blank: NDArray[np.bool_] | None = None
    for column in columns:
        blank = ~_has_text(column) if blank is None else blank & ~_has_text(column)
        if not blank.any():
            return False
    return blank is not None


def _read_slowly(text: Text, delimiter: str, first: int, width: int, wanted: Sequence[int]) -> Table:
    lines: list[int] = []
    widths: list[int] = []
    overlong: list[bool] = []
    held: dict[int, list[str]] = {column: [] for column in wanted}
    chunks: dict[int, list[pa.StringArray]] = {column: [] for column in wanted}
    for number, row in enumerate(rows(text, delimiter), start=1):
        if number < first or not any(map(str.strip, row)):
            continue
        lines.append(number)
        widths.append(len(row))
        overlong.append(len(row) > width and any(map(str.strip, row[width:])))
        for column, cells in held.items():
            cells.append(row[column] if column < len(row) else "")
        if len(lines) % _CHUNK == 0:
            _put_away(held, chunks)
    _put_away(held, chunks)
    return Table(
        np.array(lines, np.int64),
        np.array(widths, np.int64),
        width,
        {column: pa.concat_arrays(parts) for column, parts in chunks.items()},
        np.array(overlong, bool),
    )


def _put_away(held: dict[int, list[str]], chunks: dict[int, list[pa.StringArray]]) -> None:
    for column, cells in held.items():
        chunks[column].append(pa.array(cells, pa.string()))
        cells.clear()


# --- rows to different values ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Distinct:
    """A column as its different texts and, for each row, which of them it holds: each is understood once."""

    texts: list[str]
    index: NDArray[np.int64]

    def take(self, values: Sequence[object]) -> NDArray[np.object_]:
        """A value for each row, given one for each text."""
        table = np.empty(len(values), object)
        table[:] = values
        return table[self.index]


def distinct(column: pa.StringArray) -> Distinct:
    encoded = column.dictionary_encode()
    return Distinct(encoded.dictionary.to_pylist(), encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64))
