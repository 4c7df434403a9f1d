"""The file that goes back to the school: same shape, reasons beside, and what is loaded once it is corrected."""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import replace

import pytest

from attendance.imports.parse import parse
from attendance.imports.parsed import Mapping, Parsed
from attendance.imports.rejects import guarded, rejected_file
from attendance.imports.sniff import sniff
from tests.imports.test_parse_examples import marks
from tests.imports.writers import upn

TODAY = dt.date(2025, 10, 1)
ONE, TWO, THREE = upn(1), upn(2), upn(3)


def first(data: bytes, **changes: object) -> tuple[Mapping, Parsed, bytes]:
    mapping = sniff(data).mapping
    assert mapping is not None
    mapping = replace(mapping, **changes)  # type: ignore[arg-type]
    parsed = parse(data, mapping, today=TODAY)
    return mapping, parsed, rejected_file(data, mapping, parsed.problems)


def again(returned: bytes, **changes: object) -> Parsed:
    found = sniff(returned)
    assert found.mapping is not None, found.message
    return parse(returned, replace(found.mapping, **changes), today=TODAY)  # type: ignore[arg-type]


def cells(data: bytes, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def test_rejected_rows_come_back_as_sent_with_a_reason() -> None:
    data = (
        "URN,UPN,Surname,Date,Session,Mark,Comment\r\n"
        f'999001,{ONE},"O""Dell, A",22/09/2025,AM,?,"two\r\nlines"\r\n'
        f"999001,{ONE},x,22/09/2025,PM,/,\r\n"
        f"0999001,{TWO},x, 22/09/2025 ,am,Z9,\r\n"
    ).encode()
    _, _, returned = first(data)
    rows = cells(returned)
    assert rows[0] == ["URN", "UPN", "Surname", "Date", "Session", "Mark", "Comment", "Reason"]
    assert [row[:7] for row in rows[1:]] == [cells(data)[1], cells(data)[3]]
    assert "not an attendance code" in rows[1][7]
    assert b"\r\n" in returned


def test_the_corrected_file_completes_the_load() -> None:
    data = f"UPN,Date,Session,Mark\n{ONE},22/09/2025,AM,?\n{ONE},22/09/2025,PM,/\n{TWO},22/09/2025,AM,!\n".encode()
    _, parsed, returned = first(data)
    corrected = again(returned.replace(b"AM,?", b"AM,I").replace(b"AM,!", b"AM,O"))
    assert corrected.problems == []
    assert marks(parsed) | marks(corrected) == {ONE: {"2025-09-22 AM": "I"}, TWO: {"2025-09-22 AM": "O"}}
    without = "\n".join(",".join(row[:-1]) for row in cells(returned.replace(b"?", b"I").replace(b"!", b"O"))).encode()
    assert marks(again(without)) == marks(corrected)


def test_a_week_comes_back_with_its_bad_marks_alone() -> None:
    data = (
        "UPN,WeekStart,WeekMarks\n"
        f"{ONE},22/09/2025,/\\?\\/\\!\\OO####\n{TWO},22/09/2025,/\\/\\/\\/\\/\\\n{THREE},22/09/2025,?\\/\\/\\/\\/\\\n"
    ).encode()
    _, parsed, returned = first(data)
    rows = cells(returned)
    assert [row[2] for row in rows[1:]] == ["__?___!_______", "?_________"]
    corrected = again(returned.replace(b"__?___!___", b"__I___L___").replace(b"?____", b"C____"))
    assert corrected.problems == []
    assert marks(corrected) == {ONE: {"2025-09-23 AM": "I", "2025-09-25 AM": "L"}, THREE: {"2025-09-22 AM": "C"}}
    together = marks(parsed)[ONE] | marks(corrected)[ONE]
    assert len(together) == 14


def test_a_week_that_starts_on_sunday_without_its_weekend_keeps_its_places() -> None:
    data = f"UPN,WeekStart,WeekMarks\n{ONE},21/09/2025,/\\/?/\\/\\/\\\n".encode()
    _, _, returned = first(data, first_day=6)
    assert cells(returned)[1][2] == "___?______"
    assert marks(again(returned.replace(b"?", b"I"), first_day=6)) == {ONE: {"2025-09-23 PM": "I"}}


def test_a_rejected_week_row_comes_back_whole_even_if_it_has_bad_marks_too() -> None:
    data = f"UPN,WeekStart,WeekMarks\nnobody,22/09/2025,/\\?\\/\\/\\/\\\n{TWO},22/09/2025,/\\/\\/\\/\\/\\\n".encode()
    _, _, returned = first(data)
    row = cells(returned)[1]
    assert row[:3] == ["nobody", "22/09/2025", "/\\?\\/\\/\\/\\"]
    assert "not a UPN" in row[3]
    assert "not an attendance code" in row[3]


def test_a_wide_row_comes_back_with_its_bad_marks_alone() -> None:
    data = (
        "Title line\n,,Mon 22 Sep 2025,,Tue 23 Sep 2025,,\nName,UPN,AM,PM,AM,PM,Possible\n"
        f'"Ferndale, O",{ONE},/,?,I,!,4\n"Quarrie, J",{TWO},/,/,/,/,4\n'
    ).encode()
    _, parsed, returned = first(data)
    rows = cells(returned)
    assert rows[:2] == [["Title line"], ["", "", "Mon 22 Sep 2025", "", "Tue 23 Sep 2025", "", ""]]
    assert rows[2] == ["Name", "UPN", "AM", "PM", "AM", "PM", "Possible", "Reason"]
    assert rows[3][:7] == ["Ferndale, O", ONE, "", "?", "", "!", "4"]
    assert len(rows) == 4
    corrected = again(returned.replace(b",?,", b",U,").replace(b",!,", b",O,"))
    assert corrected.problems == []
    assert marks(parsed)[ONE] | marks(corrected)[ONE] == {
        "2025-09-22 AM": "/", "2025-09-22 PM": "U", "2025-09-23 AM": "I", "2025-09-23 PM": "O",
    }  # fmt: skip


def test_a_file_returned_twice_has_one_column_of_reasons() -> None:
    data = f"UPN,Date,Session,Mark\n{ONE},22/09/2025,AM,?\n".encode()
    _, _, once = first(data)
    _, _, twice = first(once)
    assert cells(twice) == cells(once)


def test_a_row_too_long_loses_nothing() -> None:
    data = f"Name,UPN,Date,Session,Mark\nFerndale, O,{ONE},22/09/2025,AM,/\n{'x'},{TWO},22/09/2025,AM,/\n".encode()
    _, _, returned = first(data)
    row = cells(returned)[1]
    assert [*row[:5], row[6]] == ["Ferndale", " O", ONE, "22/09/2025", "AM", "/"]
    assert again(returned).rows_rejected == 1, "nothing was corrected: it is rejected again"


@pytest.mark.parametrize(
    ("sent", "starts"),
    [("utf-8", b"URN"), ("utf-8-sig", b"\xef\xbb\xbfURN"), ("cp1252", b"\xef\xbb\xbfURN"), ("utf-16", b"\xef\xbb\xbfURN")],
)
def test_names_survive_whatever_the_encoding(sent: str, starts: bytes) -> None:
    data = f"URN;UPN;Surname;Date;Session;Mark\r\n999001;{ONE};Zoë-Ærøskøbing;22/09/2025;AM;?\r\n".encode(sent)
    _, _, returned = first(data)
    assert returned.startswith(starts)
    assert cells(returned, ";")[1][2] == "Zoë-Ærøskøbing"
    assert again(returned.replace(b";?;", b";I;")).surname.tolist() == ["Zoë-Ærøskøbing"]


def test_the_reason_itself_is_plain_ascii() -> None:
    data = f"UPN,Date,Session,Mark\n{ONE},22/09/2025,AM,?\n".encode()
    _, _, returned = first(data)
    assert returned.isascii()


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+44 20", "-2+3", "@SUM(1)", "\tx"])
def test_no_cell_that_goes_back_runs_as_a_formula(name: str) -> None:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["UPN", "Surname", "Date", "Session", "Mark"], [ONE, name, "22/09/2025", "AM", "?"]])
    _, _, returned = first(out.getvalue().encode())
    assert cells(returned)[1][1] == "'" + name
    corrected = again(returned.replace(b",?,", b",I,"))
    assert corrected.surname.tolist() == [name.strip()]
    assert marks(corrected) == {ONE: {"2025-09-22 AM": "I"}}


@pytest.mark.parametrize("mark", ["=", "+", "-", "@", "/", "\\", "#"])
def test_a_mark_of_one_character_is_never_dressed(mark: str) -> None:
    assert guarded(mark) == mark


@pytest.mark.parametrize("string", ["=\\/\\/\\/\\/\\####", "+\\/\\/\\/\\/\\", "-\\/\\/\\/\\?\\", "@?/\\/\\/\\/\\##"])
def test_a_week_that_looks_like_a_formula_survives_the_way_back(string: str) -> None:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["UPN", "WeekStart", "WeekMarks"], ["nobody", "22/09/2025", string]])
    mapping, parsed, returned = first(out.getvalue().encode(), aliases={"=": "I", "+": "O", "@": "M", "?": "C2"})
    assert len(parsed.problems) == 1
    assert cells(returned)[1][2] == "'" + string
    corrected = again(returned.replace(b"nobody", ONE.encode()), aliases=mapping.aliases)
    direct = again(out.getvalue().encode().replace(b"nobody", ONE.encode()), aliases=mapping.aliases)
    assert corrected.problems == []
    assert marks(corrected) == marks(direct)
