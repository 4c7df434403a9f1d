"""What may be done for a child: each tool by the facts, and the days that orders and service run."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legal import clocks, clocks_orders, penalty, tools
from legal.clocks_service import received
from legal.tools import Can, Facts, beyond_age
from schools.policy import in_force


def d(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


TODAY = d("2026-11-20")
POLICY = in_force(TODAY)
SAFE = clocks.last_safe(["2026-11-09 AM=G", "2026-11-13 PM=G"], TODAY)
USUAL = Facts(TODAY, d("2014-03-04"), {"Alder High School": False}, met=True, threshold="10 of 10", safe=SAFE)


def by_key(facts: Facts) -> dict[str, tools.Tool]:
    return {tool.key: tool for tool in tools.all_tools(facts)}


def test_usually_support_contract_and_notice_are_open_and_prosecution_waits_for_a_supervision_order_to_be_considered() -> None:
    found = by_key(USUAL)
    assert len(found) == 10
    assert {key for key, tool in found.items() if tool.can == Can.YES} == {"contract", "improve", "notice", "supervision"}
    assert {key for key, tool in found.items() if tool.can == Can.NO} == {"attendance_order"}
    assert "s.447(1)" in found["s444_1"].reasons[0]
    considered = by_key(replace(USUAL, considered=TODAY))
    assert all(considered[key].can == Can.YES for key in ("s444_1", "s444_1a", "single_justice"))
    assert all(tool.reasons and tool.source for tool in [*found.values(), *considered.values()])


def test_a_supervision_order_considered_before_the_absence_is_considered_anew() -> None:
    """Before these proceedings, not before others of years ago: the day of the first session is the first that will do."""
    assert USUAL.safe is not None
    first = USUAL.safe.earliest
    before, on_it = (by_key(replace(USUAL, considered=first - n * dt.timedelta(days=1))) for n in (1, 0))
    assert {before[key].can for key in ("s444_1", "s444_1a", "single_justice")} == {Can.NOT_YET}
    assert "Consider it anew" in before["s444_1"].reasons[0]
    assert on_it["s444_1"].can == Can.YES


def test_a_child_whose_age_is_not_known_gets_no_notice_yet() -> None:
    found = by_key(replace(USUAL, dob=None))
    assert (found["notice"].can, found["improve"].can) == (Can.NOT_YET, Can.NOT_YET)
    assert "date of birth is not known" in " ".join(found["notice"].reasons)


def test_an_independent_schools_pupil_has_no_notice_and_no_contract_but_an_order_and_prosecution() -> None:
    found = by_key(replace(USUAL, schools={"Hall School": True}, met=False, considered=TODAY))
    assert [found[key].can for key in ("contract", "improve", "notice")] == [Can.NO] * 3
    assert [found[key].can for key in ("supervision", "s444_1", "s444_1a")] == [Can.YES] * 3
    assert "Hall School is an independent school" in found["notice"].reasons[0]
    both = by_key(replace(USUAL, schools={"Hall School": True, "Alder High School": False}))
    assert both["notice"].can == Can.YES


def test_a_supervision_order_in_force_stops_notices_and_prosecution() -> None:
    found = by_key(replace(USUAL, considered=TODAY, supervision="The order of 2 November 2026"))
    assert {key for key, tool in found.items() if tool.can == Can.NO} == {
        "improve", "notice", "supervision", "attendance_order", "s444_1", "s444_1a", "single_justice",
    }  # fmt: skip
    assert "Sch 3" in found["notice"].reasons[0]


def test_a_holiday_has_no_notice_to_improve_a_child_in_care_no_supervision_order_and_a_parenting_order_needs_a_conviction() -> None:
    found = by_key(replace(USUAL, holiday=True, in_care=True))
    assert (found["improve"].can, found["supervision"].can, found["parenting"].can) == (Can.NO, Can.NO, Can.NOT_YET)
    assert by_key(replace(USUAL, convicted=TODAY))["parenting"].can == Can.YES


def test_a_third_notice_is_refused_with_the_other_tools_named() -> None:
    past = [penalty.Past(1, d("2025-11-03"), penalty.PAID), penalty.Past(2, d("2026-03-03"), penalty.PROSECUTED)]
    third, first = penalty.standing(past, TODAY, POLICY), penalty.standing([], TODAY, POLICY)
    found = by_key(replace(USUAL, standing={"Pat Example": third}))["notice"]
    assert found.can == Can.NO
    assert "an attendance contract, an education supervision order or prosecution" in found.reasons[0]
    some = by_key(replace(USUAL, standing={"Pat Example": third, "Robin Example": first}))["notice"]
    assert (some.can, "Not to Pat Example" in " ".join(some.reasons)) == (Can.YES, True)


def test_a_child_out_of_school_may_be_named_in_an_attendance_order_and_a_leaver_in_nothing_new() -> None:
    found = by_key(replace(USUAL, schools={}, met=False, safe=None))
    assert found["attendance_order"].can == Can.YES
    assert found["s444_1"].can == Can.NO
    leaver = by_key(replace(USUAL, dob=d("2010-03-04"), met=False, safe=None, considered=TODAY, convicted=None))
    assert {tool.can for key, tool in leaver.items() if key != "parenting"} == {Can.NO}


def test_after_six_months_it_is_too_late_to_prosecute() -> None:
    late = d("2027-05-13")
    found = by_key(replace(USUAL, today=late, considered=TODAY, safe=clocks.last_safe(["2026-11-09 AM=G"], late)))
    assert (found["s444_1"].can, "Too late" in found["s444_1"].reasons[0]) == (Can.NO, True)


def test_no_single_justice_for_the_offence_that_can_be_punished_with_prison() -> None:
    """The one tool of a single justice is for s.444(1), and says why the other goes to a hearing."""
    found = by_key(replace(USUAL, considered=TODAY))
    assert [key for key in found if "single" in key] == ["single_justice"]
    assert any("s.444(1A) can be punished with prison, so it goes to a hearing" in words for words in found["single_justice"].reasons)
    assert not any("single justice" in words.lower() for words in found["s444_1a"].reasons)


@given(st.booleans(), st.booleans(), st.booleans(), st.booleans(), st.dates(d("2008-01-01"), d("2023-01-01")))
def test_whatever_else_is_known_a_supervision_order_is_never_overlooked(
    holiday: bool, met: bool, independent: bool, convicted: bool, dob: dt.date
) -> None:
    told = TODAY if convicted else None
    facts = replace(USUAL, holiday=holiday, met=met, dob=dob, schools={"A school": independent}, convicted=told, considered=TODAY)
    found = by_key(replace(facts, supervision="The order"))
    assert {found[key].can for key in ("improve", "notice", "s444_1", "s444_1a", "single_justice")} == {Can.NO}


def test_a_pupil_who_turns_out_to_be_sixteen_is_named_with_the_days_that_do_not_count() -> None:
    said = beyond_age("Alex Example", d("2010-03-04"), ["2026-06-26 AM=G", "2026-11-09 AM=G"])
    assert "born on 4 March 2010 and was 16 on 9 November 2026: 1 of the 2 sessions lie after 26 June 2026" in said
    assert beyond_age("Alex Example", d("2011-03-04"), ["2026-11-09 AM=G"]) == ""
    assert beyond_age("Alex Example", None, ["2026-11-09 AM=G"]) == ""


# --- what drops out when


def test_what_drops_out_when() -> None:
    safe = clocks.last_safe(["2026-11-09 AM=G", "2026-11-09 PM=G", "2026-11-10 AM=G"], d("2027-05-09"))
    assert safe is not None
    assert [(drop.last, drop.sessions, drop.left) for drop in safe.drops] == [(d("2027-05-08"), 2, 1), (d("2027-05-09"), 1, 0)]
    assert (safe.gone, safe.left) == (2, 1)
    assert "2 of 3 sessions can be charged no more" in safe.words
    assert clocks.last_safe([], TODAY) is None


@given(st.lists(st.dates(d("2024-01-01"), d("2028-12-31")), min_size=1, max_size=30), st.dates(d("2024-01-01"), d("2029-12-31")))
def test_nothing_is_lost_in_what_drops_out(days: list[dt.date], today: dt.date) -> None:
    safe = clocks.last_safe([f"{day.isoformat()} AM=O" for day in days], today)
    assert safe is not None
    assert sum(drop.sessions for drop in safe.drops) == safe.total == safe.gone + safe.left
    assert safe.drops[-1].left == 0
    assert safe.whole == clocks.last_safe_day(min(days))  # counted from the earliest session
    assert [drop.last for drop in safe.drops] == sorted({clocks.last_safe_day(day) for day in days})


# --- the days that things run


def test_service_by_post_hand_and_email() -> None:
    assert received("post", d("2026-12-23"), POLICY) == d("2026-12-29")  # Christmas and a weekend between
    assert received("hand", d("2026-12-23"), POLICY) == d("2026-12-23")
    assert received("email", d("2026-12-23"), POLICY) == d("2026-12-24")  # the hour is not known


@pytest.mark.parametrize(
    ("sent", "received_on"),
    [
        ("2026-10-23T14:59:00+00:00", "2026-10-23"),  # summer time: 15:59 in London, the Friday before the clocks go back
        ("2026-10-23T15:00:00+00:00", "2026-10-26"),  # 16:00 in London
        ("2026-10-26T15:59:00+00:00", "2026-10-26"),  # the Monday after: 15:59 in London
        ("2026-10-26T16:00:00+00:00", "2026-10-27"),
        ("2026-07-10T23:30:00+00:00", "2026-07-13"),  # already Saturday in London
    ],
)
def test_an_email_counts_by_the_clock_in_london_on_both_sides_of_a_clock_change(sent: str, received_on: str) -> None:
    assert received("email", dt.datetime.fromisoformat(sent), POLICY) == d(received_on)


def test_a_clock_change_moves_no_day_to_pay() -> None:
    days = penalty.deadlines(d("2026-10-20"), 1, POLICY)  # the clocks go back on 25 October
    assert (days.last_early, days.last_full) == (d("2026-11-09"), d("2026-11-16"))


@pytest.mark.parametrize(
    ("kind", "start", "last"),
    [
        ("supervision", "2026-03-01", "2027-02-28"),
        ("supervision", "2024-02-29", "2025-02-28"),  # 29 February
        ("supervision", "2027-03-01", "2028-02-29"),
        ("direction", "2026-11-02", "2026-12-27"),  # 8 weeks beginning with the direction
        ("before_attendance", "2026-11-02", "2026-11-16"),  # day 1 of 15
        ("single_justice", "2026-11-02", "2026-11-23"),
        ("parenting", "2026-08-31", "2027-08-30"),
        ("attendance", "2026-11-02", None),
        ("conviction", "2026-11-02", None),
    ],
)
def test_how_long_orders_and_the_steps_before_them_run(kind: str, start: str, last: str | None) -> None:
    assert clocks_orders.running(kind, d(start), POLICY).last == (d(last) if last else None)


def test_three_years_from_29_february_and_six_months_to_it() -> None:
    first = penalty.Past(1, d("2028-02-29"), penalty.PAID)
    assert penalty.standing([first], d("2031-02-28"), POLICY).order == 2
    assert penalty.standing([first], d("2031-03-01"), POLICY).order == 1
    assert clocks.last_safe_day(d("2027-08-31")) == d("2028-02-28")  # six months on there are 29 days in February
    assert clocks.last_safe_day(d("2028-02-29")) == d("2028-08-28")
