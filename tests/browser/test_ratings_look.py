"""The rating pages in a real browser: looked at wide and narrow, and a rating changed by a manager."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.db import transaction
from playwright.sync_api import Page, expect

from accounts import clock
from accounts.models import User
from attendance import ratings, rollups
from attendance.models import Rating, RatingRun
from config import tasks
from dashboards import rating_facts
from schools.models import School
from tests import factories
from tests.browser.looking import Onlooker
from tests.browser.test_people_look import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_manager_has_schools_rated_and_changes_one(
    manager: User, school_a: School, school_b: School, today: dt.date, live_server: Any, page: Page
) -> None:
    enrolment = factories.enrol(factories.make_pupil(), school_a)
    with transaction.atomic():
        factories.write_marks(enrolment, dt.date(2026, 9, 7), "I" * 11 + "/" * 99)
    factories.make_school("The Bridge", phase=School.Phase.PRU)
    onlooker = Onlooker(page)
    sign_in(page, live_server.url, manager)
    page.goto(f"{live_server.url}/ratings/")
    expect(page.get_by_text("No school here has been rated for this term yet.")).to_be_visible()
    onlooker.look()
    page.get_by_role("button", name="Rate all schools").click()
    expect(page.get_by_text("Waiting for its turn")).to_be_visible()
    onlooker.look()
    tasks.rate_schools(RatingRun.objects.get().pk)
    expect(page.get_by_text("3 schools rated, 3 ratings made or changed")).to_be_visible()  # the page noticed by itself
    onlooker.look()
    page.get_by_role("link", name=re.compile(r"^Red\s*, Alder High School, autumn")).click()
    expect(page.get_by_text("Worse by 2.72 percentage points, which is more than 1.0: red.")).to_be_visible()
    onlooker.look()
    page.get_by_role("link", name="Change this rating").click()
    page.get_by_role("button", name="Change rating").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose why the rating is changed")
    onlooker.look()
    page.get_by_label("Amber").check()
    page.get_by_label("Why").select_option("few_pupils")
    page.get_by_label("In your own words").fill("One pupil with a long illness, known to the nurse.")
    page.get_by_role("button", name="Change rating").click()
    expect(page.get_by_text("Alder High School is rated amber for Autumn 2026/27.")).to_be_visible()
    with transaction.atomic():
        factories.write_marks(enrolment, dt.date(2026, 9, 7), "/" * 110)
    ratings.rate(by=None, year=2026, term=1, today=today, now=clock.now())
    page.reload()
    expect(page.get_by_role("heading", name="What it was before")).to_be_visible()
    onlooker.look()
    assert Rating.objects.get(school=school_a).colour_now == "amber"
    page.goto(f"{live_server.url}/ratings/?colour=red")
    expect(page.get_by_text("No school matches these filters")).to_be_visible()
    onlooker.look()


def test_a_manager_tries_other_bands_and_publishes_what_a_contact_then_reads(
    manager: User, contact_a: User, school_a: School, today: dt.date, live_server: Any, page: Page
) -> None:
    enrolment = factories.enrol(factories.make_pupil(), school_a, start=dt.date(2025, 9, 1))
    with transaction.atomic():
        factories.write_marks(enrolment, dt.date(2026, 9, 7), "I" * 10 + "/" * 100)
        factories.write_marks(enrolment, dt.date(2025, 9, 8), "I" * 5 + "/" * 105)
        rollups.refresh(schools=[school_a.pk], years=[2025, 2026])
    ratings.rate(by=None, year=2026, term=1, today=today, now=clock.now(), above=rating_facts.above)
    onlooker = Onlooker(page)
    sign_in(page, live_server.url, manager)
    page.goto(f"{live_server.url}/policy/rag_red_tenths/")
    page.get_by_label("Rating of a school: red").fill("20")
    page.get_by_label("Why the authority sets its own values").fill("Agreed by the board")
    page.get_by_role("button", name="Show what would change").click()
    expect(page.get_by_text("1 school would change colour")).to_be_visible()
    onlooker.look()
    page.get_by_role("button", name="Set these values").click()
    expect(page.get_by_text("Ratings made from then on use these values.")).to_be_visible()
    page.goto(f"{live_server.url}/ratings/")
    page.get_by_role("link", name="Look through and publish").click()
    onlooker.look()
    page.get_by_role("button", name="Publish to 1 school").click()
    expect(page.get_by_text("Each school’s contact sees their own.")).to_be_visible()
    page.get_by_role("link", name="Publish again or take back").click()
    onlooker.look()
    page.context.clear_cookies()
    sign_in(page, live_server.url, contact_a)
    page.goto(live_server.url)
    onlooker.look()
    page.get_by_role("link", name="The rating of your school for autumn 2026/27").click()
    expect(page.get_by_text("This year it is worse by 4.55 percentage points.")).to_be_visible()
    onlooker.look()
    page.goto(f"{live_server.url}/pupils/{enrolment.pupil_id}/")
    expect(page.get_by_text("missed less than 10%")).to_be_visible()
