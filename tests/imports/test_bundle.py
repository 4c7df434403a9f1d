"""A round of a feed as a file: the same rows for ever, and a clear word where it is damaged."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json

import pytest

from attendance.codes import NO_LONGER
from attendance.imports import bundle, translate
from attendance.imports.parse import parse
from attendance.imports.parsed import Unreadable
from attendance.imports.wonde_rows import Student
from tests.feeds.stub import codes, mark

DAY = dt.date(2026, 11, 20)
AT = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
ANNA = Student("S1", "V999900126001", "Ash", "Anna", "2012-03-04", "9")


def made(*marks: dict, taken_back: tuple[tuple[str, str, str], ...] = (), students: tuple[Student, ...] = (ANNA,)) -> bytes:
    file = io.BytesIO()
    writer = bundle.Writer(file, {"urn": 999801})
    writer.answer("attendance-codes", "https://x/", json.dumps({"data": codes()}).encode())
    writer.answer("attendance/session", "https://x/", json.dumps({"data": marks}).encode())
    writer.close({one.remote_id: one for one in students}, list(taken_back))
    return file.getvalue()


def rows(data: bytes) -> list[list[str]]:
    return [line.split(",") for line in bundle.to_table(data).csv.decode().splitlines()[1:]]


def said(data: bytes) -> list[tuple[str, str, str]]:
    return [(row[1], row[7], row[8]) for row in rows(data)]


def test_the_same_bytes_are_made_and_read_alike():
    one = made(mark(1, 1, DAY, "AM", "/", AT))
    assert one == made(mark(1, 1, DAY, "AM", "/", AT))
    assert translate.translator_of(one) is bundle.TRANSLATOR
    assert rows(one) == [["999801", "V999900126001", "Ash", "Anna", "2012-03-04", "9", "2026-11-20", "AM", "/"]]


def test_of_two_marks_for_a_session_the_one_changed_last_stands():
    later = AT + dt.timedelta(minutes=5)
    assert said(made(mark(1, 1, DAY, "AM", "I", later), mark(2, 1, DAY, "AM", "N", AT))) == [("V999900126001", "AM", "I")]
    assert said(made(mark(1, 1, DAY, "AM", "I", AT), mark(2, 1, DAY, "AM", "N", AT))) == [("V999900126001", "AM", "N")]


def test_a_session_that_is_marked_is_not_taken_back():
    both = made(mark(1, 1, DAY, "AM", "I", AT), taken_back=(("S1", "2026-11-20", "AM"), ("S1", "2026-11-20", "PM")))
    assert said(both) == [("V999900126001", "AM", "I"), ("V999900126001", "PM", NO_LONGER)]


def test_what_is_not_understood_comes_back_row_by_row():
    odd = (
        mark(1, 1, DAY, "AM", "/", AT),
        mark(2, 1, DAY, "BREAK", "/", AT),
        mark(3, 1, DAY, "PM", "/", AT, date={"date": "soon", "timezone": "UTC"}),
        mark(4, 1, DAY, "PM", "/", AT, attendance_code="C999"),
        mark(5, 8, DAY, "AM", "/", AT),
        {"id": "M9"},
    )
    parsed = parse(made(*odd), bundle.MAPPING, today=DAY)
    assert (parsed.rows_read, len(parsed.cell_row), parsed.rows_rejected) == (6, 1, 5)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data[: len(data) // 2],
        lambda data: data[:30],
        lambda data: data[:-9] + b"123456789",
        lambda data: data[:40] + bytes(40) + data[80:],
        lambda data: _gz(b"not json\n"),
        lambda data: _gz(b""),
        lambda data: _gz(b"{}\n{}\n"),
        lambda data: _gz(b'{"urn": 1}\n{"resource": "attendance/session", "body": "{}"}\n'),
        lambda data: _gz(b'{"urn": 1}\n{"students": {"S1": ["one", "too", "few"]}, "taken_back": []}\n'),
        lambda data: _gz(b"[1]\n[2]\n"),
    ],
)
def test_a_damaged_bundle_is_refused_in_words(spoil):
    with pytest.raises(Unreadable, match="damaged"):
        bundle.to_table(spoil(made(mark(1, 1, DAY, "AM", "/", AT))))


def _gz(text: bytes) -> bytes:
    file = io.BytesIO()
    with gzip.GzipFile(filename="daymark-wonde.jsonl", mode="wb", fileobj=file, mtime=0) as packed:
        packed.write(text)
    return file.getvalue()


def test_a_line_without_end_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "_LONGEST", 1000)
    monkeypatch.setattr(bundle.json, "loads", lambda line: pytest.fail("read") if len(line) > 1001 else {})
    out = io.BytesIO()
    with gzip.GzipFile(filename="daymark-wonde.jsonl", mode="wb", fileobj=out, mtime=0) as zipped:
        zipped.write(b"{" + b" " * 1_000_000 + b"}")
    with pytest.raises(Unreadable, match="larger than any feed"):
        bundle.read(out.getvalue())
