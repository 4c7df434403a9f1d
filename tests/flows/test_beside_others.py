"""Blip or concern, and what the year has room for, as people see them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from attendance import peer_ranges
from attendance.models import PeerRange
from schools.models import Enrolment, School, Term
from tests import factories
from tests.flows.reading import said

FIRST = dt.date(2026, 11, 9)
THERE = "/\\" * 10


@pytest.fixture
def year_nine(school_a: School, today: dt.date) -> list[Enrolment]:
    """Forty pupils: the first missed five days, four missed one, all others none. Registers from 9 to 20 November."""
    pupils = [factories.enrol(factories.make_pupil(forename=f"Nia{n:02d}"), school_a, year_group="9") for n in range(40)]
    for number, enrolment in enumerate(pupils):
        missed = "II" * 5 + "/\\" * 5 if number == 0 else "II" + "/\\" * 9 if number < 5 else THERE
        factories.write_marks(enrolment, FIRST, missed)
    factories.refresh(school_a, today=today)
    peer_ranges.refresh([[school_a.pk]], today=today)
    return pupils


def test_a_pupil_stands_beside_the_range_of_their_year_group(year_nine: list[Enrolment], officer_client: Client) -> None:
    found = PeerRange.objects.get(year_group="9")
    assert (found.size, found.low, found.high, found.usual, found.last) == (40, 0, 2, 20, dt.date(2026, 11, 20))
    others = "Of 40 pupils in the same year group of the authority’s secondary schools, the middle 80% missed 0 to 2 of 20."
    beyond = said(officer_client.get(f"/pupils/{year_nine[0].pupil_id}/"))
    assert "Beyond what the fortnight gave others" in beyond
    assert f"Missed 10 of 20 sessions from 9 November 2026 to 20 November 2026. {others} Few others were away as much: ask why." in beyond
    within = said(officer_client.get(f"/pupils/{year_nine[1].pupil_id}/"))
    assert f"Missed 2 of 20 sessions from 9 November 2026 to 20 November 2026. {others} Others were away as much" in within


def test_done_again_the_range_is_the_same_one(year_nine: list[Enrolment], school_a: School, today: dt.date) -> None:
    before = list(PeerRange.objects.values("phase", "year_group", "size", "low", "high", "last"))
    peer_ranges.refresh([[school_a.pk]], today=today)
    assert list(PeerRange.objects.values("phase", "year_group", "size", "low", "high", "last")) == before


def test_whoever_was_hardly_there_to_be_counted_is_not_compared(
    year_nine: list[Enrolment], school_a: School, officer_client: Client
) -> None:
    late = factories.enrol(factories.make_pupil(), school_a, year_group="9", start=dt.date(2026, 11, 19))
    factories.write_marks(late, dt.date(2026, 11, 19), "OOOO")
    page = said(officer_client.get(f"/pupils/{late.pupil_id}/"))
    assert "Too little to compare: 4 of the 20 sessions that most pupils had from 9 November 2026 to 20 November 2026." in page


def test_without_a_range_nothing_is_said(school_a: School, officer_client: Client) -> None:
    pupil = factories.make_pupil()
    factories.write_marks(factories.enrol(pupil, school_a), FIRST, THERE)
    assert "beside others" not in said(officer_client.get(f"/pupils/{pupil.pk}/"))
    assert "beside others" not in said(officer_client.get("/schools/999801/"))


def test_a_school_stands_beside_the_schools_of_its_phase(school_a: School, officer_client: Client, today: dt.date) -> None:
    schools = [school_a] + [factories.make_school(phase=School.Phase.SECONDARY) for _ in range(9)]
    for number, school in enumerate(schools):
        factories.write_marks(factories.enrol(factories.make_pupil(), school), FIRST, "O\\" * (10 - number) + "/\\" * number)
        factories.refresh(school, today=today)
    peer_ranges.refresh([[school.pk for school in schools]], today=today)
    page = said(officer_client.get("/schools/999801/"))
    assert (
        "10 of 20 sessions missed (50.00%) in the school weeks from 9 November 2026 and 16 November 2026. Of the authority’s 10 secondary "
        "schools the middle 80% missed 10.00% to 45.00%."
    ) in page
    assert "Beyond what the fortnight gave others" in page


def test_in_the_new_year_last_years_fortnight_is_told_of_no_more(year_nine: list[Enrolment], officer_client: Client, settings: Any) -> None:
    PeerRange.objects.update(first=dt.date(2027, 7, 12), second=dt.date(2027, 7, 19), last=dt.date(2027, 7, 21))
    settings.DAYMARK_TODAY = "2027-07-28"
    assert "beside others" in said(officer_client.get(f"/pupils/{year_nine[0].pupil_id}/"))
    settings.DAYMARK_TODAY = "2027-08-02"
    assert "beside others" not in said(officer_client.get(f"/pupils/{year_nine[0].pupil_id}/"))


# what the year has room for


@pytest.mark.parametrize(
    ("missed", "sentence"),
    [
        (2, "Can miss 5 of the remaining 60 sessions and end the year under 10%."),  # 7 of 80
        (8, "The whole year will be 10% or more, whatever happens in the remaining 60 sessions."),  # 8 of 80
    ],
)
def test_a_persistently_absent_pupils_page_says_what_the_year_has_room_for(
    missed: int, sentence: str, school_a: School, officer_client: Client, today: dt.date
) -> None:
    Term.objects.create(school=school_a, name="Autumn", start=dt.date(2026, 9, 7), end=dt.date(2026, 12, 18))
    pupil = factories.make_pupil()
    factories.write_marks(factories.enrol(pupil, school_a), FIRST, "O" * missed + "/" * (20 - missed))
    assert "remaining" not in said(officer_client.get(f"/pupils/{pupil.pk}/")), "where the school's terms do not reach the summer"
    Term.objects.create(school=school_a, name="Summer", start=dt.date(2027, 6, 14), end=dt.date(2027, 6, 25))
    assert sentence in said(officer_client.get(f"/pupils/{pupil.pk}/"))
