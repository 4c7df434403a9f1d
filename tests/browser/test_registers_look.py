"""The pages about what has come and what looks wrong, as those who work with them meet them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from accounts import clock
from accounts.models import User
from attendance import supply
from attendance.models import Load, Question
from config import pipeline
from schools.models import Closure, School, Term
from tests import factories
from tests.browser.looking import Onlooker
from tests.factories import enrol, make_pupil, make_school, write_marks

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FIRST = dt.date(2026, 11, 2)
PAGES = [
    "/", "/registers/", "/registers/?period=half-term", "/registers/?status=complete&q=nobody", "/registers/extracts/",
    "/registers/questions/", "/schools/999801/questions/", "/questions/{question}/", "/schools/999801/registers/2026-11-17/",
    "/schools/999801/registers/2026-11-14/", "/pupils/{pupil}/", "/pupils/{pupil}/marks/2026-11-02/", "/schools/999801/",
]  # fmt: skip


@pytest.fixture
@transaction.atomic
def borough(school_a: School, school_b: School, manager: User, officer: User, today: dt.date) -> dict[str, int]:
    """Schools in every state: complete, in part, silent, not supplying; with questions to answer."""
    schools = [school_a, school_b, *(make_school(f"School of Saint Bartholomew {name}") for name in ("East", "West", "North"))]
    for number, school in enumerate(schools):
        factories.post(officer, school, start=dt.date(2026, 9, 1)) if number > 1 else None
        School.objects.filter(pk=school.pk).update(telephone="01632 960123", head_name="Hilary Head")
        Term.objects.create(school=school, name="Autumn", start=FIRST, end=dt.date(2026, 12, 18))
        Closure.objects.create(school=school, name="INSET", start=dt.date(2026, 11, 6), end=dt.date(2026, 11, 6))
        for child in range(4):
            days = (15, 15, 12, 10, 9)[number] - (child == 3 and number == 1)
            write_marks(enrol(make_pupil(), school), FIRST, r"NN " + r"/\ " * (days - 1))
    pupil = school_a.enrolments.first()
    write_marks(pupil, FIRST, "I-")
    Load.objects.update(followed_at=clock.now())
    factories.refresh(*schools, today=today)
    said = {"start": dt.date(2026, 11, 16), "until": dt.date(2026, 12, 4), "reason": "Moving to another information system"}
    supply.say_not_supplying(by=manager, today=today, now=clock.now(), school=schools[3], **said)
    pipeline.look_at_registers([school.pk for school in schools], today=today, now=clock.now())
    return {"pupil": pupil.pupil_id, "question": Question.objects.filter(school=school_a).first().pk}


@pytest.mark.parametrize(("part", "more"), [("manager", ["/borough/", "/schools/999801/supply/"]), ("contact_a", [])])
def test_every_page(
    part: str, more: list[str], cast: dict[str, User], borough: dict[str, int], live_server: Any, enter: Callable[[User], Page],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(clock, "time_of_day", lambda: dt.time(12))
    page = enter(cast[part])
    onlooker = Onlooker(page)
    for path in [*PAGES, *more]:
        answer = page.goto(live_server.url + path.format(**borough))
        assert answer is not None
        assert answer.status == 200, path
        onlooker.look()


def test_from_the_grid_to_a_mark_and_its_history_without_a_script(
    manager: User, borough: dict[str, int], live_server: Any, browser: Browser, browser_context_args: dict[str, Any]
) -> None:
    client = Client()
    client.force_login(manager)
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    page = context.new_page()
    page.goto(f"{live_server.url}/registers/")
    page.get_by_label("Show schools with").select_option("partial")
    page.get_by_role("button", name="Apply filters").click()
    page.get_by_role("link", name="Birch Primary School, Fri 20 Nov 2026: 3 of 4 pupils").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Register of Fri 20 Nov 2026")
    page.locator("#without + p + ul a").first.click()
    page.locator("a.dm-marks").first.click()
    expect(page.get_by_text("the first mark").first).to_be_visible()
    context.close()
