"""Papers for committees and schools."""

from __future__ import annotations

import datetime as dt
from typing import Any

from accounts import clock
from dashboards.models import Paper
from schools.models import School
from tests.flows.doors import PEOPLE, Door

DOORS: dict[str, Door] = {
    "papers": Door(PEOPLE),
    "paper_ask": Door(PEOPLE, get=405, post=302),  # nothing chosen: back to the list
    "paper": Door(PEOPLE, of="paper"),
    "paper_progress": Door(PEOPLE, of="paper"),
    "paper_again": Door(PEOPLE, of="paper", get=405, post=302),
    "paper_file": Door(PEOPLE, of="paper_file", get=404),  # it has not been made yet
}


def things_of(school: School) -> dict[str, dict[str, Any]]:
    """One of everything at a school, as the arguments of its address."""
    paper = Paper.objects.create(
        kind="profile", school=school, year=2026, term=1, audience="school", by_name="Mani Manager", asked_at=clock.now(),
        as_at=dt.date(2026, 11, 20), policy_version="national 2024-08-19", least=5,
    )  # fmt: skip
    return {"paper": {"pk": paper.pk}, "paper_file": {"pk": paper.pk, "form": "pdf"}}
