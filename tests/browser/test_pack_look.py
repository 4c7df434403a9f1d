"""The pack of a meeting in a real browser: read by the officer, found again among the packs, read by the school."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts import clock
from accounts.models import User
from meetings.actions import refresh_agenda
from meetings.models import Action, Meeting
from schools.models import School
from tests.browser.looking import Onlooker
from tests.browser.test_people_look import sign_in
from tests.flows import made_borough
from tests.flows.made_borough import TODAY

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_pack_is_read_by_the_officer_and_by_the_school(
    officer: User, contact_a: User, school_a: School, school_b: School, live_server: Any, page: Page
) -> None:
    with transaction.atomic():
        borough = made_borough.make(school_a, school_b, officer)
    held = Meeting.objects.get(status="held", school=school_a)
    Action.objects.create(meeting=held, pupil=borough.severe[0], what="Visit at home", owner="school", due=TODAY, agreed_by=officer)
    refresh_agenda(by=officer, today=TODAY, now=clock.now(), meeting=borough.meeting)
    onlooker = Onlooker(page)
    sign_in(page, live_server.url, officer)
    page.goto(live_server.url + reverse("meeting", args=[borough.meeting.pk]))
    page.get_by_role("link", name="Pack for this meeting").click()
    expect(page.get_by_role("heading", name="Suggested for 60 minutes")).to_be_visible()
    expect(page.get_by_role("heading", name="Severely absent pupils: 4")).to_be_visible()
    onlooker.look()
    page.get_by_role("button", name="Make the PDF").click()
    expect(page.get_by_text("Waiting for its turn")).to_be_visible()
    page.goto(live_server.url + reverse("packs"))
    expect(page.get_by_role("link", name="waiting for its turn")).to_be_visible()
    onlooker.look()
    page.context.clear_cookies()
    sign_in(page, live_server.url, contact_a)
    page.goto(live_server.url + reverse("pack", args=[borough.meeting.pk]))
    expect(page.get_by_text("As the school may read it.")).to_be_visible()
    onlooker.look()
