"""Every page, as each role meets it: axe, no sideways scroll down to 320 px, nothing refused by the content policy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from schools.models import Characteristic, School
from tests import factories
from tests.browser.looking import Onlooker

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MONDAY = dt.date(2026, 9, 7)
PUPIL = "/pupils/{pupil}/"
OF_ROLE = {
    "officer": [
        "/", "/schools/", "/schools/999801/", "/pupils/", "/pupils/?flag=continuous_absence&q=nobody", PUPIL, "/search/",
        "/search/?q=okonko",
    ],
    "contact_a": ["/", "/schools/999801/", PUPIL, "/schools/999801/upload/", "/schools/999801/calendar/", "/pupils/{pupil}/edit/"],
    "manager": ["/", "/schools/999802/", "/policy/", "/postings/", "/audit/"],
    "administrator": ["/", "/users/", "/users/invite/", "/school-contacts/", "/authority/"],
    "stranger": ["/", "/schools/", "/pupils/", "/account/", "/no-such-page/"],
}  # fmt: skip


@pytest.fixture
@transaction.atomic
def borough(school_a: School, school_b: School, today: dt.date) -> dict[str, int]:
    """A school with thirty-one pupils, gaps and history; another with nothing."""
    severe = factories.make_pupil("Okonkwo-Featherstonehaugh", "Adaeze Chimamanda")
    enrolment = factories.enrol(severe, school_a, start=dt.date(2026, 9, 8))
    factories.write_marks(enrolment, MONDAY, r"/\ OO II NN GG OO MM VV " * 6)
    factories.write_marks(enrolment, {dt.date(2026, 9, 10): "II", dt.date(2026, 9, 11): "OO", dt.date(2026, 9, 19): "/\\"})
    mother, father = factories.make_parent(severe, forename="Ngozi"), factories.make_parent(severe, forename="Emeka")
    mother.hidden_from.add(father)
    Characteristic.objects.create(pupil=severe, kind="ehcp", start=dt.date(2025, 9, 1), source="roll")
    for number in range(30):
        pupil = factories.make_pupil(f"Mate{number:02d}", "Kim")
        factories.write_marks(factories.enrol(pupil, school_a), MONDAY, (r"/\ " * 3 + ("OO " if number % 2 else r"/\ ")) * 12)
    factories.refresh(school_a, today=today)
    return {"pupil": severe.pk}


@pytest.mark.parametrize("part", list(OF_ROLE))
def test_every_page_of_a_role(
    part: str, cast: dict[str, User], borough: dict[str, int], live_server: Any, enter: Callable[[User], Page]
) -> None:
    page = enter(cast[part])
    onlooker = Onlooker(page)
    for path in OF_ROLE[part]:
        answer = page.goto(live_server.url + path.format(**borough))
        assert answer is not None
        assert answer.status == (404 if path == "/no-such-page/" else 200), path
        if answer.status == 404:
            onlooker.complaints.clear()  # the browser reports the 404 itself
        onlooker.look()


@pytest.mark.parametrize("path", ["/pupils/", "/schools/", "/borough/", "/audit/"])
def test_text_twice_as_large_is_read_without_scrolling_sideways(
    path: str, manager: User, borough: dict[str, int], live_server: Any, enter: Callable[[User], Page]
) -> None:
    page = enter(manager)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{live_server.url}/pupils/{borough['pupil']}/")  # so that the audit trail has something to tell
    page.goto(live_server.url + path)
    expect(page.locator("thead th").first).to_be_visible()
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_signing_in_with_a_mistake_is_explained_at_the_field(live_server: Any, page: Page, authority: Any) -> None:
    onlooker = Onlooker(page)
    page.goto(f"{live_server.url}/accounts/login/")
    onlooker.look()
    page.get_by_label("Email address").fill("nobody@merebrook.example")
    page.get_by_label("Password", exact=True).fill("a wrong password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("There is a problem")
    onlooker.look()


def test_the_way_to_a_child_needs_no_script(
    officer: User, borough: dict[str, int], live_server: Any, browser: Browser, browser_context_args: dict[str, Any]
) -> None:
    client = Client()
    client.force_login(officer)
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    page = context.new_page()
    page.goto(f"{live_server.url}/pupils/")
    page.get_by_label("Flag", exact=True).select_option("severe_absence")
    page.get_by_role("button", name="Apply filters").click()
    expect(page.get_by_text("1 pupil matches these filters")).to_be_visible()
    page.get_by_role("link", name="Okonkwo-Featherstonehaugh, Adaeze Chimamanda").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Adaeze")
    page.get_by_role("searchbox").fill("fetherstonehaugh")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("matched: similar name").first).to_be_visible()
    context.close()


def test_the_keyboard_reaches_the_content_first_and_sees_where_it_is(
    officer: User, borough: dict[str, int], live_server: Any, enter: Callable[[User], Page]
) -> None:
    page = enter(officer)
    page.goto(f"{live_server.url}/pupils/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main-content")).to_be_focused()
    for _ in range(6):
        page.keyboard.press("Tab")
        shown = page.evaluate(
            "() => { const s = getComputedStyle(document.activeElement); return s.outlineStyle !== 'none' || s.boxShadow !== 'none'; }"
        )
        assert shown, page.evaluate("document.activeElement.outerHTML")
