"""Single values: what is taken, and what is refused with a reason a school can act on."""

from __future__ import annotations

import datetime as dt

import pytest

from attendance.imports import values
from attendance.imports.headings import date_columns, joined
from schools.upn import check_letter

DAY = dt.date(2025, 9, 15)


@pytest.mark.parametrize(
    "text",
    [
        "2025-09-15", "2025-9-15", "2025-09-15T08:50:00", "2025-09-15 08:50:00.000000", "2025-09-15T08:50:00+01:00",
        "2025/09/15", "20250915", "15/09/2025", "15/9/2025", "15-09-2025", "15.09.2025", "15/09/2025 00:00", "15/09/2025 09:00:00",
        "15 Sep 2025", "15 September 2025", "15-Sep-2025", "15 Sept 2025", "15th September 2025", "Mon 15 Sep 2025",
        "Monday, 15 September 2025", "Monday 15/09/2025", " 15/09/2025 ", '="15/09/2025"', "45915", "45915.0",
    ],
)  # fmt: skip
def test_dates_that_are_read(text: str) -> None:
    assert values.read_date(text) == DAY


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("09/25/2025", "month first"),
        ("31/02/2025", "not a day in the calendar"),
        ("29/02/2025", "not a day in the calendar"),
        ("15/09/25", "two digits"),
        ("Tue 15 Sep 2025", "is a Monday"),
        ("15 Sap 2025", "not a day in the calendar"),
        ("15/09", "not a date"),
        ("15/09-2025", "not a date"),
        ("yesterday", "not a date"),
        ("1.5E+10", "not a date"),
        ("", "missing"),
    ],
)
def test_dates_that_are_refused(text: str, reason: str) -> None:
    with pytest.raises(values.Bad, match=reason):
        values.read_date(text)


def test_a_date_is_always_day_first() -> None:
    assert values.read_date("03/04/2026") == dt.date(2026, 4, 3)


@pytest.mark.parametrize(
    ("text", "upn"),
    [
        ("Z999900115001", "Z999900115001"),
        (" z999900115001 ", "Z999900115001"),
        ('="Z999900115001"', "Z999900115001"),
        ("A99990011500b", "A99990011500B"),
    ],
)
def test_upns_that_are_read(text: str, upn: str) -> None:
    assert values.read_upn(text) == upn


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "missing"),
        ("999900115001", "first letter is missing"),
        ("999900115001.0", "first letter is missing"),
        ("1.23E+12", "rounded number"),
        ("9.999E11", "rounded number"),
        ("Z99990011500", "12 characters"),
        ("UPN: Z999900115001", "before or after"),
        ("Z999900115001;", "before or after"),
        ("ZZ99900115001", "a letter, 11 digits"),
        ("Z99990011500é", "a letter, 11 digits"),
    ],
)
def test_upns_that_are_refused(text: str, reason: str) -> None:
    with pytest.raises(values.Bad, match=reason):
        values.read_upn(text)


def test_check_letter_of_a_temporary_upn_counts_its_last_letter() -> None:
    assert check_letter("Z999900115001") == "Z"
    # by hand: 9 x (2+3+4+5) + 1 x 8 + 1 x 9 + 5 x 10 + (B = 1) x 13 = 206, and 206 mod 23 = 22, the letter Z
    assert check_letter("A99990011500B") == "Z"


@pytest.mark.parametrize("text", ["AM", "am", "A", "Morning", "1", "1.0", "AM session", "Session 1", " a.m. "])
def test_mornings(text: str) -> None:
    assert values.read_session(text) is False


@pytest.mark.parametrize("text", ["PM", "p", "Afternoon", "2", "pm session", "P.M."])
def test_afternoons(text: str) -> None:
    assert values.read_session(text) is True


@pytest.mark.parametrize("text", ["", "3", "evening", "AM/PM", "09:00"])
def test_what_is_no_session(text: str) -> None:
    with pytest.raises(values.Bad, match="AM or PM"):
        values.read_session(text)


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("10", "10"), ("Year 10", "10"), ("Yr10", "10"), ("Y10", "10"), ("NC Year 7", "7"), ("07", "7"), ("R", "R"),
        ("Reception", "R"), ("Year R", "R"), ("Nursery", "N2"), ("N1", "N1"), ("0", "R"), ("10EX", ""), ("", ""), ("99", ""),
    ],
)  # fmt: skip
def test_year_groups(text: str, year: str) -> None:
    assert values.read_year_group(text) == year


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ferndale, Ottilie", ("Ferndale", "Ottilie")),
        ("Ottilie Ferndale", ("Ferndale", "Ottilie")),
        ("Ottilie van der Ferndale", ("van der Ferndale", "Ottilie")),
        ("Ottilie", ("Ottilie", "")),
        ("", ("", "")),
    ],
)
def test_full_names(text: str, name: tuple[str, str]) -> None:
    assert values.read_name(text) == name


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-09-19T16:00:00", "2025-09-19T16:00:00+01:00"),
        ("19/09/2025 16:00", "2025-09-19T16:00:00+01:00"),
        ("19 Dec 2025 at 4:05 pm", "2025-12-19T16:05:00+00:00"),
        ("2025-09-19T16:00:00Z", "2025-09-19T16:00:00+00:00"),
        ("2025-09-19 16:00:00+02:00", "2025-09-19T16:00:00+02:00"),
    ],
)
def test_moments(text: str, moment: str) -> None:
    assert values.read_moment(text).isoformat() == moment


@pytest.mark.parametrize("text", ["19/09/2025", "2025-09-19", "25:99", "19/09/2025 25:00", "2025-09-19T10:00+99:00", ""])
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(values.Bad):
        values.read_moment(text)


def dated(*rows: list[str]) -> list[tuple[int, str, bool | None]]:
    return [(one.column, one.text, one.pm) for one in date_columns(list(rows))]


@pytest.mark.parametrize(
    "heading",
    ["15/09/2025 AM", "15/09/2025 (am)", "AM 15/09/2025", "15/09/2025AM", "15/09/2025_AM", "15/09/2025 - Morning", "15/09/2025 a.m."],
)
def test_headings_that_name_a_morning(heading: str) -> None:
    assert dated(["UPN", heading]) == [(1, "15/09/2025", False)]


def test_a_date_given_twice_is_morning_then_afternoon() -> None:
    assert dated(["UPN", "15/09/2025", "15/09/2025", "16/09/2025", ""]) == [
        (1, "15/09/2025", False), (2, "15/09/2025", True), (3, "16/09/2025", False), (4, "16/09/2025", True),
    ]  # fmt: skip


def test_a_date_given_once_does_not_say_which() -> None:
    assert dated(["UPN", "15/09/2025", "Total"]) == [(1, "15/09/2025", None)]


@pytest.mark.parametrize(
    "heading", ["Possible", "% Attend", "Attendance to 15/09/2025", "2025", "10/12", "w/c 15/09/2025", "Marks 2025-26"]
)
def test_headings_that_are_no_dates(heading: str) -> None:
    assert dated(["UPN", heading]) == []


def test_a_merged_date_stands_over_both_its_sessions() -> None:
    rows = [["", "Mon 15 Sep 2025", "", "Tue 16 Sep 2025", "", ""], ["UPN", "AM", "PM", "AM", "PM", "Possible"]]
    assert dated(*rows) == [
        (1, "Mon 15 Sep 2025", False), (2, "Mon 15 Sep 2025", True), (3, "Tue 16 Sep 2025", False), (4, "Tue 16 Sep 2025", True),
    ]  # fmt: skip
    assert joined(rows)[:3] == ["UPN", "Mon 15 Sep 2025 AM", "Mon 15 Sep 2025 PM"]
