"""A borough with a last full year: schools below, at and far above England's attendance, and the year's plan set on it."""

from __future__ import annotations

import datetime as dt

from accounts import clock
from accounts.models import User
from meetings.actions import set_plan
from meetings.models import YearPlan
from meetings.planning import proposed
from schools.models import School
from tests import factories
from tests.flows.rated import attend

SEPTEMBER = dt.date(2025, 9, 8)
TODAY = dt.date(2026, 11, 20)


def last_year(school: School, absent: int, *, weeks: int = 38) -> None:
    """1,000 sessions or so of last year, one pupil: `absent` of 10 a week for `weeks` weeks missed."""
    attend(school, absent, pupils=1, weeks=weeks, start=SEPTEMBER)


def with_figures(*schools: School) -> None:
    factories.refresh(*schools, today=TODAY)


def set_year(manager: User, **asked: object) -> dict[int, YearPlan]:
    """By URN, as a manager accepts all that is proposed."""
    wanted = {"year": 2026, "seen": proposed(2026, today=TODAY).seen, "schools": None} | asked
    set_plan(by=manager, today=TODAY, now=clock.now(), **wanted)  # type: ignore[arg-type]
    return {plan.school.urn: plan for plan in YearPlan.objects.filter(year=2026).select_related("school")}
