"""Cases."""

from __future__ import annotations

import datetime as dt
from typing import Any

from accounts import clock
from casework import actions
from casework.models import PlanAction
from schools.models import Pupil, School
from tests.casework import OPENED, make_case, make_plan, make_task
from tests.flows.doors import SENDERS, Door, visits

READERS = SENDERS | {"legal"}
WORKERS = {"officer", "manager", "stranger"}

DOORS: dict[str, Door] = visits.DOORS | {
    "cases": Door(READERS),
    "case": Door(READERS, of="case"),
    "case_open": Door(WORKERS, of="pupil", post=200),
    "case_assign": Door(WORKERS, of="case", post=200),
    "case_contact": Door(WORKERS, of="case", post=200),
    "case_call": Door(WORKERS, of="case", post=200),
    "case_note": Door(WORKERS, of="case", post=200),
    "case_stage": Door(WORKERS, of="case", post=200),
    "case_close": Door(WORKERS, of="case", post=200),
    "safeguarding": Door({"officer", "manager", "legal", "stranger"}),
    "consider": Door(WORKERS, of="pupil", post=200),
    "consideration_outcome": Door(WORKERS, of="consideration", post=200),
    "part_time_uncovered": Door(WORKERS),
    "case_assessment": Door(READERS, of="case"),
    "case_assess": Door(WORKERS, of="case", post=200),
    "case_plan": Door(WORKERS, of="case", post=200),
    "case_plan_review": Door(WORKERS, of="case", post=200),
    "plan_action_add": Door(WORKERS, of="case", post=200),
    "plan_action_close": Door(SENDERS, of="plan_action", post=200),
    "sequences": Door({"manager"}, post=200),
    "tasks": Door(READERS),
    "task": Door(READERS, of="task", post=200),
    "task_drop": Door(WORKERS, of="task", post=200),
}


def things_of(school: School, pupil: Pupil) -> dict[str, dict[str, Any]]:
    """One of everything of this app at a school, as the arguments of its address."""
    case = make_case(pupil, school)
    plan = make_plan(case)
    action = PlanAction.objects.create(plan=plan, what="Breakfast club", owner=PlanAction.Owner.SCHOOL, due=dt.date(2026, 12, 1))
    considered = actions.consider(
        by=None, today=OPENED, now=clock.now(), pupil=pupil, day=OPENED, considered_by="Dana Lead, safeguarding lead", level="in_need",
        referred=True, referred_to="social_care", why="Nobody answers the door.",
    )  # fmt: skip
    found = {"case": {"pk": case.pk}, "plan_action": {"pk": action.pk}, "task": {"pk": make_task(school, pupil).pk}}
    return found | {"consideration": {"pk": considered.pk}} | visits.things_of(case)
