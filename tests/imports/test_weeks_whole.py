"""Weeks that are taken whole say what the same weeks say mark by mark: what is read, and in whose register it is laid."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attendance.imports import laid, match
from attendance.imports import parse as parsing
from attendance.imports.match import Spell
from attendance.imports.parsed import Mapping, Parsed, Weeks
from attendance.imports.senders import Headings
from tests.imports.writers import upn

TODAY = dt.date(2026, 8, 5)  # a Wednesday, in the first week of an academic year
MONDAY = TODAY - dt.timedelta(days=2)
MAPPING = Mapping("weeks", {"urn": 0, "upn": 1, "week_start": 2, "week_marks": 3}, aliases={"s": "I"})
ORDINARY = st.text("/\\LICMO#-_ s", min_size=14, max_size=14)
ODD = st.one_of(st.text("/\\#-", min_size=9, max_size=13), st.just("/\\zq//////####"), st.just(""), st.just("é" * 14))
ROWS = st.tuples(st.integers(1, 4), st.integers(-60, 0), st.one_of(ORDINARY, ORDINARY, ORDINARY, ODD))
FILES = st.one_of(
    st.lists(ROWS, min_size=1, max_size=12, unique_by=lambda row: row[:2]),
    st.lists(st.tuples(st.integers(1, 4), st.integers(-60, 0), ORDINARY), min_size=1, max_size=12, unique_by=lambda row: row[:2]),
    st.lists(ROWS, min_size=1, max_size=12),  # weeks that come twice
)


def a_file(rows: list[tuple[int, int, str]], ends: str = "\n") -> bytes:
    lines = [f"999801,{upn(pupil)},{MONDAY + dt.timedelta(weeks=week):%d/%m/%Y},{text}" for pupil, week, text in rows]
    return ends.join(["URN,UPN,WeekStart,WeekMarks", *lines, ""]).encode()


def both_ways(data: bytes) -> tuple[Parsed, Parsed]:
    whole = parsing.parse(data, MAPPING, today=TODAY)
    with mock.patch.object(parsing, "_whole", return_value=None):
        return whole, parsing.parse(data, MAPPING, today=TODAY)


def cells(parsed: Parsed) -> list[tuple[int, dt.date, bool, int]]:
    one = parsed.single
    return sorted(zip(one.row.tolist(), one.date.tolist(), one.pm.tolist(), one.byte.tolist(), strict=True))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(FILES, st.sampled_from(["\n", "\r\n"]))
def test_the_same_is_read_of_every_file(rows: list[tuple[int, int, str]], ends: str) -> None:
    whole, singly = both_ways(a_file(rows, ends))
    assert cells(whole) == cells(singly)
    for name in ("problems", "questions", "marks_seen", "unknown_marks", "first_date", "last_date"):
        assert getattr(whole, name) == getattr(singly, name), name
    if isinstance(whole.marks, Weeks):
        assert (whole.marks.first, whole.marks.last) == (whole.first_date, whole.last_date)


@dataclass
class OnRoll:
    """What `place` asks of a roll."""

    spells: dict[str, list[Spell]]
    pupil_of: dict[str, int]
    school: Any = field(default_factory=lambda: SimpleNamespace(closed=None))
    unproved: frozenset[str] = frozenset()
    ambiguous: frozenset[str] = frozenset()

    def knows(self, number: str) -> bool:
        return number in self.spells

    def spells_of(self, number: str) -> list[Spell]:
        return self.spells.get(number, [])


def placed(parsed: Parsed, roll: OnRoll) -> tuple[Any, ...]:
    found = match.place(parsed, np.arange(parsed.rows_read), roll, Headings(list, {}))  # type: ignore[arg-type]
    said = {
        (year, enrolment): row.tobytes()
        for year, ids, marks in laid.by_year(found)
        for enrolment, row in zip(ids.tolist(), marks, strict=True)
    }
    days = (found.first, found.last) if len(found.enrolment) else None
    told = sorted(problem.message for problem in found.problems)
    return said, days, found.outside, found.pupils_outside, found.starts, found.pupils, found.unmatched, told


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(FILES, st.lists(st.tuples(st.integers(-400, 0), st.sampled_from([None, -30, 400])), min_size=3, max_size=3), st.booleans())
def test_the_same_is_laid_in_every_register(
    rows: list[tuple[int, int, str]], dates: list[tuple[int, int | None]], one_pupil_twice: bool
) -> None:
    spells: dict[str, list[Spell]] = {}
    pupil_of: dict[str, int] = {}
    for number, (start, end) in enumerate(dates, 1):  # the fourth pupil is on no roll
        pupil = 1 if one_pupil_twice and number == 3 else number  # under an old and a new number
        first, last = MONDAY + dt.timedelta(days=start), None if end is None else MONDAY + dt.timedelta(days=end)
        spells[upn(number)] = spells[upn(1)] if pupil != number else [Spell(70 + number, pupil, first, last, number == 2, "")]
        pupil_of[upn(number)] = pupil
    whole, singly = both_ways(a_file(rows))
    assert placed(whole, OnRoll(spells, pupil_of)) == placed(singly, OnRoll(spells, pupil_of))


@pytest.mark.parametrize("text", ["/\\" * 5 + "####", "/\\/\\" + "#" * 10, "--//------ -_#"])
def test_an_ordinary_file_is_taken_whole(text: str) -> None:
    whole, _ = both_ways(a_file([(pupil, week, text) for pupil in (1, 2) for week in (-3, -2)]))
    assert isinstance(whole.marks, Weeks)
    roll = OnRoll({upn(n): [Spell(70 + n, n, dt.date(2024, 9, 1), None, False, "")] for n in (1, 2)}, {upn(1): 1, upn(2): 2})
    assert match.place(whole, np.arange(4), roll, Headings(list, {})).weeks is not None  # type: ignore[arg-type]
