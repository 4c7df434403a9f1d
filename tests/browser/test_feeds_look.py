"""The feeds pages in a real browser: empty, with schools, and one school's feed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts import secrets
from accounts.models import User
from attendance.feeds import connect
from attendance.models import Connection, Feed, Fetch
from schools.models import School
from tests.browser.looking import Onlooker
from tests.browser.test_people_look import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_feeds_are_looked_at(manager: User, school_a: School, school_b: School, live_server: Any, page: Page) -> None:
    onlooker = Onlooker(page)
    sign_in(page, live_server.url, manager)
    page.goto(f"{live_server.url}/feeds/")
    expect(page.get_by_role("heading", name="No provider is connected yet")).to_be_visible()
    onlooker.look()
    page.get_by_role("link", name="Connect Wonde").click()
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter the access token")
    onlooker.look()
    now = dt.datetime(2026, 11, 20, 10, tzinfo=dt.UTC)
    token = secrets.encrypt("word", purpose=connect.PURPOSE)
    Connection.objects.create(provider="wonde", token=token, connected_at=now, asked_at=now)
    feed = Feed.objects.create(
        provider="wonde", remote_id="A1", name=school_a.name, urn=school_a.urn, school=school_a, state="approved",
        last_success_at=now, students_at=now, notes=["Ben Birch has no UPN yet. The pupil was not put on roll."],
        last_error="Wonde did not answer in time. It will be tried again by itself.", next_due_at=now,
    )  # fmt: skip
    Feed.objects.create(provider="wonde", remote_id="B1", name=school_b.name, urn=school_b.urn, school=school_b)
    Feed.objects.create(provider="wonde", remote_id="C1", name="Far Away School", urn=123456, state="pending")
    Fetch.objects.create(feed=feed, round="night", at=now, pupils_changed=12)
    Fetch.objects.create(feed=feed, round="day", at=now, error="Wonde did not answer in time. It will be tried again by itself.")
    page.goto(f"{live_server.url}/feeds/")
    onlooker.look()
    page.get_by_role("link", name="Alder High School").click()
    expect(page.get_by_role("button", name="Fetch now")).to_be_visible()
    onlooker.look()
