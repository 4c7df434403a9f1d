"""How a term's meetings go: each number from what happened, by officer and by rating."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from attendance.models import Flag
from meetings import measured
from meetings.models import Action, Meeting, Offer, YearPlan
from meetings.term_plan import term_rows
from meetings.terms import Term
from schools.models import Enrolment, School
from tests import factories
from tests.flows.meeting_things import TODAY, flagged, planned
from tests.flows.reading import said

pytestmark = pytest.mark.django_db
AUTUMN = Term(2026, 1)


@pytest.fixture
def term(school_a: School, school_b: School, officer: User) -> None:
    """Alder is due one: held. Birch is due one: declined with evidence that was accepted, and offered again."""
    for school in (school_a, school_b):
        YearPlan.objects.create(school=school, year=2026, by_rule=3, band="below", reason="Below England.", floor=3, set_at=timezone.now())
    flagged(school_a, surname="Sorrel")
    held = planned(school_a, officer)
    Meeting.objects.filter(pk=held.pk).update(status="held", day=dt.date(2026, 10, 6))
    for due, closed in (("2026-10-13", "2026-10-13"), ("2026-10-13", "2026-10-14"), ("2026-11-19", None), ("2026-12-01", None)):
        Action.objects.create(meeting=held, what="Ring", owner="school", due=due, closed=closed, status="done" if closed else "open")
    Action.objects.create(meeting=held, what="Not needed", owner="school", due="2026-10-13", closed="2026-10-13", status="dropped")
    made = {"school": school_b, "officer": officer, "year": 2026, "term": 1, "time": dt.time(10), "offered_by": officer}
    answered = {
        "status": "declined",
        "reason": "improved",
        "verdict": "accepted",
        "verdict_at": timezone.now(),
        "follow_up": dt.date(2027, 1, 15),
    }
    Offer.objects.create(day=dt.date(2026, 10, 20), offered_at=timezone.now(), **made, **answered)
    Offer.objects.create(day=dt.date(2026, 12, 2), offered_at=timezone.now(), number=2, **made)


def measures(*schools: School) -> dict[int, measured.Measure]:
    return measured.by_school(term_rows(schools, AUTUMN, today=TODAY), AUTUMN, today=TODAY)


def test_each_school_s_own(term: None, school_a: School, school_b: School) -> None:
    found = measures(school_a, school_b)
    alder, birch = found[school_a.pk], found[school_b.pk]
    assert (alder.due, alder.offered, alder.held, alder.declined) == (1, 0, 1, 0)
    assert (birch.due, birch.offered, birch.held, birch.declined, birch.accepted) == (1, 2, 0, 1, 1)
    assert (alder.in_time, alder.actions) == (1, 3), "one in time, one a day late, one open; what is still to come is not counted"
    assert (birch.done, birch.planned_for) == (None, None), "nothing due and nobody severely absent is no 0%"
    assert (alder.with_plan, alder.severe) == (0, 1)


def test_the_groups_add_up_and_open_the_plan(term: None, officer: User, manager_client: Any, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(15):
        page = manager_client.get("/meetings/plan/measures/?term=2026-1").content.decode()
    words = said(manager_client.get("/meetings/plan/measures/?term=2026-1"))
    assert "2 schools: 2 meetings due, 2 offered, 0 planned, 1 held, 1 declined (1 with evidence that was accepted)" in words
    assert "1 of 3 actions done in time." in words
    assert "0 of 1 severely absent pupil with a plan." in words
    Action.objects.exclude(due="2026-11-19").update(status="dropped", closed="2026-11-01")
    assert "0 of 1 action done in time." in said(manager_client.get("/meetings/plan/measures/?term=2026-1"))
    assert f"?term=2026-1&amp;officer={officer.pk}" in page
    assert "?term=2026-1&amp;officer=nobody" in page
    assert "?term=2026-1&amp;colour=none" in page


def test_without_registers_nobody_knows_who_is_severely_absent(term: None, school_a: School, school_b: School, manager_client: Any) -> None:
    address = "/meetings/plan/measures/?term=2026-1"
    birch = measures(school_b)[school_b.pk]
    assert (birch.known, birch.unknown) == (0, 1)
    told = said(manager_client.get(address))
    assert "with a plan. Of 1 school it is not known: no register of this school year has come." in told
    assert "Nobody is severely absent" not in told
    Flag.objects.update(cleared=dt.date(2026, 11, 2))
    assert "Who is severely absent is not known: no register of this school year has come." in said(manager_client.get(address))
    factories.write_marks(Enrolment.objects.get(school=school_a), dt.date(2026, 9, 7), "/\\" * 5)
    factories.refresh(school_a, today=TODAY)
    told = said(manager_client.get(address))
    assert "Nobody is severely absent at the other 1 school. Of 1 school it is not known" in told
    plan = said(manager_client.get("/meetings/plan/?term=2026-1"))
    assert "not known" in plan


def test_each_sees_their_own_and_nonsense_is_left_out(term: None, officer_client: Any, stranger_client: Any, contact_a_client: Any) -> None:
    assert "1 school:" in said(officer_client.get("/meetings/plan/measures/?term=x&colour=pink"))
    assert "No school is shown" in said(stranger_client.get("/meetings/plan/measures/"))
    assert contact_a_client.get("/meetings/plan/measures/").status_code == 403
