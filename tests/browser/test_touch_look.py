"""Keeping in touch in a real browser: an officer writes to schools and looks as a school does; a school checks its practice and asks."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from accounts import clock
from accounts.models import User
from meetings.touch.actions import briefings, library
from schools.models import School
from tests.browser.looking import Onlooker
from tests.browser.test_people_look import sign_in
from tests.flows.meeting_things import TODAY

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_written_read_asked_and_answered(
    manager: User, officer: User, contact_a: User, school_a: School, live_server: Any, browser: Browser, page: Page
) -> None:
    now = clock.now()
    draft = briefings.write_briefing(
        by=officer, today=TODAY, now=now, subject="Attendance briefing", news="A new toolkit is out.", day=TODAY
    )
    said = {"kind": "guide", "topic": "codes", "title": "Which code when", "words": "Code I is for illness.", "phases": [], "start": TODAY}
    guide = library.write_guide(by=officer, now=now, until=None, **said)
    school = browser.new_context().new_page()
    onlooker, beside = Onlooker(page), Onlooker(school)
    sign_in(page, live_server.url, manager)
    for name, args in (
        ("touch", []),
        ("briefing", [draft.pk]),
        ("briefing_preview", [draft.pk, school_a.urn]),
        ("briefing_change", [draft.pk]),
        ("guides", []),
        ("guide", [guide.pk]),
        ("checks", []),
        ("event_new", []),
        ("campaigns", []),
    ):
        page.goto(live_server.url + reverse(name, args=args))
        onlooker.look()

    sign_in(school, live_server.url, contact_a)
    school.get_by_role("link", name="Which code when").click()
    beside.look()
    school.get_by_role("link", name="From the authority").first.click()
    beside.look()
    school.get_by_role("link", name="Ask the team").click()
    school.get_by_label("The question in a line").fill("Code B or C?")
    school.get_by_label("The question", exact=True).fill("A pupil trains with a club.")
    school.get_by_role("button", name="Ask").click()
    expect(school.get_by_text("The team has your question.")).to_be_visible()
    beside.look()
    school.goto(live_server.url + reverse("self_check", args=[school_a.urn]))
    school.get_by_role("button", name="Send it to the authority").click()
    expect(school.get_by_role("alert")).to_contain_text("still to answer before it can be sent")
    beside.look()
    school.get_by_role("button", name="Keep it for now").click()
    expect(school.get_by_text("It is kept.")).to_be_visible()
    beside.look()
    school.context.close()
    page.goto(live_server.url + reverse("home"))
    page.get_by_role("link", name="Answer Alder High School: Code B or C?").click()
    page.get_by_role("link", name="Answer", exact=True).or_(page.get_by_role("button", name="Answer", exact=True)).click()
    page.get_by_label("Answer", exact=True).fill("B, if the school has agreed it.")
    onlooker.look()
    page.get_by_role("button", name="Answer", exact=True).click()
    expect(page.get_by_text("B, if the school has agreed it.")).to_be_visible()
    onlooker.look()
