"""A child is found: a school sends a register with mistakes in it, puts them right, and the officer opens the new flag."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import global_settings
from playwright.sync_api import Page, expect

from accounts.models import User
from schools.models import School
from tests import factories
from tests.browser.looking import Onlooker
from tests.browser.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HEADINGS = ["URN", "School", "UPN", "Surname", "Forename", "DOB", "YearGroup", "WeekStart", "WeekMarks"]
MISSING, PRESENT, MISTYPED = (factories.valid_upn(n) for n in (71001, 71002, 71003))
WEEKS = ["07/09/2026", "14/09/2026", "21/09/2026", "28/09/2026", "05/10/2026", "12/10/2026", "19/10/2026"]


@pytest.fixture(scope="session")
def stack(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    running = Stack(tmp_path_factory.mktemp("stack"))
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture
def true_passwords(settings: Any) -> None:
    """Hashed as the running web server expects, not as the quick tests do. Ask for it before any user."""
    settings.PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS


def extract_with_mistakes(path: Path, urn: int) -> Path:
    """Seven weeks of three children: one hardly there, one present, one with a mistyped UPN; and a code nobody knows."""
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(HEADINGS)
        for number, week in enumerate(WEEKS):
            hidden = ["Alder High School", MISSING, "Quill", "Robin", "04/03/2013", "8", week]
            out.writerow([urn, *hidden, "OOOOOOIIOO####" if number else "/\\OOOOOOOO####"])
            there = ["Alder High School", PRESENT, "Teal", "Ash", "11/11/2012", "8", week]
            out.writerow([urn, *there, "/\\/\\/\\?\\/\\####" if number == 2 else "/\\/\\/\\/\\/\\####"])
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


def sign_in(page: Page, stack: Stack, user: User) -> None:
    page.goto(f"{stack.url}/accounts/login/")
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password", exact=True).fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def send(page: Page, onlooker: Onlooker, path: Path) -> None:
    """Choose the file, look at how it was understood, load it, wait for its receipt."""
    expect(page.get_by_role("heading", name="Upload a register")).to_be_visible()
    onlooker.look()
    page.get_by_label("Register extract (CSV)").set_input_files(path)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name=f"Check how {path.name} was understood")).to_be_visible()
    onlooker.look()
    page.get_by_label("Add pupils who are not yet known").check()
    page.get_by_role("button", name="Load this file").click()
    expect(page.get_by_role("heading", name="Rows and pupils")).to_be_visible(timeout=60_000)
    onlooker.look()


def test_a_child_is_found(
    page: Page, stack: Stack, tmp_path: Path, true_passwords: None, contact_a: User, officer: User, school_a: School, transactional_db: None
) -> None:
    onlooker = Onlooker(page)

    # the school's contact sends a register, and reads what became of it
    page.goto(f"{stack.url}/accounts/login/")
    onlooker.look()
    sign_in(page, stack, contact_a)
    onlooker.look()
    page.get_by_role("link", name="Upload a register").first.click()
    send(page, onlooker, extract_with_mistakes(tmp_path / "october.csv", school_a.urn))
    expect(page.get_by_text("is not an attendance code").first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the rows to correct").click()
    returned = tmp_path / "returned.csv"
    download.value.save_as(returned)

    # puts the rows right and sends only those
    page.goto(f"{stack.url}/schools/{school_a.urn}/upload/")
    send(page, onlooker, put_right(returned, tmp_path / "corrected.csv"))
    expect(page.get_by_role("link", name="Download the rows to correct")).to_have_count(0)
    page.get_by_role("button", name="Sign out").click()

    # the officer starts the day and sees the child
    sign_in(page, stack, officer)
    onlooker.look()
    page.get_by_role("link", name="Robin Quill").first.click()
    expect(page.get_by_role("heading", name="Robin Quill")).to_be_visible()
    expect(page.get_by_text("Missed 68 of 70 possible sessions since 7 September 2026 (97.1%)").first).to_be_visible()
    onlooker.look()

    # down to the marks: the Wednesday of the second week
    mark = page.get_by_role("cell", name="O, Absent in other or unknown circumstances").first
    expect(mark).to_be_visible()
    page.get_by_role("searchbox").fill("robbin quil")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Robin Quill")).to_be_visible()
    onlooker.look()
    for path in ("/schools/", f"/schools/{school_a.urn}/", "/pupils/"):
        page.goto(stack.url + path)
        onlooker.look()
