"""What pages tell of a plan beside its row: how its targets go, and sessions missed before and since."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from attendance.rates import Figures
from casework import sessions
from casework.models import Case, Plan, PlanReview, PlanTarget
from casework.sessions import Sessions
from casework.targets import Progress
from schools.models import Enrolment


@dataclass(frozen=True, slots=True)
class Aim:
    """A target and how it goes."""

    target: PlanTarget
    progress: Progress


@dataclass(frozen=True, slots=True)
class Look:
    """What a review looks at: sessions from `since` to `last`, and in as many days before. Nothing is compared on the first day."""

    since: dt.date
    last: dt.date
    before: Figures
    after: Figures


def last_looked_at(plan: Plan) -> dt.date:
    """The day that the plan was last reviewed, else its first."""
    return plan.reviewed or plan.start


def look(plan: Plan, seen: Sessions, *, today: dt.date) -> Look:
    since = last_looked_at(plan)
    before, after = seen.around(since, today)
    return Look(since, today, before, after)


def of_enrolments(case: Case) -> list[Enrolment]:
    """The child's enrolments everywhere, those of merged records too: whether a plan helps is asked of all their sessions, whoever asks."""
    return list(Enrolment.objects.filter(Q(pupil=case.pupil_id) | Q(pupil__merged_into=case.pupil_id)).order_by("pk"))


def reviewed(plan: Plan, *, today: dt.date) -> Look:
    """The same where nothing is read yet. Two queries."""
    since = last_looked_at(plan)
    first = since - (today - since) - dt.timedelta(days=1)
    return look(plan, sessions.read(of_enrolments(plan.case), first, today), today=today)


def aims(targets: Iterable[PlanTarget], seen: Sessions, *, today: dt.date) -> list[Aim]:
    return [Aim(target, seen.towards(target, last=today)) for target in targets]


def with_rows(plans: QuerySet[Plan]) -> QuerySet[Plan]:
    """Adds the plan's targets and reviews, for `of_plan`, in the same query as the plan."""
    targets = PlanTarget.objects.filter(plan=OuterRef("pk")).order_by("start", "pk")
    reviews = PlanReview.objects.filter(plan=OuterRef("pk")).order_by("day", "pk")
    return plans.annotate(
        target_rows=ArraySubquery(targets.values(row=JSONObject(most="most", of="of", start="start"))),
        review_rows=ArraySubquery(reviews.values(row=JSONObject(**{name: name for name in _REVIEW}))),
    )


_REVIEW = ("day", "result", "since", "possible_before", "absent_before", "possible_since", "absent_since")


def _with_days(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return row | {name: dt.date.fromisoformat(row[name]) for name in names}


def of_plan(plan: Plan | None, seen: Sessions, *, today: dt.date) -> dict[str, Any]:
    """For the page of a case. `plan` was read `with_rows`."""
    if plan is None:
        return {"aims": [], "reviews": [], "plan_before": None, "plan_since": None}
    before, since = seen.around(plan.start, today)
    rows: list[dict[str, Any]] = plan.target_rows or []  # type: ignore[attr-defined]
    targets = [PlanTarget(**_with_days(row, "start")) for row in rows]
    looked: list[dict[str, Any]] = plan.review_rows or []  # type: ignore[attr-defined]
    return {
        "aims": aims(targets, seen, today=today),
        "reviews": [PlanReview(**_with_days(row, "day", "since")) for row in looked],
        "plan_before": before if plan.start < today else None,
        "plan_since": since if plan.start < today else None,
        "timetable_over": plan.timetable_end is not None and plan.timetable_end < today,
    }
