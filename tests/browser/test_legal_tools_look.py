"""Deadlines, orders, authorised persons, what may be done for a child and legal advice, looked at in a real browser."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from legal.actions import keep_deadlines
from schools.models import School
from tests import factories
from tests.browser.looking import Onlooker
from tests.browser.test_people_look import sign_in
from tests.flows.notice_things import TODAY, many_notices, on_holiday

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_legal_records_an_order_and_looks_at_what_runs(legal: User, school_a: School, live_server: Any, page: Page) -> None:
    onlooker = Onlooker(page)
    pupil = on_holiday(school_a, dob=dt.date(2014, 3, 4))
    factories.make_parent(pupil, forename="Pat")
    many_notices(school_a, legal, 55)
    keep_deadlines(pupils=None, schools=None, today=TODAY, now=timezone.now())
    sign_in(page, live_server.url, legal)
    page.goto(live_server.url + reverse("legal"))
    page.get_by_role("link", name="Orders").click()
    onlooker.look()
    page.goto(live_server.url + reverse("legal_pupil", args=[pupil.pk]))
    expect(page.get_by_role("row", name="Penalty notice Education Act")).to_contain_text("May be considered")
    page.get_by_text("What drops out when").click()
    onlooker.look()
    page.get_by_role("link", name="Record an order").click()
    page.get_by_role("button", name="Record it").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose what is recorded")
    onlooker.look()
    page.get_by_label("Court’s direction to apply for a supervision order").check()
    page.get_by_label("Court (optional)").fill("Merebrook Magistrates’ Court")
    page.get_by_role("button", name="Record it").click()
    page.get_by_role("link", name="Court’s direction").click()
    onlooker.look()
    page.get_by_role("button", name="Say that it has ended").click()
    onlooker.look()
    page.goto(live_server.url + reverse("deadlines"))
    onlooker.look()
    page.get_by_label("What runs").select_option("Orders and directions")
    page.get_by_role("button", name="Apply filters").click()
    expect(page.get_by_role("row", name="Apply for an education supervision order")).to_contain_text("in 55 days")
    page.goto(live_server.url + reverse("advice_pupil", args=[pupil.pk]))
    page.get_by_label("Advice").fill("Ask for the contact log first.")
    page.get_by_role("button", name="Keep the note").click()
    expect(page.get_by_text("Only legal officers read it")).to_be_visible()
    onlooker.look()


def test_a_manager_keeps_who_may_sign(manager: User, legal: User, live_server: Any, page: Page) -> None:
    onlooker = Onlooker(page)
    sign_in(page, live_server.url, manager)
    page.goto(live_server.url + reverse("authorised"))
    onlooker.look()
    page.get_by_role("button", name="Record an authorisation").click()
    page.get_by_role("button", name="Record it").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose what this person may sign")
    onlooker.look()
    page.goto(live_server.url + reverse("authorised"))
    page.get_by_role("link").filter(has_text="Leigh Legal, issue penalty notices").click()
    onlooker.look()
    page.get_by_label("Why it ends").fill("Moves to another team.")
    page.get_by_role("button", name="Save the last day").click()
    expect(page.get_by_role("row", name="Leigh Legal Legal officer").filter(has_text="Issue penalty notices")).to_contain_text(
        "Moves to another team."
    )
