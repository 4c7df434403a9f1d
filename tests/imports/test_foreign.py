"""What workbooks, SIMS's XML and SIF's JSON say, and what is said of those that cannot be taken."""

from __future__ import annotations

import datetime as dt
import io
import json
import re

import openpyxl
import pytest

from attendance.codes import BY_BYTE
from attendance.imports import preview
from attendance.imports.parse import parse
from attendance.imports.parsed import Parsed, Unreadable
from attendance.imports.rejects import rejected_file
from attendance.imports.sniff import sniff
from tests.imports import books, writers

TODAY = dt.date(2026, 1, 10)
ONE, TWO = writers.upn(1), writers.upn(2)
HEADINGS = ["UPN", "Date", "Session", "Mark"]
DAY = dt.date(2025, 9, 22)


def read(data: bytes) -> Parsed:
    found = sniff(data)
    assert found.mapping is not None, found.message
    return parse(data, found.mapping, today=TODAY)


def marks(parsed: Parsed) -> dict[tuple[str, str], str]:
    return {
        (parsed.upn[row], f"{day} {'PM' if pm else 'AM'}"): BY_BYTE[int(byte)].code
        for row, day, pm, byte in zip(parsed.cell_row, parsed.cell_date, parsed.cell_pm, parsed.cell_byte, strict=True)
    }


def refusal(data: bytes) -> str:
    with pytest.raises(Unreadable) as refused:
        sniff(data)
    return str(refused.value)


# --- workbooks -------------------------------------------------------------------------------------------------------


def test_dates_are_dates_however_a_workbook_holds_them() -> None:
    serial = (DAY - dt.date(1899, 12, 30)).days
    rows = [[ONE, value, "AM", "/"] for value in (DAY, dt.datetime(2025, 9, 23, 9, 5), serial + 2, "25/09/2025", float(serial + 4))]
    assert sorted(day for _, day in marks(read(books.xlsx([HEADINGS, *rows])))) == [f"2025-09-{day} AM" for day in range(22, 27)]


def test_headings_of_a_workbook_may_be_dates_merged_over_morning_and_afternoon() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Register of 10EX"])
    sheet.append(["", "", DAY, None, DAY + dt.timedelta(days=1), None, "Totals"])
    sheet.append(["Name", "UPN", "AM", "PM", "AM", "PM", "Possible"])
    sheet.append(["Example, Alex", ONE, "/", "\\", "I", "#", 3])
    sheet.merge_cells("C2:D2")
    sheet.merge_cells("E2:F2")
    assert marks(read(books.saved(book))) == {
        (ONE, "2025-09-22 AM"): "/", (ONE, "2025-09-22 PM"): "\\", (ONE, "2025-09-23 AM"): "I", (ONE, "2025-09-23 PM"): "#",
    }  # fmt: skip


def test_headings_that_lost_their_date_format_are_dates_still() -> None:
    serial = (DAY - dt.date(1899, 12, 30)).days
    rows = [["", serial, "", serial + 1, ""], ["UPN", "AM", "PM", "AM", "PM"], [ONE, "/", "\\", "I", "I"]]
    assert len(marks(read(books.xlsx(rows)))) == 4


def test_numbers_keep_their_figures_and_nothing_more() -> None:
    parsed = read(books.xlsx([["URN", "Year", *HEADINGS], [999001, 10, ONE, DAY, 1, "/"], ["999001", "09", ONE, DAY, 2, "\\"]]))
    assert parsed.problems == []
    assert (parsed.urn.tolist(), parsed.year_group.tolist()) == (["999001", "999001"], ["10", "9"])


def test_the_sheet_that_reads_like_a_register_is_taken_and_named() -> None:
    others = [("Notes", [["Autumn term"], ["Made by the office"]]), ("Empty", [])]
    data = books.xlsx([HEADINGS, [ONE, DAY, "AM", "?"]], others=others, title="Week 3")
    found = sniff(data)
    assert found.notes == ("Only the sheet “Week 3” of this workbook is read. “Notes” is left out.",)
    parsed = read(data)
    assert parsed.questions == list(found.notes)
    assert [problem.line for problem in parsed.problems] == [2]


def test_a_second_register_in_a_workbook_is_not_passed_over_in_silence() -> None:
    rows = [HEADINGS, [ONE, DAY, "AM", "/"]]
    (note,) = sniff(books.xlsx(rows, others=[("Week 1", rows)], title="Week 2")).notes
    assert note.endswith("“Week 2” looks like a register too: send each as a file of its own.")


def test_hidden_sheets_and_blank_rows_are_no_rows() -> None:
    book = openpyxl.load_workbook(
        io.BytesIO(books.xlsx([HEADINGS, [ONE, DAY, "AM", "/"]], others=[("Old", [HEADINGS, [TWO, DAY, "AM", "/"]])]))
    )
    book["Old"].sheet_state = "hidden"
    sheet = book["Marks"]
    sheet["A3"], sheet["A400"] = " ", ""
    sheet["A9"].fill = openpyxl.styles.PatternFill("solid", fgColor="FFFF00")
    sheet["A12"], sheet["B12"], sheet["C12"], sheet["D12"] = TWO, DAY, "AM", "?"
    sheet.row_dimensions[12].hidden = True
    parsed = read(books.saved(book))
    assert (parsed.rows_read, [problem.line for problem in parsed.problems]) == (2, [12])


def test_a_formula_stands_for_the_value_it_last_had() -> None:
    plain = books.xlsx([HEADINGS, [ONE, DAY, "AM", "I"], [ONE, DAY, "PM", "O"]])
    upper = b'<c r="D2" t="str"><f>UPPER("i")</f><v>I</v></c>'

    def formulas(xml: bytes) -> bytes:
        return re.sub(rb'<c r="D2"[^>]*>.*?</c>', upper, re.sub(rb'<c r="D3"[^>]*>.*?</c>', b'<c r="D3"><f>1+1</f></c>', xml))

    assert marks(read(books.rezipped(plain, "xl/worksheets/sheet1.xml", formulas))) == {(ONE, "2025-09-22 AM"): "I"}


def test_a_wrong_dimension_does_no_harm() -> None:
    data = books.xlsx([HEADINGS, [ONE, DAY, "AM", "/"]])
    for told in (b"A1", b"A1:XFD1048576", b"Z900:A1"):
        wrong = books.rezipped(data, "xl/worksheets/sheet1.xml", lambda xml, told=told: xml.replace(b'ref="A1:D2"', b'ref="' + told + b'"'))
        assert marks(read(wrong)) == {(ONE, "2025-09-22 AM"): "/"}


def test_ods_with_a_million_empty_rows_after_it() -> None:
    after = (
        '<table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    data = books.ods([HEADINGS, [ONE, "2025-09-22", "AM", "/"]], after=after)
    assert marks(read(data)) == {(ONE, "2025-09-22 AM"): "/"}


def test_rejected_rows_of_a_workbook_are_texts_and_no_formulas() -> None:
    data = books.xlsx([["Surname", *HEADINGS], ["=1+1", ONE, DAY, "AM", "?"], ["007", "nobody", DAY, "AM", "/"]])
    found = sniff(data)
    assert found.mapping is not None
    sheet = openpyxl.load_workbook(io.BytesIO(rejected_file(data, found.mapping, read(data).problems))).active
    rows = list(sheet.iter_rows())
    assert [cell.value for cell in rows[0]] == ["Surname", *HEADINGS, "Reason"]
    assert {cell.data_type for row in rows for cell in row} == {"s"}
    assert [row[0].value for row in rows[1:]] == ["=1+1", "007"]


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({}, "empty zip file"),
        ({"register.csv": b"UPN,Date\n"}, "This is a zip file, not a workbook. Unpack it"),
        ({"word/document.xml": b"<x/>"}, "This is a document"),
        ({"xl/workbook.bin": b"x"}, "binary workbook"),
        ({"xl/workbook.xml": b"x", "xl/worksheets/sheet1.xml": b"<row/>" * 5_000_000}, "unpacks to more than can be read"),
        ({"xl/workbook.xml": b"x"} | {f"xl/media/{n}": b"" for n in range(2_001)}, "unpacks to more than can be read"),
        ({"xl/workbook.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'}, "declares XML entities"),
        ({"xl/workbook.xml": b"<x/>"}, "damaged"),
    ],
)
def test_zips_that_are_no_register_are_refused_with_the_reason(parts: dict[str, bytes], says: str) -> None:
    assert says in refusal(books.zipped(parts))


def test_a_workbook_with_one_cell_far_away_ends_its_own_process_alone() -> None:
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = "UPN", "x"
    assert "unpacks to more than can be read at once" in refusal(books.saved(book))


def test_workbooks_with_no_sheet_or_with_nothing_in_it() -> None:
    assert "no sheet with anything in it" in refusal(books.saved(openpyxl.Workbook()))
    none = books.rezipped(books.xlsx([["UPN"]]), "xl/workbook.xml", lambda xml: xml[: xml.index(b"<sheets>")] + b"<sheets/></workbook>")
    assert "no sheet" in refusal(none)


def test_a_workbook_with_a_password_says_so() -> None:
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1016 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 2000
    assert "protected by a password" in refusal(locked)


# --- SIMS ------------------------------------------------------------------------------------------------------------

REGISTER: writers.Register = {(ONE, DAY, False): "/", (ONE, DAY, True): "-", (TWO, DAY, False): "C2"}


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-8", "utf-16"])
@pytest.mark.parametrize("listed", [True, False])
def test_sims_attendances_are_read_and_no_mark_is_none(encoding: str, listed: bool) -> None:
    assert marks(read(books.sims(REGISTER, listed=listed, encoding=encoding))) == {
        (ONE, "2025-09-22 AM"): "/",
        (TWO, "2025-09-22 AM"): "C2",
    }


def test_sims_person_ids_alone_are_answered_with_what_is_needed() -> None:
    without = books.sims(REGISTER).replace(b"UPN>", b"Ref>")
    assert refusal(without).startswith("This SIMS file has no UPN for any of its 3 records.")
    assert "each with PersonID and UPN" in refusal(without)
    some = books.sims(REGISTER, listed=True).replace(f"<UPN>{TWO}</UPN>".encode(), b"<UPN/>")
    parsed = read(some)
    assert [(problem.line, problem.message) for problem in parsed.problems] == [(3, "The UPN is missing.")]
    assert parsed.questions[0].startswith("1 of 3 records have no UPN.")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ((b"<SessionAttendances>", b'<!DOCTYPE x [<!ENTITY a "b">]><SessionAttendances>'), "declares a document type or entities"),
        ((b"<SessionAttendances>", b'<!DOCTYPE x SYSTEM "http://127.0.0.1/x"><SessionAttendances>'), "declares a document type"),
        ((b"</SessionAttendances>", b""), "damaged in line"),
        ((b"<PersonID>", b"<x>" * 30), "stand too deep"),
        ((b"iso-8859-1", b"klingon"), "in an encoding which is not known"),
    ],
)
def test_xml_that_is_bent_is_refused(change: tuple[bytes, bytes], says: str) -> None:
    assert says in refusal(books.sims(REGISTER).replace(*change))


# --- SIF -------------------------------------------------------------------------------------------------------------


def sif(*records: dict[str, str]) -> bytes:
    usual = {
        "RefId": "a",
        "UPN": ONE,
        "AttendanceDate": "2025-09-22",
        "Session": "AM",
        "AttendanceDomain": "Session",
        "AttendanceCode": "/",
    }
    return json.dumps({"LearnerAttendance": [usual | record for record in records]}).encode()


def test_the_latest_record_speaks_for_a_session() -> None:
    early, late = {"RecordTimestamp": "2025-09-22T08:25:00Z"}, {"RecordTimestamp": "2025-09-22T10:10:00+01:00", "AttendanceCode": "L"}
    for order in ([early, late], [late, early]):
        parsed = read(sif(*order))
        assert marks(parsed) == {(ONE, "2025-09-22 AM"): "L"}
        assert parsed.exported_at == dt.datetime(2025, 9, 22, 9, 10, tzinfo=dt.UTC), "it was made no earlier than that"
        assert parsed.questions == ["1 record left out, because a later RecordTimestamp speaks for the same session."]


def test_records_of_which_neither_is_later_are_put_to_a_person() -> None:
    parsed = read(sif({}, {"AttendanceCode": "I"}))
    assert marks(parsed) == {}
    assert "this record says “/”, record 2 says “I”" in parsed.problems[0].message


def test_lesson_marks_are_left_out_and_said() -> None:
    parsed = read(sif({}, {"AttendanceDomain": "Lesson", "AttendanceCode": "O"}))
    assert marks(parsed) == {(ONE, "2025-09-22 AM"): "/"}
    assert parsed.questions == ["1 lesson mark (AttendanceDomain lesson) left out: only sessions are statutory."]
    assert "No mark of this JSON file is a session’s" in refusal(sif({"AttendanceDomain": "lesson"}))


def test_a_statutory_string_is_read_from_its_first_morning_to_its_last_afternoon() -> None:
    parsed = read(books.sif_summary(ONE, "2025-09-18", "2025-09-23", "/\\I-####L\\OO"))
    assert (
        "".join(marks(parsed).get((ONE, f"2025-09-{day} {half}"), ".") for day in range(18, 24) for half in ("AM", "PM"))
        == "/\\I.####L\\OO"
    )


def test_a_statutory_string_over_the_change_of_clocks_loses_no_session() -> None:
    parsed = read(books.sif_summary(ONE, "2025-10-24", "2025-10-27", "/\\####/\\"))
    assert [day for _, day in marks(parsed)][-2:] == ["2025-10-27 AM", "2025-10-27 PM"]


def test_a_statutory_string_of_the_wrong_length_comes_back_whole() -> None:
    data = books.sif_summary(ONE, "2025-09-22", "2025-09-24", "/\\/\\/")
    parsed = read(data)
    assert marks(parsed) == {}
    (problem,) = parsed.problems
    assert "has 5 characters" in problem.message
    assert "there are 6 sessions" in problem.message
    mapping = sniff(data).mapping
    assert mapping is not None
    returned = rejected_file(data, mapping, parsed.problems)
    assert json.loads(returned)["LearnerAttendanceSummary"][0]["reason"].startswith("This summary cannot be read.")
    assert len(marks(read(returned.replace(b'"/\\\\/\\\\/"', b'"/\\\\/\\\\/\\\\"')))) == 6


def test_of_a_statutory_string_the_bad_marks_alone_come_back() -> None:
    data = books.sif_summary(ONE, "2025-09-22", "2025-09-24", "/\\?\\//")
    mapping = sniff(data).mapping
    assert mapping is not None
    first = read(data)
    returned = rejected_file(data, mapping, first.problems)
    (again,) = json.loads(returned)["LearnerAttendanceSummary"]
    assert again["DfEStatutorySessionAttendanceString"] == "--?---"
    second = read(returned.replace(b"--?---", b"--I---"))
    assert marks(second) == {(ONE, "2025-09-23 AM"): "I"}
    assert len(marks(first) | marks(second)) == 6


def test_a_learner_without_upn_comes_back_with_what_is_needed() -> None:
    parsed = read(books.sif_summary("", "2025-09-22", "2025-09-22", "/\\"))
    assert {problem.message.split(",")[0] for problem in parsed.problems} == {"This record names its learner by LearnerPersonalRefId alone"}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b'{"LearnerAttendance": [' + b"[" * 100_000, "stand too deep"),
        (b'{"LearnerAttendance": ' + b"[" * 500 + b"]" * 500 + b"}", "stand too deep"),
        (b'{"LearnerAttendance": [{"RefId": "a"}', "damaged in line 1"),
        (b'{"LearnerAttendance": []}', "holds no LearnerAttendance"),
        (b'{"LearnerAttendance": {}}\n{"LearnerAttendance": {]}', "damaged in line 2"),
        (b'{"LearnerAttendance": [' + b"[]," * 1_600_000 + b"[]]}", "too long to be read at once"),
        (b'{"other": 1}', "JSON file"),
    ],
)
def test_json_that_is_no_attendance_is_refused(data: bytes, says: str) -> None:
    assert says in refusal(data)


# --- files that cannot be cut ----------------------------------------------------------------------------------------


def test_a_long_workbook_is_previewed_by_its_first_rows_and_read_once() -> None:
    rows = [["Comment", *HEADINGS], *(["x" * 3_000, ONE, DAY - dt.timedelta(days=n), "AM", "/"] for n in range(2_000))]
    data = books.xlsx(rows)
    sniffed, start, whole = preview.look(data)
    assert sniffed.mapping is not None
    assert not whole
    seen = preview.preview(start, sniffed.mapping, today=TODAY)
    assert 1_000 < seen.rows < 2_000
    assert read(data).rows_read == 2_000
