"""The first number of every dashboard: severely absent children without a plan, which opens their list."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from accounts.models import User
from casework.models import Plan
from schools.models import Area, School, Trust
from tests.flows import made_borough
from tests.flows.made_borough import Borough
from tests.flows.reading import said
from tests.flows.test_borough import counted, links, same

pytestmark = pytest.mark.django_db

SCHOOL = "/schools/999801/"
PAGES = {
    "manager": ["/", "/borough/", "/areas/", "/areas/{cluster}/", "/trusts/", "/trusts/{trust}/", "/cohorts/", "/cohorts/fsm/", SCHOOL],
    "legal": ["/", "/borough/", SCHOOL],
    "officer": ["/", "/areas/", "/areas/{cluster}/", "/trusts/{trust}/", "/cohorts/fsm/", SCHOOL],
    "contact_a": ["/", SCHOOL],
}


@pytest.fixture
def places(borough: Borough, school_a: School) -> dict[str, int]:
    cluster, trust = Area.objects.create(kind="cluster", name="North"), Trust.objects.create(name="Merebrook Trust", code="T1")
    School.objects.filter(pk=school_a.pk).update(cluster=cluster, trust=trust)
    return {"cluster": cluster.pk, "trust": trust.pk}


@pytest.fixture
def borough(school_a: School, school_b: School, officer: User, manager: User) -> Borough:
    return made_borough.make(school_a, school_b, officer)


def first(client: Client, page: str) -> tuple[str, str]:
    """The first headline figure of a page: its number, and the address it opens."""
    figure = re.search(r'<li class="dm-fact.*?</li>', client.get(page).content.decode(), re.DOTALL)
    assert figure, page
    assert "Severely absent, no plan" in figure[0], page
    return links(figure[0])[0]


@pytest.mark.parametrize("part", sorted(PAGES))
def test_it_comes_first_and_opens_its_list(part: str, cast: dict[str, User], browse, places: dict[str, int]) -> None:  # type: ignore[no-untyped-def]
    client: Client = browse(cast[part])
    pages = [page.format(**places) for page in PAGES[part]]
    pages += [f"/officers/{cast['officer'].pk}/"] if part in ("officer", "manager") else []
    for page in pages:
        number, address = first(client, page)
        assert int(number) > 0, page
        answer = client.get(address)
        assert same(number, counted(answer.content.decode(), "")), (page, number, address)


def test_a_plan_takes_a_child_off_and_its_end_puts_them_back(officer_client: Client, borough: Borough) -> None:
    before = int(first(officer_client, SCHOOL)[0])
    Plan.objects.update(ended="2026-11-19")
    assert int(first(officer_client, SCHOOL)[0]) == before + 1


def test_another_officer_s_page_counts_that_officer_s_schools(manager_client: Client, borough: Borough, officer: User) -> None:
    number, address = first(manager_client, f"/officers/{officer.pk}/")
    assert f"officer={officer.pk}" in address
    assert number == first(manager_client, SCHOOL)[0]  # the one school that this officer works with


def test_who_may_not_see_cases_is_told_nothing_of_plans(staff_a_client: Client, borough: Borough) -> None:
    for page in ("/", SCHOOL):
        assert "no plan" not in said(staff_a_client.get(page))
