"""Considering the nine points before a notice is issued: one named person, a day, and what each answer was."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from django.db import transaction

from accounts import audit
from accounts.models import User
from legal import considered
from legal.actions.problem import NoticeProblem, hold_request
from legal.considered import Said
from legal.models import Considerations, HolidayBatch, Request
from legal.models.considerations import as_kept


@transaction.atomic
def consider(
    *, by: User, today: dt.date, now: dt.datetime, request: Request, said: Mapping[str, Said], version: int | None = None
) -> Considerations:
    """Every point answered and signed. Answered anew it takes the place of what was said before, which stays."""
    held = hold_request(request, version, by)
    if held.status != Request.Status.SUBMITTED:
        raise NoticeProblem(f"Only a request that waits for a decision is considered. This one: {held.get_status_display().lower()}.")
    _complete(held.route, said)
    made = _rows([held], said, by, today, now)[0]
    held.version += 1
    held.save(update_fields=["version"])
    audit.record("considered notice request", by=by, subject=held, considerations=made.pk)
    return made


@transaction.atomic
def consider_batch(
    *, by: User, today: dt.date, now: dt.datetime, batch: HolidayBatch, said: Mapping[str, Said], but: Sequence[int] = ()
) -> list[Considerations]:
    """The same answers for every request of a batch that waits, but for those in `but`: they are considered one by one."""
    waiting = batch.requests.select_for_update(of=("self",)).filter(status=Request.Status.SUBMITTED).exclude(pk__in=but).order_by("pk")
    requests = list(waiting)
    if not requests:
        raise NoticeProblem("No request of this batch waits for a decision.")
    _complete(Request.Route.HOLIDAY, said)
    made = _rows(requests, said, by, today, now)
    for request in requests:
        request.version += 1
    Request.objects.bulk_update(requests, ["version"])
    audit.record("considered holiday batch", by=by, subject=batch, requests=len(requests))
    return made


def _complete(route: str, said: Mapping[str, Said]) -> None:
    if wanting := considered.unanswered(route, said):
        field, words = next(iter(wanting.items()))
        raise NoticeProblem(words, field)


def _rows(requests: Sequence[Request], said: Mapping[str, Said], by: User, today: dt.date, now: dt.datetime) -> list[Considerations]:
    answers = as_kept(dict(said))
    return Considerations.objects.bulk_create(
        Considerations(request=request, answers=answers, by=by, by_name=by.name, day=today, at=now) for request in requests
    )


def considerations_to_issue(request: Request) -> Considerations:
    """What a decision to issue rests on; raises where it is not there or speaks against a notice."""
    found = Considerations.objects.current(request)
    if found is None:
        raise NoticeProblem(
            "Before a notice is issued the nine points are considered, answered and signed. Answer them on the request’s page, then decide."
        )
    if against := considered.against(found.said):
        why = " ".join(f"Point {point.number} ({point.question.rstrip('?').lower()}): {words}" for point, words in against)
        raise NoticeProblem(f"What was considered speaks against a notice. {why}")
    return found
