"""Flags beside the guidance's, as people see them: which make work, for whom, and which are only kept an eye on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client

from accounts import clock
from accounts.models import User
from attendance.models import Flag
from casework.actions import open_case
from casework.models import Case, Plan, PlanAction
from schools.models import Characteristic, Enrolment, School
from tests import factories
from tests.flows.reading import said

Browse = Callable[[User], Client]


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
    assert "Wyn Watched: first absence, social worker or in care" in said(browse(cast["officer"]).get("/"))
    home = browse(cast["manager"]).get("/")
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
    assert home.index("Wyn Watched: first absence") < home.index("Ring the school nurse") < home.index("review the plan")


def test_nobody_elses_home_tells_of_it(looked_after: Enrolment, cast: dict[str, User], browse: Browse) -> None:
    for part in ("stranger", "contact_a", "contact_b"):
        home = said(browse(cast[part]).get("/"))
        assert "absent for the first time" not in home, part
        assert "Wyn Watched: first absence" not in home, part


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
