"""A school's new contact sends two weeks of registers, each day in another shape, puts back what came back, and the grid turns complete.

Every file has one mark that nobody knows: its row comes back in the same format with the reason, is corrected there and sent again.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from schools.models import School, Term
from tests import factories
from tests.browser.looking import Onlooker
from tests.browser.stack import Stack, sign_in
from tests.imports import books, writers
from tests.imports.writers import Register

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

THERE, AWAY = (factories.valid_upn(n) for n in (72001, 72002))
MONDAY = dt.date(2026, 11, 9)
UNKNOWN = "?"


@dataclass(frozen=True)
class Sent:
    """A file as a school makes it: which days it speaks of, and how what came back is corrected."""

    name: str
    days: range  # counted from the first Monday
    write: Callable[[Register], bytes]
    correct: Callable[[Path], bytes]


def text(path: Path) -> bytes:
    """Corrected in an editor: the one mark, where it stands between quotation marks, commas or tags."""
    return path.read_bytes().replace(UNKNOWN.encode(), b"/")


def xml(path: Path) -> bytes:
    return path.read_bytes().replace(b">?<", b">/<")


def book(path: Path) -> bytes:
    """Corrected in a spreadsheet program."""
    held = openpyxl.load_workbook(path)
    for sheet in held:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value == UNKNOWN:
                    cell.value = "/"
    return books.saved(held)


def of_this_school(rows: list[list[str]]) -> list[list[str]]:
    return [["999801" if cell == writers.URN else cell for cell in row] for row in rows]


FILES = (
    Sent("weeks.csv", range(5), lambda r: writers.table(of_this_school(writers.weeks(r))), text),
    Sent("sessions.csv", range(7, 8), lambda r: writers.table(of_this_school(writers.sessions(r)), delimiter="\t"), text),
    Sent("days.ods", range(8, 9), lambda r: books.ods(of_this_school(writers.days(r))), book),
    Sent("dates.xlsx", range(9, 10), lambda r: books.xlsx(of_this_school(writers.dates_two_lines(r))), book),
    Sent("sims.xml", range(10, 11), books.sims, xml),
    Sent("sif.json", range(11, 12), books.sif, text),
)


def marks(days: range) -> Register:
    """Both pupils present, but for the first afternoon of one, which is away; and one mark that is none."""
    register: Register = {}
    for number in days:
        day = MONDAY + dt.timedelta(days=number)
        for pupil in (THERE, AWAY):
            register[pupil, day, False], register[pupil, day, True] = "/", "\\" if pupil == THERE else "I"
    register[AWAY, MONDAY + dt.timedelta(days=days[0]), False] = UNKNOWN
    return register


def send(page: Page, onlooker: Onlooker, path: Path, *, look: bool) -> None:
    """Choose the file, confirm its columns where they are not known yet, wait for the receipt."""
    page.get_by_label("Register extract").set_input_files(path)
    page.get_by_role("button", name="Continue").click()
    either = page.get_by_role("heading", name=re.compile("Check how .* was understood|Rows and pupils"))
    expect(either).to_be_visible(timeout=60_000)
    if page.get_by_role("button", name="Load this file").count():
        if look:
            onlooker.look()
        page.get_by_role("button", name="Load this file").click()
    expect(page.get_by_role("heading", name="Rows and pupils")).to_be_visible(timeout=60_000)


def complete(page: Page, stack: Stack) -> int:
    """How many days of the two weeks the grid shows as complete."""
    page.goto(f"{stack.url}/registers/?from=2026-11-09&to=2026-11-20")
    expect(page.get_by_role("heading", name="Which registers have come")).to_be_visible()
    return page.locator("td.dm-grid__day--complete").count()


@pytest.mark.usefixtures("true_passwords")
def test_a_new_contact_sends_every_layout_and_sees_the_grid_turn_complete(
    stack: Stack, page: Page, tmp_path: Path, school_a: School
) -> None:
    contact = factories.make_user("school_contact", name="Nia New", email="new@alder.example")
    factories.post(contact, school_a)
    Term.objects.create(school=school_a, name="Autumn", start=dt.date(2026, 9, 2), end=dt.date(2026, 12, 18))
    for upn, surname in ((THERE, "Teal"), (AWAY, "Quill")):
        factories.enrol(factories.make_pupil(surname, upn=upn), school_a, start=dt.date(2026, 9, 2))
    onlooker = Onlooker(page)
    sign_in(page, stack, contact)
    assert complete(page, stack) == 0
    onlooker.look()

    upload = f"{stack.url}/schools/{school_a.urn}/upload/"
    for number, sent in enumerate(FILES, start=1):
        path = tmp_path / sent.name
        path.write_bytes(sent.write(marks(sent.days)))
        page.goto(upload)
        send(page, onlooker, path, look=True)
        expect(page.get_by_role("heading", name="1 row to correct")).to_be_visible()
        onlooker.look()
        with page.expect_download() as download:
            page.get_by_role("link", name=re.compile("Download")).filter(has_text=re.compile("correct|came back|rows?", re.I)).first.click()
        back = tmp_path / f"back-{number}-{download.value.suggested_filename}"
        download.value.save_as(back)
        assert Path(download.value.suggested_filename).suffix == {".ods": ".xlsx"}.get(path.suffix, path.suffix), "in the format it came in"
        corrected = tmp_path / f"corrected-{number}{back.suffix}"
        corrected.write_bytes(sent.correct(back))
        page.goto(upload)
        send(page, onlooker, corrected, look=False)
        expect(page.get_by_role("heading", name=re.compile("to correct"))).to_have_count(0)
        done = sum(len(file.days) for file in FILES[:number])
        assert complete(page, stack) == done, sent.name
    assert complete(page, stack) == 10
    onlooker.look()
