"""What tests about cases need: a case, its plan, its lines."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from accounts import clock
from accounts.models import User
from casework import actions
from casework.models import Barrier, Case, Plan, Task
from schools.models import Pupil, School

OPENED = dt.date(2026, 11, 2)


def make_case(pupil: Pupil, school: School, *, by: User | None = None, officer: User | None = None, **fields: Any) -> Case:
    """An open case of 2 November 2026. The child must be on roll at the school on that day."""
    given = {"today": OPENED, "now": clock.now(), "origin": Case.Origin.OFFICER, "reason": Case.Reason.PERSISTENT} | fields
    case, new = actions.open_case(by=by, pupil=pupil, school=school, officer=officer, **given)
    assert new
    return case


def make_plan(case: Case, *, by: User | None = None, **fields: Any) -> Plan:
    """An attendance support plan of the same day, reviewed four weeks later."""
    given = {
        "today": OPENED,
        "now": clock.now(),
        "kind": Plan.Kind.SUPPORT,
        "barrier": Barrier.SLEEP,
        "lead": Plan.Lead.SCHOOL,
        "review": OPENED + dt.timedelta(weeks=4),
    } | fields
    plan = actions.make_plan(by=by, case=case, **given)
    case.refresh_from_db()
    return plan


def make_task(school: School, pupil: Pupil | None = None, **fields: Any) -> Task:
    """A task of the school's, due on 23 November 2026."""
    given = {
        "kind": Task.Kind.SOCIAL_WORKER,
        "title": "Tell the social worker",
        "why": "The child was marked N. Their social worker is told on the first day (Working together to improve school attendance).",
        "due": dt.date(2026, 11, 23),
        "side": Task.Side.SCHOOL,
        "source_key": f"test:{uuid.uuid4()}",
    } | fields
    return actions.open_task(by=None, today=OPENED, now=clock.now(), school=school, pupil=pupil, **given)[0]
