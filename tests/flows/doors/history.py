"""Loaded history, who is who, and other authorities."""

from __future__ import annotations

from typing import Any

from accounts import clock
from legal.models import ChildrenApart, HistoricRecord, HistoryEnquiry, HistoryLoad, PersonAnswer, SignOff
from schools.models import Parent, Pupil, School
from tests import factories
from tests.flows.doors import Door

KEEPING = {"manager"}
ANSWERING = {"manager", "legal"}
ASKING = {"officer", "manager", "legal", "stranger"}

DOORS: dict[str, Door] = {
    "history": Door(ASKING),
    "history_load": Door(KEEPING, post=200),
    "history_confirm": Door(KEEPING, get=405, post=302),
    "history_receipts": Door(KEEPING),
    "history_rejected": Door(KEEPING, of="history_load"),
    "history_sign_off": Door(KEEPING, post=200),
    "history_take_back": Door(KEEPING, of="sign_off", post=200),
    "historic_record": Door(ASKING, of="historic_record"),
    "historic_whose": Door(ANSWERING, of="historic_record", post=200),
    "historic_forget": Door(ANSWERING, of="historic_record", get=405, post=302),
    "historic_correct": Door(KEEPING, of="historic_record", post=200),
    "historic_set_aside": Door(KEEPING, of="historic_record", post=200),
    "same_persons": Door(ANSWERING),
    "same_person": Door(ANSWERING, of="two_parents", post=200),
    "same_person_take_back": Door(ANSWERING, of="person_answer", post=200),
    "two_children": Door(ANSWERING, of="two_pupils", post=200),
    "two_children_take_back": Door(ANSWERING, of="children_apart", post=200),
    "other_authorities": Door(ASKING),
    "other_authority_new": Door(ASKING, post=200),
    "other_authority": Door(ASKING, of="history_enquiry"),
    "other_authority_reply": Door(ASKING, of="history_enquiry", post=200),
    "other_authority_notice": Door(ASKING, of="history_enquiry", post=200),
}


def things_of(school: School, pupil: Pupil, parent: Parent) -> dict[str, dict[str, Any]]:
    """One of everything of these at a school, as the arguments of its address."""
    today, now = clock.today(), clock.now()
    told = {"why": "Asked by telephone.", "day": today, "by_name": "Mani Manager", "at": now}
    beside = factories.make_parent(pupil, forename="Kim")
    twin = factories.make_pupil()
    factories.enrol(twin, school)
    load = HistoryLoad.objects.create(
        kind="notices", name="before.csv", sha256="0" * 64, rows=2, loaded=1, already=0, rejected=1, rejected_rows="upn\n", at=now
    )
    record = HistoricRecord.objects.create(
        kind="notices", upn=pupil.upn, parent_surname="Example", day=today, outcome="paid", pupil=pupil, load=load, key=f"{pupil.pk}"
    )
    asked = {"authority": "Weir Council", "asked": today, "by_name": "Olive Officer", "at": now}
    enquiry = HistoryEnquiry.objects.create(direction="out", pupil=pupil, **asked)
    return {
        "history_load": {"pk": load.pk},
        "historic_record": {"pk": record.pk},
        "sign_off": {"pk": SignOff.objects.in_force().get().pk},
        "two_parents": {"one": parent.pk, "other": beside.pk},
        "person_answer": {"pk": PersonAnswer.objects.create(one=parent, other=beside, verdict="apart", **told).pk},
        "two_pupils": {"one": pupil.pk, "other": twin.pk},
        "children_apart": {"pk": ChildrenApart.objects.create(one=pupil, other=twin, **told).pk},
        "history_enquiry": {"pk": enquiry.pk},
    }
