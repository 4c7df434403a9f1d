"""Ratings of schools: what stands beside the colour, what other bands would change, and what a school is told."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts import clock
from accounts.models import AuditEvent, User
from attendance import publishing, rating_bands, ratings, rollups
from attendance.models import Flag, Publication, PublishedRating, Rating
from attendance.ratings import RatingProblem
from meetings.models import Action, Meeting
from schools.models import PolicyValue, School
from schools.policy import RATING
from tests import factories
from tests.flows.rated import attend, moderate, run
from tests.flows.reading import said

pytestmark = pytest.mark.django_db

LAST_YEAR = dt.date(2025, 9, 8)
VALUES = {"rag_red_tenths": 10, "rag_amber_tenths": 0, "rag_least_days": 10, "rag_trend_tenths": 0, "rag_severe_pupils": 0}


@pytest.fixture
def red(school_a: School, school_b: School, today: dt.date) -> Rating:
    """Alder High, 100 of 1,100 sessions missed: 9.09% beside 7.28%. Birch Primary, 30: 2.73% beside 4.66%."""
    attend(school_a, 100)
    attend(school_b, 30)
    return run(today)[school_a.urn]


def publish(by: User, *, year: int = 2026, term: int = 1) -> Publication:
    return publishing.publish(by=by, now=clock.now(), year=year, term=term, seen=publishing.preview(year, term).seen)


def token(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


# --- contributions, and what stands beside


def test_own_trend_and_severe_absence_are_contributions_and_meetings_and_data_stand_beside(
    school_a: School, officer: User, today: dt.date, manager_client: Client
) -> None:
    enrolled = attend(school_a, 80)
    for enrolment in enrolled:
        factories.write_marks(enrolment, LAST_YEAR, "I" * 5 + "/" * 105)
    factories.write_marks(enrolled[9], dt.date(2026, 9, 7), "N" * 4 + "/" * 106)
    rollups.refresh(schools=[school_a.pk], years=[2025, 2026])
    Flag.objects.create(
        pupil=enrolled[0].pupil, code=Flag.Code.SEVERE, year=2026, opened=today, reason="x", policy_version="x",
        noticed_at=clock.now(), changed_at=clock.now(),
    )  # fmt: skip
    held = {"school": school_a, "officer": officer, "time": dt.time(9), "planned_at": clock.now()}
    meeting = Meeting.objects.create(**held, day=dt.date(2026, 10, 12), status=Meeting.Status.HELD)
    for due in (dt.date(2026, 11, 2), dt.date(2026, 12, 1)):  # the second is not due yet
        Action.objects.create(meeting=meeting, what="Ring", owner=Action.Owner.SCHOOL, due=due)
    rating = run(today)[school_a.urn]
    assert (rating.colour, rating.band) == ("amber", "amber")  # 84 of 1,100: 7.64% beside 7.28%
    assert (rating.before_absent, rating.before_possible) == (50, 1100)
    assert (rating.severe, rating.severe_without_plan) == (1, 1)
    page = said(manager_client.get(reverse("rating", args=[rating.pk])))
    assert "4.55% of 1,100 possible sessions. This year it is worse by 3.09 percentage points. This does not move the colour." in page
    assert "1 of 1 pupil flagged as severely absent has no current plan. This does not move the colour." in page
    assert "Beside the colour, no part of it" in page
    assert "1 held this term, the last on 12 October 2026; none planned." in page
    assert "0 of 1 that the school was to do by now is done." in page
    assert "4 of 4 N marks not replaced within 5 school days." in page
    assert "Last register 20 November 2026." in page
    assert "Complete on 55 of 55 school days this school year" in page


def test_severe_absence_of_a_year_of_which_no_flags_are_kept_is_not_told_as_none(school_a: School, today: dt.date) -> None:
    attend(school_a, 100, weeks=15, start=LAST_YEAR)
    rating = run(today, year=2025)[school_a.urn]
    assert (rating.severe, rating.severe_without_plan) == (None, None)
    assert [name for name, _, _ in rating.contributions] == ["Own trend"]


def test_what_stands_beside_is_no_part_of_the_colour(red: Rating, officer: User, today: dt.date) -> None:
    before = run(today)[red.school.urn]
    Meeting.objects.create(
        school=red.school, officer=officer, time=dt.time(9), planned_at=clock.now(), day=dt.date(2026, 10, 12), status=Meeting.Status.HELD
    )
    after = run(today)[red.school.urn]
    assert before.beside != after.beside
    assert (before.colour, before.band, before.reasons) == (after.colour, after.band, after.reasons)


def test_a_policy_may_let_the_trend_move_the_colour_and_the_rating_keeps_by_what(
    school_a: School, manager: User, manager_client: Client, today: dt.date
) -> None:
    for enrolment in attend(school_a, 85):
        factories.write_marks(enrolment, LAST_YEAR, "I" * 3 + "/" * 107)
    rollups.refresh(schools=[school_a.pk], years=[2025, 2026])
    assert run(today)[school_a.urn].colour == "amber"
    PolicyValue.objects.create(key="rag_trend_tenths", value=20, start=today, reason="Agreed", set_by=manager, set_at=clock.now())
    rating = run(today)[school_a.urn]
    assert (rating.colour, rating.band, rating.bands["rag_trend_tenths"]) == ("red", "amber", 20)
    assert rating.events.get().bands["rag_trend_tenths"] == 0  # the former state kept its own
    page = said(manager_client.get(reverse("rating", args=[rating.pk])))
    assert "Because of own trend: one band worse, red." in page
    assert "worse by 5.00 percentage points, which is at least 2.0. This moves the colour one band, by the authority’s policy." in page


# --- other bands


def asked(**changes: Any) -> dict[str, Any]:
    return VALUES | {"start_day": 20, "start_month": 11, "start_year": 2026, "reason": "Agreed by the board"} | changes


def test_other_bands_show_what_they_change_before_they_are_set(
    red: Rating, school_b: School, manager_client: Client, today: dt.date
) -> None:
    address = reverse("rating_bands")
    assert manager_client.get(reverse("policy_value", args=["rag_red_tenths"])).headers["Location"] == address
    assert manager_client.post(reverse("policy_value", args=["rag_red_tenths"]), asked(value=30)).headers["Location"] == address
    answer = manager_client.post(address, asked(rag_red_tenths=30, look="yes"))
    page = said(answer)
    assert "1 school would change colour , of 2 schools rated for autumn 2026/27" in page
    assert "1 school from red to amber" in page
    assert "Alder High School Red Amber 9.09% beside 7.28% 100 of 1,100 sessions missed" in page
    assert reverse("rating", args=[red.pk]) in answer.content.decode()
    assert not PolicyValue.objects.exists()
    seen = token(answer.content.decode(), "seen")
    done = manager_client.post(address, asked(rag_red_tenths=30, seen=seen, set="yes"))
    assert done.status_code == 302
    value = PolicyValue.objects.get()  # only what is new is written
    assert (value.key, value.value, value.start, value.reason) == ("rag_red_tenths", 30, today, "Agreed by the board")
    red.refresh_from_db()
    assert (red.colour, red.bands["rag_red_tenths"]) == ("red", 10)  # what was rated is not re-judged
    assert run(today)[red.school.urn].colour == "amber"


def test_values_that_nobody_looked_at_are_not_set(red: Rating, manager: User, manager_client: Client, today: dt.date) -> None:
    address = reverse("rating_bands")
    seen = token(manager_client.post(address, asked(rag_red_tenths=30)).content.decode(), "seen")
    for sent in (asked(rag_red_tenths=31, seen=seen), asked(rag_red_tenths=30), asked(rag_red_tenths=30, seen=seen, start_day=21)):
        page = said(manager_client.post(address, sent | {"set": "yes"}))
        assert "Nothing was set: look first at what these values would change" in page
        assert "1 school would change colour" in page
    moderate(red, manager, colour="amber")  # the ratings are others now
    page = said(manager_client.post(address, asked(rag_red_tenths=30, seen=seen, set="yes")))
    assert "Nothing was set" in page
    assert "1 school of them has a moderated rating, which stays as it is." in page
    assert "moderated to amber, which stays" in page
    assert not PolicyValue.objects.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "These are the values of 20 November 2026 already"),
        ({"rag_amber_tenths": 11}, "Amber cannot begin further from England’s figure than red"),
        ({"rag_red_tenths": 101}, "Enter a whole number from 0 to 100"),
        ({"rag_red_tenths": "much"}, "Enter a whole number from 0 to 100"),
        ({"rag_red_tenths": 20, "reason": " "}, "Enter why the authority sets its own values"),
        ({"rag_red_tenths": 20, "start_day": 19}, "Enter today or a later day"),
        ({"rag_red_tenths": 20, "start_day": 31}, "Enter a real date"),
    ],
)
def test_values_that_cannot_be_set_say_so(changes: dict[str, Any], words: str, red: Rating, manager_client: Client) -> None:
    for act in ("look", "set"):
        answer = manager_client.post(reverse("rating_bands"), asked(**changes, **{act: "yes"}))
        assert answer.status_code == 200
        assert words in said(answer)
    assert not PolicyValue.objects.exists()


def test_a_rating_judged_again_from_what_it_kept_is_the_same(red: Rating, school_a: School, manager: User, today: dt.date) -> None:
    factories.make_school("The Bridge", phase=School.Phase.PRU)
    attend(factories.make_school("Elm School", phase=School.Phase.SECONDARY), 5, weeks=1)
    for key, value in (("rag_trend_tenths", 1), ("rag_severe_pupils", 1)):
        PolicyValue.objects.create(key=key, value=value, start=today, reason="x", set_by=manager, set_at=clock.now())
    found = run(today).values()
    assert len(found) == 4
    assert {rating.colour for rating in found} == {"red", "green", "not_rated"}
    for rating in found:
        assert rating_bands.colour_by(rating, ratings.bands_of(rating.bands)) == rating.colour
        assert set(rating.bands) == set(RATING)


# --- what a school is told


def test_a_school_sees_its_own_rating_only_when_it_is_published(
    red: Rating, school_b: School, manager: User, browse: Callable[[User], Client], cast: dict[str, User], today: dt.date
) -> None:
    contact_a, contact_b, stranger, staff = (browse(cast[name]) for name in ("contact_a", "contact_b", "stranger", "staff_a"))
    assert "Not published" in said(contact_a.get(reverse("school", args=[red.school.urn])))
    assert "rating of your school" not in said(contact_a.get(reverse("home")))
    manager_client = browse(manager)
    address = reverse("ratings_publish") + "?term=2026-1"
    answer = manager_client.get(address)
    assert "What each school is shown" in said(answer)
    assert "Worse by 1.81 percentage points, which is more than 1.0: red." in said(answer)
    shown, _, folded = answer.content.decode().partition("<details")
    assert "1.81 percentage points" in shown, "why the colour is what it is"
    assert "Support meetings" in folded, "a hundred schools' lists one under the other are read by nobody"
    assert "Support meetings" not in shown
    assert "Support meetings: None held this term; none planned." in said(answer)  # all that a school will read
    assert not Publication.objects.exists()
    sent = {name: token(answer.content.decode(), name) for name in ("seen", "form_token")}
    for _ in range(2):  # a double click
        assert manager_client.post(address, sent).status_code == 302
    publication = Publication.objects.get()
    told_a, told_b = (publication.ratings.get(rating__school=school) for school in (red.school, school_b))
    assert "Red The rating of your school for autumn 2026/27 , published by the authority" in said(contact_a.get(reverse("home")))
    page = said(contact_a.get(reverse("rating_published", args=[told_a.pk])))
    assert "Worse by 1.81 percentage points, which is more than 1.0: red." in page
    assert "Birch" not in page
    assert "published" in said(contact_a.get(reverse("school", args=[red.school.urn])))
    opened = {"a": {contact_a: 200, contact_b: 404, stranger: 404, staff: 403}, "b": {contact_a: 404, contact_b: 200, stranger: 404}}
    for told, by in ((told_a, opened["a"]), (told_b, opened["b"])):
        for client, status in by.items():
            assert client.get(reverse("rating_published", args=[told.pk])).status_code == status
    assert contact_a.get(reverse("rating", args=[red.pk])).status_code == 403  # what is not told stays the authority's
    assert AuditEvent.objects.filter(act="Ratings published").count() == 1


def test_a_new_run_does_not_change_what_was_told_until_it_is_published_again(
    red: Rating, manager: User, contact_a: User, manager_client: Client, contact_a_client: Client, today: dt.date
) -> None:
    publish(manager)
    attend(red.school, 0, pupils=20)
    assert run(today)[red.school.urn].colour == "green"
    told = PublishedRating.objects.visible_to(contact_a).get()
    assert "Red" in said(contact_a_client.get(reverse("rating_published", args=[told.pk])))
    assert "it has changed since" in said(manager_client.get(reverse("rating", args=[red.pk])))
    assert "1 school would be told something else." in said(manager_client.get(reverse("ratings_publish")))
    publish(manager)
    now = PublishedRating.objects.visible_to(contact_a).get()
    assert now.colour_now == "green"
    assert contact_a_client.get(reverse("rating_published", args=[told.pk])).status_code == 404
    assert [was.get_end_display() for was in Publication.objects.exclude(end="")] == ["Published anew"]
    with pytest.raises(RatingProblem, match="Schools see exactly this already"):
        publish(manager)


def test_a_moderation_is_shown_beside_what_was_told_with_its_day_and_reason(
    red: Rating, manager: User, contact_a: User, contact_a_client: Client
) -> None:
    moderate(red, manager, colour="amber", words="Two weeks of norovirus.")
    publish(manager)
    told = PublishedRating.objects.visible_to(contact_a).get()
    address = reverse("rating_published", args=[told.pk])
    page = said(contact_a_client.get(address))
    assert "Amber moderated by the authority; worked out from the registers as Red" in page
    assert "Amber An illness, closure or other event Two weeks of norovirus." in page
    red.refresh_from_db()
    ratings.moderate(
        by=manager, today=clock.today(), now=clock.now() + dt.timedelta(minutes=5), rating=red, colour="green", reason="progress",
        words="All back since October.",
    )  # fmt: skip
    page = said(contact_a_client.get(address))
    assert "Green moderated by the authority; worked out from the registers as Red" in page
    assert page.index("All back since October.") < page.index("after it was published as amber") < page.index("Two weeks of norovirus.")
    assert "Green The rating of your school" in said(contact_a_client.get(reverse("home")))
    assert "Green" in said(contact_a_client.get(reverse("school", args=[red.school.urn])))


def test_what_was_published_is_taken_back_with_a_reason(
    red: Rating, manager: User, contact_a: User, manager_client: Client, contact_a_client: Client
) -> None:
    publication = publish(manager)
    told = PublishedRating.objects.visible_to(contact_a).get()
    address = reverse("ratings_take_back", args=[publication.pk])
    assert "Say why the ratings are taken back" in said(manager_client.post(address, {"reason": " "}))
    assert manager_client.post(address, {"reason": "England’s figures were corrected."}).status_code == 302
    assert contact_a_client.get(reverse("rating_published", args=[told.pk])).status_code == 404
    assert "rating of your school" not in said(contact_a_client.get(reverse("home")))
    page = said(manager_client.get(reverse("ratings_publish")))
    assert "taken back" in page
    assert "England’s figures were corrected." in page
    assert "This is no longer published" in said(manager_client.post(address, {"reason": "again"}))
    assert publish(manager).end == ""  # and it may be published anew
    assert PublishedRating.objects.filter(publication=publication).count() == 2  # that it was told is kept
    with transaction.atomic(), pytest.raises(Exception, match=r"Cannot (delete|update)"):
        told.delete()


def test_ratings_that_changed_since_they_were_looked_at_are_not_published(red: Rating, manager: User, manager_client: Client) -> None:
    answer = manager_client.get(reverse("ratings_publish"))
    sent = {"seen": token(answer.content.decode(), "seen")}
    moderate(red, manager, colour="amber")
    again = manager_client.post(reverse("ratings_publish"), sent)
    assert "Ratings have changed since you looked. Nothing was published" in said(again)
    assert not Publication.objects.exists()
    assert manager_client.post(reverse("ratings_publish"), {"seen": token(again.content.decode(), "seen")}).status_code == 302


def test_a_term_that_nobody_rated_has_nothing_to_publish(school_a: School, manager: User, manager_client: Client) -> None:
    assert "No school has been rated for this term yet" in said(manager_client.get(reverse("ratings_publish") + "?term=nonsense"))
    assert "nothing to publish" in said(manager_client.post(reverse("ratings_publish"), {"seen": ""}))
    assert not Publication.objects.exists()


def test_of_one_term_one_publication_stands(red: Rating, manager: User) -> None:
    publish(manager)
    with transaction.atomic(), pytest.raises(IntegrityError):
        Publication.objects.create(year=2026, term=1, by=manager, at=clock.now())


def test_these_pages_ask_few_questions(
    red: Rating, manager: User, browse: Callable[[User], Client], contact_a: User, django_assert_max_num_queries: DjangoAssertNumQueries,
    today: dt.date,
) -> None:  # fmt: skip
    for number in range(40):
        factories.make_school(f"School {number}")
    run(today)
    moderate(Rating.objects.get(pk=red.pk), manager)
    publish(manager)
    told = PublishedRating.objects.visible_to(contact_a).get()
    for user, addresses in (
        (manager, [reverse("ratings_publish"), reverse("rating_bands"), reverse("rating", args=[red.pk])]),
        (contact_a, [reverse("rating_published", args=[told.pk]), reverse("home"), reverse("school", args=[red.school.urn])]),
    ):
        client = browse(user)
        for address in addresses:
            client.get(address)
            with django_assert_max_num_queries(15):
                assert client.get(address).status_code == 200
    client = browse(manager)
    client.get(reverse("home"))
    with django_assert_max_num_queries(15):
        assert client.post(reverse("rating_bands"), asked(rag_red_tenths=30)).status_code == 200
