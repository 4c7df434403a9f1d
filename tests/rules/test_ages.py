"""Compulsory school age: Education Act 1996 s.8."""

import datetime as dt

import pytest

from schools import ages


def d(text):
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("dob", "begins"),
    [
        ("2021-08-31", "2026-08-31"),  # fifth birthday on a prescribed day
        ("2021-09-01", "2026-12-31"),
        ("2021-12-31", "2026-12-31"),
        ("2022-01-01", "2027-03-31"),
        ("2021-04-01", "2026-08-31"),
        ("2020-02-29", "2025-03-31"),
    ],
)
def test_it_begins_on_the_prescribed_day_on_or_after_the_fifth_birthday(dob, begins):
    assert ages.compulsory_from(d(dob)) == d(begins)
    assert not ages.of_compulsory_age(d(dob), d(begins) - dt.timedelta(days=1))
    assert ages.of_compulsory_age(d(dob), d(begins))


@pytest.mark.parametrize(
    ("dob", "ends"),
    [
        ("2010-08-31", "2026-06-26"),  # 16 on the last day of the school year
        ("2010-09-01", "2027-06-25"),  # 16 on the first day of the next
        ("2011-01-15", "2027-06-25"),
        ("2008-02-29", "2024-06-28"),
    ],
)
def test_it_ends_on_the_last_friday_in_june_of_the_school_year_of_the_sixteenth_birthday(dob, ends):
    assert ages.compulsory_until(d(dob)) == d(ends)
    assert ages.of_compulsory_age(d(dob), d(ends))
    assert not ages.of_compulsory_age(d(dob), d(ends) + dt.timedelta(days=1))


@pytest.mark.parametrize(("day", "age"), [("2026-03-03", 15), ("2026-03-04", 16), ("2026-03-05", 16)])
def test_age_in_whole_years(day, age):
    assert ages.age_on(d("2010-03-04"), d(day)) == age


def test_someone_born_on_a_leap_day_is_a_year_older_on_1_march():
    assert ages.age_on(d("2012-02-29"), d("2026-02-28")) == 13
    assert ages.age_on(d("2012-02-29"), d("2026-03-01")) == 14
