"""Notices of a holiday batch issued as one job: checked, looked at by a person, then issued by as many workers as there are.

A line is one request, and is worked on in a transaction of its own, held by whoever works on it: what a killed worker held is free
again, and a line that is done is never done twice (its state and its decision are one transaction). The decision is
`decide`, with the same gate as a single one.
"""

from __future__ import annotations

import datetime as dt
import io
import logging
import uuid
from collections.abc import Callable

from django.db import models, transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Permission
from casework.letters.paper import together
from legal import documents
from legal.actions.decisions import check, decide, named
from legal.actions.notices import serve_notice
from legal.actions.problem import NoticeProblem, moved_on
from legal.models import BulkIssue, BulkLine, Decision, Document, HolidayBatch, Notice, Request
from legal.penalty import written
from schools import kept, locks, orders

log = logging.getLogger("daymark.bulk")

TASK = "daymark.issue_in_bulk"
SHARED_BY = 4  # rung so many times: as many workers as are free take part
AT_ONCE = 20  # lines, then others have their turn
LOCK = 7322  # first key of the advisory lock under which the file for printing is put together

State, Step = BulkLine.State, BulkIssue.Step


def _ring(bulk: BulkIssue) -> None:
    for _ in range(SHARED_BY):
        orders.ring(TASK, bulk.pk)


@transaction.atomic
def ask_for_check(
    *, by: User, today: dt.date, now: dt.datetime, batch: HolidayBatch, words: str = "", form_token: uuid.UUID | None = None
) -> BulkIssue:
    """Have every request of the batch that waits for a decision checked: what would be issued to whom, and who is left out and why."""
    if form_token and (made := BulkIssue.objects.filter(form_token=form_token, batch=batch).first()):
        return made
    held = HolidayBatch.objects.select_for_update().get(pk=batch.pk)
    if open_ := held.bulk_issues.filter(step__in=[*BulkIssue.BUSY, Step.CHECKED]).first():
        raise NoticeProblem(f"{open_.by_name} is at it already: this batch is {open_.get_step_display().lower()}. Go on with that.")
    waiting = list(held.requests.filter(status=Request.Status.SUBMITTED).order_by("pupil__sort_name", "pk").values_list("pk", flat=True))
    if not waiting:
        raise NoticeProblem("No request of this batch waits for a decision.")
    bulk = BulkIssue.objects.create(
        batch=held, by=by, by_name=by.name, reason=Decision.Reason.HOLIDAY, words=words.strip(), asked_at=now, form_token=form_token
    )
    BulkLine.objects.bulk_create(BulkLine(bulk=bulk, request_id=pk) for pk in waiting)
    audit.record("asked for bulk check", by=by, subject=bulk, requests=len(waiting))
    _ring(bulk)
    return bulk


def _hold(bulk: BulkIssue, step: str, by: User) -> BulkIssue:
    held = BulkIssue.objects.select_for_update().get(pk=bulk.pk)
    if held.step != step:
        raise NoticeProblem(f"{moved_on('bulkissue', held.pk, by)} It is {held.get_step_display().lower()}.")
    return held


@transaction.atomic
def confirm(*, by: User, today: dt.date, now: dt.datetime, bulk: BulkIssue) -> BulkIssue:
    """Issue what the check found, in the name of whoever confirms. Each is checked once more when its turn comes."""
    held = _hold(bulk, Step.CHECKED, by)
    count = held.lines.filter(state=State.READY).update(state=State.TO_ISSUE)
    if not count:
        raise NoticeProblem("Nothing in this batch can be issued. Each line says why.")
    held.step, held.by, held.by_name, held.confirmed_at = Step.ISSUING, by, by.name, now
    held.save(update_fields=["step", "by", "by_name", "confirmed_at"])
    audit.record("confirmed bulk issue", by=by, subject=held, requests=count)
    _ring(held)
    return held


@transaction.atomic
def drop(*, by: User, today: dt.date, now: dt.datetime, bulk: BulkIssue) -> BulkIssue:
    """Not gone on with: nothing is issued, the requests wait as before."""
    held = _hold(bulk, Step.CHECKED, by)
    held.step = Step.DROPPED
    held.save(update_fields=["step"])
    audit.record("dropped bulk issue", by=by, subject=held)
    return held


# what workers do


def work(bulk_id: int, *, today: dt.date, moment: Callable[[], dt.datetime], most: int = AT_ONCE) -> bool:
    """Do some lines, and end the step when none is left; any number of workers may. True: there is more to do."""
    for _ in range(most):
        bulk = BulkIssue.objects.busy().select_related("by").filter(pk=bulk_id).first()
        if bulk is None:
            return False
        done = _check_next(bulk, today, moment()) if bulk.step == Step.CHECKING else _issue_next(bulk, today, moment)
        if not done:
            return _end(bulk, moment())
    return True


def carry_on(bulk_id: int, *, today: dt.date, moment: Callable[[], dt.datetime]) -> None:
    """The task: some lines, then the bell for the rest, so that other work has its turn."""
    if work(bulk_id, today=today, moment=moment):
        orders.ring(TASK, bulk_id)


def forgotten() -> list[int]:
    """What should be being done: a message was lost, or a worker killed."""
    return list(BulkIssue.objects.busy().order_by("pk").values_list("pk", flat=True))


def _next(bulk: BulkIssue, state: str) -> BulkLine | None:
    """A line that nobody else is at, held until the transaction ends."""
    lines = BulkLine.objects.select_for_update(skip_locked=True, of=("self",)).filter(bulk=bulk, state=state)
    return lines.select_related("request__pupil", "request__school").order_by("pk").first()


@transaction.atomic
def _check_next(bulk: BulkIssue, today: dt.date, now: dt.datetime) -> bool:
    line = _next(bulk, State.TO_CHECK)
    if line is None:
        return False
    try:
        due = check(by=bulk.by, today=today, now=now, request=line.request)
    except Exception as problem:
        line.state, line.why = State.LEFT_OUT, _why(line, problem)
    else:
        line.state = State.READY
        line.due = [
            {
                "name": str(one.parent),
                "order": one.order,
                "early": one.escalation.early,
                "full": one.escalation.full,
                "sessions": len(one.sessions),
            }
            for one in due
        ]
    line.save(update_fields=["state", "why", "due"])
    return True


def _issue_next(bulk: BulkIssue, today: dt.date, moment: Callable[[], dt.datetime]) -> bool:
    """Issue one request's notices, and make their PDFs: whoever issued them has them at hand."""
    with transaction.atomic():
        line = _next(bulk, State.TO_ISSUE)
        if line is None:
            return False
        try:
            with transaction.atomic():
                line.decision = _decide(bulk, line.request, today, moment())
        except Exception as problem:
            line.state, line.why = State.LEFT_OUT, _why(line, problem)
        else:
            line.state = State.ISSUED
        line.save(update_fields=["state", "why", "decision"])
    if line.decision_id:
        for document in Document.objects.filter(notice__decision=line.decision_id).values_list("pk", flat=True):
            documents.make_document(document, now=moment())
    return True


def _why(line: BulkLine, problem: Exception) -> str:
    """One that goes wrong is left out and said, and holds up no other."""
    if isinstance(problem, NoticeProblem):
        return str(problem)
    log.error("Line %s of a bulk issue went wrong", line.pk, exc_info=problem)
    return f"Something went wrong ({type(problem).__name__}), and nothing of it was issued. Decide on this one by itself."


def _decide(bulk: BulkIssue, request: Request, today: dt.date, now: dt.datetime) -> Decision:
    by = bulk.by
    if not by.is_active or not by.may(Permission.DECIDE_NOTICE):
        raise NoticeProblem(f"{by} decides on notices no more. Have the rest checked again by somebody who does.")
    return decide(
        by=by,
        today=today,
        now=now,
        request=request,
        outcome=Decision.Outcome.ISSUE,
        reason=bulk.reason,
        words=bulk.words,
        parents=named(request),
    )


def _end(bulk: BulkIssue, now: dt.datetime) -> bool:
    """Nothing is left to take: end the step, if others are not still at some of it. True: there is more to do."""
    if bulk.step == Step.CHECKING:
        left = bulk.lines.filter(state=State.TO_CHECK).exists()
        if not left:
            BulkIssue.objects.filter(pk=bulk.pk, step=Step.CHECKING).update(step=Step.CHECKED)
        return False
    if bulk.lines.filter(state=State.TO_ISSUE).exists():
        return False  # in other hands
    for document in _documents(bulk).filter(status=Document.Status.WAITING).values_list("pk", flat=True):
        documents.make_document(document, now=now)
    if not _documents(bulk).filter(status=Document.Status.WAITING).exists():
        with locks.holding(LOCK, bulk.pk) as mine:
            if mine:
                _put_together(bulk, now)
    return False


def _documents(bulk: BulkIssue) -> models.QuerySet[Document]:
    return Document.objects.filter(notice__decision__bulk_line__bulk=bulk).order_by("notice__number")


def _put_together(bulk: BulkIssue, now: dt.datetime) -> None:
    """Every notice that was made, in one file for the print room, in the order of their numbers."""
    held = BulkIssue.objects.filter(pk=bulk.pk, step=Step.ISSUING).first()
    if held is None:
        return
    stored = list(_documents(bulk).filter(status=Document.Status.MADE).values_list("stored", flat=True))
    failed = _documents(bulk).exclude(status=Document.Status.MADE).count()
    if stored:
        made, pages = together(stored, f"Penalty notices, batch {bulk.batch_id}")
        found = kept.keep("notices", io.BytesIO(made), ".pdf")
        held.stored, held.sha256, held.size, held.pages, held.made_at = found.name, found.sha256, found.size, pages, now
    held.error = f"{failed} of the PDFs could not be made: see the notices. They are not in the file." if failed else ""
    held.step = Step.ISSUED
    held.save(update_fields=["stored", "sha256", "size", "pages", "made_at", "error", "step"])


@transaction.atomic
def confirm_posting(*, by: User, today: dt.date, now: dt.datetime, bulk: BulkIssue, posted: dt.date) -> list[Notice]:
    """All of its notices went by first class post on one day: from here their days to pay are counted."""
    held = _hold(bulk, Step.ISSUED, by)
    if held.posted:
        raise NoticeProblem(
            f"They were posted on {written(held.posted)}, says {held.posted_by}. A notice's own page corrects it.", "posted"
        )
    waiting = Notice.objects.filter(decision__bulk_line__bulk=held, state=Notice.State.ISSUED).order_by("number")
    served = [serve_notice(by=by, today=today, now=now, notice=notice, service=Notice.Service.POST, served=posted) for notice in waiting]
    if not served:
        raise NoticeProblem("None of these notices waits to be served.")
    held.posted, held.posted_by = posted, by
    held.save(update_fields=["posted", "posted_by"])
    audit.record("confirmed posting of bulk issue", by=by, subject=held, notices=len(served), posted=str(posted))
    return served
