"""Files shaped as schools and councils send them (tests/data/extracts), read from first byte to last mark."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from pathlib import Path

import pytest

from attendance.codes import BY_BYTE
from attendance.imports.parse import parse
from attendance.imports.parsed import Mapping, Parsed
from attendance.imports.sniff import sniff

FILES = Path(__file__).parents[1] / "data" / "extracts"
TODAY = dt.date(2025, 10, 1)
OTTILIE, JOSS, WREN = "V999900126001", "J999900126002", "Y999900126003"


def marks(parsed: Parsed) -> dict[str, dict[str, str]]:
    """UPN -> session -> code, as a person would list them."""
    listed: dict[str, dict[str, str]] = defaultdict(dict)
    for row, day, pm, byte in zip(parsed.cell_row, parsed.cell_date, parsed.cell_pm, parsed.cell_byte, strict=True):
        listed[parsed.upn[row]][f"{day} {'PM' if pm else 'AM'}"] = BY_BYTE[int(byte)].code
    return dict(listed)


def read(name: str, today: dt.date = TODAY) -> tuple[Mapping, Parsed]:
    found = sniff(FILES / name)
    assert found.mapping is not None, found.message
    return found.mapping, parse(FILES / name, found.mapping, today=today)


def test_weeks() -> None:
    mapping, parsed = read("weeks.csv")
    assert mapping.layout == "weeks"
    assert parsed.problems == []
    assert parsed.questions == []
    assert parsed.rows_read == 3
    assert parsed.lines.tolist() == [2, 3, 4]
    said = marks(parsed)
    assert said[OTTILIE]["2025-09-25 AM"] == "L"
    assert said[OTTILIE]["2025-09-26 PM"] == "I"
    assert said[OTTILIE]["2025-09-28 PM"] == "#"
    assert len(said[OTTILIE]) == 14
    assert len(said[JOSS]) == 10, "a weekend that was left off says nothing"
    assert said[JOSS]["2025-09-24 AM"] == "#", "a closure in mid-week"
    assert said[JOSS]["2025-09-26 PM"] == "\\"
    assert "2025-09-26 AM" not in said[WREN], "a dash says nothing"
    assert said[WREN]["2025-09-28 PM"] == "#", "closures cut off at the end are filled in: 12 characters ending in #"
    assert parsed.dob[0] == dt.date(2011, 5, 12)
    assert parsed.year_group.tolist() == ["9", "9", "10"]
    assert (parsed.surname[0], parsed.forename[0]) == ("Ferndale", "Ottilie")


def test_sessions() -> None:
    mapping, parsed = read("sessions.csv")
    assert mapping.layout == "sessions"
    assert parsed.problems == []
    assert marks(parsed) == {OTTILIE: {"2025-09-22 AM": "L", "2025-09-22 PM": "\\"}, JOSS: {"2025-09-22 AM": "Y1"}}
    assert parsed.lines.tolist() == [2, 3, 4, 5], "a comment of two lines is one line of a spreadsheet"
    assert set(parsed.urn) == {"999001"}


def test_dates_in_one_line_of_headings() -> None:
    mapping, parsed = read("dates.csv")
    assert mapping.layout == "dates"
    assert parsed.problems == [], "totals at the end are not dates"
    assert marks(parsed) == {
        OTTILIE: {"2025-09-22 AM": "/", "2025-09-22 PM": "\\", "2025-09-23 AM": "I", "2025-09-23 PM": "I"},
        JOSS: {"2025-09-22 PM": "U", "2025-09-23 PM": "\\"},
    }
    assert (parsed.surname[0], parsed.forename[0]) == ("Ferndale", "Ottilie")


def test_dates_in_two_lines_of_headings() -> None:
    mapping, parsed = read("dates_two_lines.csv")
    assert (mapping.layout, mapping.header_rows) == ("dates", 2)
    assert parsed.lines.tolist() == [3]
    assert marks(parsed)[OTTILIE] == {"2025-09-22 AM": "/", "2025-09-22 PM": "\\", "2025-09-23 AM": "I", "2025-09-23 PM": "I"}


def test_days_with_title_lines_and_semicolons() -> None:
    mapping, parsed = read("days.csv")
    assert (mapping.layout, mapping.delimiter, mapping.header_row) == ("days", ";", 3)
    assert marks(parsed) == {OTTILIE: {"2025-09-22 AM": "/", "2025-09-22 PM": "\\"}, JOSS: {"2025-09-22 AM": "O"}}
    assert parsed.lines.tolist() == [4, 5]
    assert parsed.exported_at is not None
    assert parsed.exported_at.isoformat() == "2025-09-24T16:05:00+01:00", "summer time in London"


@pytest.mark.parametrize("name", ["weeks.csv", "sessions.csv", "dates.csv", "dates_two_lines.csv", "days.csv"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_every_encoding_reads_the_same(name: str, encoding: str) -> None:
    data = (FILES / name).read_bytes().decode().replace("Quarrie", "Quarrié").encode(encoding)
    mapping = sniff(data).mapping
    assert mapping is not None
    parsed = parse(data, mapping, today=TODAY)
    assert parsed.problems == []
    assert marks(parsed) == marks(read(name)[1])
    assert all(surname in ("Ferndale", "Quarrié", "Ashgrove") for surname in parsed.surname), parsed.surname


def test_a_mapping_survives_being_stored() -> None:
    mapping, _ = read("days.csv")
    assert Mapping.from_json(mapping.to_json()) == mapping
