"""What a school's own totals say beside its register: by hand, and against a count mark by mark."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance.codes import BY_CODE, Class, find
from attendance.models import Mark
from attendance.rates import Figures
from attendance.reports.snapshots import Beside, beside
from attendance.snapshots import Held, Said, Standing, differences, question, standing, wrong_words
from schools.models import School
from tests.factories import enrol, make_pupil, school_days, write_marks
from tests.flows.snapshot_things import make_snapshot

FIRST, LAST = dt.date(2026, 9, 1), dt.date(2026, 12, 19)
SAID = Said(142, 122, 12, 8, reasons={"I": 12, "O": 8})


def held(*counts: int, **codes: int) -> Held:
    return Held(Figures(*counts), codes, FIRST, LAST)


def ask(said: Said | None, ours: Held | None, *, on_roll: bool = True) -> str:
    return question("Alex", "census", said, ours, first=FIRST, last=LAST, on_roll=on_roll)


def test_it_asks_in_words() -> None:
    words = ask(Said(142, 122, 12, 8), held(140, 122, 10, 8))
    assert words == (
        "Your census says 142 possible sessions and 12 authorised for Alex; "
        "the register has 140 and 10 by 19 December 2026. Which is right?"
    )


def test_reasons_differ_though_the_totals_agree() -> None:
    ours = held(142, 122, 12, 8, I=10, M=2, O=8, **{"/": 122})
    assert [(one.measure, one.said, one.held) for one in differences(SAID, ours)] == [("I", 12, 10), ("M", 0, 2)]
    assert "12 of code I and 0 of code M for Alex; the register has 10 and 2" in ask(SAID, ours)
    assert standing(SAID, held(142, 122, 12, 8, I=12, O=8)) == Standing.AGREES


def test_no_marks_is_unknown_and_never_nothing() -> None:
    assert standing(SAID, None) == Standing.NO_MARKS
    assert "the register has no marks from 1 September 2026 to 19 December 2026" in ask(SAID, None)
    assert standing(SAID, None, on_roll=False) == Standing.NOT_ON_ROLL
    assert "is not on your roll here" in ask(SAID, None, on_roll=False)
    assert standing(None, held(140, 122, 10, 8)) == Standing.NOT_SAID
    assert "Alex is not in your census" in ask(None, held(140, 122, 10, 8))
    assert ask(SAID, held(142, 122, 12, 8, I=12, O=8)) == ""


def test_late_is_compared_only_where_it_is_said() -> None:
    ours = held(142, 122, 12, 8, 5)
    assert differences(Said(142, 122, 12, 8), ours) == ()
    (one,) = differences(Said(142, 122, 12, 8, late=3), ours)
    assert (one.measure, one.said, one.held) == ("late", 3, 5)


def test_what_the_file_calls_a_pupil_is_compared_and_never_believed() -> None:
    assert wrong_words(Said(100, 90, 10, 0, persistent=True, severe=False)) == []
    assert "does not call the pupil persistently absent; 10 of 100" in wrong_words(Said(100, 90, 10, 0, persistent=False))[0]
    assert "is not severely absent" in wrong_words(Said(100, 90, 10, 0, severe=True))[0]


COUNTS = st.tuples(*[st.integers(0, 200)] * 3)


@given(COUNTS, COUNTS)
def test_they_agree_exactly_where_every_count_is_the_same(theirs: tuple[int, int, int], ours: tuple[int, int, int]) -> None:
    said, register = Said(sum(theirs), *theirs), held(sum(ours), *ours)
    assert (standing(said, register) == Standing.AGREES) == (theirs == ours)
    assert bool(ask(said, register)) == (theirs != ours)
    assert all(one.said != one.held for one in differences(said, register))


# --- against the marks, one by one -----------------------------------------------------------------------------------

CODES = ["/", "\\", "L", "B", "I", "M", "C", "G", "O", "U", "N", "D", "X", "#", "-"]


def by_hand(spells: set[int], first: dt.date, last: dt.date) -> tuple[tuple[int, ...], Counter[str]] | None:
    """Counts of the marks as rows, inside the dates on roll; None where there is none."""
    codes: Counter[str] = Counter()
    for mark in Mark.objects.filter(enrolment__in=spells, date__gte=first, date__lte=last, counted=True):
        codes[mark.code] += 1
    if not codes:
        return None
    of = {klass: sum(n for code, n in codes.items() if BY_CODE[code].klass == klass) for klass in Class}
    attended = of[Class.ATTENDING] + of[Class.ELSEWHERE]
    authorised, unauthorised = of[Class.AUTHORISED], of[Class.UNAUTHORISED]
    return (attended + authorised + unauthorised, attended, authorised, unauthorised, codes["L"] + codes["U"]), codes


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(4))
def test_what_the_register_holds_is_what_a_count_mark_by_mark_gives(school_a: School, seed: int) -> None:
    chance = random.Random(seed)
    spells = []
    for _ in range(8):
        pupil = make_pupil()
        start = dt.date(2026, 3, 2) + dt.timedelta(days=chance.randrange(120))
        end = start + dt.timedelta(days=chance.randrange(20, 100)) if chance.random() < 0.6 else None
        spells.append(enrol(pupil, school_a, start=start, end=end))
        if end and chance.random() < 0.5:
            spells.append(enrol(pupil, school_a, start=end + dt.timedelta(days=9)))
    for spell in spells:
        if chance.random() < 0.85:
            days = [day for day, _ in zip(school_days(dt.date(2026, 3, 2)), range(130), strict=False)]
            write_marks(spell, {day: [chance.choice([c for c in CODES if c == "-" or find(c, day)]) for _ in "12"] for day in days})
    first = dt.date(2026, 5, 1) + dt.timedelta(days=chance.randrange(60))
    last = first + dt.timedelta(days=chance.randrange(10, 120))  # over 31 July into the next academic year
    said = {spell: (20, 16, 2, 2) for spell in spells if chance.random() < 0.7}
    found = beside([make_snapshot(school_a, said, first=first, last=last)], school_a)
    (compared,) = found.values()
    assert {line.pupil.pk for line in compared.lines if line.said} == {spell.pupil_id for spell in said}
    for line in compared.lines:
        right = by_hand(set(line.enrolments), first, last)
        if right is None:
            assert line.held is None
            assert line.standing in (Standing.NO_MARKS, Standing.NOT_ON_ROLL)
            continue
        assert line.held is not None
        figures = line.held.figures
        assert (figures.possible, figures.attended, figures.authorised, figures.unauthorised, figures.late) == right[0]
        assert line.held.codes == right[1]
        assert (line.standing == Standing.DIFFERS) == (line.said is not None and line.said.figures != Figures(*right[0][:4]))
    both = [line for line in compared.lines if line.standing in (Standing.DIFFERS, Standing.AGREES)]
    assert compared.said.possible == sum(line.said.possible for line in both if line.said)
    assert compared.held.possible == sum(line.held.figures.possible for line in both if line.held)


@pytest.mark.django_db
def test_any_number_of_snapshots_and_pupils_takes_two_queries(school_a: School, django_assert_num_queries: object) -> None:
    spells = [enrol(make_pupil(), school_a) for _ in range(6)]
    for spell in spells:
        write_marks(spell, dt.date(2026, 9, 7), r"/\ /\ OO")
    snapshots = [make_snapshot(school_a, dict.fromkeys(spells[:n], (6, 4, 0, 2))) for n in (1, 6)]
    with django_assert_num_queries(2):  # type: ignore[operator]
        found = beside(snapshots, school_a)
    few, all_of_them = (found[one.pk] for one in snapshots)
    assert (few.shows["agrees"], few.shows["not_said"]) == (1, 5)
    assert (all_of_them.shows["agrees"], all_of_them.pupils) == (6, 6)


def urgency(compared: Beside) -> list[Standing]:
    return [line.standing for line in compared.lines]


@pytest.mark.django_db
def test_the_most_urgent_comes_first_and_a_census_asks_for_no_age_it_does_not_collect(school_a: School) -> None:
    right, wrong, silent = (enrol(make_pupil(), school_a) for _ in range(3))
    elder = enrol(make_pupil(dob=dt.date(2009, 1, 1)), school_a)
    missing = enrol(make_pupil(), school_a)
    for spell in (right, wrong, elder, missing):
        write_marks(spell, dt.date(2026, 9, 7), r"/\ /\ OO")
    totals = {right: (6, 4, 0, 2), wrong: (6, 5, 1, 0), silent: (6, 6, 0, 0)}
    (compared,) = beside([make_snapshot(school_a, totals, kind="census_term")], school_a).values()
    assert urgency(compared) == [Standing.DIFFERS, Standing.NO_MARKS, Standing.NOT_SAID, Standing.AGREES]
    assert compared.not_asked == 1
    (summary,) = beside([make_snapshot(school_a, totals)], school_a).values()
    assert (summary.shows["not_said"], summary.not_asked) == (2, 0)
