"""A token made in a real browser, used by a program, and revoked; the API's page as people read it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import User
from schools.models import School
from tests.browser.looking import Onlooker
from tests.browser.test_people_look import sign_in
from tests.factories import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_token_is_made_used_and_revoked(officer: User, school_a: School, live_server: Any, page: Page) -> None:
    onlooker = Onlooker(page)
    sign_in(page, live_server.url, officer)
    page.goto(f"{live_server.url}/account/")
    onlooker.look()
    page.get_by_role("link", name="Tokens for the API").click()
    expect(page.get_by_text("You have no tokens")).to_be_visible()
    onlooker.look()
    page.get_by_role("button", name="Make a token").click()
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.locator("main button[type=submit]").click()
    page.get_by_role("button", name="Make the token").click()
    expect(page.get_by_role("alert")).to_contain_text("Say what the token is for")
    onlooker.look()
    page.get_by_label("What is it for?").fill("nightly report")
    page.get_by_role("button", name="Make the token").click()
    token = page.locator("code.dm-code").inner_text()
    onlooker.look()
    program = Client(headers={"Authorization": f"Bearer {token}"})
    assert program.get("/api/v1/schools/").json()["results"][0]["name"] == "Alder High School"
    page.get_by_role("button", name="I have copied it").click()
    expect(page.get_by_role("rowheader", name="nightly report")).to_be_visible()
    onlooker.look()
    page.get_by_role("button", name="Revoke nightly report").click()
    expect(page.get_by_text("Whatever used it is refused from now on.")).to_be_visible()
    assert program.get("/api/v1/schools/").status_code == 401


def test_what_the_api_answers_is_read_from_the_footer(officer: User, live_server: Any, page: Page) -> None:
    onlooker = Onlooker(page)
    sign_in(page, live_server.url, officer)
    page.get_by_role("contentinfo").get_by_role("link", name="API").click()
    expect(page.get_by_role("heading", name="Registers, compact")).to_be_visible()
    page.get_by_text("Fields of pupils", exact=True).click()
    expect(page.get_by_text("address_withheld").first).to_be_visible()
    onlooker.look()
