"""The borough's page, an officer's and every home on a full desk: axe, no sideways scroll down to 320 px, nothing refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from playwright.sync_api import Page

from accounts import clock
from accounts.models import User
from dashboards.models import Paper, PaperFile
from schools.models import Area, School
from tests.browser.looking import Onlooker
from tests.flows import made_borough
from tests.flows.doors import papers

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OF_ROLE = {
    "manager": [
        "/",
        "/borough/",
        "/borough/compare/?measure=absence&phase=secondary&like=343",
        "/borough/compare/?measure=persistent&la=340&la=000",
        "/borough/equality/",
        "/areas/",
        "/areas/{area}/",
        "/trusts/",
        "/cohorts/",
        "/cohorts/fsm/",
        "/pupils/enrolments/?absence=persistent",
        "/officers/{officer}/",
        "/schools/",
        "/schools/999801/similar/",
        "/pupils/?flag=all&absence=persistent&characteristic=fsm",
    ],
    "legal": ["/", "/borough/", "/papers/"],
    "officer": ["/", "/officers/{officer}/work/", "/officers/{officer}/", "/schools/999801/", "/pupils/{child}/"],
    "contact_a": ["/", "/schools/999801/", "/pupils/{child}/"],
}


@pytest.fixture
@transaction.atomic
def numbers(cast: dict[str, User], school_a: School, school_b: School) -> dict[str, int]:
    made = made_borough.make(school_a, school_b, cast["officer"])
    paper = papers.things_of(school_a)["paper"]["pk"]
    report = Paper.objects.create(
        kind="report", year=2026, term=1, audience="publish", status="made", by_name="Mani Manager", asked_at=clock.now(),
        made_at=clock.now(), as_at=made_borough.TODAY, policy_version="national 2024-08-19", least=5,
    )  # fmt: skip
    for of, form in ((report.pk, "pdf"), (report.pk, "xlsx"), (paper, "pdf")):
        PaperFile.objects.create(paper_id=of, form=form, stored=f"papers/none.{form}", sha256="0" * 64, size=1)
    area = Area.objects.create(kind="cluster", name="North")
    School.objects.filter(pk__in=[school_a.pk, school_b.pk]).update(cluster=area)
    return {"officer": cast["officer"].pk, "child": made.severe[0].pk, "paper": paper, "area": area.pk}


@pytest.mark.parametrize("part", list(OF_ROLE))
def test_the_pages_people_start_from(
    part: str, cast: dict[str, User], numbers: dict[str, int], enter: Callable[[User], Page], live_server: Any
) -> None:
    page = enter(cast[part])
    onlooker = Onlooker(page)
    for address in OF_ROLE[part]:
        page.goto(live_server.url + address.format(**numbers))
        onlooker.look()
