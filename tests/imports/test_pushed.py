"""What is pushed as JSON makes the register that the same marks make as CSV, and no body breaks the reader."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance.imports import pushed
from attendance.imports.parse import parse
from attendance.imports.parsed import Parsed, Unreadable
from attendance.imports.sniff import sniff
from tests.factories import valid_upn

TODAY = dt.date(2026, 11, 20)
UPNS = [valid_upn(number) for number in range(1, 6)]
RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "upn": st.sampled_from([*UPNS, "Z123"]),
            "date": st.dates(dt.date(2026, 9, 1), dt.date(2026, 11, 24)).map(dt.date.isoformat),
            "session": st.sampled_from(["AM", "PM", "am"]),
            "code": st.sampled_from(["/", "\\", "I", "O", "L", "H", "?", "", "-", "b"]),
        }
    ),
    min_size=1,
    max_size=30,
)


def read(data: bytes) -> Parsed:
    mapping = sniff(data).mapping
    assert mapping is not None
    return parse(data, mapping, today=TODAY)


def said(parsed: Parsed) -> tuple[Any, ...]:
    cells = zip(parsed.cell_row.tolist(), parsed.cell_date.tolist(), parsed.cell_pm.tolist(), parsed.cell_byte.tolist(), strict=True)
    marks = sorted((parsed.upn[row], day, pm, byte) for row, day, pm, byte in cells)
    return marks, sorted((problem.row, problem.message.split(" line ")[0].split(" record ")[0][:20]) for problem in parsed.problems)


@given(RECORDS, st.sampled_from(["array", "object", "lines"]))
@settings(max_examples=150, deadline=None)
def test_json_and_csv_say_the_same(records: list[dict[str, str]], form: str) -> None:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["UPN", "Date", "Session", "Mark"])
    writer.writerows([one["upn"], one["date"], one["session"], one["code"]] for one in records)
    bodies = {
        "array": json.dumps(records),
        "object": json.dumps({"marks": records}),
        "lines": "\n".join(json.dumps(one) for one in records),
    }
    assert said(read(bodies[form].encode())) == said(read(out.getvalue().encode()))


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["marks", "upn", "date", "session", "code", "x"]), inner, max_size=5)
    ),
    max_leaves=20,
)


@given(JSONS.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_body_is_read_or_refused_in_words(body: bytes) -> None:
    try:
        content = pushed.read(body)
    except Unreadable as problem:
        assert str(problem).endswith(".")  # noqa: PT017
        return
    assert content.records or content.problems
    assert all(problem.message and problem.number > 0 for problem in content.problems)


def test_of_two_changes_the_later_is_taken() -> None:
    record = {"upn": UPNS[0], "date": "2026-11-16", "session": "AM"}
    changes = [record | {"code": "I", "updated_at": "2026-11-17T10:00:00Z"}, record | {"code": "N", "updated_at": "2026-11-16T10:00:00Z"}]
    for order in (changes, changes[::-1]):
        parsed = read(json.dumps(order).encode())
        assert parsed.marks_seen == {"I": 1}
        assert parsed.exported_at == dt.datetime(2026, 11, 17, 10, tzinfo=dt.UTC)


@pytest.mark.parametrize("first", ['{"upn": "A99', "[1]", '{"upn": "A", "date": }', '{"upn": NaN}'])
def test_the_first_of_many_lines_may_be_the_bad_one(first: str) -> None:
    good = json.dumps({"upn": UPNS[0], "date": "2026-11-16", "session": "AM", "code": "I"})
    content = pushed.read(f"{first}\n{good}\n{good}\n".encode())
    assert [number for number, _ in content.records] == [2, 3]
    assert [problem.number for problem in content.problems] == [1]


@pytest.mark.parametrize("cut", ["[\n{0},\n{0},\n{1}", "[{0},\n{0}", '{{"marks": [\n{0}', '{{"marks": [{0},\n{0}'])
def test_a_list_that_is_cut_off_is_not_taken_in_part(cut: str) -> None:
    good = json.dumps({"upn": UPNS[0], "date": "2026-11-16", "session": "AM", "code": "I"})
    with pytest.raises(Unreadable, match=r"not JSON: .*(?<! at), at line"):
        pushed.read(cut.format(good, good[:20]).encode())


def test_what_was_said_twice_of_a_record_is_named() -> None:
    body = b'[{"upn": "A", "date": "2026-11-16", "session": "AM", "code": "I", "code": "N"}]'
    (problem,) = pushed.read(body).problems
    assert (problem.field, problem.message) == ("code", "“code” is given twice.")


@pytest.mark.parametrize("body", [b'[{"upn": 1' + b"0" * 5000 + b"}]", b'{"a":' * 5000])
def test_numbers_and_nesting_without_end(body: bytes) -> None:
    with pytest.raises(Unreadable):
        pushed.read(body)


def test_a_body_of_bad_records_is_counted_whole_and_named_in_part() -> None:
    content = pushed.read(b"[" + b",".join([b"{}"] * 3000) + b"]")
    assert (content.records, content.bad, len(content.problems)) == ([], 3000, pushed.MOST_PROBLEMS)


def test_more_parts_than_marks_can_have_are_refused_unread() -> None:
    with pytest.raises(Unreadable, match="too long to be read at once"):
        pushed.read(b"[" * (pushed.MAX_PARTS + 1))


def test_one_of_very_many_keys_given_twice_is_found_at_once() -> None:
    """In the square of their number it would take minutes."""
    keys = ", ".join(f'"k{number}": 0' for number in range(300_000))
    (problem,) = pushed.read(f'[{{{keys}, "k299999": 1}}]'.encode()).problems
    assert problem.message == "“k299999” is given twice."
