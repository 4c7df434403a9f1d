"""The team around a school in a real browser: the authority fills a gap that the directory shows, a school changes its governor."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from schools.models import School, TeamMember
from tests.browser.looking import Onlooker
from tests.browser.test_people_look import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def governor(school_a: School) -> TeamMember:
    TeamMember.objects.create(
        school=school_a, role="nurse", name="Nora Left", start=dt.date(2024, 9, 1), end=dt.date(2026, 7, 31), changed_at=timezone.now()
    )
    return TeamMember.objects.create(
        school=school_a,
        role="governor",
        name="Bartholomew Featherstonehaugh-Willoughby",
        job="Chair of governors, Alder High School and the Merebrook Learning Partnership",
        email="bartholomew.featherstonehaugh-willoughby@governors.alder-high-school.example",
        phone="01632 960001",
        start=dt.date(2025, 9, 1),
        note="Prefers to be rung after six.",
        changed_at=timezone.now(),
    )


def test_a_gap_is_found_and_filled(
    manager: User, officer: User, governor: TeamMember, school_b: School, live_server: Any, page: Page
) -> None:
    onlooker = Onlooker(page)
    sign_in(page, live_server.url, manager)
    page.goto(live_server.url + reverse("school_list"))
    page.get_by_role("link", name="Directory: who works with each school").click()
    onlooker.look()
    page.get_by_role("link", name="1 of 2 schools has no named attendance governor").click()
    expect(page.get_by_role("heading", name="Schools without: Named attendance governor")).to_be_visible()
    onlooker.look()
    page.get_by_role("link", name="Birch Primary School").click()
    expect(page.get_by_text("Nobody is named for 11 places")).to_be_visible()
    onlooker.look()
    page.get_by_role("link", name="Add Named attendance governor").click()
    expect(page.get_by_label("Named attendance governor")).to_be_checked()
    page.get_by_role("button", name="Add to the team").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter the person’s name")
    onlooker.look()
    page.get_by_label("Full name").fill("Gwen Governor")
    page.get_by_role("button", name="Add to the team").click()
    expect(page.get_by_text("Gwen Governor is in the team from 20 November 2026: Named attendance governor.")).to_be_visible()
    page.goto(live_server.url + reverse("team_file"))
    onlooker.look()
    rows = f"URN,Role,Name\n{school_b.urn},Nurse,Nora Nurse\n{school_b.urn},Head,Hal Head\n"
    page.get_by_label("CSV file").set_input_files([{"name": "people.csv", "mimeType": "text/csv", "buffer": rows.encode()}])
    page.get_by_role("button", name="Write the people").click()
    expect(page.get_by_text("2 rows read, 1 not written.")).to_be_visible()
    onlooker.look()


def test_a_school_changes_its_governor(
    contact_a: User, officer: User, school_a: School, governor: TeamMember, live_server: Any, page: Page
) -> None:
    onlooker = Onlooker(page)
    sign_in(page, live_server.url, contact_a)
    page.goto(live_server.url + reverse("school", args=[school_a.urn]))
    page.get_by_role("link", name="Team around the school").click()
    page.get_by_text("1 earlier entry").click()
    onlooker.look()
    for name in ("team_edit", "team_end", "team_withdraw"):
        page.goto(live_server.url + reverse(name, args=[governor.pk]))
        onlooker.look()
    page.goto(live_server.url + reverse("team", args=[school_a.urn]))
    page.get_by_role("button", name="Add somebody").click()
    expect(page.get_by_text("Named attendance governor now: Bartholomew Featherstonehaugh-Willoughby")).to_be_visible()
    page.get_by_label("Named attendance governor").check()
    page.get_by_label("Full name").fill("Gwen Governor")
    onlooker.look()
    page.get_by_role("button", name="Add to the team").click()
    expect(page.get_by_text("Bartholomew Featherstonehaugh-Willoughby was Named attendance governor to 19 November 2026.")).to_be_visible()
    expect(page.get_by_text("2 earlier entries")).to_be_visible()
