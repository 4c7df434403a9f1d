"""A row for each pupil and week, its marks in one string: Monday morning, Monday afternoon and so on to Sunday.

Seen in a council's own extract: the weekend left off (10 characters), or closures at the end cut off (11 to 13 ending
in #). A string of any other length has lost something, and nobody can say which sessions are missing.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import reduce

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from attendance.codes import BLANK
from attendance.imports.cells import CLOSED, UNKNOWN, Cells, Codes, Findings, all_different
from attendance.imports.parsed import Weeks
from attendance.imports.sheet import Sheet, understood
from attendance.imports.values import WEEKDAYS, Bad, long_day, read_date, show, tidy

FULL, WEEKDAYS_ONLY = 14, 10
_NOTHING, _CLOSED = ord("-"), ord("#")
_SILENT = frozenset(map(ord, "-_ "))
_LAST_OF_ASCII = 127
_SPACE = np.array([chr(point).isspace() for point in range(128)])
_AROUND = _SPACE | np.isin(np.arange(128), [ord("'"), ord("=")])  # what a spreadsheet puts before a text


@dataclass(frozen=True)
class Laid:
    """Rows whose week can be read: its first day, and 14 characters as code points, "-" where nothing is said."""

    row: NDArray[np.int64]
    start: NDArray[np.datetime64]
    points: NDArray[np.uint8] | NDArray[np.uint32]  # the first where all is ASCII and as long as it should be


def lay(sheet: Sheet, findings: Findings) -> Laid:
    first_day = sheet.mapping.first_day
    starts, start = understood(sheet, "week_start", lambda text: _read_start(text, first_day), findings)
    column = sheet.table.columns[sheet.mapping.columns["week_marks"]]
    whole = _whole(column)
    rows, points = (np.arange(len(column)), whole) if whole is not None else _points(column, sheet, findings)
    known = np.array([day is not None for day in starts], bool)
    if not known.all():
        rows, points = rows[known[start[rows]]], points[known[start[rows]]]
    return Laid(rows, np.array(starts, "datetime64[D]")[start[rows]], points)


def single(laid: Laid) -> Cells:
    """The marks of the weeks one by one."""
    points = laid.points
    speaks = (points != _NOTHING) & (points != ord("_")) & (points != ord(" "))
    a_row = np.count_nonzero(speaks, axis=1)
    said = points[speaks]
    place = np.broadcast_to(np.arange(FULL), points.shape)[speaks]
    characters = np.flatnonzero(np.bincount(said)) if said.size else np.zeros(0, np.int64)
    number = np.zeros(int(characters.max(initial=0)) + 1, np.int64)
    number[characters] = np.arange(len(characters))
    return Cells(
        row=np.repeat(laid.row, a_row),
        date=np.repeat(laid.start, a_row) + (place >> 1),
        pm=(place & 1).astype(bool),
        mark=number[said],
        place=place,
        texts=[chr(character) for character in characters],
    )


def judge_whole(laid: Laid, known: Codes, who: NDArray[np.int64], today: dt.date) -> tuple[Weeks, dict[str, int], int] | None:
    """The weeks as they stand, how often each mark was seen, and how many closures lie ahead. `who` numbers the pupil, by row.

    None where anything has to be said of a mark by itself: a code that is unknown or not in use, a mark in the future, a week
    that comes twice. Says the same as `cells.judge` and `cells.said_once` of every file that it takes.
    """
    if laid.points.dtype != np.uint8 or not len(laid.row):
        return None
    counts = np.bincount(laid.points.reshape(-1), minlength=256)
    texts = {point: chr(point) for point in np.flatnonzero(counts).tolist() if point not in _SILENT}
    table = np.full(256, BLANK, np.uint8)
    for point, text in texts.items():
        table[point] = known.byte(text)
    if UNKNOWN in table:
        return None
    byte, ahead = table[laid.points], 0
    come = 2 * ((np.datetime64(today) - laid.start).astype(np.int64) + 1)  # sessions of the week until tonight
    if come.min() < FULL:
        later = np.arange(FULL) >= come[:, None]
        ahead = int(np.count_nonzero(later & (byte == CLOSED)))
        if np.count_nonzero(later & (byte != BLANK)) > ahead:
            return None
        byte[later] = BLANK
    speaks = reduce(np.bitwise_or, byte.T) != BLANK  # a place at a time: rows are short
    weeks = Weeks(laid.row, laid.start, byte)
    weeks = weeks if speaks.all() else weeks.only(speaks)
    if not len(weeks.row) or not known.all_in_use(table[list(texts)], np.array([weeks.first, weeks.last])):
        return None
    days = weeks.start.astype(np.int64)
    if not all_different(who[weeks.row] * (int(days.max() - days.min()) + 1) + days - days.min()):
        return None
    return weeks, {tidy(text): int(counts[point]) for point, text in texts.items() if table[point] != BLANK}, ahead


def describe(place: int, day: dt.date) -> str:
    return f"{WEEKDAYS[day.weekday()]} {'PM' if place % 2 else 'AM'}, {long_day(day)}: "


def _read_start(text: str, first_day: int) -> dt.date:
    day = read_date(text)
    if day.weekday() != first_day:
        raise Bad(f"“{show(text.strip())}” is a {WEEKDAYS[day.weekday()]}, and the weeks of this file start on a {WEEKDAYS[first_day]}.")
    return day


def places(length: int, first_day: int) -> list[int]:
    """Which of the week's 14 places a string's characters stand for: without a weekend, only the other days'."""
    if length == WEEKDAYS_ONLY:
        return [2 * n + half for n in range(7) if (first_day + n) % 7 < 5 for half in (0, 1)]
    return list(range(length))


def cut(text: str) -> str:
    """The string of marks in a cell. Spaces may be marks not made, so none is taken off a string that is right with them."""
    if len(text) == FULL and tidy(text) == text.strip():
        return text
    return tidy(text)


def length_is_right(text: str) -> bool:
    return len(text) in (FULL, WEEKDAYS_ONLY) or (WEEKDAYS_ONLY < len(text) < FULL and text.endswith("#"))


def _whole(column: pa.StringArray) -> NDArray[np.uint8] | None:
    """The characters of a column in which every text is a full week in ASCII and nothing stands around any; else None."""
    offsets = np.frombuffer(column.buffers()[1], np.int32)[column.offset : column.offset + len(column) + 1]
    if not len(column) or (np.diff(offsets) != FULL).any():
        return None
    content = np.frombuffer(column.buffers()[2], np.uint8)
    characters = content[offsets[0] : offsets[-1]].reshape(len(column), FULL)
    odd = characters.max() > _LAST_OF_ASCII or _AROUND[characters[:, 0]].any() or _SPACE[characters[:, -1]].any()
    return None if odd else characters


def _points(column: pa.StringArray, sheet: Sheet, findings: Findings) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Rows whose string can be read, and their 14 characters as code points, "-" where nothing is said."""
    points = np.full((len(column), FULL), _NOTHING, np.uint32)
    plain = np.asarray(pc.and_(pc.string_is_ascii(column), pc.invert(pc.match_substring_regex(column, r"^['=]|^\s|\s$"))))
    lengths = np.asarray(pc.binary_length(column)).astype(np.int64)
    offsets = np.frombuffer(column.buffers()[1], np.int32)[column.offset : column.offset + len(column)].astype(np.int64)
    content = np.frombuffer(column.buffers()[2] or b"", np.uint8)
    done = lengths == 0
    for length in range(WEEKDAYS_ONLY, FULL + 1):
        rows = np.flatnonzero(plain & (lengths == length))
        characters = content[offsets[rows, None] + np.arange(length)] if rows.size else np.zeros((0, length), np.uint8)
        if WEEKDAYS_ONLY < length < FULL:
            closed = characters[:, -1] == ord("#")
            rows, characters = rows[closed], characters[closed]
            points[rows[:, None], range(length, FULL)] = _CLOSED
        points[rows[:, None], places(length, sheet.mapping.first_day)] = characters
        done[rows] = True
    for row in np.flatnonzero(~done):
        done[row] = _one_by_one(row, column[int(row)].as_py(), points, sheet, findings)
    return np.flatnonzero(done), points[done]


def _one_by_one(row: int, sent: str, points: NDArray[np.uint32], sheet: Sheet, findings: Findings) -> bool:
    text = cut(sent)
    if text in ("", "-", "_"):
        return True
    if length_is_right(text):
        if WEEKDAYS_ONLY < len(text) < FULL:
            points[row, len(text) :] = _CLOSED
        points[row, places(len(text), sheet.mapping.first_day)] = [ord(character) for character in text]
        return True
    findings.add(row, sheet.heading("week_marks"), sent, _what_was_found(text), whole_row=True)
    return False


def _what_was_found(text: str) -> str:
    found = f"This week has {len(text)} characters, “{show(text)}”, so it cannot be said which session each belongs to. "
    wanted = (
        "A week has 14 (Monday AM to Sunday PM), 10 if the weekend is left off, or 11 to 13 ending in # if closures at the end "
        "were cut off."
    )
    if len(text) > FULL:
        wanted += " Codes of two characters, such as C2 or Y1, cannot stand in a week: use a character of your own and map it."
    return found + wanted
