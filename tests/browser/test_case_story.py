"""One child from the flag to the closed case, by the people who do it: officer, manager, school.

The officer's list of today begins with the flag. The manager gives the case out; the officer assesses, agrees a plan, rings, goes to the
door with a phone, writes, reviews. The school does its part in its own login. Nobody in the family was reached for long, so the case does
not close before safeguarding is considered. What is left is a chronology, and a school that has read none of what was not for it.
"""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import pytest
from django.db import transaction
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from accounts import clock
from accounts.models import User
from attendance.models import Flag
from casework.models import Case, Consideration, Contact
from dashboards.models import Story
from schools.models import Pupil, School
from tests import factories
from tests.browser.looking import PHONE, WIDE, Onlooker
from tests.browser.stack import Stack, sign_in
from tests.browser.test_flow import fill_day, follow, sign_out
from tests.faults.machine import until
from tests.flows import letter_things

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TODAY = dt.date(2026, 11, 20)
NOT_FOR_SCHOOLS = ("Bullied", "curtains", "Rang twice", "front door", "Emotionally based", "safeguarding consideration")


@pytest.fixture
@transaction.atomic
def child(school_a: School, today: dt.date) -> Pupil:
    """Absent without authority since the second week of school; two parents are known."""
    pupil = factories.make_pupil("Quill", "Robin", address="4 Oak Lane, Merebrook", postcode="MB1 1AA")
    spell = factories.enrol(pupil, school_a, start=dt.date(2026, 9, 1))
    factories.write_marks(spell, dt.date(2026, 9, 7), r"/\ " * 5 + "OO " * 50)
    factories.refresh(school_a, today=today)
    Flag.objects.update(noticed_at=clock.now())
    factories.make_parent(pupil, forename="Rowan")
    letter_things.template()
    return pupil


def test_from_the_flag_to_the_closed_case(
    true_passwords: None, child: Pupil, cast: dict[str, User], stack: Stack, page: Page, tmp_path: Path
) -> None:
    onlooker = Onlooker(page)
    sign_in(page, stack, cast["officer"])
    _open(page)
    address = f"{stack.url}/cases/{Case.objects.get().pk}/"
    sign_out(page)
    sign_in(page, stack, cast["manager"])
    _allocate(page)
    sign_out(page)
    sign_in(page, stack, cast["officer"])
    page.goto(address)
    _assess(page)
    _plan(page)
    sign_out(page)
    sign_in(page, stack, cast["contact_a"])
    _school_acts(page)
    sign_out(page)
    sign_in(page, stack, cast["officer"])
    expect(page.get_by_role("link", name="Robin Quill: Offer a phased return").first).to_be_visible()  # the school's reply
    page.goto(address)
    _ring(page)
    _visit(page, onlooker)
    page.goto(address)
    _write(page)
    page.goto(address)
    _review(page)
    _close(page)
    onlooker.look()
    said = _chronology(page, tmp_path)
    for words in ("Severe absence", "Assigned to Olive Officer", "phased return", "Rang twice", "The curtains moved", "L000001", "Closed"):
        assert words in said, words
    sign_out(page)
    sign_in(page, stack, cast["contact_a"])
    page.goto(address)
    expect(page.get_by_role("heading", name="Closed: support passed to children’s social care")).to_be_visible()
    text = page.locator("main").inner_text()
    assert "Offer a phased return" in text
    assert not [words for words in NOT_FOR_SCHOOLS if words.lower() in text.lower()]


def _open(page: Page) -> None:
    """From the first line of the day to a case that waits for an officer."""
    work = page.locator(".dm-work").first
    expect(work.get_by_text("Missed 100 of 110 possible sessions").first).to_be_visible()
    follow(work.get_by_role("link", name="Robin Quill: severe absence").first)
    follow(page.get_by_role("link", name="Open a case for severe absence"))
    page.get_by_label("Main reason").select_option("severe_absence")
    page.get_by_label("Officer").select_option("")
    follow(page.get_by_role("button", name="Open the case"))
    expect(page.get_by_text("Nobody yet")).to_be_visible()


def _allocate(page: Page) -> None:
    follow(page.get_by_role("link", name="1 case without an officer"))
    expect(page.get_by_text("Olive Officer is the contact of Alder High School.")).to_be_visible()
    page.get_by_label("Quill, Robin").check()
    follow(page.get_by_role("button", name="Give them out"))
    expect(page.get_by_text("1 case given out.")).to_be_visible()


def _assess(page: Page) -> None:
    follow(page.get_by_role("button", name="Write the assessment").or_(page.get_by_role("link", name="Write the assessment")))
    main = page.get_by_role("group", name="The main one")
    main.get_by_label("What mainly keeps the child from school").select_option("ebsa")
    main.get_by_label("The child", exact=True).check()
    page.get_by_label("What the child says").fill("Bullied on the bus.")
    page.get_by_label("What the parents say").fill("Says nothing any more.")
    page.get_by_label("Strengths").fill("Draws well.")
    follow(page.get_by_role("button", name="Save the assessment"))
    expect(page.get_by_text("Bullied on the bus.").first).to_be_visible()


def _plan(page: Page) -> None:
    follow(page.get_by_role("button", name="Agree a plan").or_(page.get_by_role("link", name="Agree a plan")))
    page.get_by_label("Kind of plan").select_option("joint")
    page.get_by_label("What keeps the child from school").select_option("ebsa")
    page.get_by_label("Who leads").select_option("school")
    page.get_by_label("Lead practitioner’s name").fill("Hana Heath")
    page.get_by_label("Lead practitioner’s role").fill("Head of year 8")
    page.get_by_label("Sessions that may be missed").fill("10")
    page.get_by_label("Of how many of the next sessions").fill("40")
    fill_day(page, "Review", dt.date(2026, 12, 11))
    first = page.get_by_role("group", name="Action 1")
    first.get_by_label("What is to be done").fill("Offer a phased return")
    first.get_by_label("Who does it").select_option("school")
    for label, value in (("Day", "27"), ("Month", "11"), ("Year", "2026")):
        first.get_by_label(label, exact=True).fill(value)
    follow(page.get_by_role("button", name="Agree the plan"))
    expect(page.get_by_text("Miss no more than 10 of 40 sessions")).to_be_visible()


def _school_acts(page: Page) -> None:
    follow(page.get_by_role("link", name="Offer a phased return"))
    page.get_by_label("Done", exact=True).check()
    follow(page.get_by_role("button", name="Close the action"))
    expect(page.get_by_text("Done on Fri 20 Nov 2026 by Carys Alder")).to_be_visible()


def _ring(page: Page) -> None:
    """Three actions: what was said, when next, not reached."""
    page.get_by_label("What was said").fill("Rang twice.")
    page.get_by_label("Next contact").select_option("3")
    follow(page.get_by_role("button", name="Not reached"))
    expect(page.locator("#chronology").get_by_text("Rang twice.")).to_be_visible()


def _visit(page: Page, onlooker: Onlooker) -> None:
    follow(page.get_by_role("link", name="Plan a visit"))
    page.get_by_label("You set off at").fill("00:01")
    page.get_by_label("You check out by").fill("23:59")
    follow(page.get_by_role("button", name="Plan the visit"))
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    follow(page.get_by_role("button", name="Check in"))
    page.get_by_label("Nobody in, left a card").check()
    page.get_by_label("Notes").fill("The curtains moved.")
    follow(page.get_by_role("button", name="Record the visit"))
    expect(page.get_by_text("The visit is recorded.")).to_be_visible()
    follow(page.get_by_role("button", name="Check out"))
    expect(page.get_by_text("You are checked out.")).to_be_visible()
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    assert Contact.objects.achieved().count() == 0


def _write(page: Page) -> None:
    follow(page.get_by_role("link", name="letters", exact=True))
    follow(page.get_by_role("link", name="First concern"))
    expect(page.get_by_text("Robin has missed 100 of 110 sessions")).to_be_visible()
    follow(page.get_by_role("button", name="Write the letters"))
    expect(page.get_by_role("link", name="Download the letter")).to_be_visible(timeout=90_000)
    follow(page.get_by_role("button", name="It was posted").or_(page.get_by_role("link", name="It was posted")))
    follow(page.get_by_role("button", name="Save"))
    expect(page.get_by_text("was posted on 20 November 2026. The case’s chronology says so.")).to_be_visible()


def _review(page: Page) -> None:
    follow(page.get_by_role("link", name="Review", exact=True))
    page.get_by_label("Carry on with the plan").check()
    fill_day(page, "Next review", dt.date(2026, 12, 18))
    follow(page.get_by_role("button", name="Save").or_(page.get_by_role("button", name="Record the review")))
    expect(page.get_by_text("Next review on 18 December 2026.")).to_be_visible()


def _close(page: Page) -> None:
    """Not before safeguarding is considered; what is typed is not lost by that."""
    follow(page.get_by_role("link", name="Close the case"))
    page.get_by_label("What came of the case").select_option("social_care")
    follow(page.get_by_role("button", name="Close the case"))
    expect(page.get_by_role("alert")).to_contain_text("A safeguarding consideration is missing")
    assert not Consideration.objects.exists()
    follow(page.get_by_role("link", name="Write it down"))
    page.get_by_label("Who considered it").fill("Olive Officer, with the school’s safeguarding lead")
    page.get_by_label("Child in need (section 17)").check()
    page.get_by_label("Yes", exact=True).check()
    page.get_by_label("Referred to").select_option("social_care")
    page.get_by_label("Why the child is referred, or why not").fill("Nobody opens, and nobody has seen Robin.")
    follow(page.get_by_role("button", name="Write it down"))
    follow(page.get_by_role("link", name="Close the case"))
    page.get_by_label("What came of the case").select_option("social_care")
    follow(page.get_by_role("button", name="Close the case"))
    expect(page.get_by_role("heading", name="Closed: support passed to children’s social care")).to_be_visible()


def _chronology(page: Page, folder: Path) -> str:
    follow(page.get_by_role("link", name="The whole story of Robin"))
    follow(page.get_by_role("button", name="Make a PDF of these lines"))
    until(lambda: Story.objects.filter(status=Story.Status.MADE).exists(), "the chronology is made")
    page.reload()
    with page.expect_download() as download:
        page.locator("#pdf").get_by_role("link").first.click()
    path = folder / "chronology.pdf"
    download.value.save_as(path)
    return " ".join(" ".join(leaf.extract_text() for leaf in PdfReader(io.BytesIO(path.read_bytes())).pages).split())
