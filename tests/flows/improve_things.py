"""A child who is often absent without authority, and notices to improve and attendance contracts for the parents."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from legal.actions import confirm_register, contracts, improvements
from legal.actions.improvements import Terms
from legal.models import Contract, Improvement
from schools.models import Parent, Pupil, School, Term
from tests import factories

TODAY = dt.date(2026, 11, 20)  # a Friday
START, END = dt.date(2026, 11, 30), dt.date(2026, 12, 18)  # three school weeks, to the last day of term
AFTER = dt.date(2027, 1, 6)


def in_term(school: School) -> None:
    for name, first, last in (
        ("Autumn 1", dt.date(2026, 9, 2), dt.date(2026, 10, 23)),
        ("Autumn 2", dt.date(2026, 11, 2), dt.date(2026, 12, 18)),
        ("Spring 1", dt.date(2027, 1, 5), dt.date(2027, 2, 12)),
    ):
        Term.objects.create(school=school, name=name, start=first, end=last)


@transaction.atomic
def often_absent(school: School, surname: str = "Example", **fields: Any) -> Pupil:
    """On roll since September; 12 sessions without authority in two weeks of November."""
    pupil = factories.make_pupil(surname, "Robin", **fields)
    enrolment = factories.enrol(pupil, school, start=dt.date(2026, 9, 1))
    factories.write_marks(enrolment, dt.date(2026, 9, 7), r"/\ " * 30)
    factories.write_marks(enrolment, dt.date(2026, 11, 2), r"OO /\ OO /\ OU OO /\ OO /\ OO /\ /\ /\ /\ /\ ")
    return pupil


def terms(**changes: Any) -> Terms:
    said: dict[str, Any] = {
        "start": START,
        "weeks": 3,
        "most": 2,
        "support_given": "A plan since September; two meetings, neither of which was kept.",
        "support_offered": "A meeting with the school’s family worker, on a day of the family’s choice.",
        "contact": "Olive Officer, 01632 960123",
        "early": 6,
    }
    return Terms(**(said | changes))


def draft(by: User, pupil: Pupil, school: School, *parents: Parent, **changes: Any) -> list[Improvement]:
    return improvements.draft_improvements(
        by=by, today=TODAY, now=timezone.now(), pupil=pupil, school=school, parents=list(parents), terms=terms(**changes)
    )


def issued(by: User, pupil: Pupil, school: School, *parents: Parent, **changes: Any) -> list[Improvement]:
    rows = draft(by, pupil, school, *parents, **changes)
    confirmed(pupil, school)
    return improvements.issue_improvements(by=by, today=TODAY, now=timezone.now(), improvements=rows)


def confirmed(pupil: Pupil, school: School, *, today: dt.date = TODAY) -> None:
    """The school says today that the marks agree with its register: nothing is issued before."""
    confirm_register(by=None, today=today, now=timezone.now(), school=school, pupils=[pupil])


def running(by: User, pupil: Pupil, school: School, parent: Parent, **changes: Any) -> Improvement:
    row = issued(by, pupil, school, parent, **changes)[0]
    return improvements.serve_improvement(by=by, today=TODAY, now=timezone.now(), improvement=row, service="hand", served=TODAY)


@transaction.atomic
def marks(pupil: Pupil, start: dt.date, string: str) -> None:
    factories.write_marks(pupil.enrolments.get(), start, string)


def offered(by: User, pupil: Pupil, school: School, *parents: Parent, present: tuple[Parent, ...] = (), **changes: Any) -> Contract:
    said: dict[str, Any] = {
        "requirements": "Robin is at school every day by 8.45, and I call before 9 on a day of illness.",
        "support": "The family worker calls every Monday; breakfast club is free of charge.",
        "start": dt.date(2026, 11, 16),
        "end": dt.date(2027, 2, 12),
        "review_by": dt.date(2026, 12, 11),
    }
    contract = contracts.draw_up(
        by=by, today=TODAY, now=timezone.now(), pupil=pupil, school=school, parents=list(parents), **(said | changes)
    )
    return contracts.offer(by=by, today=TODAY, now=timezone.now(), contract=contract, present=[parent.pk for parent in present])
