"""Which column holds what: by name, never by luck."""

from __future__ import annotations

import re

import pytest

from attendance.imports.parsed import Unreadable
from attendance.imports.sniff import sniff
from tests.imports.writers import upn

ONE = upn(1)


def columns(header: str, row: str = "") -> dict[str, str]:
    """field -> heading"""
    found = sniff(f"{header}\n{row or ',' * header.count(',')}x\n".encode())
    assert found.mapping is not None, found.message
    return {field: found.headers[column] for field, column in found.mapping.columns.items()}


@pytest.mark.parametrize(
    "header",
    [
        "UPN,Date,Session,Mark",
        "upn,DATE,session,MARK",
        "Unique Pupil Number,Attendance date,AM/PM,Roll call mark",
        "Unique_Pupil_Number,Mark date,Am Pm,Attendance mark",
        " U.P.N. ,Session date,Session name,Code",
        "UPN;Date;Session;Attendance code",
    ],
)
def test_synonyms_of_a_row_for_each_session(header: str) -> None:
    assert {"upn", "date", "session", "mark"} <= columns(header).keys()


@pytest.mark.parametrize(
    "header", ["UPN,Week beginning,Marks", "UPN,W/C,Week marks", "UPN,WeekCommencing,Mark string", "UPN,Date,WeekMarks"]
)
def test_synonyms_of_a_row_for_each_week(header: str) -> None:
    assert {"upn", "week_start", "week_marks"} <= columns(header).keys()


@pytest.mark.parametrize(
    "header", ["UPN,Date,AM,PM", "UPN,Date,AM mark,PM mark", "UPN,Date,Morning,Afternoon", "Upn,Attendance Date,Mark AM,Mark PM"]
)
def test_synonyms_of_a_row_for_each_day(header: str) -> None:
    assert {"upn", "date", "am", "pm"} <= columns(header).keys()


def test_people_and_schools() -> None:
    found = columns("School URN,UPN,Legal surname,Preferred surname,First name,Date of birth,NC Year,Date,Session,Mark,Exported at")
    assert found["urn"] == "School URN"
    assert found["surname"] == "Legal surname"
    assert found["forename"] == "First name"
    assert (found["dob"], found["year_group"], found["exported_at"]) == ("Date of birth", "NC Year", "Exported at")


def test_what_describes_a_mark_is_never_the_mark() -> None:
    found = columns("UPN,Date,Session,Mark description,Minutes late,Comment,Mark")
    assert found["mark"] == "Mark"
    alone = sniff(b"UPN,Date,Session,Mark description,Minutes late,Comment\nx,x,x,x,x,x\n")
    assert alone.mapping is None
    assert alone.missing == ["mark"]
    assert "no column was found for: Mark" in alone.message
    assert alone.draft is not None, "what was found is kept, to complete by hand"
    assert alone.draft.columns["session"] == 2


@pytest.mark.parametrize(
    ("header", "field", "names"),
    [
        ("UPN,Date,Session,Mark,Code", "mark", ["Mark", "Code"]),
        ("UPN,Date,Attendance date,Session,Mark", "date", ["Date", "Attendance date"]),
        ("UPN,Unique pupil number,Date,Session,Mark", "upn", ["UPN", "Unique pupil number"]),
        ("UPN,Date,Session,AM/PM,Mark", "session", ["Session", "AM/PM"]),
        ("UPN,Date,Session,Mark,Mark", "mark", ["Mark (column 4)", "Mark (column 5)"]),
        ("URN,School URN,UPN,Date,Session,Mark", "urn", ["URN", "School URN"]),
        ("UPN,WeekStart,Week beginning,WeekMarks", "week_start", ["WeekStart", "Week beginning"]),
        ("UPN,15/09/2025 AM,15/09/2025 AM", "mark", ["15/09/2025 AM (column 2)", "15/09/2025 AM (column 3)"]),
    ],
)
def test_two_columns_that_would_do_fail_and_are_named(header: str, field: str, names: list[str]) -> None:
    found = sniff(f"{header}\n{',' * header.count(',')}x\n".encode())
    assert found.mapping is None
    assert found.ambiguous == [(field, names)]
    assert all(f"“{name}”" in found.message for name in names)


def test_two_columns_for_a_name_are_no_reason_to_stop() -> None:
    assert columns("UPN,Surname,Last name,Date,Session,Mark")["surname"] == "Surname"


def test_a_date_heading_without_am_or_pm_is_not_guessed() -> None:
    found = sniff(f"UPN,15/09/2025,16/09/2025\n{ONE},/,/\n".encode())
    assert found.mapping is None
    assert "does not say whether it is the morning or the afternoon" in found.message


def test_headings_may_stand_under_titles_and_blank_lines() -> None:
    found = sniff(f"Example High School\nMarks 15/09/2025 to 19/09/2025\n\nUPN,Date,Session,Mark\n{ONE},15/09/2025,AM,/\n".encode())
    assert found.mapping is not None
    assert found.mapping.header_row == 4
    assert found.sample_rows == [[ONE, "15/09/2025", "AM", "/"]]


def test_excels_own_first_line_about_the_delimiter() -> None:
    found = sniff(f"sep=;\nUPN;Date;Session;Mark\n{ONE};15/09/2025;AM;/\n".encode())
    assert found.mapping is not None
    assert (found.mapping.delimiter, found.mapping.header_row) == (";", 2)


def test_field_names_may_stand_beside_the_dates() -> None:
    found = sniff(f"UPN,Name,15/09/2025,,16/09/2025,\n,,AM,PM,AM,PM\n{ONE},x,/,\\,/,\\\n".encode())
    assert found.mapping is not None
    assert (found.mapping.layout, found.mapping.header_rows, found.mapping.columns["upn"]) == ("dates", 2, 0)


def test_the_reasons_of_a_returned_file_change_nothing() -> None:
    assert sniff(f"UPN,Date,Session,Mark,Reason\n{ONE},15/09/2025,AM,/,no\n".encode()).mapping is not None


@pytest.mark.parametrize(
    "text",
    [
        "a,b,c\n1,2,3\n",
        f"{ONE},15/09/2025,AM,/\n{ONE},15/09/2025,PM,/\n",
        "just a sentence",
        "UPN,Name\nx,y\n",
        "URN,EstablishmentName\n1,2\n",
    ],
)
def test_what_is_no_register_says_what_is_read(text: str) -> None:
    found = sniff(text.encode())
    assert found.mapping is None
    assert "a row for each pupil and day" in found.message


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b" \n \n", "empty"),
        (b"PK\x03\x04rest of a workbook", "damaged or was cut short"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "damaged or was cut short"),
        (b"%PDF-1.7", "PDF"),
        (b"\x1f\x8b\x08", "compressed"),
        (b"<?xml version='1.0'?><a/>", "XML"),
        (b"<html><table>", "web page"),
        (b'[{"a": 1}]', "JSON"),
        (b"UPN,Date,Session,Mark\n\0\0\0\0,\0,\0,\0\n", "not a text file"),
        (bytes(range(256)) * 20, "not a text file"),
        (b"\xff\xfeU\x00P\x00N", "damaged|No line of headings"),
        (b"\xff\xfeU\x00P\x00N\x00,", "damaged"),
        (b"UPN,Date,Session,Mark\n" + b"x" * 2_000_000, "characters long"),
        (b"UPN,Date,Session,Mark," + b"x," * 9_995 + b"\n", "10,000 columns"),
        (b'UPN,Date,Session,Mark\nA,"B,C,D\n', "line 2 is opened and never closed"),
        (b'UPN,Date,Session,Mark\nA,"B"x,C,D\n', "Line 2 has a quotation mark"),
    ],
)
def test_what_is_no_table_is_refused_in_a_sentence(data: bytes, words: str) -> None:
    try:
        message = sniff(data).message
    except Unreadable as refusal:
        message = str(refusal)
    assert re.search(words, message), message
    assert message.endswith(".")
