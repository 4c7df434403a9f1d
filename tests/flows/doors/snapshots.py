"""Totals that schools sent, beside their registers."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from schools.models import Enrolment, School
from tests.flows.doors import PEOPLE, SENDERS, Door
from tests.flows.snapshot_things import make_snapshot

DOORS: dict[str, Door] = {
    "school_snapshots": Door(PEOPLE, of="school"),
    "snapshot": Door(PEOPLE, of="snapshot"),
    "snapshot_set_aside": Door(SENDERS, of="snapshot", post=200),
}


def things_of(school: School, enrolment: Enrolment, sender: User) -> dict[str, dict[str, Any]]:
    """One of everything of this part at a school, as the arguments of its address."""
    return {"snapshot": {"pk": make_snapshot(school, {enrolment: (6, 4, 0, 2)}, by=sender).pk}}
