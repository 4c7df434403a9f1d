"""Ratings of schools: run as one job, each told with its reasons."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from accounts import clock
from accounts.models import AuditEvent, User
from attendance import ratings
from attendance.models import Mark, Rating, RatingRun
from attendance.ratings import RatingProblem
from config import tasks
from schools.models import Enrolment, PolicyValue, School
from tests import factories
from tests.flows.rated import MONDAY, attend, moderate, run
from tests.flows.reading import said

pytestmark = pytest.mark.django_db


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
