"""From the minutes of a meeting to the next agenda in a real browser: written by keyboard, recorded, followed by the school, chased."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Locator, Page, expect

from accounts.models import User
from meetings.actions import chase, letters
from meetings.models import Action, Chase, Item
from schools.models import School
from tests.browser.looking import Onlooker
from tests.browser.test_people_look import sign_in
from tests.flows.meeting_things import TODAY, TUESDAY, flagged, planned

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def note(line: Locator) -> Locator:
    return line.locator("input[type=text][name$=-note]")


def test_from_the_minutes_to_the_next_agenda(
    officer: User, manager: User, contact_a: User, school_a: School, live_server: Any, browser: Browser, page: Page
) -> None:
    flagged(school_a, surname="Featherstonehaugh-Willoughby", forename="Bartholomew", missed=80)
    flagged(school_a, surname="Sorrel", forename="Ida")
    flagged(school_a, "penalty_threshold", surname="Teasel", forename="Tom")
    meeting = planned(school_a, officer, TODAY)
    other = browser.new_context().new_page()
    onlooker = Onlooker(page)
    sign_in(page, live_server.url, officer)
    sign_in(other, live_server.url, manager)
    address = live_server.url + reverse("minutes", args=[meeting.pk])
    page.goto(address)
    other.goto(address)

    # by keyboard alone: one key, Enter; one key, other words, Enter; one key
    lines = page.locator(".dm-lines > li")
    agreed = "Agreed, item {}"
    page.get_by_label(agreed.format(1)).focus()
    page.keyboard.press("a")
    expect(page.get_by_label("Action, item 1")).to_have_value("Meet the family and agree a plan")
    page.keyboard.press("Enter")
    expect(page.get_by_label(agreed.format(2))).to_be_focused()
    expect(lines.nth(0).locator("[data-saved]")).to_contain_text("Saved")
    page.keyboard.press("a")
    page.keyboard.press("Tab")
    page.keyboard.press("Control+A")
    page.keyboard.type("Ring home each morning")
    page.keyboard.press("Enter")
    expect(page.get_by_label(agreed.format(3))).to_be_focused()
    expect(lines.nth(1).locator(".dm-line__agreed")).to_contain_text("Ring home each morning – the school, by Fri 4 Dec 2026")
    expect(page.locator("[data-summary]")).to_have_text("2 of 3 items reached")

    # what one saves the other sees without asking; what both write is shown to the second with both, and nothing is lost
    theirs = other.locator(".dm-lines > li")
    expect(theirs.nth(0)).to_contain_text("by Olive Officer")
    third = note(lines.nth(2))
    third.fill("Mother asks for a call")  # not left yet, so not saved yet
    other.get_by_label(agreed.format(3)).select_option("Carry on as planned")
    other.get_by_label(agreed.format(3)).press("Enter")
    expect(theirs.nth(2).locator("[data-saved]")).to_contain_text("Saved")
    third.press("Enter")
    expect(page.get_by_text("Mani Manager saved this line while you were writing.")).to_be_visible()
    expect(third).to_have_value("Mother asks for a call")
    onlooker.look()
    page.get_by_label("What I typed").check()
    page.get_by_label("What I typed").press("Enter")
    expect(lines.nth(2).locator("[data-saved]")).to_contain_text("Saved")
    assert Item.objects.get(place=3).note == "Mother asks for a call"

    # the session ends in between: what is typed outlives it
    page.context.clear_cookies(name="sessionid")
    note(lines.nth(0)).fill("See the nurse")
    note(lines.nth(0)).press("Enter")
    expect(lines.nth(0).locator("[data-saved]")).to_contain_text("Not saved: you have been signed out.")
    sign_in(page, live_server.url, officer)
    page.goto(address)
    expect(lines.nth(0).locator("[data-saved]")).to_contain_text("Saved")
    expect(note(lines.nth(0))).to_have_value("See the nurse")
    assert Item.objects.get(place=1).note == "See the nurse"

    page.get_by_role("link", name="Record as held").first.click()
    page.get_by_label("Olive Officer").check()
    page.get_by_label("Carys Alder").check()
    onlooker.look()
    page.get_by_role("button", name="Record as held").click()
    expect(page.get_by_text("The meeting is recorded as held, and its minutes are made.")).to_be_visible()
    onlooker.look()

    # its day goes by; the school is written to, and closes it in its own login
    Action.objects.filter(what="Ring home each morning").update(due=dt.date(2026, 11, 18))
    chase.chase_overdue(today=TODAY, now=timezone.now())
    for number in letters.waiting():
        letters.deliver(number, now=timezone.now())
    assert Chase.objects.get().letter.email == contact_a.email
    school = browser.new_context().new_page()
    third_one = Onlooker(school)
    sign_in(school, live_server.url, contact_a)
    school.get_by_role("link", name="Ring home each morning").first.click()
    third_one.look()
    school.get_by_label("Done").check()
    school.get_by_label("In a few words").fill("Every morning since Monday.")
    school.get_by_role("button", name="Save").click()
    expect(school.get_by_text("Written down: done.")).to_be_visible()

    page.goto(live_server.url + reverse("action", args=[Action.objects.get(what="Ring home each morning").pk]))
    expect(page.get_by_text("e-mail sent to Carys Alder")).to_be_visible()
    following = planned(school_a, officer, TUESDAY)
    page.goto(live_server.url + reverse("minutes", args=[following.pk]))
    expect(lines.nth(0)).to_contain_text("Not done yet: “Meet the family and agree a plan” (the school, due 4 December 2026).")
    expect(page.get_by_text("Ring home each morning")).to_be_hidden()
    for one in (other, school):
        one.context.close()
