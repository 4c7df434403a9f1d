"""The school's word on its register before anything is issued: given by itself or heard by an officer, and how long it holds."""

from __future__ import annotations

import datetime as dt
import hashlib
import re

import pytest
from django.db import ProgrammingError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from casework.models import Task
from legal import actions, documents
from legal.actions import NoticeProblem, confirming
from legal.models import Confirmation, ConfirmationAsked, Considerations, Notice, Request
from schools.models import Pupil, School
from tests import factories
from tests.flows.notice_acts import a_mother, answer_all, ask, confirm, consider, marks, on_holiday
from tests.flows.reading import said

pytestmark = pytest.mark.django_db


@pytest.fixture
def pupil(school_a: School) -> Pupil:
    return on_holiday(school_a)


@pytest.fixture
def request_(contact_a: User, pupil: Pupil, today: dt.date) -> Request:
    found = ask(contact_a, pupil, a_mother(pupil), today=today)
    answer_all(contact_a, found, today)
    return actions.submit_request(by=contact_a, today=today, now=timezone.now(), request=found)


def decide(legal: User, request: Request, today: dt.date) -> Notice:
    if Considerations.objects.current(request) is None:
        consider(request, legal, today=today)
    asked = {"request": request, "outcome": "issue", "reason": "holiday", "parents": list(request.parents.all())}
    return actions.decide(by=legal, today=today, now=timezone.now(), **asked).notices.get()


def test_the_school_confirms_in_its_login_and_then_it_is_issued(
    request_: Request, pupil: Pupil, legal: User, legal_client: Client, contact_a_client: Client, contact_b_client: Client, today: dt.date
) -> None:
    with pytest.raises(NoticeProblem, match="has not confirmed that the marks held here of Alex Example agree"):
        decide(legal, request_, today)
    assert "The school is asked" in said(legal_client.post(reverse("request_ask", args=[request_.pk]), follow=True))
    asked = ConfirmationAsked.objects.get()
    task = Task.objects.get(source_key=f"legal:confirm:{asked.pk}")
    assert (task.side, task.due, task.school) == ("school", today, pupil.enrolments.get().school)
    address = reverse("confirmation", args=[asked.pk])
    assert contact_b_client.get(address).status_code == 404
    page = contact_a_client.get(address)
    assert "The 10 sessions relied on are" in said(page)
    sent = {"agrees": "yes", "shown": page.context["form"].initial["shown"]}
    assert "Confirmed, with today’s date." in said(contact_a_client.post(address, sent, follow=True))
    kept = Confirmation.objects.get()
    assert (kept.agrees, kept.said_by, kept.how, kept.first, kept.last) == (
        True,
        "Carys Alder",
        "login",
        dt.date(2026, 11, 9),
        dt.date(2026, 11, 15),
    )
    assert "2026-11-13 PM G" in kept.register.splitlines()
    assert kept.sha256 == hashlib.sha256(kept.register.encode()).hexdigest() == sent["shown"]
    task.refresh_from_db()
    assert (task.ending, task.ended) == ("done", today)
    with pytest.raises(ProgrammingError), transaction.atomic():
        Confirmation.objects.update(agrees=False)
    assert decide(legal, request_, today).state == "issued"


def test_what_the_school_says_is_different_stops_it_and_changes_no_mark(
    request_: Request, pupil: Pupil, legal: User, contact_a: User, contact_a_client: Client, today: dt.date
) -> None:
    contact_a_client.post(reverse("request_ask", args=[request_.pk]))
    address = reverse("confirmation", args=[ConfirmationAsked.objects.get().pk])
    shown = contact_a_client.get(address).context["form"].initial["shown"]
    both = {"agrees": "yes", "shown": shown, "code_2026-11-09_AM": "I"}
    assert "You said that they agree, and entered what is different" in said(contact_a_client.post(address, both))
    assert "is no attendance code" in said(contact_a_client.post(address, both | {"agrees": "no", "code_2026-11-09_AM": "?"}))
    contact_a_client.post(address, both | {"agrees": "no", "words": "A note came late"})
    assert Confirmation.objects.get().wrong == [["2026-11-09 AM", "G", "I"]]
    with pytest.raises(NoticeProblem, match="2026-11-09 AM is I, not G; A note came late"):
        decide(legal, request_, today)
    [to_do] = Task.objects.filter(source_key__startswith="legal:put-right:")
    assert "2026-11-09 AM is I, not G" in to_do.why
    assert (to_do.side, to_do.ended) == ("school", None)
    # the register is put right; what was confirmed before it is not what stands now
    marks(pupil, dt.date(2026, 11, 16), "O")
    confirm(request_, today)
    assert Task.objects.get(pk=to_do.pk).ended == today
    marks(pupil, dt.date(2026, 11, 12), "GI")
    request_.refresh_from_db()
    policy = confirming.PolicyValue.objects.in_force(today)
    [one] = confirming.standings(pupil, request_.school, request_.sessions, today=today, policy=policy)
    assert one.state == confirming.CHANGED


def test_an_officer_writes_down_who_said_it_and_nobody_confirms_what_has_changed(
    request_: Request, pupil: Pupil, officer: User, officer_client: Client, today: dt.date
) -> None:
    officer_client.post(reverse("request_ask", args=[request_.pk]), {"now": "1"})
    address = reverse("confirmation", args=[ConfirmationAsked.objects.get().pk])
    shown = officer_client.get(address).context["form"].initial["shown"]
    assert "Enter who said it for the school" in said(officer_client.post(address, {"agrees": "yes", "how": "telephone", "shown": shown}))
    heard = {"agrees": "yes", "how": "telephone", "said_by": "Mr Example, attendance lead", "shown": shown}
    marks(pupil, dt.date(2026, 11, 13), "GO")
    assert "changed while you looked. Nothing was saved" in said(officer_client.post(address, heard))
    heard["shown"] = officer_client.get(address).context["form"].initial["shown"]
    officer_client.post(address, heard)
    kept = Confirmation.objects.get()
    assert (kept.said_by, kept.how, kept.by) == ("Mr Example, attendance lead", "telephone", officer)


def test_it_holds_for_a_school_day(request_: Request, school_a: School, today: dt.date) -> None:
    """Confirmed on Friday: on Monday it still holds, on Tuesday it does not; a closed Monday is no school day."""
    confirm(request_, today)
    policy = confirming.PolicyValue.objects.in_force(today)

    def state(day: dt.date) -> str:
        [one] = confirming.standings(request_.pupil, school_a, request_.sessions, today=day, policy=policy)
        return one.state

    monday, tuesday = dt.date(2026, 11, 23), dt.date(2026, 11, 24)
    assert (state(today), state(monday), state(tuesday)) == ("agrees", "agrees", "old")
    school_a.closures.create(start=monday, end=monday, name="Boiler")
    assert state(tuesday) == "agrees"


def test_a_school_confirms_many_pupils_on_one_page(
    contact_a: User, contact_a_client: Client, school_a: School, today: dt.date, django_assert_max_num_queries: object
) -> None:
    requests = []
    for _ in range(3):
        pupil = on_holiday(school_a)
        found = ask(contact_a, pupil, a_mother(pupil), today=today)
        answer_all(contact_a, found, today)
        requests.append(actions.submit_request(by=contact_a, today=today, now=timezone.now(), request=found))
        contact_a_client.post(reverse("request_ask", args=[found.pk]))
    address = reverse("confirm_school", args=[school_a.pk])
    with django_assert_max_num_queries(15):  # type: ignore[operator]
        page = contact_a_client.get(address)
    shown = {f"shown_{asked.pk}": sha for asked, _, sha, _ in page.context["lines"]}
    assert "Choose at least one pupil" in said(contact_a_client.post(address, shown))
    two = [asked.pk for asked, _, _, _ in page.context["lines"]][:2]
    assert "2 pupils’ registers are confirmed" in said(contact_a_client.post(address, shown | {"agree": two}, follow=True))
    assert Confirmation.objects.count() == 2
    assert ConfirmationAsked.objects.open().count() == 1


def test_each_school_whose_marks_are_relied_on_is_asked(
    contact_a: User, legal: User, school_a: School, school_b: School, today: dt.date
) -> None:
    """A child who moved in the middle of the holiday: neither school can speak for the other's marks."""
    pupil = factories.make_pupil("Mover", "Alex")
    with transaction.atomic():
        before = factories.enrol(pupil, school_b, end=dt.date(2026, 11, 10))
        now = factories.enrol(pupil, school_a, start=dt.date(2026, 11, 11))
        factories.write_marks(before, dt.date(2026, 9, 7), r"/\ " * 10)
        factories.write_marks(before, dt.date(2026, 11, 9), "GG GG")
        factories.write_marks(now, dt.date(2026, 11, 11), "GG GG GG")
    found = actions.request_notice(
        by=contact_a, today=today, now=timezone.now(), pupil=pupil, school=school_a, route="holiday", parents=[a_mother(pupil)]
    )
    answer_all(contact_a, found, today)
    found = actions.submit_request(by=contact_a, today=today, now=timezone.now(), request=found)
    actions.confirm_register(by=contact_a, today=today, now=timezone.now(), school=school_a, pupils=[pupil])
    with pytest.raises(NoticeProblem, match=f"{school_b.name} has not confirmed"):
        decide(legal, found, today)
    confirm(found, today)
    notice = decide(legal, found, today)
    assert notice.state == "issued"
    # what is printed names the school at which each session was missed
    text = " ".join(re.sub("<[^>]*>", " ", documents.html(notice)).split())
    assert f"a registered pupil at {school_b} and at {school_a}, failed to attend regularly at those schools from 9 November 2026" in text
    assert f"Tuesday 10 November 2026 G G {school_b} Wednesday 11 November 2026 G G {school_a}" in text
