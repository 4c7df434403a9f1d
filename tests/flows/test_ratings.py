"""Ratings of schools: run as one job, told with their reasons, moderated by a manager, seen by those who may."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts import clock
from accounts.models import AuditEvent, User
from attendance import ratings
from attendance.models import Mark, Moderation, Rating, RatingRun
from attendance.ratings import RatingProblem
from config import tasks
from schools.models import Enrolment, PolicyValue, School
from tests import factories
from tests.flows.reading import said

pytestmark = pytest.mark.django_db

MONDAY = dt.date(2026, 9, 7)  # England's figures of last year begin on Monday 8 September 2025
WEEKS = 11  # to Friday 20 November 2026, as England's to 21 November 2025: secondary 7.28%, primary 4.66%


def attend(school: School, absent: int, *, pupils: int = 10, weeks: int = WEEKS, start: dt.date = MONDAY) -> list[Enrolment]:
    """A register of `pupils` x 10 sessions x `weeks`, of which `absent` sessions are missed."""
    found = []
    for _ in range(pupils):
        enrolment = factories.enrol(factories.make_pupil(), school, start=dt.date(2025, 9, 1))
        missed = min(absent, 10 * weeks)
        absent -= missed
        factories.write_marks(enrolment, start, "I" * missed + "/" * (10 * weeks - missed))
        found.append(enrolment)
    return found


def run(today: dt.date, by: User | None = None, *, year: int = 2026, term: int = 1) -> dict[int, Rating]:
    """By URN: every school rated as the background does it."""
    asked = ratings.ask_for_ratings(by=by, today=today, now=clock.now(), year=year, term=term)
    tasks.rate_schools(asked.pk)
    asked.refresh_from_db()
    assert asked.status == RatingRun.Status.DONE, asked.error
    return {rating.school.urn: rating for rating in Rating.objects.filter(year=year, term=term).select_related("school")}


def moderate(rating: Rating, by: User, **asked: object) -> Rating:
    fields = {"colour": "green", "reason": "event", "words": "A norovirus closed two year groups."} | asked
    return ratings.moderate(by=by, today=clock.today(), now=clock.now(), rating=rating, **fields)  # type: ignore[arg-type]


@pytest.fixture
def red(school_a: School, school_b: School, today: dt.date) -> Rating:
    """Alder High, 100 of 1,100 sessions missed: 9.09% beside 7.28%. Birch Primary has sent no register."""
    attend(school_a, 100)
    return run(today)[school_a.urn]


@pytest.mark.parametrize(("absent", "colour"), [(100, "red"), (85, "amber"), (81, "amber"), (80, "green")])
def test_a_school_is_rated_beside_its_phase_at_the_same_point_of_last_year(
    absent: int, colour: str, school_a: School, today: dt.date
) -> None:
    attend(school_a, absent)
    rating = run(today)[school_a.urn]
    assert (rating.colour_now, rating.absent, rating.possible, rating.school_days) == (colour, absent, 1100, 55)
    assert (rating.first, rating.last) == (MONDAY, today)
    assert (rating.national_first, rating.national_last) == (dt.date(2025, 9, 8), dt.date(2025, 11, 21))
    assert rating.national_pct == Decimal("7.28")
    assert "published 4 December 2025" in rating.national_source
    assert len(rating.reasons) == 3


def test_each_phase_has_its_own_comparator_and_some_kinds_none(school_a: School, school_b: School, today: dt.date) -> None:
    pru = factories.make_school("The Bridge", phase=School.Phase.PRU)
    private = factories.make_school("Merebrook College", phase=School.Phase.SECONDARY, independent=True)
    through = factories.make_school("Tarn All-through", phase=School.Phase.ALL_THROUGH)
    for school in (school_a, school_b, pru, private, through):
        attend(school, 80, pupils=10)
    found = run(today)
    assert found[school_a.urn].colour == "green"
    assert found[school_b.urn].colour == "red"  # the same absence is another thing in a primary school
    for school in (pru, private, through):
        rating = found[school.urn]
        assert rating.colour_now == "not_rated"
        assert "no comparator" in rating.reasons[0]
        assert rating.national_pct is None


def test_a_school_without_registers_says_so_and_one_that_closed_is_not_rated(school_a: School, school_b: School, today: dt.date) -> None:
    School.objects.filter(pk=school_b.pk).update(closed=dt.date(2026, 8, 31))
    found = run(today)
    assert "none has come for 2026/27" in found[school_a.urn].reasons[0]
    assert school_b.urn not in found


def test_sessions_outside_the_weeks_of_englands_figures_do_not_count(school_a: School, today: dt.date) -> None:
    enrolled = attend(school_a, 100)
    for enrolment in enrolled:  # two days in the week before, and the Monday after
        factories.write_marks(enrolment, dt.date(2026, 9, 3), "OO OO")
        factories.write_marks(enrolment, dt.date(2026, 11, 23), "OO")
    rating = run(today)[school_a.urn]
    assert (rating.absent, rating.possible) == (100, 1100)


def test_a_register_that_is_behind_is_compared_with_as_early_a_point(school_a: School, today: dt.date) -> None:
    attend(school_a, 60, weeks=9)  # to 6 November
    rating = run(today)[school_a.urn]
    assert (rating.last, rating.national_last) == (dt.date(2026, 11, 6), dt.date(2025, 11, 7))
    assert rating.reasons[-1].startswith("Better by")
    attend(school_a, 60, weeks=4)
    assert run(today)[school_a.urn].last == dt.date(2026, 11, 6)  # half of the pupils still have marks to then


def test_a_register_that_stopped_long_ago_says_so(school_a: School, today: dt.date) -> None:
    attend(school_a, 60, weeks=5)
    rating = run(today)[school_a.urn]
    assert rating.reasons[-1] == "Registers have come only up to 9 October 2026."


def test_a_term_that_ends_on_a_thursday_is_whole(school_a: School, settings) -> None:
    settings.DAYMARK_TODAY = "2027-01-05"
    for enrolment in attend(school_a, 100, weeks=14):  # to 11 December, then to Thursday the 17th
        factories.write_marks(enrolment, dt.date(2026, 12, 14), "// // // //")
    rating = run(dt.date(2027, 1, 5))[school_a.urn]
    assert rating.as_at == dt.date(2026, 12, 31)
    assert rating.national_last == dt.date(2025, 12, 19)
    assert rating.possible == 10 * (140 + 8)


def test_the_first_days_of_a_year_are_not_rated_yet(school_a: School, settings) -> None:
    settings.DAYMARK_TODAY = "2026-09-09"
    attend(school_a, 3, weeks=1)
    rating = run(dt.date(2026, 9, 9))[school_a.urn]
    assert rating.colour == "not_rated"
    assert "do not reach to that point of this year (11 September 2026)" in rating.reasons[0]


def test_a_past_term_is_judged_as_of_its_end(school_a: School, today: dt.date) -> None:
    attend(school_a, 120, weeks=15, start=dt.date(2025, 9, 8))
    attend(school_a, 0, weeks=5, start=dt.date(2026, 1, 5))
    autumn, spring = (run(today, year=2025, term=term)[school_a.urn] for term in (1, 2))
    assert (autumn.as_at, autumn.last, autumn.possible) == (dt.date(2025, 12, 31), dt.date(2025, 12, 19), 1500)
    assert autumn.national_last == dt.date(2024, 12, 20)
    assert spring.as_at == dt.date(2026, 4, 5)  # Easter Sunday
    assert spring.possible == 2000


def test_the_sessions_are_those_of_a_slow_count(school_a: School, today: dt.date) -> None:
    chance = random.Random(3)
    codes = ["/", "L", "I", "M", "G", "O", "U", "N", "D", "C", "E", "V", "B", "Y1", "X", "#", "-"]
    for number in range(25):
        start = dt.date(2026, 9, 1) + dt.timedelta(days=chance.randrange(60)) if number % 3 == 0 else dt.date(2025, 9, 1)
        end = dt.date(2026, 10, 1) + dt.timedelta(days=chance.randrange(40)) if number % 5 == 0 else None
        enrolment = factories.enrol(factories.make_pupil(), school_a, start=min(start, end or start), end=end)
        days = [MONDAY + dt.timedelta(days=n) for n in range(-4, 74) if (MONDAY + dt.timedelta(days=n)).weekday() < 5]
        factories.write_marks(enrolment, {day: (chance.choice(codes), chance.choice(["/", *codes])) for day in days})
    rating = run(today)[school_a.urn]
    absent, attending = set("IMGOUNCE"), set("/\\LVB")
    missed = possible = 0
    for mark in Mark.objects.filter(school=school_a, date__gte=rating.first, date__lte=rating.last, counted=True):
        missed += mark.code in absent
        possible += mark.code in absent | attending
    assert possible > 1000
    assert (rating.absent, rating.possible) == (missed, possible)


def test_rating_again_with_the_same_registers_changes_nothing(red: Rating, today: dt.date) -> None:
    again = run(today)[red.school.urn]
    assert (again.rated_at, again.version, again.events.count()) == (red.rated_at, red.version, 0)
    assert RatingRun.objects.order_by("-pk")[0].changed == 0


def test_new_marks_make_a_new_rating_and_the_old_one_is_kept(red: Rating, today: dt.date, manager_client: Client) -> None:
    for enrolment in Enrolment.objects.filter(school=red.school)[:1]:
        factories.write_marks(enrolment, MONDAY, "/" * 110)
    better = run(today)[red.school.urn]
    assert better.colour_now == "green"
    assert [was.colour_now for was in better.events.all()] == ["red"]
    page = said(manager_client.get(reverse("rating", args=[red.pk])))
    assert "What it was before Red as of Fri 20 Nov 2026: 100 of 1,100 sessions missed" in page


def test_a_local_band_counts_from_its_day_and_the_rating_names_the_policy(red: Rating, manager: User, today: dt.date) -> None:
    PolicyValue.objects.create(key="rag_red_tenths", value=30, start=today, reason="Agreed", set_by=manager, set_at=clock.now())
    wider = run(today)[red.school.urn]
    assert wider.colour == "amber"
    assert "local 2026-11-20" in wider.policy_version


# --- runs


def test_asking_twice_is_one_run(manager_client: Client, school_a: School) -> None:
    for _ in range(2):
        assert manager_client.post(reverse("ratings_run"), {"term": "2026-1"}).status_code == 302
    assert RatingRun.objects.count() == 1
    assert "Waiting for its turn" in said(manager_client.get(reverse("ratings")))
    tasks.rate_schools(RatingRun.objects.get().pk)
    tasks.rate_schools(RatingRun.objects.get().pk)  # a second ring for work that is done
    assert AuditEvent.objects.filter(act="Schools rated").count() == 1
    manager_client.post(reverse("ratings_run"), {"term": "2026-1"})
    assert RatingRun.objects.count() == 2


def test_the_board_follows_a_run_to_its_end(manager_client: Client, school_a: School) -> None:
    manager_client.post(reverse("ratings_run"))
    assert "HX-Refresh" not in manager_client.get(reverse("ratings_progress")).headers
    tasks.rate_schools(RatingRun.objects.get().pk)
    assert manager_client.get(reverse("ratings_progress")).headers["HX-Refresh"] == "true"
    assert "1 school rated, 1 rating made or changed" in said(manager_client.get(reverse("ratings")))


def test_a_run_that_a_killed_worker_left_is_taken_up_and_not_for_ever(school_a: School, manager: User, today: dt.date) -> None:
    left = ratings.ask_for_ratings(by=manager, today=today, now=clock.now())
    RatingRun.objects.filter(pk=left.pk).update(status=RatingRun.Status.RUNNING, attempts=1)
    assert ratings.forgotten_runs() == [left.pk]
    tasks.rate_schools(left.pk)
    assert Rating.objects.count() == 1
    assert ratings.forgotten_runs() == []
    RatingRun.objects.filter(pk=left.pk).update(status=RatingRun.Status.RUNNING, attempts=3)
    tasks.rate_schools(left.pk)
    left.refresh_from_db()
    assert left.status == RatingRun.Status.FAILED
    assert "three times" in left.error


def elsewhere(work: Callable[[], Any]) -> Future[Any]:
    """Done in another thread, with a database connection of its own."""

    def done() -> Any:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(done)


@pytest.mark.django_db(transaction=True)
def test_two_workers_do_not_do_one_run(school_a: School, manager: User, today: dt.date) -> None:
    asked = ratings.ask_for_ratings(by=manager, today=today, now=clock.now())
    met: list[Any] = []

    def meanwhile(step: str, done: int, total: int) -> None:
        if not met:
            met.append(elsewhere(lambda: ratings.rate_schools(asked.pk, today=today, now=clock.now())).result())
            met.append(elsewhere(ratings.forgotten_runs).result())

    finished = ratings.rate_schools(asked.pk, today=today, now=clock.now(), progress=meanwhile)
    assert met == [None, []]
    assert finished is not None
    assert finished.status == RatingRun.Status.DONE
    assert Rating.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_moderation_made_while_schools_are_rated_is_not_lost(school_a: School, manager: User, today: dt.date) -> None:
    with transaction.atomic():
        attend(school_a, 100)
    (before,) = ratings.rate(by=None, year=2026, term=1, today=today, now=clock.now())
    with transaction.atomic():
        factories.write_marks(Enrolment.objects.all()[0], MONDAY, "/" * 110)
    waiting: list[Future[Any]] = []
    pool = ThreadPoolExecutor(1)

    def meanwhile(step: str, done: int, total: int) -> None:
        if step == "Rating schools" and not waiting:
            waiting.append(pool.submit(lambda: (moderate(before, manager, colour="amber"), connection.close())))

    ratings.rate(by=None, year=2026, term=1, today=today, now=clock.now(), progress=meanwhile)
    waiting[0].result()
    pool.shutdown()
    after = Rating.objects.get()
    assert (after.colour, after.moderated, after.colour_now) == ("green", "amber", "amber")


def test_every_monday_the_term_is_rated(school_a: School, today: dt.date) -> None:
    tasks.rate_this_term()
    asked = RatingRun.objects.get()
    assert (asked.year, asked.term, asked.by) == (2026, 1, None)


def test_a_term_to_come_cannot_be_rated(manager_client: Client, manager: User, today: dt.date) -> None:
    with pytest.raises(RatingProblem, match=r"The spring term of 2026/27 begins on 1 January 2027\."):
        ratings.ask_for_ratings(by=manager, today=today, now=clock.now(), year=2026, term=2)
    for term in ("2026-2", "1999-1", "x"):
        answer = manager_client.post(reverse("ratings_run"), {"term": term}, follow=True)
        assert "Choose one from the list" in answer.content.decode()
    assert not RatingRun.objects.exists()


# --- moderating


def test_a_moderation_needs_a_reason_and_words(red: Rating, manager: User, manager_client: Client) -> None:
    for asked in ({"reason": ""}, {"reason": "because"}, {"words": "  "}, {"colour": ""}, {"colour": "blue"}, {"colour": "red"}):
        with pytest.raises(RatingProblem):
            moderate(red, manager, **asked)
    page = manager_client.post(reverse("rating_moderate", args=[red.pk]), {"colour": "green", "version": red.version}).content.decode()
    assert "Choose why the rating is changed" in page
    assert "Say in your own words" in page
    assert not Moderation.objects.exists()


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
    with django_assert_max_num_queries(14):
        ratings.rate(by=None, year=2026, term=1, today=today, now=clock.now())


def test_nobody_is_shown_an_empty_board_without_a_word(stranger_client: Client) -> None:
    assert "You have no schools yet" in said(stranger_client.get(reverse("ratings")))
