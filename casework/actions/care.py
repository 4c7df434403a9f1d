"""Children with a social worker: responses to a first morning of absence, and the school's word that the social worker was told."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from attendance.words import say_day
from casework.missing import todo
from casework.models import FirstDayResponse, TellWorker
from schools.models import Enrolment


class CareProblem(ValueError):
    """Why something cannot be written about a child with a social worker."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def respond(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    enrolment: Enrolment,
    kind: str,
    result: str,
    words: str = "",
    day: dt.date | None = None,
    form_token: uuid.UUID | None = None,
) -> FirstDayResponse:
    """Write down what was done about an absence, today's unless another `day` is said. A form that is sent twice writes once."""
    made = FirstDayResponse(enrolment=enrolment, day=day or today, kind=kind, result=result, words=words, by=by, by_name=by.name, at=now)
    if made.day > today:
        raise CareProblem("A response is written down once it has been made")
    made.form_token = form_token
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:
        if form_token and (written := FirstDayResponse.objects.filter(form_token=form_token, enrolment=enrolment).first()):
            return written
        raise CareProblem("This form was sent before, about another child. Nothing of yours was saved; send it again.") from None
    done = f"{made.get_kind_display()}: {made.get_result_display().lower()}." + (f" {words}" if words else "")
    todo.done(todo.key_of_first_day(enrolment.pk, made.day), by=by, today=today, now=now, words=done)
    audit.record("First-day absence answered", by=by, subject=enrolment, response=kind, result=result)
    return made


@transaction.atomic
def answer(
    *, by: User, today: dt.date, now: dt.datetime, task: TellWorker, told_on: dt.date, told_by: str, worker: str, reply: str = ""
) -> TellWorker:
    """The school says when the social worker was told, by whom, and what they answered."""
    held = TellWorker.objects.select_for_update(of=("self",)).get(pk=task.pk)
    said = (told_on, told_by.strip(), worker.strip(), reply)
    if held.answered and (held.told_on, held.told_by, held.worker, held.reply) == said:
        return held  # the same form, sent twice
    if held.answered or held.withdrawn:
        day = held.answered or held.withdrawn
        raise CareProblem(f"This task was {'answered' if held.answered else 'withdrawn'} on {say_day(day)}. Nothing of yours was saved.")
    if told_on > today:
        raise CareProblem("The day on which the social worker was told cannot be after today", "told_on")
    if told_on < held.first:
        raise CareProblem(f"This is about {say_day(held.first)} and after: the social worker cannot have been told before", "told_on")
    if not told_by.strip():
        raise CareProblem("Enter who told the social worker", "told_by")
    if not worker.strip():
        raise CareProblem("Enter who was told", "worker")
    held.told_on, held.told_by, held.worker, held.reply = said
    held.answered, held.answered_by = today, by
    held.save()
    words = f"{held.worker} was told on {say_day(told_on)} by {held.told_by}." + (f" {reply}" if reply else " No reply yet.")
    todo.done(todo.key_of_worker(held), by=by, today=today, now=now, words=words)
    audit.record("Social worker told", by=by, subject=held.enrolment, about=held.about, told_on=told_on.isoformat())
    return held
