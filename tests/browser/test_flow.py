"""The whole flow, by the people who do it: an extract with mistakes, the flag, the meeting, the case, the action, the notices, the count.

A school sends a register and puts its mistakes right. The officer sees the child, plans the meeting, agrees an action and
opens a case; the school closes its action. A holiday becomes a notice to each of two parents; one pays; the manager sees it.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from pypdf import PdfReader

from accounts.models import User
from schools.models import Pupil, School
from tests import factories
from tests.browser.looking import Onlooker
from tests.browser.stack import Stack, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HEADINGS = ["URN", "School", "UPN", "Surname", "Forename", "DOB", "YearGroup", "WeekStart", "WeekMarks"]
MISSING, PRESENT, MISTYPED, AWAY = (factories.valid_upn(n) for n in (71001, 71002, 71003, 71004))
WEEKS = ["07/09/2026", "14/09/2026", "21/09/2026", "28/09/2026", "05/10/2026", "12/10/2026", "19/10/2026"]
HOLIDAY = "09/11/2026"  # the week that a family spent abroad


def extract_with_mistakes(path: Path, urn: int) -> Path:
    """Seven weeks of three children: one hardly there, one present, one with a mistyped UPN; and a code nobody knows.

    A fourth was there until a holiday in term time: ten sessions, 9 to 13 November.
    """
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(HEADINGS)
        for number, week in enumerate(WEEKS):
            hidden = ["Alder High School", MISSING, "Quill", "Robin", "04/03/2013", "8", week]
            out.writerow([urn, *hidden, "OOOOOOIIOO####" if number else "/\\OOOOOOOO####"])
            there = ["Alder High School", PRESENT, "Teal", "Ash", "11/11/2012", "8", week]
            out.writerow([urn, *there, "/\\/\\/\\?\\/\\####" if number == 2 else "/\\/\\/\\/\\/\\####"])
        for week in [*WEEKS, HOLIDAY]:
            away = ["Alder High School", AWAY, "Gale", "Linden", "21/05/2013", "8", week]
            out.writerow([urn, *away, "GGGGGGGGGG####" if week == HOLIDAY else "/\\/\\/\\/\\/\\####"])
        out.writerow([urn, "Alder High School", MISTYPED[1:], "Fern", "Kit", "01/02/2013", "8", WEEKS[0], "/\\/\\/\\/\\/\\####"])
    return path


def put_right(returned: Path, corrected: Path) -> Path:
    """What the school does with the file that came back: the true code, the whole UPN."""
    text = returned.read_text(encoding="utf-8-sig")
    rows = list(csv.reader(text.splitlines()))
    assert rows[0] == [*HEADINGS, "Reason"]
    for row in rows[1:]:
        row[2] = MISTYPED if row[2] == MISTYPED[1:] else row[2]
        row[8] = row[8].replace("?", "/")
    with corrected.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return corrected


def send(page: Page, onlooker: Onlooker, path: Path, *, again: bool = False) -> None:
    """Choose the file, look at how it was understood, load it, wait for its receipt. `again`: the columns are confirmed already."""
    expect(page.get_by_role("heading", name="Upload a register")).to_be_visible()
    onlooker.look()
    page.get_by_label("Register extract").set_input_files(path)
    page.get_by_role("button", name="Continue").click()
    if not again:
        expect(page.get_by_role("heading", name=f"Check how {path.name} was understood")).to_be_visible()
        onlooker.look()
        page.get_by_label("Add pupils who are not yet known").check()
        page.get_by_role("button", name="Load this file").click()
    expect(page.get_by_role("heading", name="Rows and pupils")).to_be_visible(timeout=60_000)
    onlooker.look()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def follow(link: Locator) -> None:
    """Click, and be on the next page before anybody looks."""
    with link.page.expect_navigation():
        link.click()


def fill_day(page: Page, legend: str, day: dt.date) -> None:
    boxes = page.get_by_role("group", name=legend)
    for label, value in (("Day", day.day), ("Month", day.month), ("Year", day.year)):
        boxes.get_by_label(label).fill(str(value))


def upload_and_correct(page: Page, stack: Stack, onlooker: Onlooker, folder: Path, school: School) -> None:
    """The school's contact sends a register, reads what became of it, puts the returned rows right and sends only those."""
    page.get_by_role("link", name="Upload a register").first.click()
    send(page, onlooker, extract_with_mistakes(folder / "autumn.csv", school.urn))
    expect(page.get_by_text("is not an attendance code").first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the rows to correct").click()
    returned = folder / "returned.csv"
    download.value.save_as(returned)
    page.goto(f"{stack.url}/schools/{school.urn}/upload/")
    send(page, onlooker, put_right(returned, folder / "corrected.csv"), again=True)
    expect(page.get_by_role("link", name="Download the rows to correct")).to_have_count(0)


def find_the_child(page: Page, onlooker: Onlooker) -> None:
    """From the officer's home to the marks behind the flag."""
    page.get_by_role("link", name="Robin Quill").first.click()
    expect(page.get_by_role("heading", name="Robin Quill")).to_be_visible()
    expect(page.get_by_text("Missed 68 of 70 possible sessions since 7 September 2026 (97.1%)").first).to_be_visible()
    onlooker.look()
    expect(page.get_by_role("cell", name="O, Absent in other or unknown circumstances").first).to_be_visible()
    page.get_by_role("searchbox").fill("robbin quil")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Robin Quill")).to_be_visible()
    onlooker.look()


def meet(page: Page, stack: Stack, onlooker: Onlooker, school: School) -> None:
    """Plan the meeting; its agenda has the child on it. Open a case there, and agree what the school does."""
    page.goto(f"{stack.url}/schools/{school.urn}/")
    onlooker.look()
    page.get_by_role("link", name="Plan a meeting").click()
    fill_day(page, "Day", dt.date(2026, 11, 24))
    page.get_by_label("Time").fill("14:30")
    onlooker.look()
    page.get_by_role("button", name="Plan").click()
    item = page.locator(".dm-agenda__item", has=page.get_by_role("link", name="Robin Quill", exact=True))
    expect(item.get_by_text("missed 68 of 70").first).to_be_visible()
    onlooker.look()
    item.get_by_label("Decision on item 1").select_option("Open a case")
    item.get_by_role("button", name="Save").click()
    expect(item.get_by_role("link", name="Case of Robin Quill")).to_be_visible()
    follow(item.get_by_role("link", name="Add an action to item 1"))
    onlooker.look()
    page.get_by_label("What is to be done").fill("Offer a phased return with a key adult")
    page.get_by_label("The school’s single point of contact").check()
    fill_day(page, "By which day", dt.date(2026, 12, 4))
    page.get_by_role("button", name="Agree the action").click()
    expect(page.get_by_role("link", name="Offer a phased return with a key adult").first).to_be_visible()
    item.get_by_role("link", name="Case of Robin Quill").click()
    expect(page.get_by_text("Offer a phased return with a key adult").first).to_be_visible()  # in the case's chronology
    onlooker.look()


def close_the_action(page: Page, onlooker: Onlooker) -> None:
    """The school's contact finds the action in its own login and says that it is done."""
    follow(page.get_by_role("link", name="Offer a phased return with a key adult").first)
    onlooker.look()
    page.get_by_role("radio", name="Done").check()
    page.get_by_label("In a few words").fill("Began on Monday, two mornings so far")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Began on Monday, two mornings so far")).to_be_visible()
    expect(page.locator(".govuk-summary-list").get_by_text("Done").first).to_be_visible()


def ask_for_notices(page: Page, stack: Stack, onlooker: Onlooker, pupil: Pupil) -> None:
    """The school asks for a notice to each parent: the threshold is proved, the checklist answered."""
    page.goto(f"{stack.url}/pupils/{pupil.pk}/")
    page.get_by_role("link", name="penalty notice").first.click()
    expect(page.get_by_text("10").first).to_be_visible()
    onlooker.look()
    page.get_by_label("Holiday in term time").check()
    for parent in ("Alex Gale", "Sky Gale"):
        page.get_by_label(parent).check()
    page.get_by_role("button", name="Start the request").click()
    page.get_by_role("button", name="Answer the checklist").click()
    for item in page.locator(".dm-check").all():
        item.get_by_role("radio", name="Yes").check()
        for box in item.get_by_role("group").all():
            if box.get_by_label("Day").count():
                box.get_by_label("Day").fill("16")
                box.get_by_label("Month").fill("11")
                box.get_by_label("Year").fill("2026")
    onlooker.look()
    follow(page.get_by_role("button", name="Save the answers"))
    onlooker.look()
    page.get_by_role("button", name="Submit for a decision").click()
    expect(page.get_by_text("Waiting for a decision").first).to_be_visible()
    page.get_by_role("button", name="Confirm the register").click()
    expect(page.get_by_role("heading", name="Confirm the register")).to_be_visible()
    onlooker.look()
    page.get_by_label("Yes, they agree").check()
    page.get_by_role("button", name="Save the answer").click()
    expect(page.get_by_text("Confirmed, with today’s date")).to_be_visible()


def issue(page: Page, onlooker: Onlooker) -> None:
    """The legal officer reads the proof and decides: a notice to each parent."""
    follow(page.get_by_role("link", name="Linden Gale").first)
    onlooker.look()
    consider(page)
    onlooker.look()
    page.get_by_label("Issue a penalty notice").check()
    for parent in ("Alex Gale", "Sky Gale"):
        box = page.get_by_label(parent)
        if not box.is_checked():
            box.check()
    page.get_by_label("A holiday in term time; support is not appropriate").check()
    onlooker.look()
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_role("link", name="PN000001")).to_be_visible()
    onlooker.look()


def consider(page: Page) -> None:
    """The nine points, where a holiday is all there is; what is so of every holiday is offered already."""
    page.get_by_role("button", name="Consider the nine points").click()
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


def read_pdf(page: Page, folder: Path, reference: str) -> str:
    """What the notice says, read back from the file that the worker made."""
    page.get_by_role("link", name=reference).first.click()
    link = page.get_by_role("link", name="PDF")
    expect(link).to_be_visible(timeout=90_000)
    with page.expect_download() as download:
        link.click()
    path = folder / f"{reference}.pdf"
    download.value.save_as(path)
    return " ".join(" ".join(leaf.extract_text() for leaf in PdfReader(io.BytesIO(path.read_bytes())).pages).split())


def serve_and_pay(page: Page, onlooker: Onlooker) -> None:
    """Handed over on the day of issue: 80 pounds to 10 December, 160 to 17 December. The parent pays at once."""
    page.get_by_role("button", name="Record how it was served").click()
    page.get_by_label("By hand").check()
    fill_day(page, "Day it was posted or handed over", dt.date(2026, 11, 20))
    onlooker.look()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("£80 until 10 December 2026, £160 until 17 December 2026").first).to_be_visible()
    onlooker.look()
    page.get_by_role("button", name="Record a payment").click()
    page.get_by_label("Amount received, in pounds").fill("80")
    fill_day(page, "Day it was received", dt.date(2026, 11, 20))
    onlooker.look()
    page.get_by_role("button", name="Record the payment").click()
    expect(page.get_by_text("Paid").first).to_be_visible()


def test_from_the_extract_to_the_count(
    page: Page,
    stack: Stack,
    tmp_path: Path,
    true_passwords: None,
    contact_a: User,
    officer: User,
    manager: User,
    legal: User,
    school_a: School,
    transactional_db: None,
) -> None:
    onlooker = Onlooker(page)
    page.goto(f"{stack.url}/accounts/login/")
    onlooker.look()
    sign_in(page, stack, contact_a)
    onlooker.look()
    upload_and_correct(page, stack, onlooker, tmp_path, school_a)
    sign_out(page)

    sign_in(page, stack, officer)
    onlooker.look()
    find_the_child(page, onlooker)
    meet(page, stack, onlooker, school_a)
    sign_out(page)

    away = Pupil.objects.get(upn=AWAY)
    for forename in ("Alex", "Sky"):
        factories.make_parent(away, surname="Gale", forename=forename, address=f"{len(forename)} Quarry Lane", postcode="ZZ1 1AA")
    sign_in(page, stack, contact_a)
    close_the_action(page, onlooker)
    ask_for_notices(page, stack, onlooker, away)
    sign_out(page)

    sign_in(page, stack, legal)
    onlooker.look()
    issue(page, onlooker)
    decided = page.url
    first = read_pdf(page, tmp_path, "PN000001")
    serve_and_pay(page, onlooker)
    page.goto(decided)
    second = read_pdf(page, tmp_path, "PN000002")
    for said, parent, other in ((first, "Alex Gale", "Sky Gale"), (second, "Sky Gale", "Alex Gale")):
        assert parent in said
        assert other not in said  # each parent separately
        assert "Linden Gale" in said
        assert "£80" in said
        assert "£160" in said
        assert "9 November 2026" in said
        assert "13 November 2026" in said
        assert "20 November 2026" in said
    sign_out(page)

    sign_in(page, stack, manager)
    page.goto(f"{stack.url}/borough/")
    onlooker.look()
    counted = page.locator("section", has=page.get_by_role("heading", name="Penalty notices"))
    issued = counted.locator(".govuk-summary-list__row", has_text="Issued")
    expect(issued.locator("dd")).to_have_text(re.compile(r"^2 notices: 1 .*paid, 0 .*withdrawn"))
    issued.get_by_role("link", name=re.compile("paid")).click()
    expect(page.get_by_role("link", name="PN000001")).to_be_visible()
    expect(page.get_by_role("link", name="PN000002")).to_have_count(0)
    onlooker.look()
    for path in ("/", "/schools/", "/pupils/", "/cases/", "/meetings/", "/actions/", "/notice-requests/", "/ratings/"):
        page.goto(stack.url + path)
        onlooker.look()
