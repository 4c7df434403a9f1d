"""Marks written to a file in any layout and read again are the same marks: nothing added, lost or moved."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance import codes
from attendance.imports.parse import parse
from attendance.imports.parsed import Parsed
from attendance.imports.rejects import rejected_file
from attendance.imports.sniff import sniff
from tests.imports import books, writers
from tests.imports.writers import Register, upn

TODAY = dt.date(2026, 7, 31)
FIRST = dt.date(2023, 9, 1)  # either side of the change of codes on 19 August 2024
# a week string has one character a session, so a code of two needs a sign of the school's own
SIGNS = dict(zip([code.code for code in codes.CODES if len(code.code) == 2], ";(]{}^+=)[", strict=True))


@st.composite
def registers(draw: st.DrawFn, unknown: tuple[str, ...] = ()) -> Register:
    sessions = draw(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 1_000), st.booleans()), min_size=1, max_size=40, unique=True))
    register: Register = {}
    for pupil, days, pm in sessions:
        day = FIRST + dt.timedelta(days=days)
        valid = [code.code for code in codes.CODES if codes.find(code.code, day)]
        register[upn(pupil), day, pm] = draw(st.sampled_from([*valid, *unknown]))
    return register


def register_of(parsed: Parsed) -> Register:
    return {
        (parsed.upn[row], day.item(), bool(pm)): codes.BY_BYTE[int(byte)].code
        for row, day, pm, byte in zip(parsed.cell_row, parsed.cell_date, parsed.cell_pm, parsed.cell_byte, strict=True)
    }


def through(data: bytes, aliases: dict[str, str]) -> Parsed:
    mapping = sniff(data).mapping
    assert mapping is not None
    return parse(data, type(mapping)(**{**mapping.to_json(), "aliases": aliases}), today=TODAY)


FORMS = st.fixed_dictionaries(
    {
        "delimiter": st.sampled_from([",", ";", "\t", "|"]),
        "quoting": st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
        "ending": st.sampled_from(["\n", "\r\n"]),
    }
)
LAYOUTS = ["sessions", "days", "dates", "dates_two_lines", "weeks"]


def rows_of(layout: str, register: Register) -> list[list[str]]:
    return writers.weeks(register, SIGNS) if layout == "weeks" else getattr(writers, layout)(register)


QUICK = settings(max_examples=25, deadline=None, derandomize=True)
MANY = settings(max_examples=1_000, deadline=None)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"])
# the register, the file's form and its encoding
good = given(register=registers(), form=FORMS, encoding=ENCODINGS)
flawed = given(register=registers(unknown=("?", "!")), form=FORMS)


@pytest.mark.parametrize("layout", LAYOUTS)
@QUICK
@good
def test_what_is_written_is_read(layout: str, register: Register, form: dict[str, Any], encoding: str) -> None:
    reads_as_written(layout, register, form, encoding)


@pytest.mark.long
@pytest.mark.parametrize("layout", LAYOUTS)
@MANY
@good
def test_what_is_written_is_read_many_times(layout: str, register: Register, form: dict[str, Any], encoding: str) -> None:
    reads_as_written(layout, register, form, encoding)


@pytest.mark.parametrize("layout", LAYOUTS)
@QUICK
@flawed
def test_a_load_and_its_corrected_rejects_are_the_whole(layout: str, register: Register, form: dict[str, Any]) -> None:
    completes(layout, register, form)


@pytest.mark.long
@pytest.mark.parametrize("layout", LAYOUTS)
@MANY
@flawed
def test_a_load_and_its_corrected_rejects_are_the_whole_many_times(layout: str, register: Register, form: dict[str, Any]) -> None:
    completes(layout, register, form)


def reads_as_written(layout: str, register: Register, form: dict[str, Any], encoding: str) -> None:
    data = writers.table(rows_of(layout, register), **form)
    parsed = through(data.decode().encode(encoding), {sign: code for code, sign in SIGNS.items()})
    assert parsed.problems == []
    assert all("right way round" in question for question in parsed.questions)
    assert register_of(parsed) == register


def completes(layout: str, register: Register, form: dict[str, Any]) -> None:
    """Good marks at once, the rest through the returned file: together, all that was meant, and nothing told twice."""
    aliases = {sign: code for code, sign in SIGNS.items()}
    data = writers.table(rows_of(layout, register), **form)
    parsed = through(data, aliases)
    meant = {key: {"?": "I", "!": "O"}.get(mark, mark) for key, mark in register.items()}
    taken = register_of(parsed)
    assert taken.items() <= meant.items()
    if layout in ("weeks", "dates", "dates_two_lines"):
        assert set(register) - set(taken) == {key for key, mark in register.items() if mark in "?!"}
    mapping = sniff(data).mapping
    assert mapping is not None
    if not parsed.problems:
        assert taken == meant
        return
    returned = rejected_file(data, mapping, parsed.problems)
    head, body = returned.split(b"\n", 1)
    rows = list(csv.reader(body.decode().splitlines(), delimiter=mapping.delimiter))
    corrected = [[cell if "not an attendance code" in cell else cell.replace("?", "I").replace("!", "O") for cell in row] for row in rows]
    second = through(head + b"\n" + writers.table(corrected, delimiter=mapping.delimiter), aliases)
    assert second.problems == []
    assert not set(register_of(second)) & set(taken)
    assert taken | register_of(second) == meant


# --- workbooks and other programs' records ----------------------------------------------------------------------------

FORMATS: dict[str, Callable[[Register], bytes]] = {
    "xlsx of sessions": lambda register: books.xlsx(rows_of("sessions", register)),
    "xlsx of dates in two lines": lambda register: books.xlsx(rows_of("dates_two_lines", register)),
    "xlsx of weeks": lambda register: books.xlsx(rows_of("weeks", register)),
    "ods of days": lambda register: books.ods(rows_of("days", register)),
    "sims": books.sims,
    "sims with a list of persons": lambda register: books.sims(register, listed=True, encoding="utf-8"),
    "sif": books.sif,
    "sif with an object a line": lambda register: books.sif(register, lines=True),
    "sif with the UPN inside": lambda register: books.sif(register, inside=True),
}
FEW = settings(max_examples=6, deadline=None, derandomize=True)  # a workbook is read by a process of its own


@pytest.mark.parametrize("form", FORMATS)
@FEW
@given(register=registers())
def test_what_is_written_in_any_format_is_read(form: str, register: Register) -> None:
    parsed = through(FORMATS[form](register), {sign: code for code, sign in SIGNS.items()})
    assert parsed.problems == []
    assert register_of(parsed) == register


@pytest.mark.parametrize("form", FORMATS)
@FEW
@given(register=registers(unknown=("?", "!")))
def test_a_load_and_its_corrected_rejects_are_the_whole_in_any_format(form: str, register: Register) -> None:
    completes_in_its_own_shape(form, register)


@pytest.mark.long
@pytest.mark.parametrize("form", FORMATS)
@settings(max_examples=100, deadline=None)
@given(register=registers(unknown=("?", "!")))
def test_a_load_and_its_corrected_rejects_are_the_whole_in_any_format_many_times(form: str, register: Register) -> None:
    completes_in_its_own_shape(form, register)


def completes_in_its_own_shape(form: str, register: Register) -> None:
    """Good marks at once, the rest through the returned file, corrected in the format in which it was sent."""
    aliases = {sign: code for code, sign in SIGNS.items()}
    data = FORMATS[form](register)
    parsed = through(data, aliases)
    meant = {key: {"?": "I", "!": "O"}.get(mark, mark) for key, mark in register.items()}
    taken = register_of(parsed)
    assert taken.items() <= meant.items()
    if not parsed.problems:
        assert taken == meant
        return
    mapping = sniff(data).mapping
    assert mapping is not None
    returned = rejected_file(data, mapping, parsed.problems)
    again = sniff(returned).mapping
    assert again is not None
    assert again.kind == mapping.kind, "in the shape in which it was sent"
    unchanged = through(returned, aliases)
    assert unchanged.rows_rejected == parsed.rows_rejected, "nothing was corrected: all of it comes back, and nothing else"
    second = through(corrected(returned, again.kind), aliases)
    assert second.problems == []
    assert not set(register_of(second)) & set(taken)
    assert taken | register_of(second) == meant


def corrected(returned: bytes, kind: str) -> bytes:
    """What a person does with the file: the right marks in place of the wrong ones, whatever the reasons say."""
    if kind == "workbook":
        book = openpyxl.load_workbook(io.BytesIO(returned))
        assert book.active is not None
        for row in book.active.iter_rows():
            for cell in row:
                if cell.value is not None and "not an attendance code" not in str(cell.value):
                    cell.value = str(cell.value).replace("?", "I").replace("!", "O")
                    cell.data_type = "s"
        return books.saved(book)
    text = returned.decode()
    for wrong, right in (("?", "I"), ("!", "O")):
        text = text.replace(f"<AttendanceMark>{wrong}<", f"<AttendanceMark>{right}<")
        text = text.replace(f'"AttendanceCode": "{wrong}"', f'"AttendanceCode": "{right}"')
    return text.encode()
