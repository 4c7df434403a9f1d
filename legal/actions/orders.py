"""Orders of courts and the steps before them: written down, and ended when something has come of them."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction

from accounts import audit
from accounts.models import User
from legal import clocks_orders
from legal.actions import people
from legal.actions.deadlines import keep_deadlines
from legal.actions.problem import NoticeProblem, moved_on, tell_case
from legal.models import Order
from legal.penalty import written
from schools.models import Enrolment, Parent, PolicyValue, Pupil


@transaction.atomic
def record_order(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    pupil: Pupil,
    kind: str,
    start: dt.date,
    parent: Parent | None = None,
    last: dt.date | None = None,
    court: str = "",
    reference: str = "",
    words: str = "",
    form_token: uuid.UUID | None = None,
) -> Order:
    """Write down what a court made or what was served. Its last day follows from the rule, unless the court said another."""
    if form_token and (made := Order.objects.filter(form_token=form_token, pupil=pupil).first()):
        return made
    if kind not in Order.Kind.values:
        raise NoticeProblem("Choose what is to be recorded.", "kind")
    if start > today:
        raise NoticeProblem("Enter today or an earlier day: record it when it has happened.", "start")
    if kind in Order.OF_A_PARENT and parent is None:
        raise NoticeProblem("Choose the parent whom it is about.", "parent")
    if parent is not None:
        people.recorded(pupil, [parent], "parent")
    if kind == Order.Kind.CONSIDERED and not words.strip():
        raise NoticeProblem("Say why an order is not applied for: the court asks (Education Act 1996 s.447).", "words")
    rule = clocks_orders.running(kind, start, PolicyValue.objects.in_force(start))
    if last is not None and rule.last is None and kind != Order.Kind.ATTENDANCE:
        raise NoticeProblem("This has no last day. Leave it empty.", "last")
    if last is not None and last < start:
        raise NoticeProblem("The last day is before the first.", "last")
    order = Order.objects.create(
        pupil=pupil, parent=parent, kind=kind, start=start, last=last or rule.last, court=court.strip(), reference=reference.strip(),
        words=words.strip(), by=by, at=now, form_token=form_token,
    )  # fmt: skip
    _told(order, by, today, now, f"Recorded: {order.get_kind_display().lower()}, {written(start)}.")
    audit.record("recorded an order", by=by, subject=order, pupil=pupil.pk, order=kind, start=str(start))
    keep_deadlines(pupils=[pupil.pk], schools=None, today=today, now=now, by=by)
    return order


@transaction.atomic
def end_order(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    order: Order,
    day: dt.date,
    words: str,
    carried_out: bool | None = None,
    version: int | None = None,
) -> Order:
    """Say that it runs no more: discharged, revoked, answered, or dealt with when its time was over."""
    held = Order.objects.select_for_update(of=("self",)).select_related("pupil").get(pk=order.pk)
    if version is not None and held.version != version:
        raise NoticeProblem(moved_on("order", held.pk, by))
    if held.ended:
        raise NoticeProblem(f"It was ended already, on {written(held.ended)}: {held.ended_words}")
    if day > today:
        raise NoticeProblem("Enter today or an earlier day.", "day")
    if day < held.start:
        raise NoticeProblem(f"It began on {written(held.start)}: it cannot have ended before.", "day")
    if not words.strip():
        raise NoticeProblem("Say what came of it.", "words")
    if held.kind == Order.Kind.PARENTING and carried_out is None:
        raise NoticeProblem("Say whether the parenting order was carried out: the yearly return counts those that were.", "carried_out")
    held.ended, held.ended_words = day, words.strip()
    held.carried_out = carried_out if held.kind == Order.Kind.PARENTING else None
    held.version += 1
    held.save(update_fields=["ended", "ended_words", "carried_out", "version"])
    _told(held, by, today, now, f"Ended: {held.get_kind_display().lower()} of {written(held.start)}.")
    audit.record("ended an order", by=by, subject=held, day=str(day))
    keep_deadlines(pupils=[held.pupil_id], schools=None, today=today, now=now, by=by)
    return held


def _told(order: Order, by: User, today: dt.date, now: dt.datetime, words: str) -> None:
    """In the case's chronology, for the authority alone: a school is not told what a court ordered."""
    enrolment = Enrolment.objects.filter(pupil=order.pupil).order_by("-start", "-pk").select_related("school").first()
    if enrolment is not None:
        tell_case(by=by, today=today, now=now, pupil=order.pupil, school=enrolment.school, words=words, shared=False)
