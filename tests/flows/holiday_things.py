"""Families that were on holiday together, and a batch of theirs at any stage."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from accounts import clock
from accounts.models import User
from legal import considered
from legal.actions import answer_batch, ask_for_check, begin_batch, confirm, confirm_register, consider_batch, submit_batch
from legal.actions.bulk import work
from legal.checklist import items
from legal.models import BulkIssue, HolidayBatch
from schools.models import Parent, Pupil, School
from tests import factories
from tests.flows.notice_things import NOTHING_AGAINST, TODAY

WEEK_AWAY = r"/\ /\ /\ /\ /\ GG GG GG GG GG /\ /\ /\ /\ /\ "


@dataclass(frozen=True)
class Family:
    children: list[Pupil]
    parents: list[Parent]

    @property
    def asked(self) -> dict[Pupil, list[Parent]]:
        return dict.fromkeys(self.children, self.parents)


@transaction.atomic
def a_family(school: School, surname: str = "Example", forenames: tuple[str, ...] = ("Ash", "Bay"), parents: int = 2) -> Family:
    """Brothers and sisters on holiday from 9 to 13 November 2026, with parents who live at one address."""
    children = [factories.make_pupil(surname, forename, dob=dt.date(2016, 3, 4)) for forename in forenames]
    for child in children:
        enrolment = factories.enrol(child, school, start=dt.date(2026, 9, 1))
        factories.write_marks(enrolment, dt.date(2026, 11, 2), WEEK_AWAY)
    return Family(children, [factories.make_parent(*children, surname=surname, forename=name) for name in ("Pat", "Kim")[:parents]])


def begun(by: User, school: School, *families: Family) -> HolidayBatch:
    asked = {child: parents for family in families for child, parents in family.asked.items()}
    return begin_batch(by=by, today=TODAY, now=clock.now(), school=school, asked=asked)


def answered(by: User, batch: HolidayBatch, **changes: str) -> HolidayBatch:
    answers = {item.key: "yes" for item in items("holiday")} | changes
    return answer_batch(by=by, today=TODAY, now=clock.now(), batch=batch, answers=answers, days={"leave": dt.date(2026, 11, 3)})


def sent(by: User, school: School, *families: Family) -> HolidayBatch:
    batch = answered(by, begun(by, school, *families))
    submit_batch(by=by, today=TODAY, now=clock.now(), batch=batch)
    away = [child for family in families for child in family.children]
    confirm_register(by=None, today=TODAY, now=clock.now(), school=school, pupils=away)
    return batch


def checked(by: User, legal: User, school: School, *families: Family) -> BulkIssue:
    batch = sent(by, school, *families)
    said = {key: considered.Said(*pair) for key, pair in NOTHING_AGAINST["holiday"].items()}
    consider_batch(by=legal, today=TODAY, now=clock.now(), batch=batch, said=said)
    bulk = ask_for_check(by=legal, today=TODAY, now=clock.now(), batch=batch)
    do(bulk)
    return bulk


def issued(by: User, legal: User, school: School, *families: Family) -> BulkIssue:
    bulk = checked(by, legal, school, *families)
    confirm(by=legal, today=TODAY, now=clock.now(), bulk=bulk)
    do(bulk)
    return bulk


def do(bulk: BulkIssue, *, today: dt.date = TODAY) -> BulkIssue:
    """What the workers would do of it, until nothing is left."""
    while work(bulk.pk, today=today, moment=clock.now):
        pass
    bulk.refresh_from_db()
    return bulk
