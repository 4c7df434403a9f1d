"""Asking for papers."""

from __future__ import annotations

import datetime as dt

from celery import current_app
from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from attendance.reports.cuts import any_marks
from dashboards.models import Paper
from meetings.terms import Term
from schools.models import PolicyValue, School

TASK = "daymark.make_paper"


class PaperProblem(ValueError):
    """Why a paper cannot be made so; in words for the person who asked."""


def ring(paper_id: int) -> None:
    """Tell a worker once the transaction is committed. A bell that cannot be rung loses nothing: the sweep looks again."""
    transaction.on_commit(lambda: current_app.send_task(TASK, args=[paper_id], retry=False), robust=True)


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
    paper = Paper.objects.select_for_update(of=("self",)).get(pk=paper.pk)
    if paper.status != Paper.Status.FAILED:
        return paper
    paper.status, paper.attempts, paper.error = Paper.Status.WAITING, 0, ""
    paper.save(update_fields=["status", "attempts", "error"])
    audit.record("Paper asked for again", by=by, subject=paper)
    ring(paper.pk)
    return paper
