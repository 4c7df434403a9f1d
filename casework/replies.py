"""What schools have said lately about work they were given: read in one query, told in words."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import JSONObject

from accounts.models import User
from accounts.permissions import Permission
from accounts.roles import ROLES
from attendance.words import say_day
from casework.models import PlanAction, Task

SCHOOL_ROLES = [role.code for role in ROLES.values() if not role.in_authority]


@dataclass(frozen=True, slots=True)
class Reply:
    """One thing a school has said, and where it stands."""

    key: str
    title: str
    why: str
    day: dt.date
    address_name: str
    address_pk: int


OF_ACTION, OF_TASK = "plan action", "task"


def told(user: User, *, since: dt.date) -> list[QuerySet[Any]]:
    """To this officer, after `since`: actions of their cases' plans and tasks of their schools that a school has closed, each as what
    it is of and what it says; read together with other such rows."""
    if not user.may(Permission.WORK_CASES):
        return []
    said = PlanAction.objects.visible_to(user).filter(
        owner=PlanAction.Owner.SCHOOL, done__gt=since, done_by__role__in=SCHOOL_ROLES, plan__case__officer=user
    )
    name = {"forename": "plan__case__pupil__forename", "surname": "plan__case__pupil__surname"}
    of_plans = said.order_by().annotate(
        of=Value(OF_ACTION, CharField()),
        said=JSONObject(
            pk="pk", to="plan__case", day="done", what="what", came="outcome", school="plan__case__school__name", by="done_by__name", **name
        ),
    )
    ended = Task.objects.visible_to(user).filter(side=Task.Side.SCHOOL, ended__gt=since, ended_by__role__in=SCHOOL_ROLES)
    if not user.as_role.every_school:
        ended = ended.filter(Q(officer=user) | Q(officer=None))
    name = {"forename": "pupil__forename", "surname": "pupil__surname"}
    of_tasks = ended.order_by().annotate(
        of=Value(OF_TASK, CharField()),
        said=JSONObject(pk="pk", to=F("pk"), day="ended", what="title", came="outcome", school="school__name", by="ended_by__name", **name),
    )
    return [of_plans.values_list("of", "said"), of_tasks.values_list("of", "said")]


def reply_of(kind: str, said: dict[str, str]) -> Reply:
    pk, to, day = int(said["pk"]), int(said["to"]), dt.date.fromisoformat(said["day"])
    child = f"{said['forename']} {said['surname']}: " if said["surname"] else ""
    came = PlanAction.Outcome(said["came"]).label.lower() if kind == OF_ACTION else said["came"]
    why = f"{said['by']} of {said['school']} said on {say_day(day)}: {came}"
    return Reply(
        f"reply:{kind.replace(' ', '-')}:{pk}",
        f"{child}{said['what']}",
        why.rstrip(".") + ".",
        day,
        "case" if kind == OF_ACTION else "task",
        to,
    )
