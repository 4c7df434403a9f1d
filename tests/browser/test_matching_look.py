"""Pupils to match in a real browser: looked at wide and narrow, and decided about by an officer with the keyboard alone."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.models import User
from attendance.models import HeldPerson
from schools.models import School
from tests.browser.looking import Onlooker
from tests.browser.test_people_look import sign_in
from tests.factories import enrol, make_pupil
from tests.flows.extracts import marks_of
from tests.flows.test_held import DOB, row, rows_text, sent

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_officer_says_who_is_meant(officer: User, school_a: School, today: dt.date, live_server: Any, page: Page) -> None:
    ada = enrol(make_pupil("Held", "Ada", dob=DOB), school_a)
    enrol(make_pupil("Held", "Adam", dob=DOB), school_a)
    bo = enrol(make_pupil("Held", "Bo", dob=dt.date(2013, 5, 6)), school_a)
    rows = [(school_a, (ada.pupil.upn or "")[1:], "Ada", DOB), (school_a, "", "Bo", dt.date(2013, 5, 6)), (school_a, "", "Nobody", DOB)]
    extract = sent(officer, school_a, rows_text(*(row(*said[:3], dob=said[3]) for said in rows)), today)
    onlooker = Onlooker(page)
    sign_in(page, live_server.url, officer)
    page.get_by_role("link", name="3 pupils to match at Alder High School").click()
    onlooker.look()
    page.get_by_label("Bo Held is Bo Held").check()
    page.get_by_role("button", name="Match those ticked").click()
    expect(page.get_by_text("1 pupil matched. Their marks are in the register.")).to_be_visible()
    assert marks_of(bo, days=1) == "/\\"
    page.get_by_role("link", name="Ada Held").click()
    onlooker.look()
    page.get_by_role("link", name="This is Ada Held").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 sessions: 2 new, 0 already so, 0 differ from what stands")).to_be_visible()
    onlooker.look()
    page.get_by_role("button", name="Yes, match them").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Ada Held is matched to Ada Held.")).to_be_visible()
    assert marks_of(ada, days=1) == "/\\"
    expect(page.get_by_role("heading", name="Nobody Held")).to_be_visible()  # who waits next
    page.get_by_role("link", name="Not a pupil of this school").click()
    page.get_by_role("button", name="Set these rows aside").click()
    onlooker.look()
    page.get_by_label("Why are these rows not a pupil of this school?").fill("A visitor")
    page.get_by_role("button", name="Set these rows aside").click()
    expect(page.get_by_role("heading", name="Nobody waits")).to_be_visible()
    onlooker.look()
    page.goto(f"{live_server.url}{reverse('held')}?show=decided")
    onlooker.look()
    page.get_by_role("link", name="Nobody Held").click()
    onlooker.look()
    page.get_by_role("link", name="Take this decision back").click()
    onlooker.look()
    page.goto(f"{live_server.url}{reverse('held_new', args=[HeldPerson.objects.get(forename='Nobody').pk])}")
    page.goto(f"{live_server.url}{reverse('extract', args=[extract.pk])}")
    onlooker.look()
