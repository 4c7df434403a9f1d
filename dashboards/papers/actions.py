"""Asking for papers."""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from attendance.reports.cuts import any_marks
from dashboards.models import Paper
from meetings.terms import Term
from schools import orders
from schools.models import PolicyValue, School

TASK = "daymark.make_paper"


class PaperProblem(ValueError):
    """Why a paper cannot be made so; in words for the person who asked."""


def ring(paper_id: int) -> None:
    orders.ring(TASK, paper_id)


@transaction.atomic
def ask_for_paper(
    *, by: User, today: dt.date, now: dt.datetime, kind: str, term: Term, audience: str, school: School | None = None
) -> Paper:
    """Have a paper made of a term. One that the same person has on its way already is not asked for twice."""
    if term.first > today:
        raise PaperProblem(f"{term.name} has not begun yet. Choose a term that has.")
    as_at = min(today, term.last)
    schools = [school.pk] if school else School.objects.values_list("pk", flat=True)
    if not any_marks(schools, term.year, term.first, as_at):
        raise PaperProblem(f"No register of {term.name.lower()} has been loaded, so there is nothing to say of it.")
    policy = PolicyValue.objects.in_force(today)
    asked = {"kind": kind, "school": school, "year": term.year, "term": term.number, "audience": audience, "as_at": as_at, "by": by}
    try:
        with transaction.atomic():
            paper = Paper.objects.create(
                **asked, by_name=by.name, asked_at=now, policy_version=policy.version, least=policy["publish_least"]
            )
    except IntegrityError:
        return Paper.objects.get(**asked, part_of=None, status__in=Paper.BUSY)
    audit.record("Paper asked for", by=by, subject=paper, audience=audience)
    ring(paper.pk)
    return paper


@transaction.atomic
def make_again(*, by: User, today: dt.date, paper: Paper) -> Paper:
    """Try a paper again that could not be made. What was made of it stays."""
    if orders.again(paper, TASK):
        audit.record("Paper asked for again", by=by, subject=paper)
    return Paper.objects.get(pk=paper.pk)
