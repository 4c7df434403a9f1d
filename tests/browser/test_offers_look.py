"""Offers in a real browser: declined with evidence that is not accepted and followed up; and accepted, with a calendar file."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from meetings.models import Meeting, Offer
from schools.models import School
from tests.browser.looking import Onlooker
from tests.browser.test_meetings_look import fill_day
from tests.browser.test_people_look import sign_in
from tests.flows.meeting_things import TUESDAY, flagged
from tests.flows.planned_year import set_year
from tests.rules.test_calendar_file import read

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_offered_declined_judged_followed_up_and_offered_again(
    officer: User, contact_a: User, manager: User, school_a: School, live_server: Any, browser: Browser, page: Page
) -> None:
    flagged(school_a, surname="Sorrel", forename="Ida")
    set_year(manager)
    school = browser.new_context().new_page()
    onlooker, beside = Onlooker(page), Onlooker(school)
    sign_in(page, live_server.url, officer)
    sign_in(school, live_server.url, contact_a)
    page.goto(live_server.url + reverse("term_plan"))
    expect(page.get_by_text("Not yet offered", exact=True)).to_be_visible()
    onlooker.look()
    page.get_by_role("link", name="Offer a meeting to Alder High School").click()
    page.get_by_role("button", name="Offer the meeting").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter the day of the meeting")
    onlooker.look()
    fill_day(page, TUESDAY)
    page.get_by_label("Time").fill("14:30")
    page.get_by_role("button", name="Offer the meeting").click()
    expect(page.get_by_text("The meeting is offered.")).to_be_visible()
    onlooker.look()

    school.goto(live_server.url + reverse("meetings"))
    school.get_by_role("link", name="Answer it").click()
    beside.look()
    school.get_by_role("link", name="Decline").click()
    school.get_by_label("Attendance has improved").check()
    school.get_by_label("Evidence of improvement").fill("Absence fell from 9% in September to 6% in November.")
    beside.look()
    school.get_by_role("button", name="Decline").click()
    expect(school.get_by_text("Written down: the school declines.")).to_be_visible()
    beside.look()

    page.goto(live_server.url + reverse("home"))
    page.get_by_role("link", name="Decide on what Alder High School says instead of meeting").click()
    page.get_by_role("button", name="Answer the school").click()
    page.get_by_label("Not accepted").check()
    page.get_by_label("Why").fill("The registers show 8% in November.")
    fill_day(page, dt.date(2026, 11, 24))
    onlooker.look()
    page.get_by_role("button", name="Answer the school").click()
    expect(page.get_by_text("On Tue 24 Nov 2026")).to_be_visible()
    onlooker.look()
    page.goto(live_server.url + reverse("home"))
    page.get_by_role("link", name="Follow up with Alder High School").click()
    page.get_by_role("button", name="Write down the follow-up").click()
    page.get_by_label("What you found, and what comes next").fill("Still 8%. The head will meet us.")
    onlooker.look()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Still 8%. The head will meet us.")).to_be_visible()
    page.goto(live_server.url + reverse("term_plan"))
    expect(page.get_by_text("Declined, not accepted", exact=True)).to_be_visible()
    onlooker.look()

    page.get_by_role("link", name="Offer again to Alder High School").click()
    fill_day(page, dt.date(2026, 12, 1))
    page.get_by_label("Time").fill("10:00")
    page.get_by_role("button", name="Offer the meeting").click()
    second = Offer.objects.get(number=2)
    school.goto(live_server.url + reverse("offer", args=[second.pk]))
    school.get_by_role("button", name="Accept").click()  # a link that is drawn as a button
    beside.look()
    school.get_by_role("button", name="Accept").click()
    expect(school.get_by_text("Accepted: the meeting is planned, and its agenda is made.")).to_be_visible()
    school.get_by_role("link", name="The meeting and its agenda").click()
    with school.expect_download() as taken:
        school.get_by_role("link", name="Calendar file (ICS)").click()
    _, entry = read(Path(taken.value.path()).read_bytes().decode())
    assert (entry.start, entry["LOCATION"]) == (dt.datetime(2026, 12, 1, 10, tzinfo=dt.UTC), "Alder High School")
    school.context.close()

    meeting = Meeting.objects.get()
    page.goto(live_server.url + reverse("meeting_people", args=[meeting.pk]))
    page.get_by_label("Name").fill("Nia Nurse")
    page.get_by_label("Another service").check()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("No e-mail: has to be told some other way.")).to_be_visible()
    page.get_by_role("button", name="Send 2 e-mails").click()
    expect(page.get_by_text("2 e-mails on the way.")).to_be_visible()
    onlooker.look()


def test_a_manager_sets_the_year_and_adjusts_one_school(
    manager: User, school_a: School, school_b: School, live_server: Any, page: Page
) -> None:
    onlooker = Onlooker(page)
    sign_in(page, live_server.url, manager)
    page.goto(live_server.url + reverse("term_plan"))
    page.get_by_role("link", name="Set or revise 2026/27").click()
    onlooker.look()
    page.get_by_role("button", name="Set the plan of 2026/27").click()
    expect(page.get_by_text("The plan of 2026/27: 2 schools set.")).to_be_visible()
    onlooker.look()
    page.get_by_role("link", name="1 due at Alder High School: why").click()
    onlooker.look()
    page.get_by_label("Meetings this school year").fill("4")
    page.get_by_label("Why").fill("A new head since September.")
    page.get_by_role("button", name="Change the number").click()
    expect(page.get_by_role("heading", name="4 meetings due in 2026/27")).to_be_visible()
    onlooker.look()
