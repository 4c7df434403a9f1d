"""Who may be asked for, what a request needs before it is sent, and what waits for whom."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import transaction
from django.utils import timezone

from casework.actions import open_case
from casework.models import Entry
from legal import actions, checklist, reports
from legal.actions import NoticeProblem
from legal.models import Notice, Request
from tests import factories
from tests.flows.notice_acts import (
    NOV,
    a_mother,
    answer_all,
    ask,
    d,
    decide,
    issue,
    marks,
    on_holiday,
    pay,
    serve,
    submit,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def pupil(school_a):
    return on_holiday(school_a)


@pytest.fixture
def mother(pupil):
    return a_mother(pupil)


# --- who and what may be asked for


def test_a_request_needs_an_eligible_school_a_place_on_its_roll_and_a_parent(contact_a, school_a, school_b, pupil, mother, today):
    other = factories.make_parent(factories.make_pupil())

    def refused(match, *, school=school_a, parents=(mother,)):
        with pytest.raises(NoticeProblem, match=match):
            actions.request_notice(
                by=contact_a, today=today, now=timezone.now(), pupil=pupil, school=school, route="holiday", parents=list(parents)
            )

    refused("not on roll at Birch Primary School", school=school_b)
    refused("at least one parent", parents=())
    refused("not recorded as a parent", parents=(other,))
    private = factories.make_school("Yew House", independent=True)
    factories.enrol(pupil, private)
    refused("independent school", school=private)
    assert not Request.objects.exists()


def test_what_counts_is_the_age_on_the_days_that_were_missed(contact_a, legal, school_a, today):
    """Of compulsory school age to Friday 26 June 2026: a holiday in that week is asked about in July, one in November is none."""
    pupil = factories.make_pupil("Leaver", dob=d("2010-03-04"))
    mother = a_mother(pupil)
    with transaction.atomic():
        factories.enrol(pupil, school_a, start=d("2025-09-01"))
        marks(pupil, d("2026-06-15"), "GG GG GG GG GG")
    july, later = d("2026-07-01"), d("2026-09-10")
    request = submit(contact_a, pupil, mother, today=july)
    [notice] = decide(legal, request, mother, today=later).notices.all()
    assert len(notice.sessions) == 10
    marks(pupil, NOV, "GG GG GG GG GG")
    with pytest.raises(NoticeProblem, match="while of compulsory school age"):
        submit(contact_a, pupil, mother, today=today)


def test_one_open_request_a_pupil_and_a_double_submit_is_one(contact_a, pupil, mother, today):
    token = uuid.uuid4()
    said = {"by": contact_a, "today": today, "now": timezone.now(), "pupil": pupil, "school": pupil.enrolments.get().school}
    first = actions.request_notice(**said, route="holiday", parents=[mother], form_token=token)
    assert actions.request_notice(**said, route="holiday", parents=[mother], form_token=token) == first
    with pytest.raises(NoticeProblem, match=f"number {first.pk}, begun on 20 November 2026 by Carys Alder"):
        actions.request_notice(**said, route="holiday", parents=[mother], form_token=uuid.uuid4())


def test_an_incomplete_checklist_is_named_and_a_manager_may_override_it(contact_a, manager, pupil, mother, today):
    request = ask(contact_a, pupil, mother, today=today)
    answers = {item.key: "yes" for item in checklist.items("holiday")} | {"letters": "no"}
    actions.answer_checklist(by=contact_a, today=today, now=timezone.now(), request=request, answers=answers, days={})
    with pytest.raises(NoticeProblem, match=r"Missing: 9\. Copies of all letters"):
        actions.submit_request(by=contact_a, today=today, now=timezone.now(), request=request)
    with pytest.raises(NoticeProblem, match="Say why"):
        actions.override_checklist(by=manager, today=today, now=timezone.now(), request=request, words=" ")
    actions.override_checklist(by=manager, today=today, now=timezone.now(), request=request, words="The letters burnt with the office")
    submitted = actions.submit_request(by=contact_a, today=today, now=timezone.now(), request=request)
    assert (submitted.status, submitted.override_by) == ("submitted", manager)


def test_a_checklist_keeps_who_said_what_and_refuses_a_day_to_come(contact_a, officer, pupil, mother, today):
    request = ask(contact_a, pupil, mother, today=today)

    def answer(**changes):
        said = {"answers": {"referral": "yes"}, "days": {"referral": today}} | changes
        return actions.answer_checklist(**{"by": contact_a, "today": today, "now": timezone.now(), "request": request} | said)

    answer(version=1)
    assert [(a.item, a.given, a.day, a.by) for a in request.answers.all()] == [("referral", "yes", today, contact_a)]
    with pytest.raises(NoticeProblem, match="Item 1: enter today"):
        answer(days={"referral": d("2026-11-21")})
    with pytest.raises(NoticeProblem, match="Choose one of the answers"):
        answer(answers={"plan": "yes"})  # not asked for a holiday
    with pytest.raises(NoticeProblem, match=r"You changed this yourself at \d\d:\d\d: this form was sent twice"):
        answer(answers={}, version=1)
    with pytest.raises(NoticeProblem, match=r"Carys Alder changed this at \d\d:\d\d. Nothing of yours was saved"):
        answer(answers={}, version=1, by=officer)
    answer(answers={"referral": ""})
    assert not request.answers.exists()


def test_below_the_threshold_nothing_is_submitted(contact_a, pupil, mother, today):
    marks(pupil, dt.date(2026, 11, 13), "GI")
    with pytest.raises(NoticeProblem, match="The threshold is not met: 9 unauthorised sessions in 10 school weeks; 10 are needed"):
        submit(contact_a, pupil, mother, today=today)


def test_an_n_has_to_be_settled_first(contact_a, pupil, mother, today):
    marks(pupil, dt.date(2026, 11, 13), "NN")
    with pytest.raises(NoticeProblem, match=r"^10 incl\. 2 × N: settle them first"):
        submit(contact_a, pupil, mother, today=today)


def test_a_pupil_of_an_independent_school_only_is_not_eligible_by_the_rule(contact_a, legal, pupil, mother, today):
    request = ask(contact_a, pupil, mother, today=today)
    answer_all(contact_a, request, today)
    school = request.school
    school.independent = True
    school.save()
    with pytest.raises(NoticeProblem, match="No notice can be issued"):
        actions.submit_request(by=contact_a, today=today, now=timezone.now(), request=request)


def test_a_request_can_be_taken_back_once(contact_a, pupil, mother, today):
    request = submit(contact_a, pupil, mother, today=today)
    actions.take_back_request(by=contact_a, today=today, now=timezone.now(), request=request)
    with pytest.raises(NoticeProblem, match="closed already"):
        actions.take_back_request(by=contact_a, today=today, now=timezone.now(), request=request)
    assert ask(contact_a, pupil, mother, today=today).status == "draft"


# --- told elsewhere


def test_the_case_tells_the_story(contact_a, officer, legal, pupil, mother, today, school_a):
    case, _ = open_case(by=officer, today=today, now=timezone.now(), pupil=pupil, school=school_a, origin="referral", reason="holiday")
    [notice] = issue(contact_a, legal, pupil, mother, today=today)
    serve(legal, notice, today)
    pay(legal, notice, 80, today)
    assert notice.request.case == case
    words = list(Entry.objects.filter(case=case, kind="legal").order_by("pk").values_list("words", flat=True))
    assert words[0] == "Penalty notice request begun: holiday in term time."
    assert "PN000001 to Pat Example." in words[3]
    assert words[2] == "Alder High School confirmed that the marks held here agree with its register (the school)."
    assert words[4] == "PN000001 served: by hand, received 20 November 2026; £80 until 10 December 2026, £160 until 17 December 2026."
    assert words[5] == "PN000001 paid."
    read = Entry.objects.visible_to(contact_a).filter(case=case, kind="legal")
    assert not [entry for entry in read if "£" in entry.words]  # what a family pays is not the school's
    assert read.filter(words="PN000001 paid.").exists()


def test_what_waits_for_whom(contact_a, contact_b, legal, manager, pupil, mother, today):
    request = ask(contact_a, pupil, mother, today=today)
    assert [need.why for need in reports.needs_today(contact_a, today=today)] == ["A notice request you began is not sent yet."]
    answer_all(contact_a, request, today)
    actions.submit_request(by=contact_a, today=today, now=timezone.now(), request=request)
    assert [need.why for need in reports.needs_today(legal, today=today)] == [
        "Waiting for a decision since 20 November 2026. Last safe date to lay the information: 8 May 2027."
    ]
    for nobody in (contact_a, contact_b, manager):
        assert reports.needs_today(nobody, today=today) == []
    decide(legal, request, mother, today=today)
    [need] = reports.needs_today(legal, today=today)
    assert need.why.startswith("Issued and not yet served")
    serve(legal, Notice.objects.get(), today)
    [need] = reports.needs_today(legal, today=d("2026-12-08"))
    assert need.why == "£80 until 10 December 2026, then £160."


def test_a_case_held_by_another_school_tells_it_nothing(contact_a, contact_b, officer, legal, pupil, mother, today, school_b):
    factories.enrol(pupil, school_b, kind="subsidiary")
    open_case(by=officer, today=today, now=timezone.now(), pupil=pupil, school=school_b, origin="referral", reason="holiday")
    request = actions.request_notice(
        by=contact_a, today=today, now=timezone.now(), pupil=pupil, school=main_school(pupil), route="holiday", parents=[mother]
    )
    answer_all(contact_a, request, today)
    decide(legal, actions.submit_request(by=contact_a, today=today, now=timezone.now(), request=request), mother, today=today)
    assert Entry.objects.filter(kind="legal").count() == 4
    assert not Entry.objects.visible_to(contact_b).filter(kind="legal").exists()


def main_school(pupil):
    return pupil.enrolments.get(kind="main").school
