"""A child from deletion to a new school, by the people who do it; and the pages about children missing or in care, as they look.

Alder High deletes a name and says nothing of where to: the child arrives by itself. The manager says who leads, the officer checks and
asks for a place, the offer ends nothing. Birch puts the child on roll and sends a register: its first present mark ends the record.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from playwright.sync_api import Page, expect

from accounts import clock
from accounts.models import User
from casework.actions import missing as actions
from casework.actions import searching
from casework.missing import following
from casework.models import MissingChild, TellWorker
from schools.models import Characteristic, Enrolment, JointEnquiry, School
from tests import factories
from tests.browser.looking import Onlooker
from tests.browser.stack import Stack, sign_in
from tests.browser.test_flow import fill_day, follow, send, sign_out
from tests.faults.machine import until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

UPN = factories.valid_upn(71090)
WEEKS = r"""URN,School,UPN,Surname,Forename,DOB,YearGroup,WeekStart,WeekMarks
999802,Birch Primary School,{upn},Quill,Robin,04/03/2016,6,16/11/2026,OO/\/\/\/\####
"""


@pytest.fixture
def spell(school_a: School) -> Enrolment:
    pupil = factories.make_pupil("Quill", "Robin", upn=UPN, dob=dt.date(2016, 3, 4))
    return factories.enrol(pupil, school_a, start=dt.date(2026, 9, 1), year_group="6")


def test_from_deletion_to_the_first_present_mark(
    true_passwords: None, spell: Enrolment, cast: dict[str, User], school_b: School, stack: Stack, page: Page, tmp_path: Path
) -> None:
    onlooker = Onlooker(page)
    _delete(page, stack, onlooker, cast["contact_a"], spell)
    until(lambda: MissingChild.objects.exists(), "the child arrives by itself")
    address = f"{stack.url}/missing/{MissingChild.objects.get().pk}/"
    _allocate(page, stack, onlooker, cast["manager"])
    _search_and_offer(page, stack, onlooker, cast["officer"], address)
    _first_mark(page, stack, onlooker, cast["contact_b"], school_b, tmp_path)
    until(lambda: MissingChild.objects.filter(outcome="present").exists(), "the present mark closes the record")
    sign_in(page, stack, cast["manager"])
    page.goto(address)
    expect(page.get_by_role("heading", name="Closed: Present at a school")).to_be_visible()
    expect(page.get_by_text("at Birch Primary School, the morning of 17 November 2026").first).to_be_visible()
    expect(page.get_by_text("15 days").first).to_be_visible()  # 2 to 16 November
    onlooker.look()


def _delete(page: Page, stack: Stack, onlooker: Onlooker, contact: User, spell: Enrolment) -> None:
    sign_in(page, stack, contact)
    page.goto(f"{stack.url}/enrolments/{spell.pk}/edit/")
    fill_day(page, "Last day on roll", dt.date(2026, 11, 1))
    onlooker.look()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("is saved")).to_be_visible()
    sign_out(page)


def _allocate(page: Page, stack: Stack, onlooker: Onlooker, manager: User) -> None:
    sign_in(page, stack, manager)
    page.goto(f"{stack.url}/missing/")
    follow(page.get_by_role("link", name="Quill, Robin"))
    expect(page.get_by_text("No destination is recorded and no other roll has the child.").first).to_be_visible()
    follow(page.get_by_role("link", name="Say who leads"))
    page.get_by_label("Lead officer").select_option(label="Olive Officer")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Olive Officer leads until").first).to_be_visible()
    onlooker.look()
    sign_out(page)


def _search_and_offer(page: Page, stack: Stack, onlooker: Onlooker, officer: User, address: str) -> None:
    sign_in(page, stack, officer)
    page.goto(address)
    follow(page.get_by_role("link", name="Record a check"))
    page.get_by_label("Check", exact=True).select_option("visit")
    page.get_by_label("Nothing known").check()
    page.get_by_role("button", name="Record the check").click()
    expect(page.get_by_text("The check is recorded.")).to_be_visible()
    follow(page.get_by_role("link", name="Record an application"))
    page.get_by_label("School", exact=True).select_option(label="Birch Primary School")
    page.get_by_label("How").select_option("ordinary")
    page.get_by_role("button", name="Record the application").click()
    follow(page.get_by_role("link", name="Record the decision"))
    page.get_by_label("Place offered").check()
    page.get_by_role("button", name="Save the decision").click()
    expect(page.get_by_text("The record stays open until the first present mark at a school.")).to_be_visible()
    expect(page.get_by_role("heading", name="Closed")).to_have_count(0)
    onlooker.look()
    sign_out(page)


def _first_mark(page: Page, stack: Stack, onlooker: Onlooker, contact: User, school: School, folder: Path) -> None:
    sign_in(page, stack, contact)
    page.goto(f"{stack.url}/schools/{school.urn}/pupils/add/")
    page.get_by_label("Legal forename").fill("Robin")
    page.get_by_label("Legal surname").fill("Quill")
    page.get_by_label("UPN").fill(UPN)
    fill_day(page, "Date of birth", dt.date(2016, 3, 4))
    fill_day(page, "First day on roll", dt.date(2026, 11, 16))
    page.get_by_role("button", name="Put on roll").click()
    expect(page.get_by_text("is on roll at Birch Primary School")).to_be_visible()
    assert not MissingChild.objects.exclude(closed=None).exists()  # a roll ends nothing
    page.goto(f"{stack.url}/schools/{school.urn}/upload/")
    path = folder / "week.csv"
    path.write_text(WEEKS.format(upn=UPN), encoding="utf-8")
    send(page, onlooker, path)
    sign_out(page)


PAGES = {
    "officer": [
        "/missing/", "/missing/?state=all", "/missing/{child}/", "/missing/{child}/check/", "/missing/{child}/apply/",
        "/missing/{child}/close/", "/missing/{child}/lead/", "/missing/{child}/found/", "/missing/{child}/note/",
        "/missing/{child}/decide/", "/missing/refer/", "/missing/meeting/", "/missing/tracing/", "/missing/grounds/", "/vacancies/",
        "/schools/999801/vacancies/", "/enquiries/", "/enquiries/{enquiry}/", "/enquiries/{enquiry}/record/",
        "/enquiries/{enquiry}/conclude/", "/first-day/", "/first-day/{absent}/", "/care/", "/care/{in_care}/", "/social-worker/{task}/",
        "/pupils/{in_care}/", "/pupils/{in_care}/missing/",
    ],
    "contact_a": [
        "/missing/", "/missing/{child}/", "/vacancies/", "/enquiries/{enquiry}/", "/first-day/", "/care/", "/social-worker/{task}/",
    ],
    "stranger": ["/missing/", "/missing/meeting/", "/missing/tracing/", "/vacancies/", "/enquiries/", "/first-day/", "/care/"],
}  # fmt: skip


@pytest.fixture
@transaction.atomic
def things(spell: Enrolment, cast: dict[str, User], school_a: School, school_b: School, today: dt.date) -> dict[str, int]:
    """A missing child with everything, a joint enquiry, a child in care who is absent this morning."""
    officer, now = cast["officer"], clock.now()
    Enrolment.objects.filter(pk=spell.pk).update(end=dt.date(2026, 11, 1))
    away = factories.enrol(factories.make_pupil("Okonkwo-Featherstonehaugh", "Adaeze Chimamanda"), school_a, start=dt.date(2026, 9, 1))
    Characteristic.objects.create(pupil=away.pupil, kind="cla", start=dt.date(2026, 9, 1), responsible="Riverton Council")
    days = [today - dt.timedelta(days=n) for n in range(17)]
    factories.write_marks(away, {day: ("O", "O") for day in days if day.weekday() < 5})
    factories.refresh(school_a, today=today)
    following.follow(pupils=None, schools=None, today=today, now=now)
    child = MissingChild.objects.get()
    known = {"by": officer, "today": today, "now": now, "child": child}
    actions.lead(**known, officer=officer)  # type: ignore[arg-type]
    searching.check(**known, kind="s2s", day=today, asked_of="Elm Park School, Riverton")  # type: ignore[arg-type]
    searching.check(**known, kind="visit", day=today, result="nothing")  # type: ignore[arg-type]
    searching.apply(**known, route="fair", day=today, year_group="6", school=school_b)  # type: ignore[arg-type]
    searching.decide_at_meeting(**known, meeting=today, decision="place", agency="Admissions")  # type: ignore[arg-type]
    searching.declare(by=officer, today=today, now=now, school=school_a, places={"6": 2, "7": 0})
    return {
        "child": child.pk, "enquiry": JointEnquiry.objects.get().pk, "absent": away.pk, "in_care": away.pupil_id,
        "task": TellWorker.objects.get().pk,
    }  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("part", list(PAGES))
def test_every_page(part: str, cast: dict[str, User], things: dict[str, int], live_server: Any, enter: Callable[[User], Page]) -> None:
    page = enter(cast[part])
    onlooker = Onlooker(page)
    for path in PAGES[part]:
        answer = page.goto(live_server.url + path.format(**things))
        assert answer is not None
        assert answer.status == 200, path
        onlooker.look()
