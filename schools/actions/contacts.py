"""School contacts in bulk: looked at first, written when confirmed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from accounts.models import User
from schools.actions import postings
from schools.importers.contacts import Row
from schools.importers.table import LineProblem
from schools.models import Posting, School

ROLE_OF = {"contact": "school_contact", "staff": "school_staff"}


@dataclass(frozen=True, slots=True)
class Planned:
    """What one line would do: invite somebody, post somebody known, or nothing."""

    row: Row
    school: School
    user: User | None  # known already
    posted: bool  # and posted to this school already

    @property
    def in_words(self) -> str:
        if self.posted:
            return "already works with this school: nothing changes"
        return f"is known as {self.user.name}: is posted to the school" if self.user else "is invited and posted to the school"


@dataclass(frozen=True, slots=True)
class Plan:
    lines: list[Planned]
    problems: list[LineProblem]


def plan(rows: Sequence[Row], *, today: dt.date) -> Plan:
    """What the file would do, and which of its lines cannot be done. Writes nothing."""
    schools = School.objects.in_bulk({row.urn for row in rows}, field_name="urn")
    users = {user.email.lower(): user for user in User.objects.filter(email__in={row.email for row in rows})}
    current = Posting.objects.standing(today).filter(user__in=users.values())
    posted = set(current.values_list("user", "school"))
    lines, problems = [], []
    for row in rows:
        school, user = schools.get(row.urn), users.get(row.email)
        if school is None:
            problems.append(LineProblem(row.line, "urn", str(row.urn), f"No school has URN {row.urn}"))
        elif user is not None and not user.is_active:
            problems.append(LineProblem(row.line, "email", row.email, f"{user} is disabled. Enable the user first"))
        elif user is not None and user.as_role.in_authority:
            problems.append(LineProblem(row.line, "email", row.email, f"{user} is {user.as_role.name.lower()}, not school staff"))
        else:
            lines.append(Planned(row, school, user, user is not None and (user.pk, school.pk) in posted))
    return Plan(lines, problems)


@transaction.atomic
def load_contacts(*, by: User, today: dt.date, now: dt.datetime, lines: Sequence[Planned]) -> list[User]:
    """Do what was planned. Returns the people invited, who await their e-mail."""
    invited: dict[str, User] = {}
    for line in lines:
        if line.posted:
            continue
        user = line.user or invited.get(line.row.email)
        if user is None:
            role = ROLE_OF[line.row.part]
            user = postings.invite(by=by, today=today, now=now, name=line.row.name, email=line.row.email, role=role)
            invited[line.row.email] = user
        postings.give_postings(by=by, today=today, user=user, schools=[line.school], part=line.row.part, start=today)
    return list(invited.values())
