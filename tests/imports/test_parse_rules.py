"""What is refused, how much of it, and what the sender is told. Small files, one rule each."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from attendance.imports.parse import parse
from attendance.imports.parsed import Mapping, Parsed, Unreadable
from attendance.imports.sniff import sniff
from tests.imports.test_parse_examples import marks
from tests.imports.writers import upn

TODAY = dt.date(2025, 10, 1)
ONE, TWO = upn(1), upn(2)
SESSIONS = "URN,UPN,Date,Session,Mark\n"
DAYS = "URN,UPN,Date,AM,PM\n"
WEEKS = "URN,UPN,WeekStart,WeekMarks\n"
DATES = "URN,UPN,22/09/2025 AM,22/09/2025 PM,02/10/2025 AM\n"


def read(text: str, today: dt.date = TODAY, **changes: object) -> Parsed:
    found = sniff(text.encode())
    assert found.mapping is not None, found.message
    return parse(text.encode(), replace(found.mapping, **changes), today=today)  # type: ignore[arg-type]


def told(parsed: Parsed) -> list[tuple[int, str, str, bool]]:
    return [(problem.line, problem.field, problem.value, problem.whole_row) for problem in parsed.problems]


# --- a row of its own --------------------------------------------------------------------------------------------------


def test_a_bad_mark_rejects_its_row_and_no_other() -> None:
    parsed = read(SESSIONS + f"999001,{ONE},22/09/2025,AM,?\n999001,{ONE},22/09/2025,PM,\\\n")
    assert told(parsed) == [(2, "Mark", "?", True)]
    assert "not an attendance code" in parsed.problems[0].message
    assert marks(parsed) == {ONE: {"2025-09-22 PM": "\\"}}
    assert parsed.unknown_marks == {"?": 1}
    assert (parsed.rows_read, parsed.rows_rejected) == (2, 1)


def test_in_a_row_for_a_day_one_bad_mark_rejects_both() -> None:
    parsed = read(DAYS + f"999001,{ONE},22/09/2025,?,\\\n999001,{TWO},22/09/2025,/,\\\n")
    assert told(parsed) == [(2, "AM", "?", True)]
    assert marks(parsed) == {TWO: {"2025-09-22 AM": "/", "2025-09-22 PM": "\\"}}


@pytest.mark.parametrize("nothing", ["", "-", "_", " "])
def test_nothing_said_is_no_mark_and_no_mistake(nothing: str) -> None:
    parsed = read(SESSIONS + f"999001,{ONE},22/09/2025,AM,{nothing}\n999001,{ONE},22/09/2025,PM,I\n")
    assert parsed.problems == []
    assert marks(parsed) == {ONE: {"2025-09-22 PM": "I"}}


@pytest.mark.parametrize("mark", ["i", " I ", "I"])
def test_case_and_spaces_of_a_mark_do_not_matter(mark: str) -> None:
    assert marks(read(SESSIONS + f"999001,{ONE},22/09/2025,AM,{mark}\n")) == {ONE: {"2025-09-22 AM": "I"}}


@pytest.mark.parametrize(
    ("day", "mark", "reason"),
    [
        ("18/08/2024", "J1", "was not in use on 18 August 2024"),
        ("18/08/2024", "Y3", "was not in use"),
        ("18/08/2024", "K", "was not in use"),
        ("18/08/2024", "Q", "was not in use"),
        ("19/08/2024", "J", "was withdrawn"),
        ("19/08/2024", "H", "was withdrawn"),
        ("19/08/2024", "Y", "was withdrawn"),
        ("02/09/2013", "F", "was withdrawn"),
        ("22/09/1999", "/", "was not in use"),
    ],
)
def test_a_code_counts_only_between_its_dates(day: str, mark: str, reason: str) -> None:
    parsed = read(SESSIONS + f"999001,{ONE},{day},AM,{mark}\n")
    assert told(parsed) == [(2, "Mark", mark, True)]
    assert reason in parsed.problems[0].message
    assert marks(parsed) == {}


@pytest.mark.parametrize(("day", "mark"), [("18/08/2024", "H"), ("18/08/2024", "J"), ("19/08/2024", "J1"), ("31/08/2013", "F")])
def test_a_code_in_use_on_its_day_is_taken(day: str, mark: str) -> None:
    assert list(marks(read(SESSIONS + f"999001,{ONE},{day},AM,{mark}\n"))[ONE].values()) == [mark]


def test_today_is_no_future_and_tomorrow_is() -> None:
    parsed = read(SESSIONS + f"999001,{ONE},01/10/2025,PM,/\n999001,{ONE},02/10/2025,AM,/\n")
    assert told(parsed) == [(3, "Mark", "/", True)]
    assert parsed.problems[0].message == "2 October 2025 is in the future: today is 1 October 2025."


def test_a_weekend_mark_stands_as_it_was_sent() -> None:
    assert marks(read(SESSIONS + f"999001,{ONE},27/09/2025,AM,B\n")) == {ONE: {"2025-09-27 AM": "B"}}


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        (",22/09/2025,AM,/", "UPN", "missing"),
        ("999900000001,22/09/2025,AM,/", "UPN", "first letter is missing"),
        (f"{ONE},,AM,/", "Date", "missing"),
        (f"{ONE},09/25/2025,AM,/", "Date", "month first"),
        (f"{ONE},22/09/2025,,/", "Session", "AM or PM"),
        (f"{ONE},22/09/2025,Lunch,/", "Session", "AM or PM"),
    ],
)
def test_a_row_without_who_or_when_is_rejected(row: str, field: str, reason: str) -> None:
    parsed = read(SESSIONS + f"999001,{row}\n999001,{TWO},22/09/2025,AM,/\n")
    assert [problem[:2] for problem in told(parsed)] == [(2, field)]
    assert reason in parsed.problems[0].message
    assert parsed.problems[0].whole_row
    assert list(marks(parsed)) == [TWO]


def test_every_mistake_of_a_row_is_told_at_once() -> None:
    parsed = read(SESSIONS + "999001,nobody,22/09/2025,AM,?\n")
    assert [problem.field for problem in parsed.problems] == ["UPN", "Mark"]
    assert parsed.rows_rejected == 1


def test_a_wrong_check_letter_is_a_question_not_a_rejection() -> None:
    wrong = ("A" if ONE[0] != "A" else "B") + ONE[1:]
    parsed = read(SESSIONS + f"999001,{wrong},22/09/2025,AM,/\n")
    assert parsed.problems == []
    assert list(marks(parsed)) == [wrong]
    assert parsed.questions == [f"UPN {wrong} (line 2) has a first letter that does not fit its digits: it may be mistyped."]


def test_a_bad_date_of_birth_never_rejects_a_row() -> None:
    parsed = read(f"UPN,DOB,Date,Session,Mark\n{ONE},31/02/2012,22/09/2025,AM,/\n{TWO},01/03/2012,22/09/2025,AM,/\n")
    assert parsed.problems == []
    assert parsed.dob.tolist() == [None, dt.date(2012, 3, 1)]


def test_two_dates_of_birth_under_one_upn_are_asked_about() -> None:
    parsed = read(f"UPN,DOB,Date,Session,Mark\n{ONE},01/02/2012,22/09/2025,AM,/\n{ONE},01/03/2012,22/09/2025,PM,/\n")
    assert parsed.questions[0] == f"UPN {ONE} has two dates of birth in this file: lines 2 and 3."


def test_am_and_pm_the_wrong_way_round_is_asked_about() -> None:
    parsed = read(DAYS + f"999001,{ONE},22/09/2025,\\,/\n")
    assert parsed.problems == []
    assert "the right way round?" in parsed.questions[0]


# --- said twice --------------------------------------------------------------------------------------------------------


def test_the_same_mark_twice_counts_once() -> None:
    parsed = read(SESSIONS + f"999001,{ONE},22/09/2025,AM,I\n999001,{ONE.lower()},2025-09-22,1,i\n")
    assert parsed.problems == []
    assert len(parsed.cell_byte) == 1


def test_two_different_marks_for_one_session_reject_both_naming_each_other() -> None:
    parsed = read(SESSIONS + f"999001,{ONE},22/09/2025,AM,I\n999001,{ONE},22/09/2025,PM,I\n999001,{ONE},22/09/2025,AM,O\n")
    assert told(parsed) == [(2, "Mark", "I", True), (4, "Mark", "O", True)]
    assert "line 4 says “O”" in parsed.problems[0].message
    assert "line 2 says “I”" in parsed.problems[1].message
    assert marks(parsed) == {ONE: {"2025-09-22 PM": "I"}}


def test_the_same_session_at_two_schools_is_no_contradiction() -> None:
    parsed = read(SESSIONS + f"999001,{ONE},22/09/2025,AM,D\n999002,{ONE},22/09/2025,AM,/\n")
    assert parsed.problems == []
    assert len(parsed.cell_byte) == 2


def test_contradicting_days_lose_both_their_marks() -> None:
    parsed = read(DAYS + f"999001,{ONE},22/09/2025,I,I\n999001,{ONE},22/09/2025,O,I\n999001,{ONE},23/09/2025,/,\\\n")
    assert {(problem.line, problem.field) for problem in parsed.problems} == {(2, "AM"), (3, "AM")}
    assert marks(parsed) == {ONE: {"2025-09-23 AM": "/", "2025-09-23 PM": "\\"}}


def test_contradicting_weeks_lose_that_session_only() -> None:
    parsed = read(WEEKS + f"999001,{ONE},22/09/2025,/\\/\\/\\/\\/\\\n999001,{ONE},22/09/2025,I-/\\------\n")
    assert {(problem.line, problem.cell, problem.whole_row) for problem in parsed.problems} == {(2, 0, False), (3, 0, False)}
    assert len(marks(parsed)[ONE]) == 9


# --- weeks -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("string", "said"),
    [
        ("/\\/\\/\\/\\/\\####", 14),
        ("/\\/\\/\\/\\/\\", 10),
        ("##/\\/\\/\\/\\", 10),
        ("/\\/\\/\\/\\/\\#", 14),
        ("/\\/\\/\\/\\####", 14),
        ("/\\/\\/\\/\\/\\----", 10),
        ("/\\/\\/\\/\\/\\    ", 10),
        ("--------------", 0),
        ("", 0),
    ],
)
def test_lengths_of_a_week_that_are_understood(string: str, said: int) -> None:
    parsed = read(WEEKS + f"999001,{ONE},22/09/2025,{string}\n999001,{TWO},22/09/2025,/\\/\\/\\/\\/\\\n")
    assert parsed.problems == []
    assert (parsed.cell_row == 0).sum() == said


@pytest.mark.parametrize("string", ["/", "/\\/\\", "/\\/\\/\\/\\/", "/\\/\\/\\/\\/\\/", "#########", "C2\\/\\/\\/\\/\\####"])
def test_a_week_of_any_other_length_is_rejected_whole(string: str) -> None:
    parsed = read(WEEKS + f"999001,{ONE},22/09/2025,{string}\n999001,{TWO},22/09/2025,/\\/\\/\\/\\/\\\n")
    assert told(parsed) == [(2, "WeekMarks", string, True)]
    assert f"has {len(string)} characters" in parsed.problems[0].message
    assert len(marks(parsed)[TWO]) == 10


def test_fifteen_characters_point_at_codes_of_two() -> None:
    parsed = read(WEEKS + f"999001,{ONE},22/09/2025,C2\\/\\/\\/\\/\\####\n")
    assert "Codes of two characters" in parsed.problems[0].message


def test_a_bad_mark_in_a_week_loses_that_session_only() -> None:
    parsed = read(WEEKS + f"999001,{ONE},22/09/2025,/\\/?/\\/\\/\\####\n")
    assert told(parsed) == [(2, "WeekMarks", "?", False)]
    assert parsed.problems[0].message.startswith("Tuesday PM, 23 September 2025: ")
    assert parsed.problems[0].cell == 3
    assert len(marks(parsed)[ONE]) == 13


def test_a_schools_own_signs_are_read_by_their_map() -> None:
    parsed = read(WEEKS + f"999001,{ONE},22/09/2025,=\\+é)\\/\\/\\####\n", aliases={"=": "C2", "+": "I", "é": "y1", ")": "Y3"})
    assert parsed.problems == []
    said = marks(parsed)[ONE]
    assert [said[f"2025-09-{day}"] for day in ("22 AM", "23 AM", "23 PM", "24 AM")] == ["C2", "I", "Y1", "Y3"]


def test_a_sign_mapped_to_a_code_not_in_use_that_day_says_so() -> None:
    parsed = read(WEEKS + f"999001,{ONE},17/06/2024,=\\/\\/\\/\\/\\####\n", aliases={"=": "C2"})
    assert "“=” is mapped to C2" in parsed.problems[0].message
    assert "was not in use on 17 June 2024" in parsed.problems[0].message


def test_a_map_never_gives_a_meaning_to_nothing_said() -> None:
    parsed = read(WEEKS + f"999001,{ONE},22/09/2025,-\\/\\/\\/\\/\\####\n", aliases={"-": "O"})
    assert "2025-09-22 AM" not in marks(parsed)[ONE]


def test_a_week_starts_on_the_day_the_mapping_says() -> None:
    text = WEEKS + f"999001,{ONE},23/09/2025,/\\/\\/\\/\\/\\\n"
    parsed = read(text)
    assert told(parsed) == [(2, "WeekStart", "23/09/2025", True)]
    assert "is a Tuesday, and the weeks of this file start on a Monday" in parsed.problems[0].message
    sunday = read(WEEKS + f"999001,{ONE},21/09/2025,--/\\OOIIUULL--\n", first_day=6)
    assert marks(sunday)[ONE]["2025-09-22 AM"] == "/"
    assert marks(sunday)[ONE]["2025-09-26 PM"] == "L"
    short = read(WEEKS + f"999001,{ONE},21/09/2025,/\\OOIIUULL\n", first_day=6)
    assert marks(short) == marks(sunday), "the weekend left off, wherever in the week it stands"


def test_marks_ahead_are_rejected_and_closures_ahead_left_for_their_day() -> None:
    parsed = read(WEEKS + f"999001,{ONE},29/09/2025,/\\/\\/\\/-######\n")
    assert [(problem.cell, problem.value) for problem in parsed.problems] == [(6, "/")]
    assert "in the future" in parsed.problems[0].message
    assert len(marks(parsed)[ONE]) == 6
    assert parsed.questions == ["Planned closures (#) after 1 October 2025 were left out until their day comes: 6."]


# --- a column for each date --------------------------------------------------------------------------------------------


def test_in_a_wide_file_a_bad_mark_loses_its_cell_only() -> None:
    parsed = read(DATES + f"999001,{ONE},/,?,\n999001,{TWO},/,\\,I\n")
    assert told(parsed) == [(2, "22/09/2025 PM", "?", False), (3, "02/10/2025 AM", "I", False)]
    assert marks(parsed) == {ONE: {"2025-09-22 AM": "/"}, TWO: {"2025-09-22 AM": "/", "2025-09-22 PM": "\\"}}


def test_a_heading_that_is_no_day_loses_its_column_only() -> None:
    parsed = read(f"UPN,22/09/2025 AM,31/09/2025 AM,09/25/2025 PM\n{ONE},/,/,-\n")
    assert told(parsed) == [(2, "31/09/2025 AM", "/", False)]
    assert "not a day in the calendar" in parsed.problems[0].message
    assert marks(parsed) == {ONE: {"2025-09-22 AM": "/"}}


def test_a_wide_row_cut_short_says_nothing_of_the_rest() -> None:
    parsed = read(DATES + f"999001,{ONE},/\n999001,{TWO},/,\\,\n")
    assert parsed.problems == []
    assert marks(parsed)[ONE] == {"2025-09-22 AM": "/"}


# --- rows that cannot be told apart ------------------------------------------------------------------------------------


def test_a_row_cut_short_of_its_mark_is_rejected() -> None:
    parsed = read(SESSIONS + f"999001,{ONE},22/09/2025,AM\n999001,{ONE},22/09/2025,PM,/\n")
    assert [(p.line, p.whole_row) for p in parsed.problems] == [(2, True)]
    assert "cut short: it has 4 cells and there are 5 headings" in parsed.problems[0].message


def test_a_comma_too_many_is_not_read_as_other_columns() -> None:
    parsed = read(f"Name,UPN,Date,Session,Mark\nFerndale, O,{ONE},22/09/2025,AM,/\nOttilie,{TWO},22/09/2025,AM,/\n")
    assert [(p.line, p.whole_row) for p in parsed.problems] == [(2, True)]
    assert "more cells than there are headings" in parsed.problems[0].message
    assert list(marks(parsed)) == [TWO]


def test_empty_rows_are_passed_over_and_lines_still_count_them() -> None:
    parsed = read(SESSIONS + f"\n999001,{ONE},22/09/2025,AM,?\n,,,,\n\n999001,{ONE},22/09/2025,PM,/\n\n\n")
    assert parsed.rows_read == 2
    assert parsed.lines.tolist() == [3, 6]
    assert parsed.problems[0].line == 3


def test_spaces_guards_and_formula_dress_are_taken_off() -> None:
    parsed = read(SESSIONS + f'="999001", {ONE} ,="22/09/2025",AM,\'-\n999001,{ONE},22/09/2025,PM,/\n')
    assert parsed.problems == []
    assert parsed.urn.tolist() == ["999001", "999001"]
    assert marks(parsed) == {ONE: {"2025-09-22 PM": "/"}}


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_line_ends_and_delimiters(ending: str, delimiter: str) -> None:
    text = (SESSIONS + f"999001,{ONE},22/09/2025,AM,/").replace("\n", ending).replace(",", delimiter)
    parsed = read(text)
    assert marks(parsed) == {ONE: {"2025-09-22 AM": "/"}}
    assert parsed.lines.tolist() == [2]


# --- the moment of export ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("above", "moment"),
    [
        ("Exported: 24/09/2025 16:05", "2025-09-24T16:05:00+01:00"),
        ("Attendance export,generated on,Wed 24 Sep 2025 16:05", "2025-09-24T16:05:00+01:00"),
        ("Report run 2025-09-24T16:05:00Z for 22/09/2025 to 23/09/2025", "2025-09-24T16:05:00+00:00"),
        ("Marks from 22/09/2025 to 24/09/2025", None),
        ("Exported 24/09/2025", None),
        ("Exported 24/12/2025 10:00", None),
    ],
)
def test_the_time_of_export_above_the_headings(above: str, moment: str | None) -> None:
    parsed = read(f"{above}\n{SESSIONS}999001,{ONE},22/09/2025,AM,/\n")
    assert (parsed.exported_at.isoformat() if parsed.exported_at else None) == moment


def test_the_time_of_export_in_a_column_if_there_is_only_one() -> None:
    head = "UPN,Date,Session,Mark,Exported at\n"
    row = f"{ONE},22/09/2025,AM,/,2025-09-24 16:05:00\n"
    parsed = read(head + row + row)
    assert parsed.exported_at is not None
    assert parsed.exported_at.isoformat() == "2025-09-24T16:05:00+01:00"
    assert read(head + row + row.replace("16:05", "16:06")).exported_at is None


# --- mapping and file apart --------------------------------------------------------------------------------------------


def test_a_mapping_for_another_file_is_refused() -> None:
    data = (SESSIONS + f"999001,{ONE},22/09/2025,AM,/\n").encode()
    columns = {"upn": 1, "date": 2, "session": 3, "mark": 9}
    with pytest.raises(Unreadable, match="Column 10 was chosen, but this file has 5"):
        parse(data, Mapping("sessions", columns), today=TODAY)
    with pytest.raises(Unreadable, match="No column has been chosen for: mark"):
        parse(data, Mapping("sessions", {"upn": 1, "date": 2, "session": 3}), today=TODAY)
    with pytest.raises(Unreadable, match="None of the headings is a date"):
        parse(data, Mapping("dates", {"upn": 1}), today=TODAY)


def test_headings_alone_are_refused() -> None:
    with pytest.raises(Unreadable, match="no rows below"):
        read(SESSIONS)
