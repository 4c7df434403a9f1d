"""The pages of referrals and allocation, as each role meets them: axe, no sideways scroll, nothing refused by the content policy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from playwright.sync_api import Page

from accounts import clock
from accounts.models import User
from casework.actions import allocation, referrals
from schools.models import School
from tests import factories
from tests.browser.looking import Onlooker
from tests.casework import make_case
from tests.casework.ways import make_referral

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OF_ROLE = {
    "officer": [
        "/cases/referrals/", "/cases/referrals/{sent}/", "/cases/referrals/{sent}/triage/accept/", "/cases/referrals/{sent}/triage/return/",
        "/cases/referrals/{sent}/triage/signpost/", "/pupils/{free}/refer/", "/pupils/{pupil}/family/{free}/", "/cases/waiting/",
    ],
    "manager": ["/cases/waiting/", "/cases/team/", "/cases/team/cover/", "/cases/team/{officer}/cases/", "/pupils/{pupil}/merge/{free}/"],
    "contact_a": [
        "/cases/referrals/", "/cases/referrals/{back}/", "/cases/referrals/{back}/write/", "/pupils/{free}/refer/",
        "/pupils/{pupil}/refer/",
    ],
}  # fmt: skip


@pytest.fixture
@transaction.atomic
def ways(cast: dict[str, User], school_a: School, today: dt.date) -> dict[str, int]:
    """Two referrals, one of them back, a family, a case that waits and one that is held."""
    officer, now = cast["officer"], clock.now()
    pupils = [factories.make_pupil(f"Okonkwo-Featherstonehaugh{n or ''}", "Adaeze Chimamanda") for n in range(5)]
    for pupil in pupils:
        spell = factories.enrol(pupil, school_a, start=dt.date(2026, 9, 1))
        factories.write_marks(spell, dt.date(2026, 9, 7), r"/\ OO OO /\ " * 8)
    factories.refresh(school_a, today=today)
    factories.make_parent(*pupils[:2])
    sent, back = (make_referral(pupil, school_a, by=cast["contact_a"], worries="Not seen. " * 200) for pupil in pupils[:2])
    referrals.return_referral(by=officer, now=now, referral=back, words="More, please.", wanted=["plan", "child"])
    make_case(pupils[2], school_a)
    make_case(pupils[3], school_a, officer=officer)
    given = {"user": cast["stranger"], "cohort": "youth_justice", "start": today}
    allocation.name_specialist(by=cast["manager"], today=today, now=now, **given)  # type: ignore[arg-type]
    return {"sent": sent.pk, "back": back.pk, "pupil": pupils[0].pk, "free": pupils[4].pk, "officer": officer.pk}


@pytest.mark.parametrize("part", list(OF_ROLE))
def test_every_page_of_the_ways_in(
    part: str, cast: dict[str, User], ways: dict[str, int], live_server: Any, enter: Callable[[User], Page]
) -> None:
    page = enter(cast[part])
    onlooker = Onlooker(page)
    for path in OF_ROLE[part]:
        answer = page.goto(live_server.url + path.format(**ways))
        assert answer is not None
        assert answer.status == 200, path
        onlooker.look()
