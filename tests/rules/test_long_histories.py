"""Flags that have held since before the two academic years read at first: they open on one day, either side of 1 August."""

from __future__ import annotations

import datetime as dt

import pytest

from attendance import flagging
from attendance.matrix import Session
from attendance.models import Flag
from dashboards.explain import explain
from tests.rules.boroughs import HOLIDAYS
from tests.rules.oracles import Oracle
from tests.rules.registers import Borough, Marks, School, Spell
from tests.rules.test_explain import NOW, store

pytestmark = pytest.mark.django_db


def d(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def weekdays(first: str, last: str) -> list[dt.date]:
    found = [d(first) + dt.timedelta(days=n) for n in range((d(last) - d(first)).days + 1)]
    return [day for day in found if day.weekday() < 5 and not any(low <= day <= high for low, high in HOLIDAYS)]


def marked(first: str, last: str, pair: str) -> Marks:
    return {Session(day, pm): pair[pm] for day in weekdays(first, last) for pm in (False, True)}


def flags_on(day: str, marks: Marks) -> dict[str, tuple[str, str]]:
    """What the command says and the stored flags hold of one pupil, which must be what the loops say."""
    known = {session: mark for session, mark in marks.items() if session.date <= d(day)}
    mate = marked("2025-04-28", day, "/\\")
    spells = [Spell(0, 0, d("2023-09-04"), None, known), Spell(1, 0, d("2023-09-04"), None, mate)]
    borough = Borough(d(day), [School()], [d("2012-03-04"), None], spells)
    (school,), (pupil, _), _ = store(borough)
    said = explain(pupil, as_of=d(day))["flags"]
    assert [(f["code"], f["opened"]) for f in said] == [(f["code"], f["opened"]) for f in Oracle(borough, 0).explain()["flags"]]
    flagging.refresh(pupils=None, schools=[school.pk], today=d(day), now=NOW)
    stored = Flag.objects.open().filter(pupil=pupil).values_list("code", "opened", "reason")
    assert {(code, opened.isoformat(), reason) for code, opened, reason in stored} == {(f["code"], f["opened"], f["reason"]) for f in said}
    return {f["code"]: (f["opened"], f["reason"]) for f in said}


# attending in the mornings only since June 2025: the threshold without a break, 10 days in a row never
MORNINGS = marked("2025-04-28", "2025-05-23", "/\\") | marked("2025-06-09", "2026-10-23", "/O")
AWAY = marked("2025-04-28", "2025-06-06", "/\\") | marked("2025-06-09", "2026-10-23", "OO")


@pytest.mark.parametrize("day", ["2026-07-31", "2026-08-01", "2026-10-23"])
def test_a_threshold_that_has_held_for_two_years_keeps_its_day(day):
    opened, reason = flags_on(day, MORNINGS)["penalty_threshold"]
    assert opened == "2025-06-20"
    assert "reached on Fri 20 June 2025 (PM)" in reason


@pytest.mark.parametrize("day", ["2026-07-31", "2026-08-01", "2026-10-23"])
def test_a_run_of_days_that_began_two_years_ago_is_told_whole(day):
    opened, reason = flags_on(day, AWAY)["continuous_absence"]
    assert opened == "2025-06-20"
    last = weekdays("2025-06-09", day)[-1]
    assert f"on {len(weekdays('2025-06-09', day))} school days in a row, from Mon 9 June 2025 to {last:%a %-d %B %Y}" in reason


@pytest.mark.parametrize("day", ["2026-07-31", "2026-08-01"])
def test_a_threshold_reached_in_autumn_with_sessions_of_the_summer_keeps_its_day(day):
    """Eight sessions in July 2025, the ninth and tenth on 2 and 3 September, and an afternoon of every day since."""
    marks = marked("2025-04-28", "2026-07-21", "/\\") | marked("2025-07-15", "2025-07-18", "OO") | marked("2025-09-02", "2026-07-21", "/O")
    assert flags_on(day, marks)["penalty_threshold"][0] == "2025-09-03"


@pytest.mark.parametrize("day", ["2026-07-31", "2026-08-01", "2028-01-10"])
def test_the_window_of_a_pupil_who_left_long_ago_stands_as_it_was(day):
    marks = marked("2025-04-28", "2025-06-10", "/\\") | marked("2025-06-11", "2025-06-20", "/O")
    left = Spell(0, 0, d("2023-09-04"), d("2025-06-21"), marks)
    borough = Borough(d(day), [School()], [d("2012-03-04")], [left])
    _, (pupil,), _ = store(borough)
    said = explain(pupil, as_of=d(day))["penalty_threshold"]
    assert (said["eligible"], said["count"]) == (False, 8)
    assert said["sessions"] == Oracle(borough, 0).explain()["penalty_threshold"]["sessions"]


def test_three_years_of_registers_are_read_where_the_flag_has_held_so_long():
    # the tenth afternoon from Tuesday 5 September 2023 on
    old = {Session(s.date - dt.timedelta(days=728), s.pm): m for s, m in MORNINGS.items() if s.date >= d("2025-08-01")}
    marks = old | marked("2024-10-28", "2026-10-23", "/O")
    assert flags_on("2026-10-23", marks)["penalty_threshold"][0] == "2023-09-18"
