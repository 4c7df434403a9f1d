"""A small authority with something behind every number of its dashboard."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from accounts import clock
from accounts.models import User
from attendance import ratings
from attendance.models import EnrolmentFigures, SchoolYear
from casework.actions import open_case
from casework.models import Case, Plan
from legal.models import Notice
from meetings.models import Action, Meeting
from schools.models import Characteristic, Pupil, School
from tests import factories
from tests.flows.notice_things import many_notices

TODAY = dt.date(2026, 11, 20)
MONDAY = dt.date(2026, 9, 7)


@dataclass(frozen=True)
class Borough:
    severe: list[Pupil]  # at the secondary school, the first with a plan
    meeting: Meeting  # to come
    action: Action  # the school's, overdue


def make(a: School, b: School, officer: User) -> Borough:
    """Two schools with registers, one without; cases, meetings, ratings and notices in several states."""
    severe = _pupils(a, r"/\ OO " * 25, 4)
    _pupils(a, r"/\ /\ /\ /\ IO " * 11, 6)
    _pupils(a, r"/\ " * 54, 10)
    _pupils(b, r"/\ /\ /\ /\ /\ " * 11, 8)
    _pupils(b, r"/\ II " * 26, 2)
    for pupil, kind in zip(severe, ("fsm", "fsm", "ehcp", "cla"), strict=True):
        Characteristic.objects.create(pupil=pupil, kind=kind, start=dt.date(2025, 9, 1))
    Characteristic.objects.create(pupil=severe[2], kind="fsm", start=dt.date(2025, 9, 1), end=dt.date(2026, 7, 1))  # no longer true
    quiet = factories.make_school("Cedar Primary School", phase=School.Phase.PRIMARY)
    factories.enrol(factories.make_pupil(), quiet)
    factories.make_school("Dogwood Centre", phase=School.Phase.PRU)
    factories.refresh(a, b, today=TODAY)
    ratings.rate(by=None, year=2026, term=1, today=TODAY, now=clock.now())
    _cases(a, b, severe, officer)
    meeting, action = _meetings(a, b, officer)
    many_notices(a, officer, 8)
    _notices_in_states()
    return Borough(severe, meeting, action)


def _pupils(school: School, marks: str, count: int) -> list[Pupil]:
    found = []
    for _ in range(count):
        pupil = factories.make_pupil()
        enrolment = factories.enrol(pupil, school)
        factories.write_marks(enrolment, MONDAY, marks)
        factories.write_marks(enrolment, dt.date(2025, 9, 8), r"/\ /\ /\ /\ OI " * 30)  # last year, further than this year has come
        found.append(pupil)
    return found


def _cases(a: School, b: School, severe: list[Pupil], officer: User) -> None:
    opened = dt.date(2026, 10, 5)
    others = list(Pupil.objects.filter(enrolments__school=b).order_by("pk")[:2])
    for pupil, school, who in ((severe[0], a, officer), (severe[1], a, officer), (severe[2], a, None), (others[0], b, None)):
        case, _ = open_case(
            by=officer,
            today=opened,
            now=clock.now(),
            pupil=pupil,
            school=school,
            origin=Case.Origin.MEETING,
            reason=Case.Reason.SEVERE,
            officer=who,
        )
        if pupil == severe[0]:
            late = {"start": opened, "review": dt.date(2026, 11, 2)}
            Plan.objects.create(case=case, kind="joint", barrier="ebsa", lead="school", made_by=officer, **late)


def _meetings(a: School, b: School, officer: User) -> tuple[Meeting, Action]:
    def meet(school: School, day: dt.date, **fields: str) -> Meeting:
        made = {"time": dt.time(14), "planned_by": officer, "planned_at": clock.now()}
        return Meeting.objects.create(school=school, officer=officer, day=day, **made, **fields)

    held = meet(a, dt.date(2026, 10, 1), status="held")
    meet(b, dt.date(2026, 10, 2), status="cancelled", why_cancelled="school_asked")
    action = Action.objects.create(meeting=held, what="Call home each week", owner="school", due=dt.date(2026, 11, 13), agreed_by=officer)
    return meet(a, dt.date(2026, 11, 25)), action


def _notices_in_states() -> None:
    numbers = sorted(Notice.objects.values_list("number", flat=True))
    gone = dt.date(2026, 9, 1)
    Notice.objects.filter(number=numbers[0]).update(state="paid")
    Notice.objects.filter(number=numbers[1]).update(state="withdrawn")
    Notice.objects.filter(number=numbers[2]).update(state="served", issued=gone, served=gone, receipt=gone, service="hand")
    Notice.objects.filter(number=numbers[3]).update(issued=dt.date(2026, 3, 2))  # last school year's


def enrolments_by_hand(cohort: str) -> tuple[int, int, int]:
    """Enrolments of a cohort with sessions this year, those that missed 10% and those that missed half: counted one by one."""
    reach = dict(SchoolYear.objects.filter(year=2026).values_list("school", "latest"))
    true = list(Characteristic.objects.filter(kind=cohort))
    ours = []
    for f in EnrolmentFigures.objects.filter(year=2026, possible__gt=0):
        day = reach[f.school_id]
        if any(c.pupil_id == f.pupil_id and c.start <= day and (c.end is None or c.end >= day) for c in true):
            ours.append((f.authorised + f.unauthorised, f.possible))
    return len(ours), sum(10 * a >= p for a, p in ours), sum(2 * a >= p for a, p in ours)
