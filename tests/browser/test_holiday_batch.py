"""A holiday batch in a real browser, by the people who do it, every page looked at: two parents and two children are four notices.

A school ticks brother and sister and the parents who took them, answers once and sends. Legal considers, looks at what would be issued,
issues it as one job, prints it and confirms the posting. One notice is paid on day 21; 80 pounds on day 22 are not enough; one is never
paid.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from casework.models import Case
from legal.models import BulkIssue, HolidayBatch, Notice
from schools.models import School
from tests.browser.looking import Onlooker
from tests.browser.test_notices_look import visit
from tests.browser.test_people_look import sign_in
from tests.flows.holiday_things import a_family, do

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DAY_21, DAY_22 = dt.date(2026, 12, 14), dt.date(2026, 12, 15)  # posted on Friday 20 November, received on Tuesday 24 November


def test_a_holiday_of_two_parents_and_two_children(
    contact_a: User, legal: User, school_a: School, live_server: Any, page: Page, tmp_path: Path, settings: Any
) -> None:
    onlooker = Onlooker(page)
    a_family(school_a)
    _ask(page, onlooker, live_server, contact_a, tmp_path)
    page.get_by_role("button", name="Sign out").click()
    _issue(page, onlooker, live_server, legal)
    _pay(page, live_server, settings)
    assert not Case.objects.exists()


def _ask(page: Page, onlooker: Onlooker, server: Any, contact: User, folder: Path) -> None:
    sign_in(page, server.url, contact)
    visit(page, server, "holiday_batches")
    onlooker.look()
    page.get_by_label("School", exact=True).select_option(label="Alder High School")
    page.get_by_role("button", name="Begin a batch").click()
    expect(page.get_by_text("Brothers and sisters", exact=True)).to_be_visible()
    onlooker.look()
    page.get_by_role("button", name="Begin the batch").click()
    expect(page.get_by_role("alert")).to_contain_text("Tick the pupils to ask for")
    onlooker.look()
    for child in ("Ash Example", "Bay Example"):
        page.get_by_label(child, exact=True).check()
        for parent in ("Pat Example", "Kim Example"):
            page.get_by_role("group", name=f"Who took {child}").get_by_label(parent).check()
    page.get_by_role("button", name="Begin the batch").click()
    expect(page.get_by_role("heading", name="Alder High School: 2 pupils")).to_be_visible()
    onlooker.look()
    letter = folder / "refusal.pdf"
    letter.write_bytes(b"%PDF-1.7 leave refused on 3 November")
    page.get_by_role("button", name="Attach the refusal").click()
    onlooker.look()
    page.get_by_label("File").set_input_files(letter)
    page.get_by_role("button", name="Attach it").click()
    page.get_by_role("button", name="Answer the checklist").click()
    onlooker.look()
    for group in page.get_by_role("group").all():
        yes = group.get_by_label("Yes, attached or on record")
        if yes.count() == 1:
            yes.check()
    page.get_by_role("button", name="Save the answers").click()
    onlooker.look()
    page.get_by_role("button", name="Send the batch for a decision").click()
    expect(page.get_by_text("2 requests wait for a legal officer")).to_be_visible()
    page.get_by_role("button", name="Confirm the registers").click()
    expect(page.get_by_role("heading", name="Confirm registers")).to_be_visible()
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Confirm those ticked").click()
    expect(page.get_by_text("2 pupils’ registers are confirmed")).to_be_visible()


def _issue(page: Page, onlooker: Onlooker, server: Any, legal: User) -> None:
    sign_in(page, server.url, legal)
    visit(page, server, "holiday_batch", HolidayBatch.objects.get().pk)
    onlooker.look()
    page.get_by_role("button", name="Consider the nine points").click()
    onlooker.look()
    for answer in (
        "Yes, the register bears it out",
        "Considered: nothing speaks against it",
        "No, none is under way",
        "Those named allowed the absence",
    ):
        page.get_by_label(answer).check()
    page.get_by_role("group", name="5. Is a penalty notice the tool").get_by_label("Yes", exact=True).check()
    page.get_by_role("group", name="9. Are the last three years").get_by_label("Yes", exact=True).check()
    page.get_by_role("button", name="Sign and keep").click()
    page.get_by_role("button", name="Check what can be issued").click()
    expect(page.get_by_text("0 of 2 requests")).to_be_visible()
    onlooker.look()
    bulk = BulkIssue.objects.get()
    do(bulk)
    expect(page.get_by_role("heading", name="4 notices can be issued")).to_be_visible()  # it comes to the open page by itself
    expect(page.get_by_text("4 notices: £320 if all are paid early, £640 otherwise.")).to_be_visible()
    onlooker.look()
    page.get_by_role("button", name="Issue 4 notices").click()
    do(bulk)
    link = page.get_by_role("link", name="Download all notices for printing")
    expect(link).to_be_visible()
    onlooker.look()
    with page.expect_download() as download:
        link.click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")
    page.get_by_role("button", name="The notices were posted").click()
    onlooker.look()
    for box, value in (("Day", "20"), ("Month", "11"), ("Year", "2026")):
        page.get_by_label(box, exact=True).fill(value)
    page.get_by_role("button", name="Confirm the posting").click()
    expect(page.get_by_text("£80 until 14 December 2026, £160 until 21 December 2026")).to_be_visible()
    onlooker.look()


def _pay(page: Page, server: Any, settings: Any) -> None:
    first, second, never, _ = Notice.objects.order_by("number")
    settings.DAYMARK_TODAY = DAY_22.isoformat()
    _record(page, server, first, 80, DAY_21)
    expect(page.get_by_text(f"{first.reference} is paid")).to_be_visible()
    _record(page, server, second, 80, DAY_22)
    expect(page.get_by_role("alert")).to_contain_text("£160 was due on 15 December 2026, £80 was given")
    visit(page, server, "income")
    content = f"reference,amount,date\n{second.reference},80,{DAY_22.isoformat()}\n".encode()
    page.get_by_label("CSV file").set_input_files({"name": "income.csv", "mimeType": "text/csv", "buffer": content})
    page.get_by_role("button", name="Look at the file").click()
    page.get_by_role("button", name="Take these payments").click()
    visit(page, server, "income")
    expect(page.get_by_role("link", name="Less than was due: 1")).to_be_visible()
    settings.DAYMARK_TODAY = "2026-12-22"
    visit(page, server, "notice", never.pk)
    expect(page.get_by_text("The time to pay is over.")).to_be_visible()


def _record(page: Page, server: Any, notice: Notice, amount: int, day: dt.date) -> None:
    visit(page, server, "notice_pay", notice.pk)
    page.get_by_label("Amount received").fill(str(amount))
    for box, value in (("Day", day.day), ("Month", day.month), ("Year", day.year)):
        page.get_by_label(box, exact=True).fill(str(value))
    page.get_by_role("button", name="Record the payment").click()
