"""Who carries how much: the schools, cases and meetings of everybody who works cases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from accounts.models import User
from accounts.permissions import Permission
from accounts.roles import ROLES
from casework import reports as casework_reports
from casework.models import Case
from casework.reports import Caseload
from dashboards.numbers import Number, list_of
from meetings.models import Meeting
from meetings.terms import Term, term_of
from schools.models import Posting, School

_WORKERS = [role.code for role in ROLES.values() if Permission.WORK_CASES in role.permissions]


@dataclass(frozen=True, slots=True)
class Load:
    """One officer's line."""

    officer: User
    schools: Number
    cases: Number
    overdue: Number  # cases whose plan's review is overdue
    without_plan: Number
    old: Number  # cases open for 12 weeks or more
    oldest: dt.date | None
    held: Number  # meetings this term
    planned: Number

    @property
    def any(self) -> bool:
        numbers = (self.schools, self.cases, self.held, self.planned)
        return any(number.value for number in numbers)


def workers() -> QuerySet[User]:
    """Those who may be given cases, and whoever still holds one."""
    holding = Exists(Case.objects.open().filter(officer=OuterRef("pk")))
    return User.objects.filter(Q(is_active=True, role__in=_WORKERS) | holding).order_by("name", "pk")


def met(term: Term) -> tuple[QuerySet[Meeting], Any]:
    """Support meetings of a term by officer and how they stand, "12-held", to be counted with other lists in one query."""
    return Meeting.objects.support().filter(day__range=(term.first, term.last)), Concat(Cast("officer", CharField()), Value("-"), "status")


def of_officers(counted: Mapping[str, int], *, today: dt.date) -> list[Load]:
    """Everybody who works cases, those without any school, case or meeting left out unless it is their trade. Two queries.

    `counted` is `met` of this term, counted.
    """
    lead = Posting.objects.on(today).filter(part=Posting.Part.LEAD, user=OuterRef("pk"), school__in=School.objects.open_on(today))
    people = list(workers().only("name", "role", "is_active").annotate(leads=ArraySubquery(lead.values("school").distinct())))
    cases = casework_reports.caseload(people, today=today)
    term = term_of(today)
    found = [_load(person, len(person.leads), cases[person.pk], counted, term) for person in people]
    return [load for load in found if load.any or not load.officer.as_role.every_school]


def _load(officer: User, schools: int, cases: Caseload, met: Mapping[str, int], term: Term) -> Load:
    who = officer.name
    held, planned = (met.get(f"{officer.pk}-{status}", 0) for status in (Meeting.Status.HELD, Meeting.Status.PLANNED))
    return Load(
        officer,
        Number(schools, f"school of {who},schools of {who}", list_of("school_list", officer=officer.pk)),
        Number(cases.open, f"open case of {who},open cases of {who}", list_of("cases", officer=officer.pk)),
        Number(
            cases.overdue_reviews,
            f"review overdue of {who},reviews overdue of {who}",
            list_of("cases", officer=officer.pk, review="overdue"),
        ),
        Number(
            cases.without_plan,
            f"case of {who} without a plan,cases of {who} without a plan",
            list_of("cases", officer=officer.pk, plan="none"),
        ),
        Number(
            cases.old,
            f"case of {who} open 12 weeks or more,cases of {who} open 12 weeks or more",
            list_of("cases", officer=officer.pk, age="old"),
        ),
        cases.oldest,
        Number(
            held,
            f"meeting held by {who},meetings held by {who}",
            list_of("meetings", officer=officer.pk, status="held", term=term.key),
        ),
        Number(
            planned,
            f"meeting planned by {who},meetings planned by {who}",
            list_of("meetings", officer=officer.pk, status="planned", term=term.key),
        ),
    )
