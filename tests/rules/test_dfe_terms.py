"""W10: the terms of DfE's census, which are not the school's own."""

import datetime as dt

import pytest

from schools.dfe_terms import DfeTerm, dfe_term


@pytest.mark.parametrize(
    ("day", "term"),
    [
        ("2027-03-26", DfeTerm.SPRING),  # W10: Friday before Easter Sunday, 28 March 2027
        ("2027-03-28", DfeTerm.SPRING),
        ("2027-03-29", DfeTerm.SUMMER_1),
        ("2027-03-30", DfeTerm.SUMMER_1),  # W10: Tuesday after, whatever the school calls it
        ("2027-05-30", DfeTerm.SUMMER_1),
        ("2027-05-31", DfeTerm.SUMMER_2),  # the spring bank holiday
        ("2022-06-01", DfeTerm.SUMMER_1),  # in 2022 it was moved to 2 June
        ("2022-06-02", DfeTerm.SUMMER_2),
        ("2027-07-31", DfeTerm.SUMMER_2),
        ("2027-08-01", DfeTerm.AUTUMN),
        ("2026-12-31", DfeTerm.AUTUMN),
        ("2027-01-01", DfeTerm.SPRING),
    ],
)
def test_w10_dfe_terms(day: str, term: DfeTerm) -> None:
    assert dfe_term(dt.date.fromisoformat(day)) is term
