"""A meeting in a real browser: planned and decided by the officer on a tablet, followed by the school in its own login."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.models import User
from casework.models import Case
from meetings.models import Action, Meeting
from schools.models import School
from tests.browser.looking import Onlooker
from tests.browser.test_people_look import sign_in
from tests.flows.meeting_things import TODAY, flagged, planned

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def fill_day(page: Page, day: dt.date) -> None:
    for part, value in (("Day", day.day), ("Month", day.month), ("Year", day.year)):
        page.get_by_label(part, exact=True).fill(str(value))


@pytest.fixture
def last_meeting(officer: User, school_a: School) -> Meeting:
    """Held in June, with an action for the school and one for the authority that are not done."""
    meeting = planned(school_a, officer, TODAY)
    Meeting.objects.filter(pk=meeting.pk).update(day=dt.date(2026, 6, 3), status="held")
    for owner, what, due in (
        ("school", "Check the use of code I in Year 9", dt.date(2026, 9, 30)),
        ("authority", "Send the leaflet on term-time holidays", dt.date(2026, 12, 1)),
    ):
        Action.objects.create(meeting=meeting, what=what, owner=owner, due=due, agreed_by=officer)
    return meeting


def test_an_officer_plans_a_meeting_and_decides_in_it(
    officer: User, contact_a: User, school_a: School, last_meeting: Meeting, live_server: Any, page: Page
) -> None:
    flagged(school_a, surname="Featherstonehaugh-Willoughby", forename="Bartholomew", missed=80)
    flagged(school_a, surname="Sorrel", forename="Ida")
    flagged(school_a, "penalty_threshold")
    for missed in range(12, 32):
        flagged(school_a, "persistent_absence", missed=missed)
    onlooker = Onlooker(page)
    sign_in(page, live_server.url, officer)
    page.goto(live_server.url + reverse("meetings"))
    expect(page.get_by_role("heading", name="Schools without a meeting this term: 1")).to_be_visible()
    onlooker.look()
    page.get_by_role("link", name="Plan a meeting with Alder High School").click()
    onlooker.look()
    page.get_by_role("button", name="Plan the meeting").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter the day of the meeting")
    onlooker.look()
    fill_day(page, TODAY)
    page.get_by_label("Time").fill("14:30")
    page.get_by_role("button", name="Plan the meeting").click()
    expect(page.get_by_role("heading", name="Agenda: 12 items, 0 decided")).to_be_visible()
    expect(page.get_by_text("And 13 more persistently absent pupils")).to_be_visible()
    onlooker.look()

    page.set_viewport_size({"width": 820, "height": 1180})
    first = page.get_by_role("listitem").filter(has=page.get_by_role("link", name="Bartholomew Featherstonehaugh-Willoughby", exact=True))
    first.get_by_label("Decision on item 1").select_option("Open a case")
    first.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Item 1: a case is open for Bartholomew Featherstonehaugh-Willoughby, with Olive Officer.")).to_be_visible()
    assert Case.objects.get().officer == officer
    page.get_by_label("Decision on item 2").select_option("Action agreed")
    page.get_by_role("button", name="Save the decision on item 2").click()
    expect(page.get_by_role("heading", name="Action for Ida Sorrel")).to_be_visible()
    onlooker.look()
    page.get_by_label("What is to be done").fill("Invite the family to agree a plan")
    page.get_by_label("The school’s single point of contact").check()
    fill_day(page, dt.date(2026, 12, 4))
    page.get_by_role("button", name="Agree the action").click()
    expect(page.get_by_role("heading", name="Agenda: 12 items, 2 decided")).to_be_visible()
    onlooker.look()
    for name in ("Change the decision on item 1", "Add an item", "Change", "Cancel the meeting"):
        page.get_by_role("link", name=name, exact=True).click()
        onlooker.look()
        page.go_back()
    page.get_by_role("link", name="Record as held").click()
    onlooker.look()
    page.get_by_role("button", name="Record as held").click()
    expect(page.get_by_text("The meeting is recorded as held, and its minutes are made.")).to_be_visible()
    expect(page.get_by_role("button", name="Make the agenda again")).to_be_hidden()
    onlooker.look()
    assert Meeting.objects.get(day=TODAY).status == "held"


def test_the_school_follows_its_actions(
    contact_a: User, officer: User, school_a: School, last_meeting: Meeting, live_server: Any, page: Page
) -> None:
    flagged(school_a, surname="Sorrel", forename="Ida")
    planned(school_a, officer, TODAY)
    onlooker = Onlooker(page)
    sign_in(page, live_server.url, contact_a)
    page.goto(live_server.url + reverse("meetings"))
    onlooker.look()
    page.get_by_role("link", name="Alder High School").first.click()
    expect(page.get_by_text("Severely absent: missed 62 of 110 sessions")).to_be_visible()
    onlooker.look()
    page.goto(live_server.url + reverse("actions"))
    expect(page.get_by_text("Overdue", exact=True)).to_be_visible()
    onlooker.look()
    page.get_by_role("link", name="Check the use of code I in Year 9").click()
    page.get_by_label("Stuck: needs help").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Say what help is needed")
    onlooker.look()
    page.get_by_label("Done").check()
    page.get_by_label("In a few words").fill("All of Year 9 looked at with the tutors.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Written down: done.")).to_be_visible()
    onlooker.look()
    page.goto(live_server.url + reverse("actions"))
    expect(page.get_by_text("Send the leaflet on term-time holidays")).to_be_visible()
    expect(page.get_by_text("Check the use of code I in Year 9")).to_be_hidden()
