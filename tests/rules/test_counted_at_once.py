"""What is counted or told apart in one go equals what the slow obvious loop says."""

import datetime as dt
from collections import Counter

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attendance import matrix, rates
from attendance.codes import CODES, LATE_BYTES, Class, look_up
from attendance.imports.cells import all_different
from attendance.imports.laid import by_year
from attendance.imports.match import Placed
from schools.lookups import array
from schools.upn import LETTERS, check_letter, check_letters

NUMBERS = st.lists(st.one_of(st.integers(0, 50), st.integers(0, 2**40)), max_size=40)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(NUMBERS)
def test_numbers_are_told_apart_near_and_far(numbers):
    assert all_different(np.array(numbers, np.int64)) == (len(set(numbers)) == len(numbers))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.tuples(st.sampled_from([3, 4, 9, 5_000_000]), st.dates(dt.date(2024, 7, 25), dt.date(2026, 8, 9)), st.booleans()),
        st.sampled_from([code.byte for code in CODES]),
        max_size=30,
    )
)
def test_marks_are_laid_out_by_year_as_one_by_one(said):
    keys = list(said)
    placed = Placed(
        enrolment=np.array([key[0] for key in keys], np.int64),
        day=np.array([key[1] for key in keys], "datetime64[D]"),
        pm=np.array([key[2] for key in keys], np.bool_),
        byte=np.array(list(said.values()), np.uint8),
    )
    found = {}
    for year, enrolments, marks in by_year(placed):
        assert enrolments.tolist() == sorted({key[0] for key in keys if matrix.academic_year(key[1]) == year})
        for row, column in zip(*np.nonzero(marks), strict=True):
            session = matrix.session_at(year, column)
            found[int(enrolments[row]), session.date, session.pm] = int(marks[row, column])
    assert found == said


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from([0, *(code.byte for code in CODES)]), min_size=1, max_size=400), st.randoms())
def test_five_counts_at_once_are_the_five_counts(marks, chance):
    inside = [chance.random() < 0.8 for _ in marks]
    classes = {code.byte: code.klass for code in CODES}
    of = Counter(classes[mark] for mark, counts in zip(marks, inside, strict=True) if counts and mark)
    attended, authorised, unauthorised = of[Class.ATTENDING] + of[Class.ELSEWHERE], of[Class.AUTHORISED], of[Class.UNAUTHORISED]
    late = sum(mark in LATE_BYTES for mark, counts in zip(marks, inside, strict=True) if counts)
    row = rates.count(np.array([marks], np.uint8), np.array([inside]))[0].tolist()
    assert row == [attended + authorised + unauthorised, attended, authorised, unauthorised, late]


def test_a_whole_year_of_one_mark_does_not_run_over():
    assert rates.count(np.full((1, matrix.LENGTH), 23, np.uint8))[0].tolist() == [732, 0, 0, 732, 732]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text("0123456789", min_size=11, max_size=11), st.sampled_from("0123456789" + LETTERS))
def test_the_check_letter_is_the_weighted_remainder(digits, last):
    numbers = [LETTERS.index(c) if c.isalpha() else int(c) for c in digits + last]
    assert check_letter("A" + digits + last) == LETTERS[sum(n * weight for weight, n in enumerate(numbers, 2)) % 23]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.text("0123456789" + LETTERS + "IOSé", min_size=13, max_size=13), max_size=20))
def test_check_letters_of_many_are_those_of_each(upns):
    assert check_letters(upns) == [check_letter(upn) for upn in upns]
    assert all((letter == "") == bool(set(upn[1:]) & set("IOSé")) for upn, letter in zip(upns, check_letters(upns), strict=True))


@settings(deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 9), st.integers(0, 9), st.booleans())
def test_marks_are_looked_up_as_an_index_would(seed, rows, columns, turned):
    chance = np.random.default_rng(seed)
    table, marks = chance.integers(0, 256, 256).astype(np.uint8), chance.integers(0, 256, (rows, 2 * columns)).astype(np.uint8)
    marks = marks.T[::2] if turned else marks[:, ::2]
    found = look_up(table, marks)
    assert found.shape == marks.shape
    assert (found == table[marks]).all()
    found[...] = 0  # the caller's own, to change


def test_a_letter_that_no_upn_has_gives_no_check_letter():
    assert check_letter("A80120000100I") == ""


def test_keys_as_the_text_of_an_array():
    assert array([]) == "{}"
    assert array([3, 10]) == "{3,10}"
    assert array(['a"b', "c\\d"]) == '{"a\\"b","c\\\\d"}'
