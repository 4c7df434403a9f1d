"""What tests about meetings of other kinds need: one planned, held, what its form sends, and an action agreed there."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from accounts.models import User
from meetings import actions
from meetings.models import Action, Meeting
from schools.models import School
from tests.flows.meeting_things import TODAY, TUESDAY, asked


def of_kind(by: User, schools: list[School], day: dt.date = TUESDAY, **fields: Any) -> Meeting:
    wanted = {"kind": "forum", "title": "Autumn network", "time": dt.time(14), "minutes": 60, "place": "online", "officer": by} | fields
    return actions.plan_other_meeting(by=by, today=TODAY, now=timezone.now(), schools=schools, day=day, **wanted)


def sent(officer: User, schools: list[School], day: dt.date = TUESDAY, **fields: Any) -> dict[str, Any]:
    said = {"kind": "forum", "title": "Autumn network", "service": "Virtual school", "schools": [school.pk for school in schools]}
    return asked(officer, day) | said | fields


def held(meeting: Meeting, by: User, **fields: Any) -> Meeting:
    Meeting.objects.filter(pk=meeting.pk).update(day=TODAY)
    return actions.hold_meeting(by=by, today=TODAY, now=timezone.now(), meeting=meeting, version=None, came=[], **fields)


def agree(meeting: Meeting, by: User, school: School | None = None, **fields: Any) -> Action:
    wanted = {"what": "Share what worked", "owner": "school", "due": dt.date(2026, 12, 4)} | fields
    return actions.add_action(by=by, today=TODAY, now=timezone.now(), meeting=meeting, school=school, **wanted)
