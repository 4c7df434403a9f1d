"""How many hours an officer has for a term's meetings, beside how many the plan asks."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from meetings import actions
from meetings.actions import MeetingProblem
from meetings.models import OfficerHours, YearPlan
from meetings.terms import Term
from schools.models import School
from tests.flows.meeting_things import TODAY, planned
from tests.flows.reading import said

pytestmark = pytest.mark.django_db
AUTUMN = Term(2026, 1)


@pytest.fixture
def asked(school_a: School, officer: User) -> None:
    """One meeting of an hour is planned, and due."""
    YearPlan.objects.create(school=school_a, year=2026, by_rule=3, band="below", reason="Below England.", floor=3, set_at=timezone.now())
    planned(school_a, officer, TODAY + dt.timedelta(days=11))


def test_unknown_is_told_as_unknown_then_set_then_too_few(asked: None, officer: User, manager_client: Client) -> None:
    address = f"/meetings/plan/hours/{officer.pk}/2026-1/"
    assert "Olive Officer" in said(manager_client.get("/meetings/plan/?term=2026-1"))
    assert "not set : hours of Olive Officer" in said(manager_client.get("/meetings/plan/?term=2026-1"))
    manager_client.post(address, {"hours": "0", "reason": "On leave all term."})
    page = said(manager_client.get("/meetings/plan/?term=2026-1"))
    assert "too many" in page
    assert "0 : hours of Olive Officer" in page
    assert "On leave all term." in said(manager_client.get(address))
    manager_client.post(address, {"hours": "20"})
    assert "too many" not in said(manager_client.get("/meetings/plan/?term=2026-1"))
    assert "not set" in said(manager_client.get("/meetings/plan/?term=2026-2")), "another term has its own"
    manager_client.post(address, {"hours": ""})
    assert not OfficerHours.objects.exists()


@pytest.mark.parametrize("hours", ["-1", "601", "many", "9" * 30])
def test_what_is_no_number_of_hours_is_refused(hours: str, officer: User, manager_client: Client) -> None:
    page = said(manager_client.post(f"/meetings/plan/hours/{officer.pk}/2026-1/", {"hours": hours}))
    assert "There is a problem" in page
    assert not OfficerHours.objects.exists()


def test_not_for_a_term_that_is_over_or_somebody_who_holds_no_meeting(
    officer: User, manager: User, contact_a: User, manager_client: Client
) -> None:
    with pytest.raises(MeetingProblem, match="is over"):
        actions.set_hours(by=manager, today=TODAY, now=timezone.now(), officer=officer, term=Term(2025, 3), hours=5)
    assert manager_client.get(f"/meetings/plan/hours/{contact_a.pk}/2026-1/").status_code == 404
    assert manager_client.get(f"/meetings/plan/hours/{officer.pk}/never/").status_code == 404
