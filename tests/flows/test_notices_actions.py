"""Asking for penalty notices and deciding on them, through the actions: what a family, a school and a court would care about."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading

import pytest
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from config import pipeline
from dashboards.explain import explain
from legal import actions, freeze, reports
from legal.actions import NoticeProblem
from legal.models import Decision, Document, Notice
from tests import factories
from tests.flows.notice_acts import (
    NOV,
    a_father,
    a_mother,
    consider,
    d,
    decide,
    issue,
    marks,
    on_holiday,
    pay,
    serve,
    submit,
    withdraw,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def pupil(school_a):
    return on_holiday(school_a)


@pytest.fixture
def mother(pupil):
    return a_mother(pupil)


@pytest.fixture
def father(pupil):
    return a_father(pupil)


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
    consider(request, legal, today=today)
    request.refresh_from_db()
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
