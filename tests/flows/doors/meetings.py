"""Meetings and their actions."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from meetings.minutes_content import content_of
from meetings.models import Action, Attendee, Invitation, Item, Letter, Meeting, Minutes, Offer, YearPlan
from schools.models import Pupil, School
from tests import factories
from tests.flows.doors import Door

SEE = {"officer", "manager", "legal", "contact_a", "contact_b", "stranger"}
AUTHORITY = {"officer", "manager", "legal", "stranger"}
PLAN = {"officer", "manager", "stranger"}
LOG = PLAN | {"contact_a", "contact_b"}

DOORS: dict[str, Door] = {
    "meetings": Door(SEE),
    "other_meetings": Door(SEE),
    "other_plan": Door(PLAN, post=200),
    "term_plan": Door(AUTHORITY),
    "plan_measured": Door(AUTHORITY),
    "term_plan_download": Door(AUTHORITY, arguments={"form": "csv"}),
    "plan_set": Door({"manager"}, post=200),
    "year_plan": Door(AUTHORITY, of="year_plan", post=200, senders={"manager"}),
    "officer_hours": Door({"manager"}, of="their_officer", arguments={"term": "2026-1"}, post=200),
    "meeting": Door(SEE, of="meeting"),
    "pack": Door(SEE, of="meeting"),
    "pack_ask": Door(SEE, of="meeting", get=405, post=302),  # for nobody: back to the pack
    "packs": Door(SEE),
    "packs_ask": Door({"manager", "legal"}, get=405, post=302),  # nothing chosen: back to the list
    "offers": Door(SEE),
    "offer": Door(SEE, of="offer"),
    "offer_meeting": Door(PLAN, of="school", post=200),
    "offer_answer": Door(LOG, of="offer", post=200, arguments={"answer": "decline"}),
    "offer_judge": Door(PLAN, of="offer", post=200),
    "offer_follow_up": Door(PLAN, of="offer", post=200),
    "offer_withdraw": Door(PLAN, of="offer", get=405, post=302),
    "escalate": Door(PLAN, of="school", post=200),
    "meeting_people": Door(PLAN, of="meeting", post=200),
    "meeting_team": Door(PLAN, of="meeting", get=405, post=302),
    "meeting_invite": Door(PLAN, of="meeting", get=405, post=302),
    "meeting_calendar": Door(SEE, of="meeting"),
    "attendee_remove": Door(PLAN, of="attendee", get=405, post=302),
    "invitation_again": Door(PLAN, of="invitation", get=405, post=302),
    "meeting_plan": Door(PLAN, of="school", post=200),
    "meeting_change": Door(PLAN, of="meeting", post=200),
    "meeting_cancel": Door(PLAN, of="meeting", post=200),
    "meeting_hold": Door(PLAN, of="meeting", post=200),
    "minutes": Door(PLAN, of="meeting", post=302),
    "minutes_saved": Door(PLAN, of="meeting"),
    "minutes_record": Door(SEE, of="meeting"),
    "minutes_correct": Door(PLAN, of="held_meeting", get=405, post=200),
    "minutes_send": Door(PLAN, of="meeting", get=405, post=302),
    "minutes_pdf": Door(SEE, of="minutes", get=404),  # not made yet
    "letter_again": Door(PLAN, of="letter", get=405, post=302),
    "meeting_refresh": Door(PLAN, of="meeting", get=405, post=302),
    "agenda_add": Door(PLAN, of="meeting", post=200),
    "agenda_decide": Door(PLAN, of="agenda_item", post=200),
    "action_add": Door(PLAN, of="meeting", post=200),
    "severe_contacts": Door(AUTHORITY),
    "contacts_made": Door(AUTHORITY),
    "contact_log": Door(PLAN, of="school", post=200),
    "actions": Door(SEE),
    "action": Door(SEE, of="action"),
    "action_change": Door(PLAN, of="action", post=200),
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
    now = timezone.now()
    offer = Offer.objects.create(
        school=school, officer=officer, year=2026, term=1, day=dt.date(2026, 12, 2), time=dt.time(10), offered_by=officer, offered_at=now
    )
    attendee = Attendee.objects.create(meeting=meeting, name="Nia Nurse", side="other", added_at=now)
    told = {"name": "Nia Nurse", "email": "nurse@health.example", "subject": "Meeting", "body": "Come.", "calendar": ""}
    invitation = Invitation.objects.create(meeting=meeting, meeting_version=1, asked_at=now, **told)
    plan = YearPlan.objects.create(
        school=school, year=2026, by_rule=3, band="below", reason="Below England.", floor=3, set_at=timezone.now()
    )
    held = Meeting.objects.create(
        school=school, officer=officer, day=dt.date(2026, 11, 10), time=dt.time(14), status="held", planned_by=officer, planned_at=now
    )
    minutes = Minutes.objects.create(meeting=held, version=1, content=content_of(held), made_by=officer, made_at=now)
    letter = Letter.objects.create(
        minutes=minutes, name="Nia Nurse", email="nurse@health.example", subject="Minutes", body="Read.", asked_at=now
    )
    rows = {"held_meeting": held, "minutes": minutes, "letter": letter}
    rows |= {"year_plan": plan, "offer": offer, "attendee": attendee, "invitation": invitation}
    rows |= {"their_officer": officer, "meeting": meeting, "agenda_item": item, "action": action}
    return {name: {"pk": row.pk} for name, row in rows.items()}
