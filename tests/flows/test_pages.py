"""The pages people work from: what each says, to whom, and how many questions it asks the database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from schools.models import Enrolment, Pupil, School
from tests import factories

pytestmark = pytest.mark.django_db

MONDAY = dt.date(2026, 9, 7)
MOST_QUERIES = 15


@pytest.fixture
def child(school_a: School, today: dt.date) -> Pupil:
    """Half of ten weeks missed, all of it unauthorised: severe, persistent and over the penalty threshold."""
    pupil = factories.make_pupil("Okonkwo", "Ada")
    enrolment = factories.enrol(pupil, school_a)
    factories.write_marks(enrolment, MONDAY, r"/\ OO " * 25)
    factories.refresh(school_a, today=today)
    return pupil


@pytest.fixture
def classmates(school_a: School, child: Pupil, today: dt.date) -> list[Enrolment]:
    """Thirty pupils of school A, some of them absent, so that a page that asks once a row is found out."""
    found = []
    for number in range(30):
        pupil = factories.make_pupil(f"Mate{number:02d}", "Kim")
        enrolment = factories.enrol(pupil, school_a, year_group=str(7 + number % 5))
        factories.write_marks(enrolment, MONDAY, (r"/\ " * 3 + ("OO " if number % 2 else r"/\ ")) * 12)
        factories.make_parent(pupil)
        found.append(enrolment)
    factories.refresh(school_a, today=today)
    return found


@pytest.fixture
def few_queries(django_assert_max_num_queries: DjangoAssertNumQueries) -> Callable[[Client, str], str]:
    def fetch(client: Client, address: str) -> str:
        client.get(address)  # the first call also reads what is read once a process
        with django_assert_max_num_queries(MOST_QUERIES):
            answer = client.get(address)
        assert answer.status_code == 200, address
        return answer.content.decode()

    return fetch


def text_of(page: str) -> str:
    from django.utils.html import strip_tags

    return " ".join(strip_tags(page).split())


@pytest.mark.parametrize("part", ["officer", "manager", "legal", "contact_a", "staff_a", "stranger", "administrator"])
def test_home_asks_few_questions_whoever_it_is(
    part: str,
    cast: dict[str, User],
    browse: Callable[[User], Client],
    classmates: list[Enrolment],
    few_queries: Callable[[Client, str], str],
) -> None:
    few_queries(browse(cast[part]), "/")


@pytest.mark.parametrize("address", ["/schools/", "/schools/999801/", "/pupils/", "/search/?q=Okonkwo"])
def test_pages_ask_few_questions(
    address: str, officer_client: Client, manager_client: Client, classmates: list[Enrolment], few_queries: Callable[[Client, str], str]
) -> None:
    few_queries(officer_client, address)
    few_queries(manager_client, address)


def test_a_pupils_page_asks_few_questions(
    child: Pupil, officer_client: Client, contact_a_client: Client, few_queries: Callable[[Client, str], str]
) -> None:
    factories.make_parent(child, factories.make_pupil())
    few_queries(officer_client, f"/pupils/{child.pk}/")
    few_queries(contact_a_client, f"/pupils/{child.pk}/")
