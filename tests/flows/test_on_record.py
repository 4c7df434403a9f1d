"""A checklist filled from what is known: offered with its day and its place, what is missing said, and to a school only what is its own."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from accounts import clock
from accounts.models import User
from casework.models import PlanReview
from legal import on_record, routes
from legal.actions.problem import NoticeProblem
from legal.actions.routing import choose_route
from legal.models import Answer, Request, RouteChoice
from schools.models import School
from tests.casework import make_case, make_plan
from tests.flows.holiday_things import a_family
from tests.flows.notice_things import TODAY, draft
from tests.flows.reading import said

pytestmark = pytest.mark.django_db


def facts(request: Request, user: User) -> dict[str, list[str]]:
    return {key: [fact.words for fact in those] for key, those in on_record.known(request, user, today=TODAY).items()}


def test_what_is_known_is_offered_and_what_is_missing_is_said(
    officer: User, officer_client: Client, contact_a: User, contact_a_client: Client, school_a: School, django_assert_max_num_queries: Any
) -> None:
    family = a_family(school_a, forenames=("Ash",))
    child, (pat, kim) = family.children[0], family.parents
    type(kim).objects.filter(pk=kim.pk).update(address="", postcode="")
    case = make_case(child, school_a, officer=officer)
    plan = make_plan(case)
    request = draft(officer, child, school_a, pat, kim, route="ongoing")
    found = facts(request, officer)  # that registers are here does not say that their codes are true
    assert found["parents"][1] == "Missing: an address of Kim Example"
    assert "Missing: the register of 2025/26" in found["register"]
    assert "not reviewed yet" in found["plan"][0]
    assert found["letters"][0] == "No letter of the authority to Pat Example; the school holds its own"
    assert "letters" not in facts(request, contact_a)
    with django_assert_max_num_queries(15):
        page = said(officer_client.get(reverse("request_checklist", args=[request.pk])))
    assert "Nothing on record here. The school and the authority hold it." in page
    type(plan).objects.filter(pk=plan.pk).update(reviewed=dt.date(2026, 11, 16))
    offered = on_record.offers(on_record.known(request, officer, today=TODAY))
    assert offered["plan"] == ("yes", dt.date(2026, 11, 16))
    assert "parents" not in offered
    assert "register" not in offered
    assert not Answer.objects.exists()  # an offer is no answer
    assert not PlanReview.objects.exists()
    assert "A plan of" in said(contact_a_client.get(reverse("request_checklist", args=[request.pk])))


def test_a_route_is_chosen_for_requests_to_come_and_none_skips_the_gate(
    manager: User, officer: User, officer_client: Client, manager_client: Client, school_a: School
) -> None:
    family = a_family(school_a, forenames=("Ash", "Bay"))
    before = draft(officer, family.children[0], school_a, family.parents[0], route="ongoing")
    Request.objects.filter(pk=before.pk).update(made=TODAY - dt.timedelta(days=1))
    with pytest.raises(NoticeProblem, match="today or later"):
        choose_route(by=manager, today=TODAY, now=clock.now(), route="fast_track", start=TODAY - dt.timedelta(days=3), reason="Agreed")
    choose_route(by=manager, today=TODAY, now=clock.now(), route="fast_track", start=TODAY, reason="Agreed with heads")
    after = draft(officer, family.children[1], school_a, family.parents[0], route="ongoing")
    assert "A support plan was agreed and reviewed" in said(officer_client.get(reverse("request", args=[before.pk])))
    assert "A support plan was agreed and reviewed" not in said(officer_client.get(reverse("request", args=[after.pk])))
    assert "Agreed with heads" in said(manager_client.get(reverse("legal_routes")))
    for route in (routes.OF_HOLIDAYS, *routes.ONGOING.values()):
        assert tuple(step.code for step in route.steps[-4:]) == routes.GATE


def test_an_authority_puts_steps_in_an_order_of_its_own_and_the_gate_stays(
    manager: User, officer: User, officer_client: Client, manager_client: Client, school_a: School
) -> None:
    page = reverse("legal_routes")
    form = {"route": "own", "start_day": "20", "start_month": "11", "start_year": "2026", "reason": "Agreed with heads"}
    for steps, why in (
        ({}, "Choose at least one step"),
        ({"step_1": "plan", "step_2": "plan"}, "one is there twice"),
        ({"step_1": "served"}, "from the list"),
    ):
        assert why in said(manager_client.post(page, form | steps))
    assert "Steps are for “A sequence of our own”" in said(manager_client.post(page, form | {"route": "staged", "step_1": "plan"}))
    assert not RouteChoice.objects.exists()
    for _ in range(2):  # a double click says it once
        assert manager_client.post(page, form | {"step_1": "warning", "step_3": "early_help"}).status_code == 302
    route = RouteChoice.objects.get().as_route
    assert tuple(step.code for step in route.steps) == ("warning", "early_help", *routes.GATE)
    family = a_family(school_a, forenames=("Ash",))
    asked = draft(officer, family.children[0], school_a, family.parents[0], route="ongoing")
    words = said(officer_client.get(reverse("request", args=[asked.pk])))
    assert "Early help was assessed" in words
    assert "A notice to improve ran" not in words
    with pytest.raises(IntegrityError):
        RouteChoice.objects.create(route="own", start=TODAY, reason="Nothing first", by=manager, at=clock.now())


def test_steps_are_done_in_any_order_and_the_first_that_is_not_is_next() -> None:
    fast = routes.ONGOING["fast_track"]
    told = [(one.step.code, one.state) for one in routes.stands(fast, {"warning": TODAY, "request": TODAY})]
    assert told[:4] == [("warning", "done"), ("improve", "next"), ("request", "done"), ("considered", "later")]
    assert all(one.state != "next" for one in routes.stands(fast, {}, over=True))
