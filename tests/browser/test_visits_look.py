"""Calls, visits and blitzes in a real browser: three actions for a call, and what is typed on a doorstep outlives a lost connection."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from playwright.sync_api import Page, expect

from accounts import clock
from accounts.models import User
from casework import actions
from casework.actions import blitzes, visits
from casework.models import Contact, Visit
from schools.models import School
from tests import factories
from tests.browser.looking import Onlooker
from tests.casework import make_case

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TODAY = dt.date(2026, 11, 20)
KEPT = "Object.keys(localStorage).filter((key) => key.startsWith('daymark:unsent:')).length"


@pytest.fixture
@transaction.atomic
def world(cast: dict[str, User], school_a: School, today: dt.date) -> dict[str, int]:
    officer, now = cast["officer"], clock.now()
    pupil = factories.make_pupil("Okonkwo-Featherstonehaugh", "Adaeze Chimamanda", address="14 Long Terrace, Merebrook", postcode="MB1 1AA")
    spell = factories.enrol(pupil, school_a, start=dt.date(2026, 9, 1))
    factories.write_marks(spell, dt.date(2026, 11, 2), (r"OO /\ OO II /\ ") * 3)
    factories.refresh(school_a, today=today)
    factories.make_parent(pupil, forename="Ngozi", language="Igbo")
    case = make_case(pupil, school_a, by=officer, officer=officer)
    note = actions.write_note(by=officer, today=today, now=now, case=case, words="شكراً جزيلاً 🙂 <b>bold</b> " + "word " * 5000)
    plan = {
        "by": officer,
        "today": today,
        "now": now,
        "case": case,
        "time": dt.time(9),
        "back_by": dt.time(9, 45),
        "place": "14 Long Terrace",
    }
    visit = visits.plan_visit(**plan, day=today, known_to=cast["manager"])
    visits.plan_visit(**plan, day=today + dt.timedelta(days=3), known_to_words="The office, 01234 567890")
    blitz = blitzes.plan_blitz(
        by=officer, today=today, now=now, day=dt.date(2026, 11, 19), schools=[school_a], codes=["O", "I"], form_token=None
    )
    blitzes.take_list(by=officer, today=today, now=now, blitz=blitz)
    child = blitz.children.get()
    return {"case": case.pk, "pupil": pupil.pk, "visit": visit.pk, "note": note.pk, "blitz": blitz.pk, "child": child.pk}


@pytest.mark.parametrize("part", ["officer", "manager", "contact_a"])
def test_every_page(part: str, cast: dict[str, User], world: dict[str, int], live_server: Any, enter: Callable[[User], Page]) -> None:
    paths = ["/pupils/{pupil}/chronology/"]
    if part != "contact_a":
        paths += [
            "/cases/{case}/", "/cases/{case}/call/", "/cases/{case}/visit/", "/cases/{case}/files/add/", "/visits/", "/visits/{visit}/",
            "/blitzes/", "/blitzes/new/", "/blitzes/{blitz}/", "/blitzes/{blitz}/children/{child}/", "/entries/{note}/move/?q=ada",
        ]  # fmt: skip
    if part == "manager":
        paths.append("/moved-entries/")
    page = enter(cast[part])
    onlooker = Onlooker(page)
    for path in paths:
        answer = page.goto(live_server.url + path.format(**world))
        assert answer is not None
        assert answer.status == 200, path
        onlooker.look()


def test_a_call_is_logged_in_three_actions(officer: User, world: dict[str, int], live_server: Any, enter: Callable[[User], Page]) -> None:
    page = enter(officer)
    page.goto(f"{live_server.url}/cases/{world['case']}/")
    page.get_by_label("What was said").fill("Will bring her in tomorrow.")  # one
    page.get_by_label("Next contact").select_option("1")  # two
    page.get_by_role("button", name="Reached", exact=True).click()  # three
    expect(page.locator("#chronology").get_by_text("Will bring her in tomorrow.")).to_be_visible()
    contact = Contact.objects.get()
    assert (contact.kind, contact.result, contact.follow_up) == ("phone", "spoke", dt.date(2026, 11, 23))
    assert page.evaluate(KEPT) == 0


def test_what_is_typed_outlives_a_lost_connection(
    officer: User, world: dict[str, int], live_server: Any, enter: Callable[[User], Page]
) -> None:
    page = enter(officer)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{live_server.url}/visits/{world['visit']}/")
    expect(page.get_by_text("is kept in this browser on this device")).to_be_visible()
    page.get_by_label("Spoke about attendance").check()
    page.get_by_label("Ngozi").check()
    page.get_by_label("Notes").fill("Said on the step: شكراً 🙂")
    page.context.set_offline(True)
    page.get_by_role("button", name="Record the visit").click()
    expect(page.get_by_text("there is no connection")).to_be_visible()
    expect(page.get_by_text("1 form on this device is not sent")).to_be_visible()
    assert not Contact.objects.exists()
    page.context.set_offline(False)
    expect(page.get_by_text("The visit is recorded.")).to_be_visible()
    assert "Said on the step: شكراً 🙂" in Contact.objects.get().entry.words
    assert Visit.objects.get(pk=world["visit"]).contact is not None
    assert page.evaluate(KEPT) == 0


def test_what_is_begun_is_there_again_and_signing_out_deletes_it(
    officer: User, world: dict[str, int], live_server: Any, enter: Callable[[User], Page]
) -> None:
    page = enter(officer)
    page.goto(f"{live_server.url}/visits/{world['visit']}/")
    page.get_by_label("Notes").fill("Half a sentence")
    page.goto(f"{live_server.url}/visits/")
    expect(page.get_by_text("1 form on this device is not sent")).to_be_visible()
    page.get_by_role("link", name="Begun").click()
    expect(page.get_by_label("Notes")).to_have_value("Half a sentence")
    # a form that the server refuses comes back with its words and what is wrong
    page.get_by_role("button", name="Record the visit").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose what came of the visit")
    expect(page.get_by_label("Notes")).to_have_value("Half a sentence")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/accounts/**")
    assert page.evaluate(KEPT) == 0


def test_somebody_else_on_the_same_device_finds_nothing(
    officer: User, manager: User, world: dict[str, int], live_server: Any, enter: Callable[[User], Page]
) -> None:
    page = enter(officer)
    page.goto(f"{live_server.url}/visits/{world['visit']}/")
    page.get_by_label("Notes").fill("Mine alone")
    assert page.evaluate(KEPT) == 1
    enter(manager)
    page.goto(f"{live_server.url}/visits/{world['visit']}/")
    expect(page.get_by_label("Notes")).to_have_value("")
    assert page.evaluate(KEPT) == 0
