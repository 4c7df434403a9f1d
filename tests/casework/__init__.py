"""What tests about cases need: a case, its plan, its lines."""

from __future__ import annotations

import datetime as dt
from typing import Any

from accounts import clock
from accounts.models import User
from casework import actions
from casework.models import Case, Plan
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
        "barrier": Plan.Barrier.SLEEP,
        "lead": Plan.Lead.SCHOOL,
        "review": OPENED + dt.timedelta(weeks=4),
    } | fields
    plan = actions.make_plan(by=by, case=case, **given)
    case.refresh_from_db()
    return plan
