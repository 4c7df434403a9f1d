"""Figures that no rollup keeps, asked for by somebody and worked out in the background: the row says what, a message only rings."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable

from django.db import transaction

from accounts import audit
from accounts.models import User
from attendance import answering
from attendance.actions import ring
from attendance.answering import Question
from attendance.measuring import Progress, quiet
from attendance.models import FiguresAsked
from schools.models import PolicyValue, School

log = logging.getLogger("daymark.asking")
TASK = "daymark.work_out_figures"
_ATTEMPTS = 3
_KEPT = dt.timedelta(days=90)
_TRIED_ENOUGH = "This was begun three times and ended each time before it was done. Tell whoever runs Daymark."
_WENT_WRONG = "Something went wrong while the figures were worked out. Try again; if it happens again, tell whoever runs Daymark."


def latest(user: User, question: Question, schools: Iterable[School]) -> FiguresAsked | None:
    """What `user` asked last with these words about these schools."""
    ids = sorted(school.pk for school in schools)
    return FiguresAsked.objects.visible_to(user).filter(question=question.as_values(), schools=ids).order_by("-asked_at", "-pk").first()


@transaction.atomic
def ask(*, by: User, now: dt.datetime, question: Question, schools: Iterable[School], in_background: bool = True) -> FiguresAsked:
    """Have figures worked out. What is on its way already is not asked for twice; what one asked long ago is dropped."""
    ids = sorted(school.pk for school in schools)
    list(User.objects.select_for_update().filter(pk=by.pk))  # two clicks, one question
    mine = FiguresAsked.objects.filter(by=by)
    mine.filter(asked_at__lt=now - _KEPT).delete()
    said = question.as_values()
    if busy := mine.filter(question=said, schools=ids, status__in=FiguresAsked.BUSY).first():
        return busy
    mine.filter(question=said, schools=ids).delete()
    asked = FiguresAsked.objects.create(by=by, asked_at=now, question=said, schools=ids)
    audit.record("Figures asked for", by=by, subject=asked, period=question.period.name, group=question.group.value, schools=len(ids))
    if in_background:
        ring(TASK, asked.pk)
    return asked


def work_out(asked_id: int, *, today: dt.date, now: dt.datetime, progress: Progress = quiet) -> FiguresAsked | None:
    """Answer what was asked for; None where it is answered, or in other hands. The row is held for as long as the work lasts."""
    busy = FiguresAsked.objects.filter(pk=asked_id, status__in=FiguresAsked.BUSY)
    with transaction.atomic():
        asked = busy.select_for_update(skip_locked=True).first()
        if asked is None:
            return None
        asked.status, asked.attempts = FiguresAsked.Status.RUNNING, asked.attempts + 1
        asked.save(update_fields=["status", "attempts"])
    try:
        with transaction.atomic():
            asked = busy.select_for_update(skip_locked=True).first()
            if asked is None:
                return None
            if asked.attempts > _ATTEMPTS:
                return _end(asked, now, error=_TRIED_ENOUGH)
            schools = list(School.objects.filter(pk__in=asked.schools).order_by("sort_name", "pk"))
            found = answering.answer(
                schools,
                answering.question_of(asked.question),
                today=today,
                policy=PolicyValue.objects.in_force(today),
                registers=True,
                progress=progress,
            )
            asked.answer = answering.to_values(found)
            return _end(asked, now)
    except Exception:
        log.exception("Figures %s were not worked out", asked_id)
        return _end(FiguresAsked.objects.get(pk=asked_id), now, error=_WENT_WRONG)


def _end(asked: FiguresAsked, now: dt.datetime, *, error: str = "") -> FiguresAsked:
    asked.status = FiguresAsked.Status.FAILED if error else FiguresAsked.Status.DONE
    asked.error, asked.finished_at = error, now
    asked.save(update_fields=["status", "error", "finished_at", "answer"])
    return asked


def forgotten() -> list[int]:
    """What should be worked out and nobody does: a message was lost, or a worker killed."""
    with transaction.atomic():
        waiting = FiguresAsked.objects.filter(status__in=FiguresAsked.BUSY).order_by("pk")
        return list(waiting.select_for_update(skip_locked=True).values_list("pk", flat=True))
