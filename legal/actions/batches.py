"""Holiday batches: many pupils asked for at once, one checklist for all with exceptions, sent together. Each stays a request of its own."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

from django.db import transaction

from accounts import audit
from accounts.models import User
from legal import checklist
from legal.actions.problem import NoticeProblem, moved_on
from legal.actions.requests import missing_items, request_notice, submit_request
from legal.models import Answer, HolidayBatch, Request
from schools.models import Parent, Pupil, School

_PREPARED = (Request.Status.DRAFT, Request.Status.RETURNED)


@transaction.atomic
def begin_batch(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    school: School,
    asked: Mapping[Pupil, Sequence[Parent]],
    form_token: uuid.UUID | None = None,
) -> HolidayBatch:
    """A request for each pupil, naming the parents who took them. All of them or none; a form sent twice makes one batch."""
    if form_token and (made := HolidayBatch.objects.filter(form_token=form_token, school=school).first()):
        return made
    if not asked:
        raise NoticeProblem("Tick the pupils to ask for.", "pupils")
    if nobody := [str(pupil) for pupil, parents in asked.items() if not parents]:
        raise NoticeProblem(f"Tick which parents took {' and '.join(nobody[:3])}.", "pupils")
    batch = HolidayBatch.objects.create(school=school, made=today, made_by=by, form_token=form_token)
    for pupil, parents in asked.items():
        request = request_notice(
            by=by, today=today, now=now, pupil=pupil, school=school, route=Request.Route.HOLIDAY, parents=parents, batch=batch
        )
        if request.batch_id != batch.pk:
            raise NoticeProblem(f"There is an open request for {pupil} already. Leave the child out of the batch.", "pupils")
    audit.record("began holiday batch", by=by, subject=batch, pupils=len(asked))
    return batch


def hold_batch(batch: HolidayBatch, version: int | None, by: User | None) -> HolidayBatch:
    held = HolidayBatch.objects.select_for_update(of=("self",)).select_related("school").get(pk=batch.pk)
    if version is not None and held.version != version:
        raise NoticeProblem(moved_on("holidaybatch", held.pk, by))
    return held


def _prepared(batch: HolidayBatch) -> list[Request]:
    """Its requests that can still be changed, held."""
    found = batch.requests.select_for_update(of=("self",)).filter(status__in=_PREPARED).select_related("pupil", "school")
    return list(found.order_by("pk"))


@transaction.atomic
def answer_batch(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    batch: HolidayBatch,
    answers: Mapping[str, str],
    days: Mapping[str, dt.date | None],
    version: int | None = None,
) -> HolidayBatch:
    """The holiday checklist once for all pupils. What was answered otherwise on a pupil's own request is an exception and stays."""
    held = hold_batch(batch, version, by)
    requests = _prepared(held)
    if not requests:
        raise NoticeProblem("No request of this batch can be changed any more.")
    given = _checked(answers, days, today)
    before = {key: (answer, day) for key, (answer, day) in held.answers.items()}
    known = {(one.request_id, one.item): one for one in Answer.objects.filter(request__in=requests)}
    lacked = {
        request.pk: {
            item.key for item in checklist.missing(request.route, {a.item: a.given for a in known.values() if a.request_id == request.pk})
        }
        for request in requests
        if request.override_reason
    }
    for request in requests:
        changed = False
        for key, (answer, day) in given.items():
            was = known.get((request.pk, key))
            if was is not None and (was.given, was.day.isoformat() if was.day else "") != before.get(key):
                continue  # an exception
            if was is not None and before.get(key) == (answer, day):
                continue
            changed = True
            if not answer:
                if was is not None:
                    was.delete()
                continue
            said = {"given": answer, "day": dt.date.fromisoformat(day) if day else None, "by": by, "at": now}
            Answer.objects.update_or_create(request=request, item=key, defaults=said)
        if changed:
            if (
                request.pk in lacked and {item.key for item in missing_items(request)} - lacked[request.pk]
            ):  # a manager let it go on without other items than these
                request.override_reason, request.override_by = "", None
            request.version += 1
            request.save(update_fields=["override_reason", "override_by", "version"])
    held.answers = {key: [answer, day] for key, (answer, day) in given.items() if answer}
    held.version += 1
    held.save(update_fields=["answers", "version"])
    missing = [item.key for item in checklist.missing(checklist.HOLIDAY, {key: answer for key, (answer, _) in given.items()})]
    audit.record("answered holiday batch", by=by, subject=held, requests=len(requests), missing=missing)
    return held


def _checked(answers: Mapping[str, str], days: Mapping[str, dt.date | None], today: dt.date) -> dict[str, tuple[str, str]]:
    found = {}
    for item in checklist.items(checklist.HOLIDAY):
        answer, day = answers.get(item.key, ""), days.get(item.key)
        if answer not in ("", *Answer.Given.values):
            raise NoticeProblem("Choose one of the answers offered.", item.key)
        if day is not None and day > today:
            raise NoticeProblem(f"Item {item.number}: enter today or an earlier day.", item.key)
        found[item.key] = (answer, day.isoformat() if day else "")
    return found


@transaction.atomic
def submit_batch(
    *, by: User, today: dt.date, now: dt.datetime, batch: HolidayBatch, version: int | None = None
) -> tuple[list[Request], list[tuple[Request, str]]]:
    """Send every request that can be sent; those that cannot stay, each with why. Raises where none can."""
    held = hold_batch(batch, version, by)
    requests = _prepared(held)
    if not requests:
        raise NoticeProblem("Every request of this batch has been sent, decided on or taken back.")
    sent: list[Request] = []
    kept: list[tuple[Request, str]] = []
    for request in requests:
        try:
            with transaction.atomic():
                sent.append(submit_request(by=by, today=today, now=now, request=request))
        except NoticeProblem as problem:
            kept.append((request, str(problem)))
    if not sent:
        raise NoticeProblem(f"None of it can be sent yet. {kept[0][0].pupil}: {kept[0][1]}")
    held.status, held.submitted = HolidayBatch.Status.SUBMITTED, today
    held.version += 1
    held.save(update_fields=["status", "submitted", "version"])
    audit.record("submitted holiday batch", by=by, subject=held, sent=len(sent), kept=len(kept))
    return sent, kept
