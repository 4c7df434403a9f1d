"""The pages of accounts and schools in a real browser: an invitation to its end, and every form looked at, with its errors."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.mail import EmailMessage
from playwright.sync_api import Page, expect

from accounts.models import User
from schools.models import Characteristic, Pupil, School, Term
from tests import factories
from tests.browser.looking import Onlooker
from tests.factories import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def sign_in(page: Page, address: str, user: User, password: str = PASSWORD) -> None:
    page.goto(f"{address}/accounts/login/")
    page.get_by_label("Email address").fill(user.email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def test_a_school_s_contact_is_invited_and_puts_a_child_on_roll(
    administrator: User, school_a: School, live_server: Any, page: Page, mailoutbox: list[EmailMessage]
) -> None:
    onlooker = Onlooker(page)
    sign_in(page, live_server.url, administrator)
    page.get_by_role("link", name="Users", exact=True).click()
    page.get_by_role("button", name="Invite a user").click()
    page.get_by_label("Full name").fill("Nell New")
    page.get_by_label("Email address").fill("nell@alder.example")
    page.get_by_label("School single point of contact").check()
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose the school this person works at")
    onlooker.look()
    page.get_by_label("Alder High School").check()
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text("An email with a link is on its way to nell@alder.example")).to_be_visible()
    onlooker.look()
    page.get_by_role("button", name="Sign out").click()

    link = re.search(r"http\S+/invitation/\S+", str(mailoutbox[0].body))
    assert link
    page.goto(link.group())
    onlooker.look()
    page.get_by_label("Password", exact=True).fill("five red umbrellas")
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_text("Your password is set")).to_be_visible()
    sign_in(page, live_server.url, User.objects.get(name="Nell New"), "five red umbrellas")

    page.goto(f"{live_server.url}/schools/{school_a.urn}/pupils/add/")
    page.get_by_role("button", name="Put on roll").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter a surname")
    onlooker.look()
    page.get_by_role("alert").get_by_role("link", name="Enter a surname").click()
    expect(page.get_by_label("Legal surname")).to_be_focused()
    page.get_by_label("Legal surname").fill("Żak")
    page.get_by_label("Legal forename").fill("Ola")
    page.get_by_role("button", name="Put on roll").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ola Żak")
    assert Pupil.objects.get().enrolments.get().school == school_a


def test_every_form_about_a_child(officer: User, school_a: School, live_server: Any, page: Page) -> None:
    pupil = factories.make_pupil("Alder", "Ash")
    enrolment = factories.enrol(pupil, school_a)
    mother, father = factories.make_parent(pupil), factories.make_parent(pupil, forename="Fred")
    mother.hidden_from.add(father)
    held = Characteristic.objects.create(pupil=pupil, kind="fsm", start=enrolment.start)
    term = Term.objects.create(school=school_a, name="Autumn 1", start="2026-09-01", end="2026-10-23")
    sign_in(page, live_server.url, officer)
    onlooker = Onlooker(page)
    for path in (
        f"/pupils/{pupil.pk}/edit/",
        f"/pupils/{pupil.pk}/enrolments/add/",
        f"/enrolments/{enrolment.pk}/edit/",
        f"/pupils/{pupil.pk}/parents/add/",
        f"/parents/{mother.responsibilities.get().pk}/edit/",
        f"/pupils/{pupil.pk}/characteristics/add/",
        f"/characteristics/{held.pk}/edit/",
        f"/schools/{school_a.urn}/roll/",
        f"/schools/{school_a.urn}/calendar/",
        f"/schools/{school_a.urn}/calendar/add/",
        f"/schools/{school_a.urn}/calendar/term/{term.pk}/",
        "/account/",
        "/accounts/password/change/",
        "/accounts/2fa/",
    ):
        answer = page.goto(live_server.url + path)
        assert answer is not None
        assert answer.status == 200, path
        onlooker.look()


def test_files_are_answered_line_by_line(manager: User, administrator: User, school_a: School, live_server: Any, page: Page) -> None:
    onlooker = Onlooker(page)
    sign_in(page, live_server.url, manager)
    page.goto(f"{live_server.url}/schools/{school_a.urn}/roll/")
    rows = f"UPN,Surname,Forename,Start\n{factories.valid_upn(1)},Good,Row,2026-09-01\nbad,Bad,Row,2026-09-01\n"
    page.get_by_label("CSV file").set_input_files([{"name": "roll.csv", "mimeType": "text/csv", "buffer": rows.encode()}])
    page.get_by_role("button", name="Load the roll").click()
    expect(page.get_by_text("2 rows read, 1 not loaded.")).to_be_visible()
    onlooker.look()
    for path in ("/postings/give/", "/policy/low_data_sessions/", "/audit/"):
        page.goto(live_server.url + path)
        onlooker.look()
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, live_server.url, administrator)
    page.goto(f"{live_server.url}/school-contacts/")
    rows = f"URN,name,email\n{school_a.urn},Nell New,nell@alder.example\n{school_a.urn},Bad,bad\n"
    page.get_by_label("CSV file").set_input_files([{"name": "c.csv", "mimeType": "text/csv", "buffer": rows.encode()}])
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("“bad” is not an email address")).to_be_visible()
    onlooker.look()
    page.get_by_role("button", name="Invite and post").click()
    expect(page.get_by_text("1 person invited, 1 posting given.")).to_be_visible()


def test_setting_up_the_second_step(officer: User, live_server: Any, page: Page, settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    onlooker = Onlooker(page)
    page.goto(f"{live_server.url}/accounts/login/")
    page.get_by_label("Email address").fill(officer.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    onlooker.look()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Set up your second step")).to_be_visible()
    onlooker.look()
