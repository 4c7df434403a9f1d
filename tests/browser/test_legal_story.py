"""Support, then a last chance, then what else the law offers: three families in a real browser, every page looked at on the way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from legal import actions
from legal.models import Contract, Improvement, Notice, Request
from schools.models import Parent, Pupil, School
from tests import factories
from tests.browser.looking import Onlooker
from tests.flows.improve_things import START, TODAY, confirmed, in_term, marks, often_absent
from tests.flows.notice_things import answer_all, consider, draft

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def pupil(school_a: School) -> Pupil:
    in_term(school_a)
    return often_absent(school_a)


@pytest.fixture
def pat(pupil: Pupil) -> Parent:
    return factories.make_parent(pupil, forename="Pat")


@pytest.fixture
def visit(live_server: Any, enter: Callable[[User], Page]) -> Callable[..., Page]:
    def visited(user: User, name: str, *args: Any) -> Page:
        page = enter(user)
        page.goto(live_server.url + reverse(name, args=args))
        return page

    return visited


def on_the_day(page: Page, group: str, day: dt.date) -> None:
    for part, value in (("Day", day.day), ("Month", day.month), ("Year", day.year)):
        page.get_by_role("group", name=group).get_by_label(part, exact=True).fill(str(value))


def submitted(by: User, pupil: Pupil, school: School, parent: Parent) -> Request:
    asked = draft(by, pupil, school, parent, route="ongoing")
    answer_all(asked, by)
    return actions.submit_request(by=by, today=TODAY, now=timezone.now(), request=asked)


def test_refused_for_want_of_support_then_a_notice_to_improve_and_closed(
    officer: User, contact_a: User, legal: User, school_a: School, pupil: Pupil, pat: Parent, visit: Any, page: Page, settings: Any
) -> None:
    onlooker = Onlooker(page)
    kim = factories.make_parent(pupil, forename="Kim", address="", postcode="")
    asked = submitted(contact_a, pupil, school_a, pat)
    visit(legal, "request_decide", asked.pk)
    page.get_by_label("Refuse", exact=True).check()
    page.get_by_label("Support has not been offered first").check()
    page.get_by_label("In words").fill("No plan was offered. Offer it, then give a notice to improve.")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("Refused. Whoever asked sees why.")).to_be_visible()

    visit(officer, "pupil", pupil.pk).get_by_role("link", name="Notice to improve", exact=True).click()
    page.get_by_role("button", name="Prepare it").click()
    expect(page.get_by_role("alert")).to_contain_text("Say what support is offered")
    onlooker.look()
    page.get_by_label("Pat Example").check()
    page.get_by_label("Kim Example").check()
    on_the_day(page, "First day of the period", START)
    page.get_by_label("How many school weeks").fill("3")
    page.get_by_label("Unauthorised sessions that may be missed, at most").fill("2")
    page.get_by_label("from which a penalty notice may come").fill("6")
    page.get_by_label("The support there has been").fill("A plan since September; two meetings.")
    page.get_by_label("The support that is offered again").fill("The school’s family worker, every Monday.")
    page.get_by_label("Whom the parent asks for it").fill("Olive Officer, 01632 960123")
    page.get_by_role("button", name="Prepare it").click()
    expect(page.get_by_text("Nothing has been sent: read it once more")).to_be_visible()
    onlooker.look()
    confirmed(pupil, school_a)
    page.get_by_role("button", name="Issue it").click()
    page.get_by_role("button", name="Issue", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Kim Example has no address")
    onlooker.look()
    page.get_by_label("Kim Example").uncheck()
    page.get_by_role("button", name="Issue", exact=True).click()
    expect(page.get_by_text("The PDF is being made")).to_be_visible()
    assert set(Improvement.objects.values_list("parent", "state")) == {(pat.pk, "issued"), (kim.pk, "draft")}
    page.get_by_role("button", name="Record how it was served").click()
    page.get_by_label("By hand").check()
    page.get_by_role("button", name="Save").click()
    onlooker.look()

    marks(pupil, START, r"/\ " * 9 + "/O " + r"/\ " * 5)
    settings.DAYMARK_TODAY = "2027-01-06"
    actions.recheck(pupils=[pupil.pk], schools=None, today=dt.date(2027, 1, 6), now=timezone.now())
    visit(officer, "improvements")
    expect(page.get_by_role("row", name="Pat Example")).to_contain_text("1 of 30 sessions")
    onlooker.look()
    page.get_by_role("row", name="Pat Example").get_by_role("link").click()
    page.get_by_role("button", name="Say how it ended").click()
    onlooker.look()
    page.get_by_label("Improved", exact=True).check()
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("Attendance improved: no penalty notice follows")).to_be_visible()
    onlooker.look()
    assert Improvement.objects.get(parent=pat).closed == dt.date(2027, 1, 6)


def test_a_third_offence_is_refused_with_the_other_tools_named(
    contact_a: User, legal: User, school_a: School, pupil: Pupil, pat: Parent, visit: Any, page: Page
) -> None:
    asked = submitted(contact_a, pupil, school_a, pat)
    consider(asked, legal)
    for number, day in ((901, dt.date(2025, 3, 3)), (902, dt.date(2026, 2, 2))):
        before = Request.objects.create(pupil=pupil, school=school_a, route="ongoing", status="agreed", made=day, made_by=contact_a)
        decided = before.decisions.create(
            outcome="issue", reason="not_worked", by=legal, by_name=legal.name, day=day, known_at=timezone.now(), register="",
            sha256="0" * 64, policy_version="national 2024-08-19",
        )  # fmt: skip
        Notice.objects.create(
            number=number, request=before, decision=decided, pupil=pupil, parent=pat, school=school_a, issued=day, order=number - 900,
            amount_early=80, amount_full=160, sessions=[f"{day} AM=O"], to_name=str(pat), to_address="1 Mill Lane", state="paid",
        )  # fmt: skip
    visit(legal, "request_decide", asked.pk)
    page.get_by_label("Issue a penalty notice").check()
    page.get_by_label("Support was given and has not worked").check()
    page.get_by_label("Pat Example").check()
    page.get_by_role("button", name="Decide").click()
    said = page.get_by_role("alert")
    expect(said).to_contain_text("A third notice cannot be issued")
    expect(said).to_contain_text("an attendance contract, an education supervision order or prosecution")
    assert Notice.objects.count() == 2


def test_a_contract_signed_by_one_parent_and_offered_to_an_absent_one(
    officer: User, manager: User, school_a: School, pupil: Pupil, pat: Parent, visit: Any, page: Page, settings: Any
) -> None:
    onlooker = Onlooker(page)
    factories.make_parent(pupil, forename="Kim", address="9 Far Road, Merebrook", postcode="MB9 9ZZ")
    visit(officer, "pupil", pupil.pk).get_by_role("link", name="Attendance contract", exact=True).click()
    page.get_by_label("Pat Example").check()
    page.get_by_label("Kim Example").check()
    page.get_by_label("What is asked of the parent").fill("Robin is at school every day by 8.45.")
    on_the_day(page, "Last day", dt.date(2027, 2, 12))
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_role("alert")).to_contain_text("Say what support is given")
    onlooker.look()
    page.get_by_label("The support that is given").fill("The family worker calls every Monday.")
    page.get_by_role("button", name="Write it down").click()
    page.get_by_role("button", name="Offer it").click()
    page.get_by_label("Pat Example").check()
    onlooker.look()
    page.get_by_role("button", name="Offer it").click()
    expect(page.get_by_text("An offer, which nobody has signed")).to_be_visible()
    onlooker.look()
    page.get_by_role("link", name="Record an answer of Pat Example").click()
    page.get_by_label("Agreed, signed").check()
    page.get_by_role("button", name="Record the answer").click()
    expect(page.get_by_role("alert")).to_contain_text("add the signed copy, or say where")
    onlooker.look()
    page.get_by_label("Signed copy").set_input_files({"name": "signed.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 signed"})
    page.get_by_role("button", name="Record the answer").click()
    expect(page.get_by_text("Signed by 1 of 2 parents; to the others it is an offer")).to_be_visible()

    marks(pupil, dt.date(2026, 11, 23), r"/\ OO /\ /I /\ ")
    settings.DAYMARK_TODAY = "2026-11-27"
    contract = Contract.objects.get()
    visit(officer, "contract_review", contract.pk)
    page.get_by_label("It goes well").check()
    page.get_by_label("What was found").fill("One day away, otherwise at school.")
    onlooker.look()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Missed 3 of 12 sessions since Fri 20 Nov 2026")).to_be_visible()
    onlooker.look()
    visit(officer, "contracts")
    expect(page.get_by_role("row", name="Example, Robin")).to_contain_text("Signed by 1 of 2")
    onlooker.look()

    visit(manager, "prm")
    expect(page.get_by_role("row", name="Contracts offered")).to_contain_text("2")
    expect(page.get_by_role("row", name="accepted, signed")).to_contain_text("1")
    onlooker.look()
    page.get_by_role("row", name="Contracts offered").get_by_role("link").click()
    expect(page.get_by_role("row")).to_have_count(3)
    onlooker.look()
