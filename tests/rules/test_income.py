"""What a payment of the income system is, beside the notice it names."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legal import income, penalty
from legal.income import Owed, Row
from schools import policy

RECEIPT = dt.date(2026, 11, 20)
TODAY = dt.date(2027, 1, 31)
POLICY = policy.in_force(RECEIPT)
FIRST = Owed("PN000001", "served", RECEIPT, RECEIPT, penalty.deadlines(RECEIPT, 1, POLICY))


@pytest.mark.parametrize(
    ("pounds", "day", "why"),
    [
        (80, "2026-12-10", income.EXACT),  # day 21
        (80, "2026-12-11", income.SHORT),  # day 22: 160 is due
        (160, "2026-12-17", income.EXACT),  # day 28
        (160, "2026-12-18", income.LATE),
        (160, "2026-12-10", income.OVER),
        (40, "2026-12-01", income.SHORT),  # a part is no payment
        (80, "2026-11-19", income.BEFORE),
        (80, "2027-02-01", income.TO_COME),
    ],
)
def test_what_is_due_on_its_day_and_nothing_else_is_a_payment(pounds: int, day: str, why: str) -> None:
    assert income.judge(pounds * 100, dt.date.fromisoformat(day), FIRST, TODAY).why == why


def test_for_what_has_no_notice_or_a_settled_one() -> None:
    day = dt.date(2026, 12, 1)
    gone = replace(FIRST, state="withdrawn", settled=dt.date(2026, 11, 25))
    assert income.judge(8000, day, None, TODAY).why == income.UNKNOWN
    assert income.judge(8000, day, gone, TODAY).words == (
        "PN000001 was withdrawn on 25 November 2026: nothing is owed for it. Give the money back."
    )
    assert income.judge(8000, day, replace(FIRST, state="paid"), TODAY).why == income.TWICE
    assert income.judge(8000, day, replace(FIRST, state="issued", served=None, deadlines=None), TODAY).why == income.NOT_SERVED


@pytest.mark.parametrize(
    ("text", "pence"),
    [
        ("80", 8000),
        ("£80.00", 8000),
        ("1,160.5", 116050),
        ("80.005", None),
        ("-80", None),
        ("0", None),
        ("NaN", None),
        ("1e99", None),
        ("", None),
    ],
)
def test_amounts_as_they_are_typed(text: str, pence: int | None) -> None:
    assert income.pence_of(text) == pence


@pytest.mark.parametrize(
    ("text", "reference"), [("PN000012", "PN000012"), ("pn 12", "PN000012"), ("PP-3", "PP000003"), ("12", ""), ("PN12X", "")]
)
def test_references_as_they_are_typed(text: str, reference: str) -> None:
    assert income.reference_of(text) == reference


ROWS = st.lists(
    st.builds(
        Row,
        line=st.integers(2, 99),
        reference=st.sampled_from(["PN000001", "pn1", "PN000002", "ZZ"]),
        pence=st.sampled_from([4000, 8000, 16000]),
        day=st.sampled_from([dt.date(2026, 12, 1), dt.date(2026, 12, 15), dt.date(2026, 12, 20)]),
        transaction=st.sampled_from(["", "A", "B"]),
    ),
    max_size=12,
)


@given(ROWS)
def test_no_payment_is_taken_twice_and_none_is_lost(rows: list[Row]) -> None:
    """A notice is paid once at most; every row is a payment, waits for a person, or came before; a second reading takes nothing."""
    owed = {"PN000001": FIRST, "PN000002": replace(FIRST, reference="PN000002")}
    judged = income.judge_all(rows, owed, (), TODAY)
    paid = [income.reference_of(row.reference) for row, one in zip(rows, judged, strict=True) if not one.why and not one.again]
    assert len(paid) == len(set(paid))
    assert all(one.words for one in judged)
    keys = income.keys(rows)
    taken = {key for key, one in zip(keys, judged, strict=True) if not one.again}
    assert taken == set(keys)
    assert all(one.again for one in income.judge_all(rows, owed, taken, TODAY))
