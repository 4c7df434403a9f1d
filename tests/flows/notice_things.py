"""Pupils over the threshold, requests at every stage and notices, for tests of the pages about them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import connection, transaction

from accounts import clock
from accounts.models import User
from legal import checklist, considered
from legal.actions import confirm_register, decide, request_notice, serve_notice, submit_request
from legal.actions import consider as record_considerations
from legal.models import Answer, Considerations, Decision, Document, Notice, Request
from schools.models import Parent, Pupil, School
from tests import factories

TODAY = dt.date(2026, 11, 20)


def date(name: str, day: dt.date | None) -> dict[str, str]:
    """A date as its three boxes send it."""
    parts = (day.day, day.month, day.year) if day else ("", "", "")
    return {f"{name}_{part}": str(value) for part, value in zip(("day", "month", "year"), parts, strict=True)}


@transaction.atomic
def on_holiday(school: School, surname: str = "Example", **fields: Any) -> Pupil:
    """On roll since September, present but for ten sessions of G on 9 to 13 November 2026."""
    born = {"dob": dt.date(2013, 3, 4) + dt.timedelta(days=Pupil.objects.count())}  # of one name and day they would be asked about
    pupil = factories.make_pupil(surname, "Robin", **(born | fields))
    enrolment = factories.enrol(pupil, school, start=dt.date(2026, 9, 1))
    factories.write_marks(enrolment, dt.date(2026, 11, 2), r"/\ /\ /\ /\ /\ GG GG GG GG GG /\ /\ /\ /\ /\ ")
    return pupil


def draft(by: User, pupil: Pupil, school: School, *parents: Parent, route: str = "holiday") -> Request:
    return request_notice(by=by, today=TODAY, now=clock.now(), pupil=pupil, school=school, route=route, parents=list(parents))


def answer_all(request: Request, by: User) -> None:
    for item in checklist.items(request.route):
        Answer.objects.update_or_create(request=request, item=item.key, defaults={"given": "yes", "by": by, "at": clock.now()})


def confirmed(request: Request, *, today: dt.date = TODAY) -> Request:
    """The school says today that the marks agree with its register: nothing is issued before."""
    confirm_register(by=None, today=today, now=clock.now(), school=request.school, pupils=[request.pupil])
    return request


def submitted(by: User, pupil: Pupil, school: School, *parents: Parent) -> Request:
    found = draft(by, pupil, school, *parents)
    answer_all(found, by)
    return confirmed(submit_request(by=by, today=TODAY, now=clock.now(), request=found))


def consider(request: Request, by: User, *, today: dt.date = TODAY, **changes: tuple[str, str]) -> Considerations:
    """The nine points answered so that nothing speaks against a notice; `changes`: of one point, the answer and its words."""
    said = {key: considered.Said(*pair) for key, pair in (NOTHING_AGAINST[request.route] | changes).items()}
    return record_considerations(by=by, today=today, now=clock.now(), request=request, said=said)


NOTHING_AGAINST: dict[str, dict[str, tuple[str, str]]] = {
    "holiday": {
        "threshold": ("yes", ""), "appropriate": ("no", ""), "offered": ("not_needed", ""), "improve": ("holiday", ""),
        "best_tool": ("yes", ""), "equality": ("nothing", ""), "conflict": ("none", ""), "liable": ("allowed", ""),
        "history": ("known", ""),
    },
}  # fmt: skip
NOTHING_AGAINST["ongoing"] = NOTHING_AGAINST["holiday"] | {
    "appropriate": ("yes", ""),
    "offered": ("not_worked", "A plan ran for a term."),
    "improve": ("given", ""),
}


def issued(asker: User, legal: User, pupil: Pupil, school: School, *parents: Parent) -> list[Notice]:
    found = submitted(asker, pupil, school, *parents)
    consider(found, legal)
    asked: dict[str, Any] = {"request": found, "outcome": "issue", "reason": "holiday", "parents": list(parents)}
    decision = decide(by=legal, today=TODAY, now=clock.now(), **asked)
    return list(decision.notices.order_by("number"))


def served(notice: Notice, by: User, *, day: dt.date = TODAY) -> Notice:
    """Handed over on `day`; as if issued then, where that is earlier."""
    if day < notice.issued:
        Notice.objects.filter(pk=notice.pk).update(issued=day)
    return serve_notice(by=by, today=TODAY, now=clock.now(), notice=notice, service="hand", served=day)


def many_name(number: int) -> str:
    """In letters: digits are looked for among the UPNs."""
    return "Many" + "".join("abcdefghij"[int(figure)] for figure in f"{number:03d}")


def many_notices(school: School, by: User, count: int) -> None:
    """Many notices and requests at one school, written straight to the tables: for lists."""
    for number in range(1, count + 1):
        pupil = factories.make_pupil(many_name(number))
        factories.enrol(pupil, school, start=dt.date(2026, 9, 1))
        parent = factories.make_parent(pupil)
        asked = Request.objects.create(
            pupil=pupil,
            school=school,
            route="holiday",
            status=("submitted", "agreed", "draft", "returned")[number % 4],
            made=TODAY,
            made_by=by,
            submitted=TODAY if number % 4 < 2 else None,
        )
        asked.parents.add(parent)
        decision = Decision.objects.create(
            request=asked,
            outcome="issue",
            reason="holiday",
            by=by,
            by_name=by.name,
            day=TODAY,
            known_at=clock.now(),
            register="2026-11-09 AM G",
            sha256="0" * 64,
            policy_version="national 2024-08-19",
        )
        notice = Notice.objects.create(
            number=1000 + number,
            request=asked,
            decision=decision,
            pupil=pupil,
            parent=parent,
            school=school,
            issued=TODAY,
            order=1,
            amount_early=80,
            amount_full=160,
            sessions=["2026-11-09 AM=G"],
            to_name=str(parent),
            to_address=parent.address,
            **({"state": "served", "service": "hand", "served": TODAY, "receipt": TODAY} if number % 2 else {}),
        )
        Document.objects.create(notice=notice)
    with connection.cursor() as cursor:  # the planner's idea of the tables, as in a database that lives
        cursor.execute("analyze legal_notice, legal_request, schools_pupil, schools_enrolment, schools_parent, schools_responsibility")
