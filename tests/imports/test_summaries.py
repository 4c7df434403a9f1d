"""Totals of sessions as schools send them: year-to-date summaries and the school census, from bytes to counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance.codes import BY_CODE, Class
from attendance.imports import census
from attendance.imports.parse import parse
from attendance.imports.parsed import Parsed, Totals, Unreadable
from attendance.imports.rejects import rejected_file
from attendance.imports.sniff import sniff
from attendance.imports.summaries import read_count, read_reasons
from attendance.imports.values import Bad
from tests.imports.writers import table, upn

FILES = Path(__file__).parents[1] / "data" / "extracts"
TODAY = dt.date(2026, 11, 20)
PERIOD = {"first": "2026-09-01", "last": "2026-11-20"}
HEADINGS = ["UPN", "Possible sessions", "Sessions attended", "Authorised", "Unauthorised", "Late sessions"]


def read(source: bytes | Path, period: Mapping[str, str] = PERIOD, today: dt.date = TODAY) -> tuple[Parsed, Totals]:
    found = sniff(source)
    assert found.mapping is not None, found.message
    assert found.mapping.layout == "summary"
    parsed = parse(source, replace(found.mapping, period=dict(period)), today=today)
    assert parsed.totals is not None
    return parsed, parsed.totals


def said(totals: Totals, row: int) -> tuple[int, ...]:
    return tuple(int(getattr(totals, name)[row]) for name in ("possible", "attended", "authorised", "unauthorised"))


def xml(attendance: str, *, around: str = "{}", number: int = 1) -> bytes:
    pupil = f"<PupilOnRoll><UPN>{upn(number)}</UPN><Attendance>{attendance}</Attendance></PupilOnRoll>"
    return around.format(pupil).encode()


def test_the_year_to_date_sample() -> None:
    parsed, totals = read(FILES / "summary_ytd.csv")
    assert parsed.problems == []
    assert said(totals, 0) == (120, 52, 30, 38)
    assert (totals.late[0], totals.persistent[0], totals.severe[0]) == (4, True, True)
    assert (totals.first[0], totals.last[0], totals.as_at[0]) == (dt.date(2026, 9, 1), dt.date(2026, 11, 20), dt.date(2026, 11, 20))
    assert parsed.cell_row.size == 0, "totals are no marks"


def test_what_days_it_is_of_is_asked_and_never_guessed() -> None:
    assert read(FILES / "summary_ytd.csv", {})[1].asks == "period"
    assert read(FILES / "summary_ytd.csv", {"first": "2026-09-01"})[1].asks == "period"
    assert read(FILES / "summary_ytd.csv")[1].asks == ""
    told = table([["Attendance summary 01/09/2026 to 20/11/2026"], HEADINGS, [upn(1), "10", "8", "1", "1", "0"]])
    _, totals = read(told, {})
    assert (totals.asks, totals.first[0], totals.last[0]) == ("", dt.date(2026, 9, 1), dt.date(2026, 11, 20))
    columns = table(
        [[*HEADINGS, "From", "To", "Totals as at"], [upn(1), "10", "8", "1", "1", "0", "01/09/2026", "13/11/2026", "16/11/2026"]]
    )
    _, totals = read(columns, {})
    assert (totals.asks, totals.last[0], totals.as_at[0]) == ("", dt.date(2026, 11, 13), dt.date(2026, 11, 16))


def test_the_census_sample_says_reasons_and_totals_of_two_periods() -> None:
    parsed, totals = read(FILES / "census.xml", {})
    assert totals.asks == "census", "without a header it does not say which term it is about"
    parsed, totals = read(FILES / "census.xml", {"census": "2026-spring"})
    assert parsed.problems == []
    assert said(totals, 0) == (142, 122, 12, 8)
    assert totals.reasons[0] == {"I": 12, "O": 8}
    assert (totals.kind[0], totals.first[0], totals.last[0]) == ("census_term", dt.date(2025, 8, 1), dt.date(2025, 12, 31))
    assert said(totals, 1) == (70, 64, 4, 2)
    assert (totals.kind[1], totals.first[1], totals.last[1]) == ("census_half_term", dt.date(2025, 5, 26), dt.date(2025, 7, 31))
    assert totals.joined[0] == dt.date(2021, 9, 3)


@pytest.mark.parametrize(
    ("reference", "part", "first", "last"),
    [
        ("2026-01-15", "TermlyAttendance", dt.date(2025, 8, 1), dt.date(2025, 12, 31)),
        ("2026-05-21", "TermlyAttendance", dt.date(2026, 1, 1), dt.date(2026, 4, 5)),
        ("2026-10-01", "TermlyAttendance", dt.date(2026, 4, 6), dt.date(2026, 5, 24)),
        ("2026-10-01", "SummerHalfTerm2Attendance", dt.date(2026, 5, 25), dt.date(2026, 7, 31)),
        ("2026-10-01", "AnnualAttendance", dt.date(2025, 8, 1), dt.date(2026, 7, 31)),
    ],
)
def test_a_census_is_about_the_term_before(reference: str, part: str, first: dt.date, last: dt.date) -> None:
    around = f"<Message><Header><ReferenceDate>{reference}</ReferenceDate></Header>{{}}</Message>"
    _, totals = read(xml(f"<{part}><SessionsPossible>60</SessionsPossible></{part}>", around=around), {})
    assert (totals.first[0], totals.last[0], totals.as_at[0]) == (first, last, dt.date.fromisoformat(reference))
    assert said(totals, 0) == (60, 60, 0, 0), "reasons without a session are left out, so none at all is none missed"


@pytest.mark.parametrize(
    "around", ["{}", "<a><b>{}</b></a>", '<m xmlns="urn:census"><Pupils>{}</Pupils></m>', "\ufeff<?xml version='1.0'?><m>{}</m>"]
)
def test_any_root_with_or_without_a_header(around: str) -> None:
    term = "<TermlyAttendance><SessionsPossible>60</SessionsPossible><SessionsAuthorised>2</SessionsAuthorised>"
    term += "<SessionsUnauthorised>1</SessionsUnauthorised></TermlyAttendance>"
    parsed, totals = read(xml(term, around=around), {"census": "2026-spring"})
    assert (parsed.upn[0], said(totals, 0)) == (upn(1), (60, 57, 2, 1))


def test_many_pupils_of_both_kinds_and_those_without_attendance() -> None:
    term = "<TermlyAttendance><SessionsPossible>60</SessionsPossible></TermlyAttendance>"
    pupils = "".join(f"<PupilOnRoll><UPN>{upn(n)}</UPN><Attendance>{term}</Attendance></PupilOnRoll>" for n in (1, 2))
    pupils += f"<PupilOnRoll><UPN>{upn(3)}</UPN><Boarder>B</Boarder></PupilOnRoll>"
    pupils += f"<PupilNoLongerOnRoll><UPN>{upn(4)}</UPN><Attendance>{term}</Attendance></PupilNoLongerOnRoll>"
    parsed, _ = read(f"<Message>{pupils}</Message>".encode(), {"census": "2026-spring"})
    assert parsed.upn.tolist() == [upn(1), upn(2), upn(4)]
    assert parsed.lines.tolist() == [1, 2, 4], "each is called by its place in the file"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'<?xml version="1.0"?><!DOCTYPE m [<!ENTITY a "x">]><PupilOnRoll><UPN>&a;</UPN></PupilOnRoll>', "document type declaration"),
        (b"<Message><PupilOnRoll><UPN>", "cut short"),
        (b"<PupilOnRoll><UPN>A</UPN></PupilOnRoll>", "no termly attendance"),
        (b"<PupilOnRoll>" * 500, "nested more deeply"),
    ],
)
def test_a_return_that_cannot_be_read_says_why(data: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        sniff(data)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["10", "8", "1", "2", "0"], "make 11, and 10 were possible"),
        (["10", "", "9", "2", "0"], "more than the 10 sessions possible"),
        (["0", "0", "0", "0", "0"], "No session was possible"),
        (["10", "8", "-1", "3", "0"], "below 0"),
        (["10", "8", "", "2", "0"], "missing"),
        (["10", "8.5", "1", "1", "0"], "not a whole number"),
        (["10", "2", "8", "0", "3"], "3 late sessions are more than the 2"),
        (["400", "398", "1", "1", "0"], "cannot be in the 81 days"),
    ],
)
def test_a_row_that_does_not_add_up_comes_back_in_the_same_shape(cells: list[str], words: str) -> None:
    data = table([HEADINGS, [upn(1), *cells], [upn(2), "10", "8", "1", "1", "0"]])
    found = sniff(data)
    assert found.mapping is not None
    mapping = replace(found.mapping, period=dict(PERIOD))
    parsed = parse(data, mapping, today=TODAY)
    (problem,) = parsed.problems
    assert (problem.line, problem.whole_row) == (2, True)
    assert words in problem.message
    back = rejected_file(data, mapping, parsed.problems).decode().splitlines()
    assert back[0] == ",".join([*HEADINGS, "Reason"])
    assert back[1].startswith(upn(1))
    assert len(back) == 2
    corrected = "\n".join([back[0], f"{upn(1)},10,8,1,1,0,corrected"]).encode()
    assert read(corrected)[0].problems == []


def test_reasons_must_be_absence_and_agree_with_the_totals() -> None:
    odd = "<TermlyAttendance><SessionsPossible>60</SessionsPossible><SessionDetails><SessionDetail><AttendanceReason>{}</AttendanceReason>"
    odd += "<AbsenceSessions>3</AbsenceSessions></SessionDetail></SessionDetails>{}</TermlyAttendance>"
    parsed, _ = read(xml(odd.format("ZZ", "")), {"census": "2026-spring"})
    assert "“ZZ” is not a code of absence" in parsed.problems[0].message
    both = "<SessionsAuthorised>1</SessionsAuthorised><SessionsUnauthorised>0</SessionsUnauthorised>"
    parsed, _ = read(xml(odd.format("I", both)), {"census": "2026-spring"})
    assert "The reasons make 3 authorised and 0 unauthorised sessions; the totals say 1 and 0" in parsed.problems[0].message


def test_two_different_rows_of_a_pupil_both_come_back_and_two_alike_are_one() -> None:
    row = [upn(1), "10", "8", "1", "1", "0"]
    parsed, _ = read(table([HEADINGS, row, [upn(1), "10", "7", "2", "1", "0"], [upn(2), *row[1:]], [upn(2), *row[1:]]]))
    assert [(problem.line, problem.message[:6]) for problem in parsed.problems] == [(2, "Line 3"), (3, "Line 2")]


def test_a_period_in_the_future_or_back_to_front_is_no_period() -> None:
    row = [upn(1), "10", "8", "1", "1", "0"]
    ahead = read(table([HEADINGS, row]), {"first": "2026-09-01", "last": "2026-12-18"})[0]
    assert "in the future" in ahead.problems[0].message
    back = read(table([[*HEADINGS, "From", "To"], [*row, "01/10/2026", "01/09/2026"]]), {})[0]
    assert "is after the last" in back.problems[0].message


def test_a_percentage_is_never_taken_for_a_count() -> None:
    found = sniff(
        table([["UPN", "Possible", "Authorised %", "Authorised", "Unauthorised %", "Unauthorised"], [upn(1), "10", "9", "1", "9", "1"]])
    )
    assert found.mapping is not None
    assert (found.mapping.columns["authorised"], found.mapping.columns["unauthorised"]) == (3, 5)


ABSENCE = sorted(code for code, one in BY_CODE.items() if one.klass in (Class.AUTHORISED, Class.UNAUTHORISED))
REASONS = st.dictionaries(st.sampled_from(ABSENCE), st.integers(1, 20), max_size=5)


@given(st.lists(st.tuples(REASONS, st.integers(1, 60)), min_size=1, max_size=8))
def test_a_census_comes_out_as_it_was_written(pupils: list[tuple[dict[str, int], int]]) -> None:
    def detail(code: str, number: int) -> str:
        return f"<SessionDetail><AttendanceReason>{code}</AttendanceReason><AbsenceSessions>{number}</AbsenceSessions></SessionDetail>"

    parts = []
    for number, (reasons, attended) in enumerate(pupils, start=1):
        possible = attended + sum(reasons.values())
        details = "".join(detail(code, sessions) for code, sessions in reasons.items())
        term = f"<SessionsPossible>{possible}</SessionsPossible><SessionDetails>{details}</SessionDetails>"
        parts.append(xml(f"<TermlyAttendance>{term}</TermlyAttendance>", number=number).decode())
    parsed, totals = read(f"<R>{''.join(parts)}</R>".encode(), {"census": "2026-spring"})
    assert parsed.problems == []
    for row, (reasons, attended) in enumerate(pupils):
        authorised = sum(n for code, n in reasons.items() if BY_CODE[code].klass == Class.AUTHORISED)
        assert said(totals, row) == (attended + sum(reasons.values()), attended, authorised, sum(reasons.values()) - authorised)
        assert totals.reasons[row] == reasons


@given(st.lists(st.tuples(*[st.integers(0, 50)] * 3), min_size=1, max_size=20), st.sampled_from([",", ";", "\t"]))
def test_a_summary_comes_out_as_it_was_written(pupils: list[tuple[int, int, int]], delimiter: str) -> None:
    rows = [[upn(n), str(sum(one)), *map(str, one), "0"] for n, one in enumerate(pupils)]
    parsed, totals = read(table([HEADINGS, *rows], delimiter=delimiter))
    bad = {problem.row for problem in parsed.problems}
    assert bad == {row for row, one in enumerate(pupils) if sum(one) == 0 or sum(one) > 162}
    for row in set(range(len(pupils))) - bad:
        assert said(totals, row) == (sum(pupils[row]), *pupils[row])


@pytest.mark.parametrize(("text", "number"), [("142", 142), ("142.0", 142), (" 1,024 ", 1024), ("0", 0)])
def test_counts_as_spreadsheets_write_them(text: str, number: int) -> None:
    assert read_count(text) == number


def read_bad(read_one: Any, text: str) -> str:
    with pytest.raises(Bad) as bad:
        read_one(text)
    return str(bad.value)


def test_what_is_no_count_and_no_reason() -> None:
    assert "missing" in read_bad(read_count, "")
    assert "not a code of absence" in read_bad(read_reasons, "I 12; / 8")
    assert "not a whole number" in read_bad(read_reasons, "I x")


def test_the_head_tells_a_census_from_other_xml() -> None:
    assert census.recognise((FILES / "census.xml").read_bytes())
    assert not census.recognise(b"<SessionAttendances><SessionAttendance/></SessionAttendances>")
    assert not census.recognise(b"UPN,PupilOnRoll")
