"""The pages of cases, as each role meets them: axe, no sideways scroll down to 320 px, nothing refused by the content policy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from playwright.sync_api import Page, expect

from accounts import clock
from accounts.models import User
from attendance.models import Flag
from casework import actions
from casework.models import PlanAction
from schools.models import School
from tests import factories
from tests.browser.looking import Onlooker
from tests.casework import OPENED, make_case, make_plan

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OF_ROLE = {
    "officer": [
        "/cases/", "/cases/?stage=supporting", "/cases/?reason=late", "/cases/{case}/", "/cases/{case}/?kind=contact",
        "/cases/{closed}/", "/cases/{case}/contact/", "/cases/{case}/note/", "/cases/{case}/plan/", "/cases/{case}/plan-review/",
        "/cases/{case}/add-action/", "/cases/{case}/stage/", "/cases/{case}/close/", "/cases/{new}/assign/", "/cases/{new}/",
        "/plan-actions/{action}/close/", "/pupils/{pupil}/open-case/", "/pupils/{free}/open-case/",
    ],
    "contact_a": ["/cases/", "/cases/{case}/", "/pupils/{free}/refer/", "/pupils/{pupil}/refer/", "/plan-actions/{action}/close/"],
    "stranger": ["/cases/"],
}  # fmt: skip


@pytest.fixture
@transaction.atomic
def caseload(cast: dict[str, User], school_a: School, today: dt.date) -> dict[str, int]:
    """Twelve cases at one school; one of them with everything a case can have."""
    officer = cast["officer"]
    pupils = [factories.make_pupil(f"Okonkwo-Featherstonehaugh{n or ''}", "Adaeze Chimamanda") for n in range(13)]
    for number, pupil in enumerate(pupils):
        spell = factories.enrol(pupil, school_a, start=dt.date(2026, 9, 1))
        factories.write_marks(spell, dt.date(2026, 9, 7), (r"/\ OO OO " + ("OO " if number % 2 else r"/\ ")) * 13)
    factories.refresh(school_a, today=today)
    cases = [make_case(pupil, school_a, by=officer, officer=officer if n % 3 else None) for n, pupil in enumerate(pupils[:12])]
    case = cases[1]
    mother = factories.make_parent(case.pupil, forename="Ngozi")
    now = clock.now()
    make_plan(case, by=officer, review=OPENED + dt.timedelta(days=11), actions=[
        actions.Agreed("Meet Adaeze at the gate every morning", "school", dt.date(2026, 11, 13)),
        actions.Agreed("Ask the family hub about housing", "officer", dt.date(2026, 12, 1)),
    ])  # fmt: skip
    actions.move(by=officer, today=OPENED, now=now, case=case, stage="supporting")
    for result in ("no_answer", "left_message", "agreed"):
        actions.record_contact(
            by=officer, today=today, now=now, case=case, day=today, kind="phone", result=result, parent=mother, words="x"
        )
    actions.write_note(by=officer, today=today, now=now, case=case, words="A long story. " * 900)
    actions.write_note(by=officer, today=today, now=now, case=case, words="Uniform grant agreed.", shared=True)
    actions.close_case(by=officer, today=today, now=now, case=cases[2], outcome="step_down")
    action = PlanAction.objects.get(owner="school")
    return {"case": case.pk, "closed": cases[2].pk, "new": cases[0].pk, "action": action.pk, "pupil": case.pupil_id, "free": pupils[12].pk}


@pytest.mark.parametrize("part", list(OF_ROLE))
def test_every_page_about_cases(
    part: str, cast: dict[str, User], caseload: dict[str, int], live_server: Any, enter: Callable[[User], Page]
) -> None:
    page = enter(cast[part])
    onlooker = Onlooker(page)
    for path in OF_ROLE[part]:
        answer = page.goto(live_server.url + path.format(**caseload))
        assert answer is not None
        assert answer.status == 200, path
        onlooker.look()


def test_a_case_is_opened_from_a_flag_and_worked_by_hand(
    officer: User, caseload: dict[str, int], live_server: Any, enter: Callable[[User], Page]
) -> None:
    page = enter(officer)
    onlooker = Onlooker(page)
    flag = Flag.objects.filter(pupil=caseload["free"]).first()
    page.goto(f"{live_server.url}/pupils/{caseload['free']}/open-case/?flag={flag.pk if flag else ''}")
    expect(page.get_by_label("Officer")).to_have_value(str(officer.pk))
    page.get_by_role("button", name="Open the case").click()
    expect(page.get_by_text("A case is open for")).to_be_visible()
    page.get_by_role("link", name="Agree a plan").click()
    page.get_by_role("button", name="Agree the plan").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose the kind of plan")
    onlooker.look()
