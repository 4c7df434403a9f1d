"""Calls, visits, blitzes, files and moved entries."""

from __future__ import annotations

import datetime as dt
from typing import Any

from accounts import clock
from casework.actions import write_note
from casework.models import Blitz, BlitzChild, Case, Visit
from tests.factories import make_user
from tests.flows.doors import SENDERS, Door

WORKERS = {"officer", "manager", "stranger"}

READERS = SENDERS | {"legal"}

DOORS: dict[str, Door] = {
    "entry_move": Door(WORKERS, of="entry", post=200),
    "chronology": Door(READERS, of="pupil"),
    "chronology_ask": Door(READERS, of="pupil", get=405, post=302),
    "chronology_download": Door(READERS, of="pupil", arguments={"form": "csv"}),
    "chronology_file": Door(READERS, of="pupil", get=404, arguments={"story": 999999}),  # one's own only
    "case_file_add": Door(WORKERS, of="case", post=200),
    "case_file": Door(READERS, of="case", get=404, arguments={"file": 999999}),
    "case_file_remove": Door(WORKERS, of="case", get=405, post=404, arguments={"file": 999999}),
    "blitzes": Door(WORKERS),
    "blitz_new": Door(WORKERS, post=200),
    "blitz": Door(WORKERS, of="blitz"),
    "blitz_take": Door(WORKERS, of="blitz", get=405, post=302),
    "blitz_child": Door(WORKERS, of="blitz_child", post=200),
    "visits": Door(WORKERS),
    "visit_plan": Door(WORKERS, of="case", post=200),
    "case_visits": Door(WORKERS, of="case", get=302),
    "visit": Door(WORKERS, of="visit", post=200),
    "visit_do": Door(WORKERS, of="visit", get=405, post=302, arguments={"do": "out"}),
    "moved_entries": Door({"manager", "legal", "administrator"}),
}


def things_of(case: Case) -> dict[str, dict[str, Any]]:
    note = write_note(by=None, today=case.opened, now=clock.now(), case=case, words="A note.")
    visit = Visit.objects.create(
        case=case, officer=make_user("manager", name="Vera Visitor", email=f"visitor-{case.pk}@merebrook.example"), day=case.opened,
        time=dt.time(10), back_by=dt.time(11), place="Home", known_to_words="The office", planned_at=clock.now(),
    )  # fmt: skip
    blitz = Blitz.objects.create(day=case.opened, codes=["N"], made_at=clock.now())
    blitz.schools.add(case.school)
    spell = case.pupil.enrolments.first()
    assert spell is not None
    child = BlitzChild.objects.create(blitz=blitz, enrolment=spell, school=case.school, code="N")
    return {
        "blitz": {"pk": blitz.pk},
        "blitz_child": {"pk": blitz.pk, "child": child.pk},
        "entry": {"pk": note.pk},
        "visit": {"pk": visit.pk},
    }
