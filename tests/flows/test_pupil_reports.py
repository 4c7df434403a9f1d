"""Reports on a pupil: counted from registers, without third parties, kept as made; and who went to the meeting."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import clock
from accounts.models import User
from casework.actions import add_action
from casework.letters import reporting
from casework.models import Case, Entry, PupilReport
from schools.models import Pupil, School
from tests import factories
from tests.casework import make_case, make_plan
from tests.flows.letter_things import TODAY, child, pages_of, text_of
from tests.flows.notice_things import date
from tests.flows.reading import said

pytestmark = pytest.mark.django_db


@pytest.fixture
def pupil(school_a: School) -> Pupil:
    """Of 12 school days since 2 November 8 sessions missed, of them 4 in the last fortnight, on Tuesdays and Thursdays."""
    return child(school_a, marks=r"/\ OO /\ OO /\ /\ II /\ MI /\ ")


@pytest.fixture
def case(pupil: Pupil, school_a: School, officer: User) -> Case:
    """With a plan whose action names a parent, and a note that is not shared."""
    from casework import actions

    sam = factories.make_parent(pupil, forename="Sam", title="Mrs")
    factories.make_parent(factories.make_pupil("Example", "Kit"), pupil, forename="Lou")
    assert sam
    case = make_case(pupil, school_a, officer=officer)
    make_plan(case)
    add_action(
        by=officer, today=dt.date(2026, 11, 10), now=clock.now(), case=case, what="Sam Example walks Robin and Kit in", owner="parent",
        due=dt.date(2026, 11, 27),
    )  # fmt: skip
    actions.write_note(by=officer, today=TODAY, now=clock.now(), case=case, words="Secret worry")
    return case


def ask(client: Client, pupil: Pupil, **more: Any) -> Any:
    sent = {"purpose": "core_group", "comment": "", "form_token": str(uuid.uuid4())} | more
    return client.post(reverse("pupil_reports", args=[pupil.pk]), sent, follow=True)


def test_counted_and_without_third_parties(officer_client: Client, pupil: Pupil, case: Case, school_a: School) -> None:
    """9 to 20 November: 20 sessions, 4 O on Tuesday and Thursday of the first week, then I, I, M, I: 8 missed."""
    answer = ask(officer_client, pupil, comment="He likes art.\n\n<b>Bold</b> 😀")
    report = PupilReport.objects.get()
    done = reporting.make_report(report.pk, now=clock.now())
    assert done is not None
    assert done.status == "made", done.error
    for text in (said(answer), text_of(done.stored)):
        assert "8 of 20 sessions" in text
        assert "4 authorised, 4 not authorised" in text
        assert "Tuesday 4 of 4 sessions" in text
        assert "Monday 0 of 4 sessions" in text
        assert "a parent walks Robin and a brother or sister in" in text
        assert "<b>Bold</b>" in text
        for name in ("Sam", "Kit", "Lou", "Secret"):
            assert name not in text
    assert len(pages_of(done.stored)) <= 2


def test_a_comment_that_names_a_parent_is_refused(officer_client: Client, pupil: Pupil, case: Case) -> None:
    text = said(ask(officer_client, pupil, comment="Mrs Example says that Kit is ill"))
    assert "The comment names “Mrs Example”, “Kit”" in text
    assert "Mrs Example says that Kit is ill" in text  # kept as typed
    assert not PupilReport.objects.exists()


def test_kept_as_made(officer_client: Client, pupil: Pupil, case: Case, school_a: School) -> None:
    token = str(uuid.uuid4())
    for _ in range(2):
        ask(officer_client, pupil, form_token=token)
    report = PupilReport.objects.get()
    factories.write_marks(pupil.enrolments.get(), TODAY, "OO")
    assert "8 of 20 sessions" in said(officer_client.get(reverse("pupil_report", args=[report.pk])))
    reporting.make_report(report.pk, now=clock.now())
    report.refresh_from_db()
    assert "8 of 20 sessions" in text_of(report.stored)


def test_who_went_is_logged_once_and_told_in_the_case(officer: User, officer_client: Client, pupil: Pupil, case: Case) -> None:
    ask(officer_client, pupil)
    address = reverse("pupil_report_meeting", args=[PupilReport.objects.get().pk])
    sent = {"went": "officer", "who": "", "outcome": "The plan goes on."} | date("met", TODAY)
    assert "cannot be after today" in said(officer_client.post(address, sent | date("met", dt.date(2026, 11, 21))))
    assert "Enter who went" in said(officer_client.post(address, sent | {"went": "another"}))
    for _ in range(2):
        officer_client.post(address, sent)
    assert "logged already, on 20 November 2026" in said(officer_client.post(address, sent | {"outcome": "Something else"}))
    line = Entry.objects.filter(case=case).latest("pk")
    assert line.words == "Core group on 20 November 2026: the attendance officer went.\nThe plan goes on."
    assert not line.shared


def test_of_no_session_nothing_is_counted(officer_client: Client, school_a: School) -> None:
    text = said(ask(officer_client, child(school_a, "Fir", marks="## ##")))
    assert "No session of 2026/27 is known yet: there is nothing to count." in text


def test_pages_ask_few_questions(officer_client: Client, pupil: Pupil, case: Case, django_assert_max_num_queries: Any) -> None:
    ask(officer_client, pupil)
    for name, pk in (("pupil_reports", pupil.pk), ("pupil_report", PupilReport.objects.get().pk)):
        with django_assert_max_num_queries(15):
            assert officer_client.get(reverse(name, args=[pk])).status_code == 200
