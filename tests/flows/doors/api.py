"""The API, and the tokens that programs read it with."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.utils import timezone

from accounts.models import User
from attendance import push
from attendance.models import Flag, Rating
from casework.models import Case
from meetings.models import Action, Meeting
from schools.models import Pupil, School
from tests.flows.doors import ALL, PEOPLE, SENDERS, Door

AUTHORITY = {"officer", "manager", "legal", "stranger"}  # see ratings
WORKING = PEOPLE - {"staff_a"}  # see meetings and cases

DOORS: dict[str, Door] = {
    "account_tokens": Door(ALL),
    "account_token_new": Door(ALL, get=302, post=302),  # says the password again first
    "account_token_revoke": Door(ALL, get=405, post=404, arguments={"ref": "00000000-0000-4000-8000-000000000000"}),  # nobody's
    "api_docs": Door(ALL),
    "api_schema": Door(ALL, signed_out=401),
    "api_schools": Door(ALL, signed_out=401),
    "api_school": Door(ALL, of="school", signed_out=401),
    "api_pupils": Door(PEOPLE, signed_out=401),
    "api_pupil": Door(PEOPLE, of="pupil", signed_out=401),
    "api_registers": Door(PEOPLE, get=400, signed_out=401),  # whose is not said
    "api_registers_compact": Door(PEOPLE, get=400, signed_out=401),
    "api_push_receipt": Door(PEOPLE, of="api_push_receipt", signed_out=401),
    "push_tokens": Door(SENDERS, of="school"),
    "push_token_new": Door(SENDERS, of="school", get=302, post=302),  # says the password again first
    "push_token_revoke": Door(SENDERS, of="push_token", get=405, post=302),
    "api_flags": Door(PEOPLE, signed_out=401),
    "api_flag": Door(PEOPLE, of="api_flag", signed_out=401),
    "api_ratings": Door(AUTHORITY, signed_out=401),
    "api_rating": Door(AUTHORITY, of="api_rating", signed_out=401),
    "api_meetings": Door(WORKING, signed_out=401),
    "api_meeting": Door(WORKING, of="api_meeting", signed_out=401),
    "api_actions": Door(WORKING, signed_out=401),
    "api_action": Door(WORKING, of="api_action", signed_out=401),
    "api_cases": Door(WORKING, signed_out=401),
    "api_case": Door(WORKING, of="api_case", signed_out=401),
}


def things_of(school: School, pupil: Pupil) -> dict[str, dict[str, Any]]:
    """One of everything the API tells of a school, as the arguments of its address."""
    day, now = dt.date(2026, 9, 7), timezone.now()
    flag = Flag.objects.create(
        pupil=pupil, code="severe_absence", year=2026, opened=day, reason="Missed half.", policy_version="1", noticed_at=now, changed_at=now
    )
    rating = Rating.objects.create(
        school=school, year=2025, term=2, colour="amber", colour_now="amber", as_at=day, policy_version="1", rated_at=now
    )
    # of another pupil and another day: a pupil has one open case, a school one meeting planned for a day
    other = Pupil.objects.create(surname="Other", forename="Ola", sort_name="other ola")
    other.enrolments.create(school=school, start=dt.date(2026, 9, 2))
    case = Case.objects.create(pupil=other, school=school, origin="referral", reason="late", stage_since=day, opened=day, opened_at=now)
    officer = User.objects.get(email="officer@merebrook.example")
    meeting = Meeting.objects.create(school=school, officer=officer, day=dt.date(2027, 6, 30), time=dt.time(9), planned_at=now)
    action = Action.objects.create(meeting=meeting, what="Ring home on the first day", owner="school", due=day)
    token, _ = push.make_push_token(by=officer, now=now, school=school, name="The school’s system", days=90)
    marks = json.dumps([{"upn": pupil.upn, "date": "2026-09-14", "session": "AM", "code": "/"}]).encode()
    pushed = push.push(token=token, today=day, now=now, body=marks, key=None)
    return {
        "api_push_receipt": {"ref": pushed.ref},
        "push_token": {"urn": school.urn, "ref": token.ref},
        "api_flag": {"pk": flag.pk},
        "api_rating": {"pk": rating.pk},
        "api_case": {"pk": case.pk},
        "api_meeting": {"pk": meeting.pk},
        "api_action": {"pk": action.pk},
    }
