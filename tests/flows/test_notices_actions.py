"""Requests, decisions and notices through their actions: what a family, a school and a court would care about."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import threading
import uuid

import pypdf
import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from casework.models import Entry
from dashboards.explain import explain
from legal import actions, checklist, documents, reports
from legal.actions import NoticeProblem
from legal.models import Decision, Document, Notice, Request
from tests import factories

pytestmark = pytest.mark.django_db

NOV = dt.date(2026, 11, 9)  # a Monday


def d(text):
    return dt.date.fromisoformat(text)


@pytest.fixture
def pupil(school_a):
    """Present since September, then ten sessions of holiday: Monday 9 to Friday 13 November 2026 (case W11)."""
    pupil = factories.make_pupil("Example", "Alex", address="4 Weir Road, Merebrook", postcode="MB2 2BB")
    enrolment = factories.enrol(pupil, school_a)
    factories.write_marks(enrolment, dt.date(2026, 9, 7), r"/\ " * 30)
    factories.write_marks(enrolment, NOV, "GG GG GG GG GG")
    return pupil


@pytest.fixture
def mother(pupil):
    return factories.make_parent(pupil, forename="Pat", address="4 Weir Road, Merebrook", postcode="MB2 2BB")


@pytest.fixture
def father(pupil):
    return factories.make_parent(pupil, forename="Robin", address="9 Quay Street, Merebrook", postcode="MB3 3CC")


def marks(pupil, start, string):
    return factories.write_marks(pupil.enrolments.get(), start, string)


def ask(by, pupil, *parents, today, route="holiday"):
    return actions.request_notice(
        by=by, today=today, now=timezone.now(), pupil=pupil, school=pupil.enrolments.get().school, route=route, parents=list(parents)
    )


def answer_all(by, request, today):
    answers = {item.key: "yes" for item in checklist.items(request.route)}
    return actions.answer_checklist(by=by, today=today, now=timezone.now(), request=request, answers=answers, days={})


def submit(by, pupil, *parents, today, route="holiday"):
    request = ask(by, pupil, *parents, today=today, route=route)
    answer_all(by, request, today)
    return actions.submit_request(by=by, today=today, now=timezone.now(), request=request)


def decide(legal, request, *parents, today, **changes):
    said = {"outcome": "issue", "reason": "holiday", "words": "", "parents": list(parents)} | changes
    return actions.decide(by=legal, today=today, now=timezone.now(), request=request, **said)


def issue(by, legal, pupil, *parents, today, route="holiday"):
    decision = decide(legal, submit(by, pupil, *parents, today=today, route=route), *parents, today=today)
    return list(decision.notices.order_by("number"))


def serve(legal, notice, served, *, today=None, **changes):
    said = {"service": "hand", "served": served} | changes
    return actions.serve_notice(by=legal, today=today or served, now=timezone.now(), notice=notice, **said)


def pay(legal, notice, amount, day, *, today=None, form_token=None):
    return actions.record_payment(
        by=legal, today=today or day, now=timezone.now(), notice=notice, amount=amount, day=day, form_token=form_token
    )


def withdraw(legal, notice, today, *, ground="not_issued", words="The leave had been granted", **changes):
    return actions.withdraw_notice(by=legal, today=today, now=timezone.now(), notice=notice, ground=ground, words=words, **changes)


def test_a_holiday_becomes_a_notice_to_each_of_two_parents(contact_a, legal, pupil, mother, father, today):
    request = submit(contact_a, pupil, mother, father, today=today)
    assert (request.status, request.met_on, len(request.sessions)) == ("submitted", d("2026-11-13"), 10)
    assert request.sessions[0] == "2026-11-09 AM=G"
    decision = decide(legal, request, mother, father, today=today)
    notices = list(decision.notices.order_by("number"))
    assert [n.number for n in notices] == [1, 2]
    assert [(n.order, n.amount_early, n.amount_full, len(n.sessions)) for n in notices] == [(1, 80, 160, 10)] * 2
    assert {n.parent for n in notices} == {mother, father}
    assert Document.objects.filter(status="waiting").count() == 2
    request.refresh_from_db()
    assert request.status == "agreed"
    assert decision.by_name == "Leigh Legal"


def test_w22_two_new_sessions_are_no_second_notice(contact_a, legal, pupil, mother, today):
    issue(contact_a, legal, pupil, mother, today=today)
    marks(pupil, dt.date(2026, 11, 24), "OO")
    later = d("2026-11-24")
    said = explain(pupil, as_of=later)["penalty_threshold"]
    assert said["count"] == 12
    assert said["available_by_parent"] == [{"parent": mother.pk, "available": 2}]
    with pytest.raises(NoticeProblem, match=f"2 are left against {mother}. A notice needs 10"):
        submit(contact_a, pupil, mother, today=later)
    assert Notice.objects.count() == 1


def test_w23_a_second_notice_whose_first_is_withdrawn_is_flagged(contact_a, legal, school_a, today):
    pupil = factories.make_pupil("Example", "Alex")
    enrolment = factories.enrol(pupil, school_a)
    factories.write_marks(enrolment, dt.date(2026, 9, 7), r"/\ " * 40)
    factories.write_marks(enrolment, dt.date(2026, 10, 12), "OO OO OO OO OO")
    parent = factories.make_parent(pupil)
    [first] = issue(contact_a, legal, pupil, parent, today=d("2026-11-02"), route="ongoing")
    assert (first.order, first.amount_early, first.amount_full) == (1, 80, 160)
    factories.write_marks(enrolment, NOV, "OO OO OO OO OO")
    [second] = issue(contact_a, legal, pupil, parent, today=d("2026-11-20"), route="ongoing")
    assert (second.order, second.amount_early, second.amount_full) == (2, 160, 160)
    assert set(first.sessions).isdisjoint(second.sessions)
    withdraw(legal, first, d("2026-12-01"))
    second.refresh_from_db()
    assert second.review.startswith("Wrong rate: legal review. PN000002 was priced £160")
