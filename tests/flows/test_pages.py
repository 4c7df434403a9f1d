"""The pages people work from: what each says, to whom, and how many questions it asks the database."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from schools.models import Enrolment, Pupil, School
from tests import factories
from tests.flows.reading import said

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


def test_an_officer_starts_the_day_with_the_new_flags_and_the_silent_schools(
    classmates: list[Enrolment], officer: User, officer_client: Client, school_a: School, today: dt.date
) -> None:
    quiet = factories.make_school("Cedar Primary School", phase=School.Phase.PRIMARY)
    factories.enrol(factories.make_pupil(), quiet)
    factories.post(officer, quiet)
    answer = officer_client.get("/")
    home = said(answer)
    assert "You work with 2 schools" in home
    assert "Ada Okonkwo" in home or "See all" in home
    assert "Cedar Primary School No register this school year" in home
    assert "Severe absence: 1" in home
    assert "Birch" not in home


def test_a_contacts_home_is_their_own_school_with_the_days_still_missing(
    child: Pupil, school_a: School, contact_a_client: Client, today: dt.date
) -> None:
    late = factories.make_pupil("Half", "Sam")
    factories.write_marks(factories.enrol(late, school_a), MONDAY, r"/\ " * 24)
    factories.refresh(school_a, today=today)
    home = said(contact_a_client.get("/"))
    assert home.startswith("Alder High School")
    assert "Upload a register" in home
    assert "marks for 1 of 2 pupils in the morning" in home
    assert "England, secondary, same point of last year: 92.8%" in home
    assert "England, secondary, whole of last year: 23.8%" in home  # nobody publishes persistent absence in the autumn


def test_school_staff_cannot_upload_and_someone_without_a_school_is_told_what_to_do(
    child: Pupil, staff_a_client: Client, stranger_client: Client, administrator_client: Client
) -> None:
    assert "Upload a register" not in said(staff_a_client.get("/"))
    assert "You have no schools yet" in said(stranger_client.get("/"))
    home = said(administrator_client.get("/"))
    assert "Your role sees no pupil’s page" in home
    assert "Okonkwo" not in home


def test_a_managers_home_leads_to_the_borough(classmates: list[Enrolment], manager_client: Client) -> None:
    answer = manager_client.get("/")
    assert "See the whole borough" in said(answer)
    assert 'href="/borough/"' in answer.content.decode()


def test_a_school_page_says_figures_with_their_sessions_and_the_difference_in_words(
    child: Pupil, school_a: School, officer_client: Client, contact_b_client: Client
) -> None:
    answer = officer_client.get("/schools/999801/")
    page = said(answer)
    assert "Attendance 50.0% 50 of 100 sessions" in page
    assert "92.8% 42.8 points below England 91.5%" in page  # England's secondary schools to 14 November 2025, and the whole year
    assert "8.5% 91.5 points above England" not in page  # a term is never set against a whole year
    assert "Severe absence 100.0% 1 of 1 enrolment" in page
    assert "nothing published of that point" in page
    assert "Registers to Fri 9 Oct 2026" in page or "Registers to" in page
    assert "Severe absence : 1 pupil" in page
    assert " style=" not in answer.content.decode()
    assert contact_b_client.get("/schools/999801/").status_code == 404


def test_a_school_without_marks_shows_no_zeros(school_b: School, manager_client: Client) -> None:
    page = said(manager_client.get("/schools/999802/"))
    assert "No figures yet" in page
    assert "0.0%" not in page


def test_the_list_of_schools_is_sorted_and_filtered_from_the_address(
    classmates: list[Enrolment], school_b: School, officer: User, manager_client: Client, officer_client: Client
) -> None:
    def schools(query: str) -> list[str]:
        page = manager_client.get(f"/schools/?{query}").content.decode()
        return re.findall(r'<th scope="row"[^>]*><a[^>]*>([^<]+)</a>', page)

    assert schools("sort=name") == ["Alder High School", "Birch Primary School"]
    assert schools("sort=-name") == ["Birch Primary School", "Alder High School"]
    assert schools("sort=-attendance") == ["Alder High School", "Birch Primary School"], "not known comes last"
    assert schools("phase=primary") == ["Birch Primary School"]
    assert schools("q=999801") == ["Alder High School"]
    assert schools("q=birch") == ["Birch Primary School"]
    assert schools(f"officer={officer.pk}") == ["Alder High School"]
    assert schools("q=nowhere") == []
    assert "Birch" not in said(officer_client.get("/schools/"))


def test_pupils_at_risk_are_counted_filtered_and_said_in_words(
    classmates: list[Enrolment], child: Pupil, school_a: School, officer_client: Client, stranger_client: Client
) -> None:
    def listed(**query: str) -> str:
        return said(officer_client.get("/pupils/", query_params=query))

    page = listed()
    assert "16 pupils have an open flag" in page  # 15 classmates missed a quarter, the child half
    assert "Okonkwo, Ada Alder High School Year 8 missed 50 of 100 sessions (50.0%)" in page
    assert page.index("Okonkwo") < page.index("Mate01"), "the most missed first"
    assert "1 pupil matches these filters" in listed(flag="severe_absence")
    assert "1 pupil matches these filters" in listed(absence="100")
    assert "15 pupils match these filters" in listed(absence="50")
    assert "31 pupils match these filters" in listed(flag="all")
    assert "1 pupil matches these filters" in listed(q="okonkwo")
    assert "16 pupils match these filters" in listed(school="999801")
    assert "3 pupils match these filters" in listed(year_group="8", absence="50")
    assert "No pupil matches these filters" in listed(characteristic="cla")
    assert listed(sort="name").index("Mate01") < listed(sort="name").index("Okonkwo")
    assert "No pupil has an open flag" in said(stranger_client.get("/pupils/"))


def test_another_schools_urn_in_the_filter_finds_nothing(child: Pupil, school_b: School, contact_b_client: Client) -> None:
    assert "Okonkwo" not in said(contact_b_client.get("/pupils/", query_params={"school": "999801"}))
    assert "Okonkwo" not in said(contact_b_client.get("/pupils/", query_params={"flag": "all"}))


def test_pupils_with_few_sessions_are_hidden_until_asked_for(school_a: School, officer_client: Client, today: dt.date) -> None:
    pupil = factories.make_pupil("Brand", "New")
    factories.write_marks(factories.enrol(pupil, school_a, start=dt.date(2026, 11, 16)), dt.date(2026, 11, 16), "OO " * 4)
    factories.refresh(school_a, today=today)
    assert "Brand" not in said(officer_client.get("/pupils/"))
    shown = said(officer_client.get("/pupils/", query_params={"low_data": "shown"}))
    assert "Brand, New" in shown
    assert "(little data)" in shown
    assert "Brand" not in said(officer_client.get("/"))


@pytest.mark.parametrize(
    ("address", "left"), [("/pupils/?flag=nonsense", "pupil has"), ("/pupils/?school=1&q=okon", "pupil matches the other filters")]
)
def test_a_filter_that_is_not_offered_is_left_out_and_said_to_be(address: str, left: str, child: Pupil, officer_client: Client) -> None:
    page = said(officer_client.get(address))
    assert "This choice is not offered here, so it was left out" in page
    assert "Select a valid choice" not in page
    assert "these filters" not in page
    assert f"1 {left}" in page


def test_schools_too(child: Pupil, officer_client: Client) -> None:
    page = said(officer_client.get("/schools/?phase=nonsense&officer=²"))
    assert "This choice is not offered here, so it was left out" in page
    assert "match" not in page


def test_nothing_known_is_said_once(school_b: School, contact_b_client: Client) -> None:
    home = said(contact_b_client.get("/"))
    assert "no sessions yet" in home
    assert "yet attended" not in home
    assert "yet missed" not in home
