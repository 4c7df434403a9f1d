"""The pages between a decision and the end of a notice in a real browser: registers confirmed, payments, public places, history."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from legal import actions
from legal.models import ConfirmationAsked, IncomeLine, Notice
from schools.models import Pupil, School
from tests import factories
from tests.browser.looking import Onlooker
from tests.browser.test_people_look import sign_in
from tests.flows.notice_acts import a_father, a_mother, d, issue, on_holiday, pay, serve, withdraw

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def visit(page: Page, server: Any, name: str, *args: Any) -> None:
    page.goto(server.url + reverse(name, args=args))


def test_a_school_confirms_its_register(
    contact_a: User, legal: User, school_a: School, live_server: Any, page: Page, today: dt.date
) -> None:
    onlooker = Onlooker(page)
    for _ in range(2):
        pupil = on_holiday(school_a)
        asked = {
            "pupil": pupil,
            "school": school_a,
            "sessions": [f"2026-11-{day:02} {half}=G" for day in range(9, 14) for half in ("AM", "PM")],
        }
        actions.ask_confirmation(by=legal, today=today, now=timezone.now(), **asked)
    sign_in(page, live_server.url, contact_a)
    visit(page, live_server, "confirmations")
    onlooker.look()
    visit(page, live_server, "confirm_school", school_a.pk)
    onlooker.look()
    page.get_by_role("button", name="Confirm those ticked").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose at least one pupil")
    onlooker.look()
    visit(page, live_server, "confirmation", ConfirmationAsked.objects.earliest("pk").pk)
    onlooker.look()
    page.get_by_label("No, something is different").check()
    page.get_by_label("Your code for 2026-11-09 AM").fill("I")
    page.get_by_role("button", name="Save the answer").click()
    expect(page.get_by_text("nothing is issued until the register is put right")).to_be_visible()
    page.get_by_role("link", name="Example, Alex").first.click()
    expect(page.get_by_text("the school: I")).to_be_visible()
    onlooker.look()


def test_legal_settles_payments_and_checks_what_is_kept(
    contact_a: User, legal: User, school_a: School, live_server: Any, page: Page, today: dt.date
) -> None:
    onlooker = Onlooker(page)
    pupil = on_holiday(school_a)
    Pupil.objects.filter(pk=pupil.pk).update(dob=d("2013-05-01"))
    first, second = (serve(legal, one, today) for one in issue(contact_a, legal, pupil, a_mother(pupil), a_father(pupil), today=today))
    factories.refresh(school_a, today=today)
    pay(legal, first, 80, today)
    withdraw(legal, Notice.objects.get(pk=first.pk), today)
    sign_in(page, live_server.url, legal)
    visit(page, live_server, "income")
    onlooker.look()
    content = b"reference,amount,date\nPN2,40,20/11/2026\nPN77,80,20/11/2026\nPN2,x,20/11/2026\n"
    page.get_by_label("CSV file").set_input_files({"name": "income.csv", "mimeType": "text/csv", "buffer": content})
    page.get_by_role("button", name="Look at the file").click()
    expect(page.get_by_text("0 would be recorded")).to_be_visible()
    onlooker.look()
    page.get_by_role("button", name="Take these payments").click()
    expect(page.get_by_text("The file is taken.")).to_be_visible()
    onlooker.look()
    visit(page, live_server, "income")
    onlooker.look()
    visit(page, live_server, "income_line", IncomeLine.objects.earliest("pk").pk)
    page.get_by_role("button", name="Settle it").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose what is done with it")
    onlooker.look()
    for name, key in (
        ("notice", first.pk),
        ("notice_refund", first.pk),
        ("notice_give_back", second.pk),
        ("email_service", second.parent_id),
    ):
        visit(page, live_server, name, key)
        onlooker.look()
    visit(page, live_server, "request_history", first.request_id)
    page.get_by_role("button", name="Check what is kept").click()
    expect(page.get_by_text("Everything is as it was kept")).to_be_visible()
    onlooker.look()
    visit(page, live_server, "request_register", first.decision_id)
    onlooker.look()
    visit(page, live_server, "public_place_new", pupil.pk)
    page.get_by_role("button", name="Issue the notice").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter the place")
    onlooker.look()
    visit(page, live_server, "public_places")
    onlooker.look()
