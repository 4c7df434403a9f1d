"""Whatever happens at the school between two rounds, after a round the register says what the school's own system says.

Marks are made, changed, moved, deleted and made anew in any order; rounds are by day or by night; some of them fail in the middle.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attendance.models import Cursor, Feed, FeedDay
from tests.feeds import stub as stubs
from tests.feeds.conftest import Clock, Fetching
from tests.feeds.stub import Stub, mark, student
from tests.feeds.test_sync import ANNA, BEN, FRIDAY, THURSDAY, marks_of

pytestmark = pytest.mark.django_db

CELLS = [(who, day, half) for who in (1, 2) for day in (THURSDAY, FRIDAY) for half in ("AM", "PM")]
CELL = st.sampled_from(range(len(CELLS)))
MAKE = st.tuples(st.just("mark"), CELL, st.sampled_from("/INO"))
DELETE = st.tuples(st.just("delete"), CELL, st.just(""))
MOVE = st.tuples(st.just("move"), CELL, st.just(""))
ROUND = st.tuples(st.sampled_from(["day", "day", "night", "fail"]), st.just(0), st.just(""))
STEPS = st.lists(st.one_of(MAKE, MAKE, DELETE, MOVE, ROUND, ROUND), min_size=4, max_size=14)
SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


class School:
    """The school's own system: the mark in each cell, and what its provider tells of it."""

    def __init__(self, stub: Stub, watch: Clock) -> None:
        self.stub, self.watch = stub, watch
        self.made = 0
        self.rows: dict[int, dict[str, Any]] = {}
        for resource in ("attendance/session", "deletions"):
            stub.rows["A1", resource].clear()

    def mark(self, cell: int, code: str) -> None:
        """Change the mark there is, or make one."""
        who, day, half = CELLS[cell]
        if cell in self.rows:
            self.rows[cell] |= {"attendance_code": f"C{ord(code)}", "updated_at": stubs.at(self.watch.now())}
            return
        self.made += 1
        self.rows[cell] = mark(self.made, who, day, half, code, self.watch.now())
        self.stub.add("A1", "attendance/session", self.rows[cell])

    def delete(self, cell: int, _: str) -> None:
        row = self.rows.pop(cell, None)
        if row is not None:
            self.stub.rows["A1", "attendance/session"].remove(row)
            now = stubs.at(self.watch.now())
            self.stub.add("A1", "deletions", {"id": row["id"], "type": "attendance", "deleted_at": now, "updated_at": now})

    def move(self, cell: int, _: str) -> None:
        """To the other half of its day, where nothing stands there."""
        other = cell ^ 1
        if cell in self.rows and other not in self.rows:
            self.rows[other] = self.rows.pop(cell)
            self.rows[other] |= {"session": CELLS[other][2], "updated_at": stubs.at(self.watch.now())}

    def says(self) -> dict[str, str]:
        def code(cell: tuple[int, dt.date, str]) -> str:
            row = self.rows.get(CELLS.index(cell))
            return chr(int(row["attendance_code"][1:])) if row else "-"

        return {
            f"{upn} {day}": code((who, day, "AM")) + code((who, day, "PM"))
            for who, upn in ((1, ANNA), (2, BEN))
            for day in (THURSDAY, FRIDAY)
        }


def play(steps: list[tuple[str, int, str]], fetch: Fetching, stub: Stub, watch: Clock) -> None:
    school = School(stub, watch)
    fetch("night")
    for act, cell, code in [*steps, ("day", 0, "")]:
        if act in ("day", "night"):
            watch.at += dt.timedelta(minutes=15)
            assert fetch(act).problem == ""
            assert {f"{upn} {day}": marks_of(upn, day) for upn in (ANNA, BEN) for day in (THURSDAY, FRIDAY)} == school.says()
        elif act == "fail":
            stub.misbehave("attendance/session", stubs.status(200, b"{"))
            assert fetch("day").problem
        else:
            getattr(school, act)(cell, code)


@pytest.fixture
def two(stub: Stub, feed: Feed) -> None:
    stub.add("A1", "students", student(1, ANNA, "Ash", "Anna"), student(2, BEN, "Birch", "Ben"))


def tried(steps: list[tuple[str, int, str]], fetch: Fetching, stub: Stub, watch: Clock) -> None:
    with transaction.atomic():
        play(steps, fetch, stub, watch)
        transaction.set_rollback(True)
    assert not Cursor.objects.exists()
    assert not FeedDay.objects.exists()


@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=SLOW)
@given(steps=STEPS)
def test_after_a_round_the_register_says_what_the_school_says(two, fetch, stub, watch, steps):
    tried(steps, fetch, stub, watch)


@pytest.mark.long
@settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
@given(steps=STEPS)
def test_after_a_round_the_register_says_what_the_school_says_at_length(two, fetch, stub, watch, steps):
    tried(steps, fetch, stub, watch)


def test_a_mark_made_again_where_one_was_deleted_and_moved(two, fetch, stub, watch):
    tried(
        [("mark", 0, "I"), ("day", 0, ""), ("move", 0, ""), ("mark", 0, "/"), ("day", 0, ""), ("delete", 1, ""), ("night", 0, "")],
        fetch,
        stub,
        watch,
    )
