"""A forum in a real browser: planned with two schools, a matter minuted, which schools came; then what a school sees of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.models import User
from meetings.models import Action, Meeting
from schools.models import School
from tests import factories
from tests.browser.looking import Onlooker
from tests.browser.test_meetings_look import fill_day
from tests.browser.test_people_look import sign_in
from tests.flows.meeting_things import TODAY

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_forum_is_planned_minuted_and_followed(
    officer: User, contact_a: User, contact_b: User, school_a: School, school_b: School, live_server: Any, page: Page
) -> None:
    factories.post(officer, school_b)
    onlooker = Onlooker(page)
    sign_in(page, live_server.url, officer)
    page.goto(live_server.url + reverse("meetings"))
    page.get_by_role("link", name="Other meetings").click()
    onlooker.look()
    page.get_by_role("button", name="Plan a meeting").click()
    onlooker.look()
    page.get_by_role("button", name="Plan the meeting").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose the schools that take part")
    onlooker.look()
    page.get_by_label("Attendance network forum").check()
    page.get_by_label("What is it called?").fill("Autumn network")
    page.get_by_label("Alder High School").check()
    page.get_by_label("Birch Primary School").check()
    fill_day(page, TODAY)
    page.get_by_label("Time").fill("14:30")
    page.get_by_role("button", name="Plan the meeting").click()
    expect(page.get_by_role("heading", name="Agenda: 0 items")).to_be_visible()
    onlooker.look()
    page.get_by_role("link", name="Add an item").click()
    onlooker.look()
    page.get_by_label("What is to be talked about").fill("First-day calling")
    page.get_by_role("button", name="Add the item").click()
    page.get_by_role("link", name="Write the minutes").or_(page.get_by_role("button", name="Write the minutes")).click()
    onlooker.look()
    page.get_by_label("Agreed, item 1").select_option("Action agreed")
    page.get_by_label("Action, item 1").fill("Ring by ten")
    page.get_by_role("button", name="Save the minutes").click()
    expect(page.get_by_text("each school, by").first).to_be_visible()
    assert Action.objects.count() == 2
    page.get_by_role("link", name="Record as held").first.click()
    onlooker.look()
    page.get_by_label("Birch Primary School", exact=True).check()
    page.get_by_role("button", name="Record as held").click()
    expect(page.get_by_text("Alder High School: did not come")).to_be_visible()
    onlooker.look()
    meeting = Meeting.objects.get()
    page.goto(live_server.url + reverse("meeting", args=[meeting.pk]))
    onlooker.look()
    Meeting.objects.filter(pk=meeting.pk).update(day=TODAY + dt.timedelta(days=3), status="planned")
    page.goto(live_server.url + reverse("other_meetings"))
    expect(page.get_by_text("2 schools")).to_be_visible()
    onlooker.look()
