"""What schools are asked about their registers: each rule against a slow loop over plain values, and its edges one by one."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance import integrity, matrix
from attendance.codes import BY_CODE, find
from attendance.integrity import Book, Changed, Found, Rate
from attendance.matrix import Session
from schools import calendar, policy
from schools.calendar import Span

DAY = dt.date(2026, 11, 20)
POLICY = policy.in_force(DAY)
FIRST = dt.date(2026, 11, 2)  # a Monday
DAYS = [FIRST + dt.timedelta(days=n) for n in range(19)]
ONE = st.fixed_dictionaries(
    {
        "marks": st.lists(st.sampled_from(["//", "NN", "N/", "XX", "II", "..", "##"]), min_size=19, max_size=19),
        "start": st.integers(-3, 8),
        "end": st.one_of(st.none(), st.integers(9, 18)),
        "of_age": st.booleans(),
    }
)
CLOSED = st.lists(st.integers(0, 18), max_size=3, unique=True)


def book_of(pupils: list[dict], closed: list[int], *, term: bool = True) -> Book:
    marks = matrix.blank(len(pupils))
    for row, pupil in enumerate(pupils):
        for day, pair in zip(DAYS, pupil["marks"], strict=False):
            for pm, mark in enumerate(pair):
                if mark != ".":
                    marks[row, matrix.index_of(day, bool(pm))] = BY_CODE["\\" if mark == "/" and pm else mark].byte
    seen = np.zeros(366, np.bool_)
    for column in np.flatnonzero(((marks != 0) & (marks != BY_CODE["#"].byte)).any(axis=0)).tolist():
        seen[column // 2] = True
    spans = [Span(DAYS[at], DAYS[at]) for at in closed]
    terms = [Span(FIRST, dt.date(2026, 12, 18))] if term else []
    days = calendar.build(dt.date(2026, 8, 1), dt.date(2027, 7, 31), as_of=DAY, terms=terms, closures=spans, seen=seen)
    starts = [FIRST + dt.timedelta(days=p["start"]) for p in pupils]
    ends = [None if p["end"] is None else FIRST + dt.timedelta(days=p["end"]) for p in pupils]
    of_age = np.array([[p["of_age"]] * 366 for p in pupils], np.bool_).reshape(len(pupils), 366)
    return Book(2026, DAY, marks, matrix.inside(2026, starts, ends), of_age, days)


def cells(pupils: list[dict]) -> list[tuple[int, dt.date, bool, str, bool]]:
    """Row, date, afternoon, code, on roll: every mark."""
    found = []
    for row, pupil in enumerate(pupils):
        start, end = FIRST + dt.timedelta(days=pupil["start"]), pupil["end"]
        for day, pair in zip(DAYS, pupil["marks"], strict=False):
            on_roll = start <= day and (end is None or day <= FIRST + dt.timedelta(days=end))
            for pm, mark in enumerate(pair):
                if mark != ".":
                    found.append((row, day, bool(pm), "\\" if mark == "/" and pm else mark, on_roll))
    return found


def behind(found: list[Found]) -> dict[tuple[int | None, str], set[tuple[int, Session, str]]]:
    return {(f.row, f.key): {(b.row, b.session, b.code) for b in f.behind} for f in found}


def grouped(rows, key) -> dict:
    found: dict = {}
    for row, day, pm, code, _ in rows:
        found.setdefault(key(row, day), set()).add((row, Session(day, pm), code))
    return found


def school_days(closed: list[int]) -> list[dt.date]:
    """In term, weekdays that are not closed, far beyond the day."""
    every = [FIRST + dt.timedelta(days=n) for n in range(46)]
    return [d for d in every if d.weekday() < 5 and d not in {DAYS[at] for at in closed}]


@settings(max_examples=60, deadline=None)
@given(pupils=st.lists(ONE, min_size=1, max_size=4), closed=CLOSED)
def test_sessions_behind_each_question_are_those_a_loop_finds(pupils, closed):
    book = book_of(pupils, closed)
    every = cells(pupils)
    days = school_days(closed)

    def overdue(day: dt.date) -> bool:
        after = [d for d in days if d > day]
        return after[4] < DAY

    mine = [c for c in every if c[3] == "N" and c[4] and overdue(c[1])]
    assert behind(integrity.unresolved(book, POLICY)) == grouped(mine, lambda row, day: (row, ""))
    mine = [c for c in every if c[3] == "X" and c[4] and pupils[c[0]]["of_age"]]
    assert behind(integrity.not_required(book)) == grouped(mine, lambda row, day: (row, ""))
    mine = [c for c in every if c[3] not in "#" and not c[4]]
    assert behind(integrity.outside(book)) == grouped(mine, lambda row, day: (row, ""))
    # in term a weekend is decided by no word but the term's, which makes it no school day
    shut = {DAYS[at] for at in closed} | {d for d in DAYS if d.weekday() >= 5}
    mine = [c for c in every if c[3] in "/\\" and c[4] and c[1] in shut]
    assert behind(integrity.on_closed_days(book)) == grouped(mine, lambda row, day: (None, day.isoformat()))


def test_the_day_by_which_an_n_was_due_is_told():
    (found,) = integrity.unresolved(book_of([{"marks": ["NN"] + ["//"] * 18, "start": 0, "end": None, "of_age": True}], [3]), POLICY)
    assert [b.due for b in found.behind] == [dt.date(2026, 11, 10)] * 2  # five school days, the 5th being closed
    words = integrity.words(found.rule, found.key, found.facts, [[0, "", b.due.isoformat()] for b in found.behind])
    assert words.startswith("2 sessions still have code N, the first due to be settled by Tue 10 Nov 2026.")


WEEK = st.lists(st.sampled_from(["//", "//", "//", "II", "..", "/I"]), min_size=1, max_size=1)


@settings(max_examples=60, deadline=None)
@given(
    kinds=st.lists(st.sampled_from(["//", "//", "//", "//", "II", "..", "/I"]), min_size=8, max_size=14),
    closed=st.lists(st.integers(0, 4), max_size=3, unique=True),
    percent=st.sampled_from([80, 90, 100]),
)
def test_a_blanket_week_is_one_a_loop_finds(kinds, closed, percent):
    """Only the first week, which is over: what each pupil has in every session of it."""
    pupils = [{"marks": [kind] * 5 + [".."] * 14, "start": 0, "end": None, "of_age": True} for kind in kinds]
    own = policy.in_force(DAY, [("blanket_percent", percent, dt.date(2026, 9, 1))])
    found = [f for f in integrity.blanket(book_of(pupils, closed), own) if f.key == FIRST.isoformat()]
    codes = Counter({"//": "/", "II": "I"}[kind] for kind in kinds if kind in ("//", "II"))
    expected = []
    if len(kinds) >= 10 and 5 - len(closed) >= 3 and codes:
        code, number = max(codes.items(), key=lambda item: (item[1], -BY_CODE[item[0]].byte))
        if number / len(kinds) * 100 >= percent - 1e-9:
            expected = [{"count": number, "of": len(kinds), "code": code}]
    assert [dict(f.facts) for f in found] == expected


def test_a_week_that_is_not_over_or_a_tiny_school_is_asked_nothing():
    pupil = {"marks": ["//"] * 19, "start": 0, "end": None, "of_age": True}
    weeks = [f.key for f in integrity.blanket(book_of([pupil] * 10, []), POLICY)]
    assert weeks == ["2026-11-02", "2026-11-09"]  # not the week of the 16th: it is Friday of it
    assert integrity.blanket(book_of([pupil] * 9, []), POLICY) == []


RATE = st.builds(Rate, st.integers(0, 60), st.integers(900, 1300), st.integers(0, 200), st.integers(4800, 60000), st.integers(0, 6))


@given(rate=RATE)
def test_a_code_is_odd_where_its_share_is_so_many_times_that_of_the_others(rate):
    enough = rate.here >= 20 and rate.here_of >= 1000 and rate.elsewhere_of >= 5000 and rate.schools >= 3
    far = rate.here / rate.here_of >= 4 * rate.elsewhere / rate.elsewhere_of - 1e-12
    near = abs(rate.here / rate.here_of - 4 * rate.elsewhere / rate.elsewhere_of) < 1e-9
    asked = bool(integrity.odd_codes({"B": rate}, POLICY))
    assert near or asked == (enough and far)


CHANGE = st.builds(
    Changed,
    st.integers(0, 1),
    st.builds(Session, st.sampled_from(DAYS), st.booleans()),
    st.sampled_from(["O", "U", "N"]),
    st.sampled_from(["I", "C", "/"]),
    st.dates(dt.date(2026, 10, 1), dt.date(2026, 12, 10)),
)


@given(changes=st.lists(CHANGE, max_size=14), asked=st.dictionaries(st.integers(0, 1), st.lists(st.dates(FIRST, DAY), max_size=2)))
def test_changes_after_a_notice_are_those_a_loop_finds(changes, asked):
    expected = {}
    for row, days in asked.items():
        for day in set(days):
            those = {
                (row, c.session, c.new)
                for c in changes
                if c.row == row and c.old in "OU" and c.new in "IC" and day <= c.day <= day + dt.timedelta(days=28)
            }
            if len({session for _, session, _ in those}) >= 3:
                expected[row, day.isoformat()] = those
    assert behind(integrity.after_notice(changes, asked, POLICY)) == expected


def test_every_rule_has_words_that_ask():
    facts = {"count": 1, "of": 1, "code": "Y", "here_of": 9, "elsewhere": 1, "elsewhere_of": 9, "schools": 3, "pupils": 1}
    for rule in integrity.RULES:
        assert "?" in integrity.words(rule, "2026-11-20", facts, [[1, "2026-11-20 AM=N", "2026-11-27"]])


def test_codes_that_are_compared_are_codes():
    assert all(find(code, DAY) for codes in integrity.COMPARED.values() for code in codes)
