"""Meetings and their actions."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from meetings.models import Action, Item, Meeting, YearPlan
from schools.models import Pupil, School
from tests import factories
from tests.flows.doors import Door

SEE = {"officer", "manager", "legal", "contact_a", "contact_b", "stranger"}
AUTHORITY = {"officer", "manager", "legal", "stranger"}
PLAN = {"officer", "manager", "stranger"}
LOG = PLAN | {"contact_a", "contact_b"}

DOORS: dict[str, Door] = {
    "meetings": Door(SEE),
    "term_plan": Door(AUTHORITY),
    "term_plan_download": Door(AUTHORITY, arguments={"form": "csv"}),
    "plan_set": Door({"manager"}, post=200),
    "year_plan": Door(AUTHORITY, of="year_plan", post=200, senders={"manager"}),
    "meeting": Door(SEE, of="meeting"),
    "meeting_plan": Door(PLAN, of="school", post=200),
    "meeting_change": Door(PLAN, of="meeting", post=200),
    "meeting_cancel": Door(PLAN, of="meeting", post=200),
    "meeting_hold": Door(PLAN, of="meeting", post=200),
    "meeting_refresh": Door(PLAN, of="meeting", get=405, post=302),
    "agenda_add": Door(PLAN, of="meeting", post=200),
    "agenda_decide": Door(PLAN, of="agenda_item", post=200),
    "action_add": Door(PLAN, of="meeting", post=200),
    "actions": Door(SEE),
    "action": Door(SEE, of="action"),
    "action_progress": Door(LOG, of="action", post=200),
}


def things_of(school: School, pupil: Pupil) -> dict[str, dict[str, Any]]:
    """One of everything of this app at a school, as the arguments of its address."""
    officer = factories.make_user("officer")
    meeting = Meeting.objects.create(
        school=school, officer=officer, day=dt.date(2026, 11, 24), time=dt.time(14), planned_by=officer, planned_at=timezone.now()
    )
    item = Item.objects.create(meeting=meeting, place=1, source=Item.Source.ADDED, pupil=pupil, reason="The school asks for help.")
    action = Action.objects.create(
        meeting=meeting,
        item=item,
        pupil=pupil,
        what="Visit at home",
        owner=Action.Owner.SCHOOL,
        due=dt.date(2026, 12, 4),
        agreed_by=officer,
    )
    plan = YearPlan.objects.create(
        school=school, year=2026, by_rule=3, band="below", reason="Below England.", floor=3, set_at=timezone.now()
    )
    return {"year_plan": {"pk": plan.pk}, "meeting": {"pk": meeting.pk}, "agenda_item": {"pk": item.pk}, "action": {"pk": action.pk}}
