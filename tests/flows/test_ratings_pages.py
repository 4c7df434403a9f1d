"""Ratings of schools on screen: moderated by a manager, seen by those who may."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts import clock
from accounts.models import User
from attendance import ratings
from attendance.models import Moderation, Rating
from attendance.ratings import RatingProblem
from schools.models import Enrolment, School
from tests import factories
from tests.flows.rated import MONDAY, attend, moderate, run
from tests.flows.reading import said

pytestmark = pytest.mark.django_db


@pytest.fixture
def red(school_a: School, school_b: School, today: dt.date) -> Rating:
    """Alder High, 100 of 1,100 sessions missed: 9.09% beside 7.28%. Birch Primary has sent no register."""
    attend(school_a, 100)
    return run(today)[school_a.urn]


def test_a_moderation_needs_a_reason_and_words(red: Rating, manager: User, manager_client: Client) -> None:
    for asked in ({"reason": ""}, {"reason": "because"}, {"words": "  "}, {"colour": ""}, {"colour": "blue"}, {"colour": "red"}):
        with pytest.raises(RatingProblem):
            moderate(red, manager, **asked)
    page = manager_client.post(reverse("rating_moderate", args=[red.pk]), {"colour": "green", "version": red.version}).content.decode()
    assert "Choose why the rating is changed" in page
    assert "Say in your own words" in page
    assert not Moderation.objects.exists()


def test_a_form_sent_for_one_rating_changes_no_other(red: Rating, school_b: School, manager: User) -> None:
    token, other = uuid.uuid4(), Rating.objects.get(school=school_b)
    moderate(red, manager, form_token=token)
    with pytest.raises(RatingProblem, match="sent for another rating already"):
        moderate(other, manager, form_token=token)
    assert Moderation.objects.count() == 1


def test_a_moderation_survives_a_new_run_and_both_are_shown(red: Rating, manager: User, manager_client: Client, today: dt.date) -> None:
    sent = {"colour": "amber", "reason": "event", "words": "Two weeks of norovirus.", "version": red.version, "form_token": uuid.uuid4()}
    for _ in range(2):  # a double click
        answer = manager_client.post(reverse("rating_moderate", args=[red.pk]), sent)
        assert answer.status_code == 302
    assert Moderation.objects.count() == 1
    for enrolment in Enrolment.objects.filter(school=red.school)[:1]:
        factories.write_marks(enrolment, MONDAY, "O" * 110)
    again = run(today)[red.school.urn]
    assert (again.colour, again.moderated, again.colour_now) == ("red", "amber", "amber")
    page = said(manager_client.get(reverse("rating", args=[red.pk])))
    assert "Amber moderated; worked out as Red" in page
    assert "Two weeks of norovirus." in page
    assert manager.name in page


def test_of_two_managers_the_second_is_told_and_loses_nothing(red: Rating, manager: User, manager_client: Client) -> None:
    other = factories.make_user("manager", name="Mo Other")
    address = reverse("rating_moderate", args=[red.pk])
    sent = {"colour": "amber", "reason": "event", "words": "What I had typed", "version": red.version}
    moderate(red, other, colour="green", words="What the other knew")
    page = manager_client.post(address, sent).content.decode()
    assert "Mo Other changed this rating at" in page
    assert "What I had typed" in page
    red.refresh_from_db()
    assert red.colour_now == "green"
    assert f'name="version" value="{red.version}"' in page  # having seen it, one may send it again
    assert manager_client.post(address, sent | {"version": red.version}).status_code == 302


# --- who sees what


def test_ratings_are_for_the_authority_and_an_officer_sees_their_own_schools(
    red: Rating, school_b: School, officer_client: Client, contact_a_client: Client, staff_a_client: Client, legal_client: Client
) -> None:
    theirs = Rating.objects.get(school=school_b)
    assert officer_client.get(reverse("rating", args=[red.pk])).status_code == 200
    assert officer_client.get(reverse("rating", args=[theirs.pk])).status_code == 404
    assert school_b.name not in officer_client.get(reverse("ratings")).content.decode()
    assert school_b.name in legal_client.get(reverse("ratings")).content.decode()
    for client in (contact_a_client, staff_a_client):
        assert client.get(reverse("ratings")).status_code == 403
        assert client.get(reverse("rating", args=[red.pk])).status_code == 403
    for client in (officer_client, legal_client):
        assert client.get(reverse("rating_moderate", args=[red.pk])).status_code == 403
        assert client.post(reverse("ratings_run")).status_code == 403
        assert "Rate all schools" not in client.get(reverse("ratings")).content.decode()


def test_the_board_counts_filters_and_says_how_fresh_it_is(red: Rating, school_b: School, manager_client: Client, today: dt.date) -> None:
    page = said(manager_client.get(reverse("ratings")))
    assert "Red 1 of 2 schools" in page
    assert "Not rated 1 of 2 schools" in page
    assert "Judged as of Fri 20 Nov 2026" in page
    assert "9.09% beside 7.28% 100 of 1,100 sessions missed, to Fri 20 Nov 2026" in page
    rows = {
        "?colour=red": ({"Alder High School"}, "1 school matches these filters"),
        "?colour=not_rated": ({"Birch Primary School"}, "1 school matches these filters"),
        "?colour=amber": (set(), "No school matches these filters"),
        "?phase=primary": ({"Birch Primary School"}, "1 school matches these filters"),
        "?term=2025-3&colour=none": ({"Alder High School", "Birch Primary School"}, "2 schools match these filters"),
        "?colour=purple&term=never&officer=x": ({"Alder High School", "Birch Primary School"}, "2 schools"),
    }
    for query, (names, words) in rows.items():
        page = said(manager_client.get(reverse("ratings") + query))
        assert words in page, query
        assert {name for name in ("Alder High School", "Birch Primary School") if name in page} == names, query


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("apart", ["Birch", "Alder", "Cedar", "Dogwood"]),  # better than England first; those not compared last
        ("-apart", ["Alder", "Birch", "Cedar", "Dogwood"]),
        ("rating", ["Alder", "Birch", "Cedar", "Dogwood"]),  # the worst first; those without a rating last
        ("-rating", ["Cedar", "Birch", "Alder", "Dogwood"]),
        ("-name", ["Dogwood", "Cedar", "Birch", "Alder"]),
        ("nonsense", ["Alder", "Birch", "Cedar", "Dogwood"]),
    ],
)
def test_the_board_sorts_and_what_is_not_known_comes_last(
    sort: str, order: list[str], red: Rating, school_b: School, manager_client: Client, today: dt.date
) -> None:
    attend(school_b, 10)
    factories.make_school("Cedar Centre", phase=School.Phase.PRU)
    run(today)
    factories.make_school("Dogwood School")  # known only since
    page = said(manager_client.get(reverse("ratings") + f"?sort={sort}"))
    names = ("Alder High School", "Birch Primary School", "Cedar Centre", "Dogwood School")
    assert [name.split()[0] for name in sorted(names, key=page.index)] == order


def test_pages_ask_few_questions_however_many_schools(
    red: Rating, manager: User, officer: User, browse: Callable[[User], Client], django_assert_max_num_queries: DjangoAssertNumQueries,
    today: dt.date,
) -> None:  # fmt: skip
    for number in range(60):
        factories.post(officer, factories.make_school(f"School {number}"))
    for year, term in ratings.terms_begun(today):
        ratings.rate(by=None, year=year, term=term, today=today, now=clock.now())
    moderate(Rating.objects.get(pk=red.pk), manager)
    for user in (manager, officer):
        client = browse(user)
        for address in (reverse("ratings"), reverse("ratings") + "?page=2&sort=apart&colour=not_rated", reverse("rating", args=[red.pk])):
            client.get(address)
            with django_assert_max_num_queries(15):
                assert client.get(address).status_code == 200
    client = browse(manager)
    with django_assert_max_num_queries(15):
        client.get(reverse("rating_moderate", args=[red.pk]))


def test_rating_many_schools_asks_few_questions(school_a: School, today: dt.date, django_assert_max_num_queries) -> None:
    attend(school_a, 10)
    for _ in range(40):
        factories.make_school()
    with django_assert_max_num_queries(18):
        ratings.rate(by=None, year=2026, term=1, today=today, now=clock.now())


def test_nobody_is_shown_an_empty_board_without_a_word(stranger_client: Client) -> None:
    assert "You have no schools yet" in said(stranger_client.get(reverse("ratings")))
