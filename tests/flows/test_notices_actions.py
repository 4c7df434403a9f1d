"""Requests, decisions and notices through their actions: what a family, a school and a court would care about."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import threading
import uuid

import pypdf
import pytest
from celery import current_app
from django.core.files.storage import default_storage
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from casework.actions import open_case
from casework.models import Entry
from config import pipeline, tasks
from dashboards.explain import explain
from legal import actions, checklist, documents, freeze, reports
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
    with transaction.atomic():
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
    pupil.dob = d("2010-03-04")  # left in June 2026
    pupil.save()
    refused("ended on 26 June 2026")
    assert not Request.objects.exists()


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


def test_a_checklist_keeps_who_said_what_and_refuses_a_day_to_come(contact_a, pupil, mother, today):
    request = ask(contact_a, pupil, mother, today=today)

    def answer(**changes):
        said = {"answers": {"referral": "yes"}, "days": {"referral": today}} | changes
        return actions.answer_checklist(by=contact_a, today=today, now=timezone.now(), request=request, **said)

    answer(version=1)
    assert [(a.item, a.given, a.day, a.by) for a in request.answers.all()] == [("referral", "yes", today, contact_a)]
    with pytest.raises(NoticeProblem, match="Item 1: enter today"):
        answer(days={"referral": d("2026-11-21")})
    with pytest.raises(NoticeProblem, match="Choose one of the answers"):
        answer(answers={"plan": "yes"})  # not asked for a holiday
    with pytest.raises(NoticeProblem, match=r"Carys Alder changed this at \d\d:\d\d. Nothing of yours was saved"):
        answer(answers={}, version=1)
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


# --- deciding


def test_a_refusal_and_a_return_say_why_and_freeze_the_register_too(contact_a, legal, pupil, mother, today):
    request = submit(contact_a, pupil, mother, today=today)
    with pytest.raises(NoticeProblem, match="Say why"):
        decide(legal, request, today=today, outcome="return", reason="evidence")
    with pytest.raises(NoticeProblem, match="a reason that fits"):
        decide(legal, request, today=today, outcome="refuse", reason="holiday", words="No")
    decision = decide(legal, request, today=today, outcome="return", reason="evidence", words="The letters are missing")
    assert "2026-11-09 AM G 999801" in decision.register
    [need] = reports.needs_today(contact_a, today=today)
    assert (need.why, need.address_name, need.address_pk) == ("Returned: The letters are missing", "request", request.pk)
    again = actions.submit_request(by=contact_a, today=today, now=timezone.now(), request=request)
    decide(legal, again, today=today, outcome="refuse", reason="support_first", words="Support comes first")
    assert list(request.decisions.order_by("pk").values_list("outcome", flat=True)) == ["return", "refuse"]
    assert not Notice.objects.exists()


def test_without_an_address_nobody_gets_a_notice(contact_a, legal, pupil, mother, father, today):
    father.address = ""
    father.save()
    request = submit(contact_a, pupil, mother, father, today=today)
    with pytest.raises(NoticeProblem, match="Robin Example has no address: add it on the pupil's page, then decide again") as problem:
        decide(legal, request, mother, father, today=today)
    assert problem.value.field == "parents"
    assert not Notice.objects.exists()
    assert not Decision.objects.exists()
    request.refresh_from_db()
    assert request.status == "submitted"
    father.address = "9 Quay Street"
    father.save()
    assert decide(legal, request, mother, father, today=today).notices.count() == 2


def test_w19_a_withdrawn_second_is_followed_by_a_second(contact_a, legal, school_a, today):
    pupil = factories.make_pupil()
    enrolment = factories.enrol(pupil, school_a)
    parent = factories.make_parent(pupil)
    factories.write_marks(enrolment, dt.date(2026, 6, 1), r"/\ " * 35)
    factories.write_marks(enrolment, dt.date(2026, 9, 7), r"/\ " * 55)
    issued = []
    for start, day in (("2026-06-08", "2026-06-15"), ("2026-09-14", "2026-09-21"), ("2026-11-09", "2026-11-20")):
        factories.write_marks(enrolment, d(start), "OO" * 5)
        issued += issue(contact_a, legal, pupil, parent, today=d(day), route="ongoing")
        if len(issued) == 1:
            serve(legal, issued[0], d(day))
            pay(legal, issued[0], 80, d(day))
        if len(issued) == 2:
            withdraw(legal, issued[1], d("2026-09-25"))
    assert [(n.order, n.amount_early, n.amount_full) for n in issued] == [(1, 80, 160), (2, 160, 160), (2, 160, 160)]


def test_a_third_notice_is_refused_with_the_other_tools_named(contact_a, legal, school_a, today):
    pupil = factories.make_pupil()
    enrolment = factories.enrol(pupil, school_a)
    parent = factories.make_parent(pupil)
    factories.write_marks(enrolment, dt.date(2026, 6, 1), r"/\ " * 35)
    factories.write_marks(enrolment, dt.date(2026, 9, 7), r"/\ " * 55)
    for start, day in (("2026-06-08", "2026-06-15"), ("2026-09-14", "2026-09-21")):
        factories.write_marks(enrolment, d(start), "OO" * 5)
        issue(contact_a, legal, pupil, parent, today=d(day), route="ongoing")
    factories.write_marks(enrolment, NOV, "OO" * 5)
    request = submit(contact_a, pupil, parent, today=today, route="ongoing")
    with pytest.raises(NoticeProblem, match=r"PN000001 of 15 June 2026 \(live\).*A third notice cannot be issued.*supervision order"):
        decide(legal, request, parent, today=today, reason="not_worked")
    assert Notice.objects.count() == 2


def test_a_mark_corrected_between_request_and_decision(contact_a, legal, pupil, mother, today):
    """Told to whoever decides, refused while it lasts, and in order again when the mark is put back. Nothing is withdrawn."""
    request = submit(contact_a, pupil, mother, today=today)

    def changed():
        pipeline.follow_people(pupils=[pupil.pk], schools=[], today=today, now=timezone.now())
        request.refresh_from_db()
        return request.attention

    assert changed() == ""
    marks(pupil, dt.date(2026, 11, 13), "GI")
    assert "no longer met: 9 of the sessions submitted still stand" in changed()
    assert "2026-11-13 PM: G, now I" in request.attention
    assert request.status == "submitted"
    assert reports.needs_today(legal, today=today)[0].why == request.attention
    with pytest.raises(NoticeProblem, match="The threshold is no longer met"):
        decide(legal, request, mother, today=today)
    marks(pupil, dt.date(2026, 11, 13), "GG")
    assert changed() == ""
    assert decide(legal, request, mother, today=today).notices.count() == 1


def test_weeks_that_go_by_do_not_undo_a_threshold_that_was_met(contact_a, legal, pupil, mother, today):
    request = submit(contact_a, pupil, mother, today=today)
    marks(pupil, dt.date(2027, 1, 4), r"/\ " * 70)
    assert decide(legal, request, mother, today=d("2027-04-01")).notices.get().sessions == request.sessions


def test_a_mark_corrected_after_issue_is_for_review_and_changes_nothing_printed(contact_a, legal, pupil, mother, today):
    [notice] = issue(contact_a, legal, pupil, mother, today=today)
    decision, before = notice.decision, list(notice.sessions)
    marks(pupil, dt.date(2026, 11, 13), "GI")
    actions.recheck(pupils=None, schools=[notice.school_id], today=today, now=timezone.now())
    notice.refresh_from_db()
    assert notice.review == "Marks corrected since: 2026-11-13 PM: G, now I. 9 of the 10 sessions relied on still stand."
    assert (notice.state, notice.sessions) == ("issued", before)
    decision.refresh_from_db()
    assert hashlib.sha256(decision.register.encode()).hexdigest() == decision.sha256
    assert "2026-11-13 PM G 999801" in decision.register
    # the register as known at that moment can be read again, and is the same text to the letter
    again = freeze.text(pupil, first=d("2025-08-01"), day=today, known_at=decision.known_at, policy_version=decision.policy_version)
    assert again == decision.register


def test_the_frozen_register_says_every_mark_in_order(contact_a, legal, pupil, mother, today):
    [notice] = issue(contact_a, legal, pupil, mother, today=today)
    header, _, body = notice.decision.register.partition("\n\n")
    lines = body.splitlines()
    assert f"UPN {pupil.upn}" in header
    assert "On roll at 999801 from 2025-09-01 to now" in header
    assert f"Marks {len(lines)}" in header
    assert lines == sorted(lines)
    assert len(lines) == 70  # 30 days present and 5 of holiday
    assert [line for line in lines if " G " in line] == [said.replace("=", " ") + " 999801" for said in notice.sessions]


def test_a_decision_is_never_changed(contact_a, legal, pupil, mother, today):
    [notice] = issue(contact_a, legal, pupil, mother, today=today)
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        Decision.objects.filter(pk=notice.decision_id).update(register="something else")


# --- what becomes of a notice


@pytest.fixture
def notice(contact_a, legal, pupil, mother, today):
    """A first notice, issued Monday 16 November 2026."""
    return issue(contact_a, legal, pupil, mother, today=d("2026-11-16"))[0]


def test_w17_from_service_to_payment(legal, notice):
    serve(legal, notice, d("2026-11-16"))
    notice.refresh_from_db()
    days = notice.deadlines
    assert (days.last_early, days.last_full, days.unpaid_from) == (d("2026-12-06"), d("2026-12-13"), d("2026-12-14"))
    with pytest.raises(NoticeProblem, match="£160 was due on 7 December 2026, £80 was given") as problem:
        pay(legal, notice, 80, d("2026-12-07"))
    assert problem.value.field == "amount"
    with pytest.raises(NoticeProblem, match="The last day to pay was 13 December 2026"):
        pay(legal, notice, 160, d("2026-12-14"))
    token = uuid.uuid4()
    payment = pay(legal, notice, 80, d("2026-12-06"), form_token=token)
    assert pay(legal, notice, 80, d("2026-12-06"), form_token=token) == payment
    notice.refresh_from_db()
    assert notice.state == "paid"
    with pytest.raises(NoticeProblem, match="PN000001 is paid: £80 was recorded for 6 December 2026"):
        pay(legal, notice, 80, d("2026-12-06"))


def test_posted_it_is_taken_as_received_on_the_second_working_day(legal, notice):
    served = serve(legal, notice, d("2026-11-20"), service="post")
    assert (served.receipt, served.deadlines.last_early) == (d("2026-11-24"), d("2026-12-14"))


def test_another_day_of_receipt_needs_evidence(legal, notice):
    with pytest.raises(NoticeProblem, match=r"taken as received on 24 November 2026\. For another day say what shows it") as problem:
        serve(legal, notice, d("2026-11-20"), service="post", receipt=d("2026-11-26"))
    assert problem.value.field == "evidence"
    served = serve(legal, notice, d("2026-11-20"), service="post", receipt=d("2026-11-26"), evidence="Signed for, tracking slip kept")
    assert served.receipt == d("2026-11-26")


def test_service_before_issue_or_to_come_is_refused(legal, notice, today):
    with pytest.raises(NoticeProblem, match="issued on 16 November 2026"):
        serve(legal, notice, d("2026-11-15"), today=today)
    with pytest.raises(NoticeProblem, match="today or an earlier day"):
        serve(legal, notice, d("2026-11-23"), today=today)
    with pytest.raises(NoticeProblem, match="Say first how and when the notice was served"):
        pay(legal, notice, 80, today)


def test_no_proceedings_before_the_time_to_pay_is_over(legal, notice):
    serve(legal, notice, d("2026-11-16"))

    def prosecute(day):
        return actions.prosecute(by=legal, today=d(day), now=timezone.now(), notice=notice)

    with pytest.raises(NoticeProblem, match="It may still be paid until 13 December 2026"):
        prosecute("2026-12-13")
    [need] = reports.needs_today(legal, today=d("2026-12-14"))
    assert need.why == "Not paid by 13 December 2026: prosecute or withdraw."
    assert prosecute("2026-12-14").state == "prosecuted"
    with pytest.raises(NoticeProblem, match="can be paid no more"):
        pay(legal, notice, 160, d("2026-12-15"))


def test_a_withdrawn_notice_is_refunded_and_takes_no_payment(legal, notice, pupil, mother):
    serve(legal, notice, d("2026-11-16"))
    pay(legal, notice, 80, d("2026-11-20"))
    with pytest.raises(NoticeProblem, match="is paid"):
        withdraw(legal, notice, d("2026-11-23"), ground="no_prosecution")
    with pytest.raises(NoticeProblem, match="Say why"):
        withdraw(legal, notice, d("2026-11-23"), words="")
    assert withdraw(legal, notice, d("2026-11-23")).refund == 80
    with pytest.raises(NoticeProblem, match="was withdrawn on 23 November 2026: nothing is owed for it"):
        pay(legal, notice, 80, d("2026-11-24"))
    with pytest.raises(NoticeProblem, match="withdrawn already"):
        withdraw(legal, notice, d("2026-11-24"))
    # the sessions stay relied on until legal decides otherwise
    assert reports.available_by_parent(pupil, notice.sessions) == {mother.pk: 0}


def test_sessions_set_free_by_a_recorded_decision_may_be_relied_on_again(contact_a, legal, notice, pupil, mother, today):
    withdraw(legal, notice, today, sessions_free=True)
    assert reports.available_by_parent(pupil, notice.sessions) == {mother.pk: 10}
    [again] = issue(contact_a, legal, pupil, mother, today=today)
    assert (again.number, again.order) == (2, 1)


def test_two_people_at_one_notice(legal, notice):
    version = notice.version
    serve(legal, notice, d("2026-11-16"))
    with pytest.raises(NoticeProblem, match="Leigh Legal changed this at"):
        withdraw(legal, notice, d("2026-11-17"), version=version)


# --- on paper


@pytest.fixture
def letters(authority):
    """`letters(notice)` has the PDF made as the worker does, and reads it back."""
    authority.contact_email, authority.contact_phone = "attendance@merebrook.example", "01632 960000"
    authority.save()

    def read(notice):
        documents.make_document(notice.document.pk, now=timezone.now())
        notice.document.refresh_from_db()
        with default_storage.open(notice.document.stored) as file:
            return pypdf.PdfReader(io.BytesIO(file.read()))

    return read


def text_of(pdf):
    return " ".join(" ".join(page.extract_text() for page in pdf.pages).split())


def test_the_letters_to_two_parents(contact_a, legal, pupil, mother, father, today, letters):
    to_mother, to_father = issue(contact_a, legal, pupil, mother, father, today=today)
    first, second = text_of(letters(to_mother)), text_of(letters(to_father))
    for text, reference in ((first, "PN000001"), (second, "PN000002")):
        for said in (
            reference,
            "Alex Example",
            "Alder High School",
            "Leigh Legal",
            "from 9 November 2026 to 13 November 2026: 10 sessions",
            "within 21 days, beginning with the day you receive this notice £80",
            "within 28 days beginning with the day you receive this notice £160",
            "posted first class on 20 November 2026 it is taken as received on 24 November 2026: "
            "£80 until 14 December 2026, £160 until 21 December 2026",
            "01632 960000",
            "attendance@merebrook.example",
            "prosecuted",
            "Page 1 of 2",
            "Page 2 of 2",
        ):
            assert said in text
    assert "Pat Example 4 Weir Road" in first
    assert "Robin Example 9 Quay Street" in second
    assert "Quay Street" not in first
    assert "Pat" not in second


def test_the_letter_is_tagged_and_named(notice, letters):
    pdf = letters(notice)
    assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert pdf.trailer["/Root"]["/Lang"] == "en-GB"
    assert pdf.metadata.title == "Penalty notice PN000001"


def test_a_second_notice_names_one_amount(contact_a, legal, notice, pupil, mother, letters):
    marks(pupil, dt.date(2026, 11, 23), "GG" * 5)
    [second] = issue(contact_a, legal, pupil, mother, today=d("2026-11-30"))
    assert second.order == 2
    text = text_of(letters(second))
    assert "£80" not in text
    assert "£160 until" in text
    assert "second notice to you for this child" in text


def test_a_hidden_home_is_not_told_by_the_other_parents_letter(contact_a, legal, pupil, mother, father, today, letters):
    mother.hidden_from.add(father)
    to_mother, to_father = issue(contact_a, legal, pupil, mother, father, today=today)
    assert (to_mother.child_address, to_father.child_address) == ("4 Weir Road, Merebrook, MB2 2BB", "")
    text = text_of(letters(to_father))
    assert "Weir Road" not in text
    assert "MB2" not in text
    assert "Alex Example" in text


def test_a_document_is_made_once_and_kept_byte_for_byte(notice, letters):
    letters(notice)
    document = notice.document
    with default_storage.open(document.stored) as file:
        kept = file.read()
    assert hashlib.sha256(kept).hexdigest() == document.sha256
    assert document.size == len(kept)
    notice.to_name = "Somebody Else"
    notice.save()
    assert documents.make_document(document.pk, now=timezone.now()) is None
    with default_storage.open(document.stored) as file:
        assert file.read() == kept


def test_a_lost_message_is_found_by_the_sweep_and_the_worker_makes_the_letter(notice, monkeypatch, today):
    rung = []
    monkeypatch.setattr(current_app, "send_task", lambda task, args, retry: rung.append((task, args)))
    tasks.cache.clear()
    tasks.sweep()
    assert ("daymark.make_document", [notice.document.pk]) in rung
    tasks.make_document(notice.document.pk)
    assert Document.objects.get(notice=notice).status == "made"
    tasks.cache.clear()
    rung.clear()
    tasks.sweep()
    assert "daymark.make_document" not in [task for task, _ in rung]


def test_a_document_that_cannot_be_made_says_so_after_three_attempts(legal, notice, settings, today):
    settings.MEDIA_ROOT = "/dev/null/nowhere"
    for _ in range(3):
        assert documents.waiting() == [notice.document.pk]
        documents.make_document(notice.document.pk, now=timezone.now())
    document = Document.objects.get(notice=notice)
    assert (document.status, document.attempts) == ("failed", 3)
    assert document.error.startswith("The PDF could not be made after 3 attempts")
    assert documents.waiting() == []
    assert actions.make_again(by=legal, today=today, now=timezone.now(), notice=notice).status == "waiting"


# --- told elsewhere


def test_the_case_tells_the_story(contact_a, officer, legal, pupil, mother, today, school_a):
    case, _ = open_case(by=officer, today=today, now=timezone.now(), pupil=pupil, school=school_a, origin="referral", reason="holiday")
    [notice] = issue(contact_a, legal, pupil, mother, today=today)
    serve(legal, notice, today)
    pay(legal, notice, 80, today)
    assert notice.request.case == case
    words = list(Entry.objects.filter(case=case, kind="legal").order_by("pk").values_list("words", flat=True))
    assert words[0] == "Penalty notice request begun: holiday in term time."
    assert "PN000001 to Pat Example." in words[2]
    assert words[3] == "PN000001 served: by hand, received 20 November 2026; £80 until 10 December 2026, £160 until 17 December 2026."
    assert words[4] == "PN000001 paid."
    read = Entry.objects.visible_to(contact_a).filter(case=case, kind="legal")
    assert not [entry for entry in read if "£" in entry.words]  # what a family pays is not the school's
    assert read.filter(words="PN000001 paid.").exists()


def test_what_waits_for_whom(contact_a, contact_b, legal, manager, pupil, mother, today):
    request = ask(contact_a, pupil, mother, today=today)
    assert [need.why for need in reports.needs_today(contact_a, today=today)] == ["A notice request you began is not sent yet."]
    answer_all(contact_a, request, today)
    actions.submit_request(by=contact_a, today=today, now=timezone.now(), request=request)
    assert [need.why for need in reports.needs_today(legal, today=today)] == ["Waiting for a decision since 20 November 2026."]
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
    assert Entry.objects.filter(kind="legal").count() == 3
    assert not Entry.objects.visible_to(contact_b).filter(kind="legal").exists()


def main_school(pupil):
    return pupil.enrolments.get(kind="main").school


# --- several at once


def at_once(*calls):
    """Call each on a thread and connection of its own, all beginning together; what each answered or raised, in order."""
    gate, answers = threading.Barrier(len(calls)), [None] * len(calls)

    def run(at, call):
        try:
            gate.wait(30)
            answers[at] = call()
        except Exception as problem:
            answers[at] = problem
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


@pytest.mark.django_db(transaction=True)
def test_two_deciders_one_decides_and_the_other_is_told(contact_a, legal, pupil, mother, father, today):
    request = submit(contact_a, pupil, mother, father, today=today)
    other = factories.make_user("legal", name="Lou Other")
    found = at_once(
        lambda: decide(legal, request, mother, father, today=today, version=request.version),
        lambda: decide(other, request, mother, father, today=today, version=request.version),
    )
    [won] = [answer for answer in found if isinstance(answer, Decision)]
    [told] = [answer for answer in found if isinstance(answer, NoticeProblem)]
    assert str(told).startswith(f"{won.by_name} changed this at")
    assert list(Notice.objects.order_by("number").values_list("number", flat=True)) == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_numbers_have_no_gaps_when_two_issue_at_once_and_one_fails(contact_a, legal, school_a, today):
    requests = []
    for number in range(6):
        child = factories.make_pupil()
        with transaction.atomic():
            factories.write_marks(factories.enrol(child, school_a), NOV, "GG" * 5)
        parent = factories.make_parent(child, address="" if number == 2 else "1 Mill Lane")
        requests.append((submit(contact_a, child, parent, today=today), parent))

    def some(mine):
        refused = []
        for request, parent in mine:
            try:
                decide(legal, request, parent, today=today)
            except NoticeProblem as problem:
                refused.append(problem.field)
        return refused

    assert at_once(lambda: some(requests[:3]), lambda: some(requests[3:])) == [["parents"], []]
    assert sorted(Notice.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5]
