"""The team around a school, and the directory."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from schools.models import School, TeamMember
from tests.flows.doors import ALL, SENDERS, Door

DOORS: dict[str, Door] = {
    "team": Door(ALL, of="school"),
    "team_add": Door(SENDERS, of="school", post=200),
    "team_edit": Door(SENDERS, of="member", post=200),
    "team_end": Door(SENDERS, of="member", post=200),
    "team_withdraw": Door(SENDERS, of="member", post=200),
    "team_file": Door(SENDERS, post=200),
    "directory": Door(ALL),
    "directory_download": Door(ALL, arguments={"form": "csv"}),
}


def things_of(school: School) -> dict[str, dict[str, Any]]:
    """Somebody whom the school itself may keep."""
    member = TeamMember.objects.create(
        school=school, role="champion", name="Chris Champion", start=dt.date(2026, 9, 1), changed_at=timezone.now()
    )
    return {"member": {"pk": member.pk}}
