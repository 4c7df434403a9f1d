"""Deadlines of law become tasks that casework keeps: they move with the notice and end with it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import clock
from accounts.models import User
from casework.models import Task
from legal import actions
from legal.models import Notice
from schools.models import School
from tests import factories
from tests.flows import notice_things

pytestmark = pytest.mark.django_db

TODAY = notice_things.TODAY


def open_ones(notice: Notice) -> dict[str, dt.date]:
    prefix = f"legal:notice:{notice.pk}:"
    return {
        key.removeprefix(prefix): due
        for key, due in Task.objects.open().filter(source_key__startswith=prefix).values_list("source_key", "due")
    }


@pytest.fixture
def notice(contact_a: User, legal: User, school_a: School) -> Notice:
    pupil = notice_things.on_holiday(school_a)
    return notice_things.issued(contact_a, legal, pupil, school_a, factories.make_parent(pupil))[0]


def test_the_tasks_of_a_notice_follow_it_to_its_end(notice: Notice, legal: User) -> None:
    assert open_ones(notice) == {"information": dt.date(2027, 5, 8)}
    notice_things.served(notice, legal)
    assert open_ones(notice) == {"information": dt.date(2027, 5, 8), "unpaid": dt.date(2026, 12, 18)}
    actions.record_payment(by=legal, today=TODAY, now=clock.now(), notice=notice, amount=80, day=TODAY)
    assert open_ones(notice) == {}
    assert set(Task.objects.values_list("outcome", flat=True)) == {"What it was about has been settled."}


def test_marks_that_change_open_a_review_and_time_moves_the_last_day(notice: Notice, legal: User) -> None:
    enrolment = notice.pupil.enrolments.get()
    factories.write_marks(enrolment, dt.date(2026, 11, 9), "II")
    actions.recheck(pupils=None, schools=[notice.school_id], today=TODAY, now=clock.now())
    assert open_ones(notice)["review"] == TODAY
    later = dt.date(2027, 5, 10)
    actions.recheck(pupils=None, schools=None, today=later, now=clock.now())
    assert open_ones(notice) == {"review": TODAY, "information": dt.date(2027, 5, 10)}  # of the third day: two are over
    notice.refresh_from_db()
    actions.let_stand(by=legal, today=later, now=clock.now(), notice=notice, words="Eight of ten stand.")
    assert "review" not in open_ones(notice)


def test_it_is_read_by_the_school_s_officer_done_on_the_notice_and_no_school_s(
    notice: Notice, officer_client: Client, legal_client: Client, contact_a: User, stranger: User
) -> None:
    task = Task.objects.get()
    page = officer_client.get(reverse("task", args=[task.pk])).content.decode()
    assert "It ends by itself" in page
    assert 'href="/notices/' in page
    assert "It is no longer needed" not in page
    assert "Do it here" in legal_client.get(reverse("task", args=[task.pk])).content.decode()
    assert not Task.objects.visible_to(contact_a).exists()
    assert not Task.objects.visible_to(stranger).exists()


def test_looking_again_at_nothing_asks_little(school_a: School, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(6):
        actions.keep_deadlines(pupils=None, schools=[school_a.pk], today=TODAY, now=clock.now())
