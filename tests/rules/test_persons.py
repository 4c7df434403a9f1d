"""Which records may be of one person, and where a child came from: what a person is asked about."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legal.persons import Child, Who, alike, certain, elsewhere, maybe_one_child

BORN = dt.date(1985, 3, 4)
HOME = {"address": "4 Weir Road", "postcode": "MB2 2BB"}
PAT = Who("Example", "Pat", BORN, **HOME, phone="01632 960123", email="pat@example.org")


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (Who("EXAMPLE", "pat", BORN), ["name", "date of birth"]),
        (Who("Example", "Pat", address="4, Weir road", postcode="mb22bb"), ["name", "address"]),
        (Who("Example", "P", phone="+44 1632 960123"), ["name", "telephone"]),
        (Who("Example", "", email="PAT@example.org"), ["name", "e-mail"]),
        (Who("Example", "Pat"), []),  # a name alone is many people's
        (Who("Example", "Kim", **HOME), []),  # the other parent at the address
        (Who("Sample", "Pat", BORN, **HOME), []),
        (Who("Example", "Pat", dt.date(2005, 3, 4), **HOME), []),  # a daughter named for her mother
    ],
)
def test_who_is_asked_about(other, why):
    assert alike(PAT, other) == alike(other, PAT) == why


def test_whom_a_loaded_notice_names_for_certain():
    assert certain(Who("Example", "Pat", BORN), PAT)
    assert certain(Who("Example", "Pat", **HOME), PAT)
    assert not certain(Who("Example", "Pat"), PAT)
    assert not certain(Who("Example", "P", **HOME), PAT)
    assert not certain(Who("Example", "Pat", dt.date(1986, 3, 4), **HOME), PAT)


names = st.text(alphabet="abcdefgh", min_size=1, max_size=5)


@given(names, names, names, st.dates(dt.date(2008, 1, 1), dt.date(2022, 1, 1)))
def test_twins_are_never_one_child(surname, one, other, born):
    """One day of birth, one surname, one address: two forenames are two children."""
    assert maybe_one_child(Child(surname, one, born), Child(surname, other, born)) == (one == other)
    assert not maybe_one_child(Child(surname, one, born), Child(surname, one, born + dt.timedelta(days=1)))
    assert not maybe_one_child(Child(surname, one, None), Child(surname, one, None))


TODAY = dt.date(2026, 11, 20)


@pytest.mark.parametrize(
    ("upn", "spells", "said"),
    [
        ("A999900100001", [("999", dt.date(2025, 9, 1), None)], ""),
        ("A999900100001", [("888", dt.date(2019, 9, 1), dt.date(2023, 11, 20)), ("999", dt.date(2023, 11, 21), None)], ""),
        ("A999900100001", [("888", dt.date(2019, 9, 1), dt.date(2023, 11, 21)), ("999", dt.date(2024, 1, 8), None)], "code 888"),
        ("A888900100001", [("999", dt.date(2025, 9, 1), None)], "began on 1 September 2025"),
        ("A888900100001", [("999", dt.date(2018, 9, 1), None)], ""),  # came long ago
        (None, [("999", dt.date(2025, 9, 1), None)], ""),
        ("A888900100001", [], ""),
    ],
)
def test_who_may_have_had_notices_elsewhere(upn, spells, said):
    found = elsewhere(upn, "999", spells, TODAY, 3)
    assert bool(found) == bool(said)
    assert said in found
