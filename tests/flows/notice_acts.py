"""What tests of notices do again and again, through the actions, and the family they do it to."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from legal import actions, checklist
from legal.actions import charging, confirming
from legal.models import Considerations, Order, Request
from schools.models import Pupil
from tests import factories
from tests.flows.notice_things import consider as consider

NOV = dt.date(2026, 11, 9)  # a Monday


def d(text):
    return dt.date.fromisoformat(text)


def on_holiday(school):
    """Present since September, then ten sessions of holiday: Monday 9 to Friday 13 November 2026 (case W11)."""
    born = dt.date(2013, 3, 4) + dt.timedelta(days=Pupil.objects.count())  # of one name and day they would be asked about
    pupil = factories.make_pupil("Example", "Alex", dob=born, address="4 Weir Road, Merebrook", postcode="MB2 2BB")
    enrolment = factories.enrol(pupil, school)
    with transaction.atomic():
        factories.write_marks(enrolment, dt.date(2026, 9, 7), r"/\ " * 30)
        factories.write_marks(enrolment, NOV, "GG GG GG GG GG")
    return pupil


def _born(pupil):
    """Mothers of one name in several families are several people."""
    return dt.date(1980, 1, 1) + dt.timedelta(days=pupil.pk % 3000)


def a_mother(pupil):
    return factories.make_parent(pupil, forename="Pat", dob=_born(pupil), address="4 Weir Road, Merebrook", postcode="MB2 2BB")


def a_father(pupil):
    return factories.make_parent(pupil, forename="Robin", dob=_born(pupil), address="9 Quay Street, Merebrook", postcode="MB3 3CC")


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


def confirm(request, today):
    """Each school whose marks are relied on says today that they agree with its register: nothing is issued before."""
    request = Request.objects.get(pk=request.pk)
    sessions = confirming.relied_on(request, today) if request.status == "submitted" else []
    asked = {"pupil": request.pupil, "school": request.school, "sessions": sessions, "request": request}
    for one in actions.ask_confirmation(by=None, today=today, now=timezone.now(), **asked) if sessions else ():
        actions.confirm_register(by=None, today=today, now=timezone.now(), school=one.school, pupils=[one.pupil])


def decide(legal, request, *parents, today, **changes):
    said = {"outcome": "issue", "reason": "holiday", "words": "", "parents": list(parents)} | changes
    waits = Request.objects.filter(pk=request.pk, status="submitted").exists()
    if said["outcome"] == "issue" and waits and Considerations.objects.current(request) is None:
        consider(request, legal, today=today)
    if said["outcome"] == "issue" and waits:
        confirm(request, today)
    return actions.decide(by=legal, today=today, now=timezone.now(), request=request, **said)


def issue(by, legal, pupil, *parents, today, route="holiday"):
    decision = decide(legal, submit(by, pupil, *parents, today=today, route=route), *parents, today=today)
    return list(decision.notices.order_by("number"))


def serve(legal, notice, served, *, today=None, **changes):
    said = {"service": "hand", "served": served} | changes
    return actions.serve_notice(by=legal, today=today or served, now=timezone.now(), notice=notice, **said)


def consider_supervision(legal, notice, day):
    """Before proceedings are begun (Education Act 1996 s.447)."""
    words = "The family works with early help; an order would add nothing to that."
    Order.objects.create(pupil=notice.pupil, kind=Order.Kind.CONSIDERED, start=day, words=words, by=legal, at=timezone.now())


def pay(legal, notice, amount, day, *, today=None, form_token=None):
    return actions.record_payment(
        by=legal, today=today or day, now=timezone.now(), notice=notice, amount=amount, day=day, form_token=form_token
    )


def ready_to_charge(legal, notice, today, *, considered=None):
    """What comes before a prosecution: a supervision order was considered, and the school says today that its register agrees."""
    if not Order.objects.filter(pupil=notice.pupil).exists():
        consider_supervision(legal, notice, considered or today)
    asked = {"pupil": notice.pupil, "school": notice.school, "sessions": charging.still_standing(notice, today)}
    for one in actions.ask_confirmation(by=None, today=today, now=timezone.now(), **asked):
        actions.confirm_register(by=None, today=today, now=timezone.now(), school=one.school, pupils=[notice.pupil])


def prosecute(legal, notice, day, *, today=None, **changes):
    said = {"words": "Unpaid, and the absence went on."} | changes
    ready_to_charge(legal, notice, today or day, considered=day)
    return actions.prosecute(by=legal, today=today or day, now=timezone.now(), notice=notice, day=day, **said)


def withdraw(legal, notice, today, *, ground="not_issued", words="The leave had been granted", **changes):
    return actions.withdraw_notice(by=legal, today=today, now=timezone.now(), notice=notice, ground=ground, words=words, **changes)
