"""What tests about meetings need: a pupil with a flag, a planned meeting, what a form sends."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from accounts.models import User
from attendance.models import Flag
from meetings.actions import plan_meeting
from meetings.models import Meeting
from schools.models import Pupil, School
from tests import factories
from tests.flows.test_people_pages import date

TODAY = dt.date(2026, 11, 20)
TUESDAY = dt.date(2026, 11, 24)


def flagged(school: School, code: str = "severe_absence", *, missed: int = 62, possible: int = 110, **fields: Any) -> Pupil:
    """A pupil on roll with an open flag."""
    pupil = factories.make_pupil(**fields)
    factories.enrol(pupil, school)
    raise_flag(pupil, code, missed=missed, possible=possible)
    return pupil


def raise_flag(pupil: Pupil, code: str, *, missed: int = 62, possible: int = 110) -> Flag:
    """A flag as the rules write it."""
    return Flag.objects.create(
        pupil=pupil,
        code=code,
        year=2026,
        opened=dt.date(2026, 10, 5),
        reason=f"Missed {missed} of {possible} possible sessions since 1 September 2026.",
        evidence={"absent": missed, "possible": possible, "since": "2026-09-01"},
        policy_version="national 2024-08-19",
        noticed_at=timezone.now(),
        changed_at=timezone.now(),
    )


def asked(officer: User, day: dt.date = TUESDAY, **fields: Any) -> dict[str, Any]:
    return date("day", day) | {"time": "14:30", "minutes": "60", "place": "school", "officer": officer.pk} | fields


def planned(school: School, officer: User, day: dt.date = TUESDAY, **fields: Any) -> Meeting:
    wanted = {"time": dt.time(14, 30), "minutes": 60, "place": "school"} | fields
    return plan_meeting(by=officer, today=TODAY, now=timezone.now(), school=school, day=day, officer=officer, **wanted)


def words(answer: Any) -> str:
    return " ".join(answer.content.decode().split())
