"""Blip or concern and the flags beside the guidance's, as people see them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts import clock
from accounts.models import User
from attendance import peer_ranges
from attendance.models import Flag, PeerRange
from casework.actions import open_case
from casework.models import Case, Plan, PlanAction
from schools.models import Characteristic, Enrolment, School, Term
from tests import factories
from tests.flows.reading import said

Browse = Callable[[User], Client]
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


# what needs an officer


@pytest.fixture
def looked_after(school_a: School, today: dt.date) -> Enrolment:
    enrolment = factories.enrol(factories.make_pupil("Watched", "Wyn"), school_a)
    Characteristic.objects.create(pupil=enrolment.pupil, kind=Characteristic.Kind.CLA, start=dt.date(2026, 9, 1))
    factories.write_marks(enrolment, dt.date(2026, 10, 5), "/\\" * 34 + "/N")  # to Friday 20 November
    factories.refresh(school_a, today=today)
    return enrolment


def test_the_first_absence_of_a_child_in_care_needs_the_officer_and_its_number_opens_the_list(
    looked_after: Enrolment, cast: dict[str, User], browse: Browse
) -> None:
    home = browse(cast["officer"]).get("/")
    assert "1 child in care or with a social worker is absent for the first time" in said(home)
    address = "/pupils/?flag=first_absence"
    assert f'href="{address}"' in home.content.decode()
    listed = said(browse(cast["officer"]).get(address))
    assert "1 pupil matches these filters" in listed
    assert "Watched, Wyn" in listed
    page = said(browse(cast["officer"]).get(f"/pupils/{looked_after.pupil_id}/"))
    assert (
        "In care, or with a social worker now or before: missed PM (N) on Fri 20 November 2026, the first absence in 10 school days."
        in page
    )


def test_that_absence_stands_above_what_is_overdue(
    looked_after: Enrolment, school_a: School, officer: User, officer_client: Client
) -> None:
    asked = {"origin": Case.Origin.REFERRAL, "reason": Case.Reason.PERSISTENT, "pupil": factories.make_pupil("Late", "Lou")}
    factories.enrol(asked["pupil"], school_a)
    overdue, _ = open_case(by=officer, today=dt.date(2026, 9, 7), now=clock.now(), school=school_a, officer=officer, **asked)
    agreed = {"start": dt.date(2026, 9, 8), "review": dt.date(2026, 9, 30), "lead": "school", "made_by": officer}
    plan = Plan.objects.create(case=overdue, kind="joint", barrier="ebsa", **agreed)
    PlanAction.objects.create(plan=plan, what="Ring the school nurse", owner="officer", due=dt.date(2026, 9, 21))
    home = said(officer_client.get("/"))
    home = home[home.index("What needs me today") :]
    assert home.index("absent for the first time") < home.index("Ring the school nurse") < home.index("review the plan")


def test_nobody_elses_home_tells_of_it(looked_after: Enrolment, cast: dict[str, User], browse: Browse) -> None:
    for part in ("stranger", "contact_a", "contact_b"):
        assert "absent for the first time" not in said(browse(cast[part]).get("/")), part


def test_a_flag_to_watch_is_on_the_list_where_it_is_asked_for_and_makes_no_work(
    school_a: School, officer_client: Client, today: dt.date
) -> None:
    pupil = factories.make_pupil("Nearly", "Nel")
    factories.write_marks(factories.enrol(pupil, school_a), dt.date(2026, 9, 7), "II" * 4 + "/\\" * 40)  # 8 of 88
    factories.refresh(school_a, today=today)
    assert list(Flag.objects.open().values_list("code", flat=True)) == ["near_persistent"]
    assert "No pupil has an open flag to act on" in said(officer_client.get("/pupils/"))
    assert "Nearly, Nel" in said(officer_client.get("/pupils/?flag=near_persistent"))
    assert "Nearly persistent absence" in said(officer_client.get(f"/pupils/{pupil.pk}/"))
    assert "Nearly, Nel" not in said(officer_client.get("/"))
