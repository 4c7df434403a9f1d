"""Something of every kind at both schools, for tests that read it through the API."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.test import Client

from accounts import actions, clock
from accounts.models import User
from attendance.models import Flag, Rating
from casework.models import Case
from meetings.models import Action, Meeting, Progress
from schools.models import Characteristic, FormerUpn, Parent, Pupil, School
from tests import factories

DAY = dt.date(2026, 9, 7)


@dataclass(frozen=True)
class World:
    """What stands at one school."""

    school: School
    pupil: Pupil  # with marks, a flag, a case and an action
    other: Pupil  # whose mother's address is hidden from his father
    meeting: Meeting
    action: Action
    case: Case
    flag: Flag
    rating: Rating


def make_world(school: School, officer: User) -> World:
    now = clock.now()
    pupil, other = factories.make_pupil(address="1 Mill Lane", postcode="MB1 1AA"), factories.make_pupil(address="2 Mill Lane")
    enrolment = factories.enrol(pupil, school, start=dt.date(2026, 9, 1))
    factories.enrol(other, school, start=dt.date(2026, 9, 1), end=dt.date(2026, 10, 23))
    factories.write_marks(enrolment, DAY, r"/\ /\ OO /O LN")
    _hide_an_address(other)
    FormerUpn.objects.create(pupil=pupil, upn=factories.valid_upn(88000 + pupil.pk % 1000))
    Characteristic.objects.create(pupil=pupil, kind="fsm", start=DAY)
    flag = Flag.objects.create(
        pupil=pupil, code="severe_absence", year=2026, opened=DAY, reason="Missed half.", policy_version="1", noticed_at=now, changed_at=now
    )
    case = Case.objects.create(pupil=pupil, school=school, origin="flag", reason="late", stage_since=DAY, opened=DAY, opened_at=now)
    rating = Rating.objects.create(
        school=school, year=2026, term=1, colour="red", moderated="amber", colour_now="amber", as_at=DAY, policy_version="1", rated_at=now
    )
    meeting = Meeting.objects.create(school=school, officer=officer, day=dt.date(2026, 11, 30), time=dt.time(9, 30), planned_at=now)
    action = Action.objects.create(meeting=meeting, pupil=pupil, what="Ring home on the first day", owner="school", due=DAY)
    for state in ("not_begun", "under_way"):
        Progress.objects.create(action=action, day=DAY, at=now, by_name="Carys Alder", state=state)
    return World(school, pupil, other, meeting, action, case, flag, rating)


def _hide_an_address(pupil: Pupil) -> None:
    mother = factories.make_parent(pupil)
    mother.hidden_from.add(Parent.objects.create(surname="Father", sort_name="father"))


def token_of(user: User, *, days: int = 30, **options: Any) -> str:
    return actions.make_token(by=user, now=clock.now(), name="nightly report", days=days, **options)[1]


def program(user: User) -> Client:
    """A program that reads with a token of `user`."""
    return Client(headers={"Authorization": f"Bearer {token_of(user)}"})
