"""The pages of penalty notices in a real browser: from the request to the payment, every page looked at, errors too."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.models import User
from legal.models import Document, Notice, Request
from schools.models import School
from tests import factories
from tests.browser.looking import Onlooker
from tests.browser.test_people_look import sign_in
from tests.flows.notice_acts import consider_supervision, ready_to_charge
from tests.flows.notice_things import TODAY, consider, draft, many_notices, on_holiday, submitted

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def visit(page: Page, server: Any, name: str, *args: Any) -> None:
    page.goto(server.url + reverse(name, args=args))


def test_a_school_asks_and_prepares(contact_a: User, school_a: School, live_server: Any, page: Page) -> None:
    onlooker = Onlooker(page)
    pupil = on_holiday(school_a)
    factories.make_parent(pupil, forename="Pat")
    factories.make_parent(pupil, forename="Kim", address="", postcode="")
    sign_in(page, live_server.url, contact_a)
    visit(page, live_server, "requests")
    onlooker.look()
    visit(page, live_server, "request_new", pupil.pk)
    page.get_by_role("button", name="Start the request").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose at least one parent")
    onlooker.look()
    page.get_by_label("Holiday in term time").check()
    page.get_by_label("Pat Example").check()
    page.get_by_label("Kim Example").check()
    page.get_by_role("button", name="Start the request").click()
    expect(page.get_by_text("12 items of the checklist are missing")).to_be_visible()
    onlooker.look()
    page.get_by_role("button", name="Answer the checklist").click()
    onlooker.look()
    for group in page.get_by_role("group").all():
        yes = group.get_by_label("Yes, attached or on record")
        if yes.count() == 1:
            yes.check()
    page.get_by_role("group", name="Refused on").get_by_label("Day").fill("40")
    page.get_by_role("button", name="Save the answers").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter a real date")
    onlooker.look()
    page.get_by_role("group", name="Refused on").get_by_label("Day").fill("")
    page.get_by_role("button", name="Save the answers").click()
    page.get_by_role("button", name="Submit for a decision").click()
    expect(page.get_by_text("It waits for a legal officer to decide")).to_be_visible()
    onlooker.look()
    page.get_by_role("button", name="Take it back").click()
    onlooker.look()
    visit(page, live_server, "request_new", pupil.pk)
    onlooker.look()
    assert Request.objects.get().submitted == TODAY


def test_legal_decides_serves_and_takes_payment(
    legal: User, manager: User, contact_a: User, school_a: School, live_server: Any, page: Page
) -> None:
    onlooker = Onlooker(page)
    pupil = on_holiday(school_a)
    pat = factories.make_parent(pupil, forename="Pat")
    kim = factories.make_parent(pupil, forename="Kim", address="", postcode="")
    asked = submitted(contact_a, pupil, school_a, pat, kim)
    other = on_holiday(school_a, "Other")
    unfinished = draft(contact_a, other, school_a, factories.make_parent(other))
    many_notices(school_a, legal, 60)
    sign_in(page, live_server.url, legal)
    visit(page, live_server, "requests")
    onlooker.look()
    visit(page, live_server, "request_consider", asked.pk)
    page.get_by_role("button", name="Sign and keep").click()
    expect(page.get_by_role("alert")).to_contain_text("Answer point 1")
    onlooker.look()
    consider(asked, legal)
    visit(page, live_server, "request_decide", asked.pk)
    onlooker.look()
    page.get_by_label("Issue a penalty notice").check()
    page.get_by_label("A holiday in term time; support is not appropriate").check()
    page.get_by_label("Pat Example").check()
    page.get_by_label("Kim Example").check()
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_role("alert")).to_contain_text("Kim Example has no address")
    onlooker.look()
    page.get_by_label("Kim Example").uncheck()
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("PN001061 is issued")).to_be_visible()
    onlooker.look()
    page.get_by_role("link", name="Look at the register").click()
    onlooker.look()
    notice = Notice.objects.get(number=1061)
    visit(page, live_server, "notice", notice.pk)
    onlooker.look()
    made = default_storage.save("notices/made.pdf", ContentFile(b"%PDF-1.7"))
    Document.objects.filter(notice=notice).update(status="made", stored=made, size=8, sha256="ab" * 32, made_at=asked.pupil.created_at)
    expect(page.get_by_role("link", name="Download the notice")).to_be_visible()  # it comes to the open page by itself
    page.get_by_role("button", name="Record how it was served").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose how it was served")
    onlooker.look()
    page.get_by_label("First class post").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("£80 until 14 December 2026")
    onlooker.look()
    page.get_by_role("button", name="Record a payment").click()
    page.get_by_label("Amount received").fill("160")
    page.get_by_role("button", name="Record the payment").click()
    expect(page.get_by_role("alert")).to_contain_text("£80 was due")
    onlooker.look()
    page.get_by_label("Amount received").fill("80")
    page.get_by_role("button", name="Record the payment").click()
    expect(page.get_by_text("PN001061 is paid")).to_be_visible()
    visit(page, live_server, "notice_withdraw", notice.pk)
    onlooker.look()
    unpaid = Notice.objects.get(number=1059)
    Notice.objects.filter(pk=unpaid.pk).update(receipt=dt.date(2026, 10, 1), served=dt.date(2026, 10, 1))
    visit(page, live_server, "notice", unpaid.pk)
    with transaction.atomic():
        factories.write_marks(unpaid.pupil.enrolments.get(), dt.date(2026, 11, 9), "GG")
    page.get_by_role("button", name="Prosecute").click()
    page.get_by_label("in words").fill("Unpaid, and the absence went on.")
    page.get_by_role("button", name="Record the prosecution").click()
    expect(page.get_by_role("alert")).to_contain_text("Consider an education supervision order first")
    onlooker.look()
    consider_supervision(legal, unpaid, dt.date(2026, 11, 20))
    page.get_by_role("button", name="Record the prosecution").click()
    expect(page.get_by_role("alert")).to_contain_text("has not confirmed that the marks held here")
    onlooker.look()
    ready_to_charge(legal, unpaid, TODAY)
    page.get_by_role("button", name="Record the prosecution").click()
    expect(page.get_by_text("the prosecution is recorded")).to_be_visible()
    onlooker.look()
    Notice.objects.filter(pk=unpaid.pk).update(review="A session that it relies on is recorded as illness now.")
    visit(page, live_server, "notice_stands", unpaid.pk)
    page.get_by_role("textbox").last.fill("One session less; the rest was a holiday all the same.")
    onlooker.look()
    page.locator("main").get_by_role("button").last.click()
    expect(page.get_by_text("It is asked about again if something else changes")).to_be_visible()
    visit(page, live_server, "notices")
    onlooker.look()
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, live_server.url, manager)
    visit(page, live_server, "request_override", unfinished.pk)
    onlooker.look()
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, live_server.url, contact_a)
    visit(page, live_server, "notice", notice.pk)
    onlooker.look()
