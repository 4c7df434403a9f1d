"""The register against a copy of everything: loads out of order, corrections, undoing, and what was known when.

The oracle keeps every load as a dictionary of what it said, works out the register anew after each step by asking the
standing loads, and keeps a copy of the whole at every moment.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attendance import matrix, register
from attendance.codes import BY_CODE, NO_LONGER, NO_LONGER_BYTE
from attendance.models import Amendment, Load
from attendance.reports import told
from schools.models import Enrolment, School
from tests.factories import enrol, make_pupil, make_school

pytestmark = pytest.mark.django_db

Cell = tuple[int, int, int]  # enrolment (0 to 2), year, column
START = dt.datetime(2026, 9, 1, 9, tzinfo=dt.UTC)
YEARS, COLUMNS = (2025, 2026), (0, 1, 200, 201, 729)  # the last: 31 July, in the afternoon

CELLS = st.tuples(st.integers(0, 2), st.sampled_from(YEARS), st.sampled_from(COLUMNS))
SAID = st.dictionaries(CELLS, st.sampled_from(["/", "O", "I", NO_LONGER]), min_size=1, max_size=8)
LOADS = st.tuples(st.just("load"), st.integers(0, 3), SAID)  # as-at: days after the start; few, so that they tie and cross
UNDOS = st.tuples(st.just("undo"), st.integers(0, 9), st.just({}))
STEPS = st.lists(st.one_of(LOADS, LOADS, UNDOS), min_size=2, max_size=9)


@dataclass
class Said:
    """One load as the oracle keeps it."""

    as_at: int
    marks: dict[Cell, str]
    load: Load
    undone: bool = False


def register_of(loads: list[Said]) -> dict[Cell, str]:
    """Of every cell: what the standing load with the latest as-at says, of equal ones the one received last."""
    found: dict[Cell, str] = {}
    for said in sorted((s for s in loads if not s.undone), key=lambda s: s.as_at):
        found |= said.marks
    return {cell: mark for cell, mark in found.items() if mark != NO_LONGER}


def as_read(enrolments: list[Enrolment], known_at: dt.datetime | None = None) -> dict[Cell, str]:
    found = {}
    for year in YEARS:
        rows = register.read(year, enrolments=[e.pk for e in enrolments], known_at=known_at)
        for row, column in zip(*np.nonzero(rows.marks), strict=True):
            at = [e.pk for e in enrolments].index(int(rows.enrolments[row]))
            found[at, year, int(column)] = register.code_of(rows.marks[row, column])
    return found


def do_load(school: School, enrolments: list[Enrolment], as_at: int, marks: dict[Cell, str], moment: dt.datetime) -> Said:
    load = Load.objects.create(school=school, as_at=START + dt.timedelta(days=as_at), received_at=moment)
    register.lock(school.pk)
    for year in sorted({cell[1] for cell in marks}):
        who = sorted({cell[0] for cell in marks if cell[1] == year})
        said = matrix.blank(len(who))
        for (at, of_year, column), mark in marks.items():
            if of_year == year:
                said[who.index(at), column] = NO_LONGER_BYTE if mark == NO_LONGER else BY_CODE[mark].byte
        register.write(load, year, [enrolments[at].pk for at in who], said)
    return Said(as_at, marks, load)


def do_undo(said: Said, moment: dt.datetime) -> None:
    register.lock(said.load.school_id)
    undo = Load.objects.create(school=said.load.school, kind="undo", undoes=said.load, as_at=moment, received_at=moment)
    register.undo(said.load, undo)
    said.undone = True


def play(school: School, enrolments: list[Enrolment], steps: list[tuple[str, int, dict[Cell, str]]]) -> None:
    loads: list[Said] = []
    copies: list[tuple[dt.datetime, dict[Cell, str]]] = [(START, {})]
    for number, (kind, which, marks) in enumerate(steps, start=1):
        moment = START + dt.timedelta(minutes=number)
        standing = [said for said in loads if not said.undone]
        if kind == "load":
            loads.append(do_load(school, enrolments, which, marks, moment))
        elif standing:
            do_undo(standing[which % len(standing)], moment)
        copies.append((moment, register_of(loads)))
        assert as_read(enrolments) == copies[-1][1]
    for moment, copy in copies:
        assert as_read(enrolments, known_at=moment) == copy
        assert as_read(enrolments, known_at=moment + dt.timedelta(seconds=59)) == copy
    history_agrees(enrolments, copies)


def history_agrees(enrolments: list[Enrolment], copies: list[tuple[dt.datetime, dict[Cell, str]]]) -> None:
    """The history that a pupil's page tells of each session: what it says stood after each word is what stood at that moment."""
    for at, enrolment in enumerate(enrolments):
        for year in YEARS:
            for day in {matrix.session_at(year, column).date for column in COLUMNS}:
                words = told([enrolment], day)
                for pm in (False, True):
                    cell = (at, year, matrix.index_of(day, pm))
                    ours = [word for word in words if word.session.pm == pm]
                    assert [w.load.received_at for w in ours] == sorted(w.load.received_at for w in ours)
                    for moment, copy in copies:
                        heard = [word for word in ours if word.load.received_at <= moment]
                        assert (heard[-1].after if heard else "") == copy.get(cell, "")
                        assert not heard or heard[-1].before == (heard[-2].after if len(heard) > 1 else "")


@pytest.fixture
def school(db: None) -> School:
    return make_school()


@pytest.fixture
def enrolments(school: School) -> list[Enrolment]:
    return [enrol(make_pupil(), school) for _ in range(3)]


SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=SLOW)
@given(steps=STEPS)
def test_the_register_is_what_the_standing_loads_say_now_and_at_every_moment(school, enrolments, steps):
    with transaction.atomic():
        play(school, enrolments, steps)
        transaction.set_rollback(True)


@pytest.mark.long
@settings(max_examples=500, deadline=None, suppress_health_check=SLOW)
@given(steps=STEPS)
def test_the_register_at_length(school, enrolments, steps):
    with transaction.atomic():
        play(school, enrolments, steps)
        transaction.set_rollback(True)


ONE = (0, 2026, 200)


def test_an_older_export_that_comes_later_is_heard_when_the_newer_one_is_undone(school, enrolments):
    """Tuesday's file came first and was the wrong one; Monday's came after it. Undoing Tuesday's leaves Monday's word."""
    play(school, enrolments, [("load", 2, {ONE: "O"}), ("load", 1, {ONE: "/"}), ("undo", 0, {})])
    assert as_read(enrolments) == {ONE: "/"}


def test_a_mark_of_an_undone_load_never_comes_back(school, enrolments):
    """The wrong file was undone after the right one had replaced its marks; undoing the right one too leaves no mark."""
    play(school, enrolments, [("load", 1, {ONE: "O"}), ("load", 2, {ONE: "I"}), ("undo", 0, {}), ("undo", 0, {})])
    assert as_read(enrolments) == {}


def test_a_mark_that_another_file_repeats_stays(school, enrolments):
    play(school, enrolments, [("load", 1, {ONE: "O"}), ("load", 2, {ONE: "O"}), ("undo", 0, {})])
    assert as_read(enrolments) == {ONE: "O"}


def test_a_mark_taken_back_at_its_source_is_no_mark_and_comes_back_when_that_is_undone(school, enrolments):
    play(school, enrolments, [("load", 1, {ONE: "O"}), ("load", 2, {ONE: NO_LONGER})])
    assert as_read(enrolments) == {}
    (change,) = Amendment.objects.all()
    assert (change.old, change.new) == ("O", "")
    do_undo(Said(2, {}, Load.objects.latest("received_at")), START + dt.timedelta(minutes=9))
    assert as_read(enrolments) == {ONE: "O"}


def test_an_older_export_does_not_bring_back_a_mark_that_was_taken_back_since(school, enrolments):
    play(school, enrolments, [("load", 2, {ONE: NO_LONGER}), ("load", 1, {ONE: "O"}), ("load", 3, {ONE: "I"}), ("undo", 2, {})])
    assert as_read(enrolments) == {}


def test_a_preview_changes_nothing_and_counts_what_goes_and_what_stays(school, enrolments):
    other = (1, 2026, 201)
    first = do_load(school, enrolments, 1, {ONE: "O", other: "O"}, START + dt.timedelta(minutes=1))
    do_load(school, enrolments, 2, {ONE: "I"}, START + dt.timedelta(minutes=2))
    (preview,) = register.undoing(first.load)
    assert (int(preview.back.sum()), preview.stands) == (1, 1)
    assert as_read(enrolments) == {ONE: "I", other: "O"}


def test_a_changed_mark_leaves_an_amendment_and_a_first_mark_none(school, enrolments):
    do_load(school, enrolments, 1, {ONE: "N"}, START + dt.timedelta(minutes=1))
    do_load(school, enrolments, 2, {ONE: "I"}, START + dt.timedelta(minutes=2))
    (change,) = Amendment.objects.all()
    assert (change.old, change.new, change.enrolment) == ("N", "I", enrolments[0])
    at = matrix.session_at(2026, 200)
    assert (change.date, change.pm) == (at.date, at.pm)


def test_counts_say_what_writing_came_to(school, enrolments):
    do_load(school, enrolments, 2, {ONE: "N", (0, 2026, 201): "/"}, START + dt.timedelta(minutes=1))
    load = Load.objects.create(school=school, as_at=START + dt.timedelta(days=3), received_at=START + dt.timedelta(minutes=2))
    said = matrix.blank(1)
    for column, mark in ((200, "I"), (201, "/"), (0, "O")):
        said[0, column] = BY_CODE[mark].byte
    assert register.write(load, 2026, [enrolments[0].pk], said) == register.Counts(set=1, unchanged=1, amended=1)
    older = Load.objects.create(school=school, as_at=START, received_at=START + dt.timedelta(minutes=3))
    assert register.write(older, 2026, [enrolments[0].pk], said) == register.Counts(unchanged=3)
    said[0, 0] = BY_CODE["G"].byte
    last = Load.objects.create(school=school, as_at=START, received_at=START + dt.timedelta(minutes=4))
    assert register.write(last, 2026, [enrolments[0].pk], said) == register.Counts(unchanged=2, older=1)


def test_other_schools_registers_are_not_rewound_with_ours(school, enrolments):
    elsewhere = make_school()
    theirs = [enrol(make_pupil(), elsewhere)]
    do_load(elsewhere, theirs, 1, {ONE: "O"}, START + dt.timedelta(minutes=1))
    do_load(school, enrolments, 1, {ONE: "/"}, START + dt.timedelta(minutes=5))
    moment = START + dt.timedelta(minutes=3)
    rows = register.read(2026, schools=[school.pk, elsewhere.pk], known_at=moment)
    assert {int(e): int(np.count_nonzero(m)) for e, m in zip(rows.enrolments, rows.marks, strict=True)} == {
        theirs[0].pk: 1,
        enrolments[0].pk: 0,
    }
