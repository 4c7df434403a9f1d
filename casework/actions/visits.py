"""Planning a visit, checking in and out, and writing down what came of it."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from casework.actions.cases import USED_BEFORE, CaseProblem, hold
from casework.actions.contacts import record_contact
from casework.models import Case, Contact, Visit

_AHEAD = dt.timedelta(days=92)


@transaction.atomic
def plan_visit(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    case: Case,
    day: dt.date,
    time: dt.time,
    back_by: dt.time,
    place: str,
    known_to: User | None = None,
    known_to_words: str = "",
    form_token: uuid.UUID | None = None,
) -> Visit:
    """Plan to go to see a family; somebody must know of it. Raises `CaseProblem`."""
    if made := Visit.objects.filter(form_token=form_token, case=case).first() if form_token else None:
        return made
    held = hold(case, by=by, now=now)
    if day < today:
        raise CaseProblem("A visit is planned for today or a day to come. One that was made is recorded as a contact", "day")
    if day > today + _AHEAD:
        raise CaseProblem("The visit is more than three months away: check the date", "day")
    if back_by <= time:
        raise CaseProblem("The time to check out by must be after the visit begins, on the same day", "back_by")
    if known_to is None and not known_to_words.strip():
        raise CaseProblem("Say who knows of the visit: they are told when you are not back", "known_to")
    if known_to == by:
        raise CaseProblem("Somebody other than you must know of the visit", "known_to")
    visit = Visit(
        case=held,
        officer=by,
        day=day,
        time=time,
        back_by=back_by,
        place=place.strip(),
        known_to=known_to,
        known_to_words=known_to_words.strip(),
        planned_at=now,
        form_token=form_token,
    )
    try:
        with transaction.atomic():
            visit.save()
    except IntegrityError:
        if made := Visit.objects.filter(form_token=form_token, case=held).first() if form_token else None:
            return made  # sent twice at once: the other was quicker
        raise CaseProblem(USED_BEFORE) from None
    audit.record("Visit planned", by=by, subject=held, day=day.isoformat(), known_to=known_to.pk if known_to else None)
    return visit


def _held(visit: Visit) -> Visit:
    return Visit.objects.select_for_update(of=("self",)).select_related("case", "officer").get(pk=visit.pk)


def _of_its_officer(visit: Visit, by: User) -> None:
    """Whoever stands at the door checks in. A manager may check somebody out, once they have heard from them."""
    if visit.officer_id != by.pk and not by.as_role.every_school:
        raise CaseProblem(f"This visit is {visit.officer}’s: only they, or a manager who has heard from them, can do that.")


@transaction.atomic
def check_in(*, by: User, today: dt.date, now: dt.datetime, visit: Visit) -> Visit:
    """Sets off for the door. Twice does nothing."""
    visit = _held(visit)
    _of_its_officer(visit, by)
    if visit.cancelled or visit.ended:
        raise CaseProblem("This visit is over. Plan another one.")
    if visit.day > today:
        raise CaseProblem("This visit is of a day to come.")
    if visit.started is None:
        visit.started = now
        visit.save(update_fields=["started"])
        audit.record("Checked in to a visit", by=by, subject=visit)
    return visit


@transaction.atomic
def check_out(*, by: User, now: dt.datetime, visit: Visit) -> Visit:
    """Is safely away again. Twice does nothing."""
    visit = _held(visit)
    _of_its_officer(visit, by)
    if visit.cancelled:
        raise CaseProblem("This visit was cancelled.")
    if visit.ended is None:
        visit.ended = now
        visit.save(update_fields=["ended"])
        audit.record("Checked out of a visit", by=by, subject=visit, for_somebody_else=visit.officer_id != by.pk)
    return visit


@transaction.atomic
def cancel_visit(*, by: User, now: dt.datetime, visit: Visit) -> Visit:
    """It does not take place. One that has begun is checked out of."""
    visit = _held(visit)
    _of_its_officer(visit, by)
    if visit.started or visit.ended:
        raise CaseProblem("This visit has begun: check out of it.")
    if visit.cancelled is None:
        visit.cancelled = now
        visit.save(update_fields=["cancelled"])
        audit.record("Visit cancelled", by=by, subject=visit)
    return visit


@transaction.atomic
def stay_longer(*, by: User, today: dt.date, visit: Visit, back_by: dt.time) -> Visit:
    """Another time to check out by."""
    visit = _held(visit)
    _of_its_officer(visit, by)
    if visit.cancelled or visit.ended:
        raise CaseProblem("This visit is over.")
    if visit.day < today:
        raise CaseProblem("The day of this visit is over: check out of it.")
    if back_by <= visit.time:
        raise CaseProblem("The time to check out by must be after the visit begins, on the same day", "back_by")
    visit.back_by = back_by
    visit.save(update_fields=["back_by"])
    audit.record("Visit made longer", by=by, subject=visit, back_by=back_by.isoformat())
    return visit


@transaction.atomic
def record_visit(*, by: User, today: dt.date, now: dt.datetime, visit: Visit, **said: Any) -> Contact:
    """What came of it, as a contact of the case (`said`: as for `record_contact`). It is written once; more is a note."""
    visit = _held(visit)
    token = said.get("form_token")
    if visit.contact_id:
        written = Contact.objects.filter(pk=visit.contact_id).select_related("entry").first()
        if written and token and written.entry.form_token == token:
            return written  # the same form, sent twice
        raise CaseProblem("What came of this visit is recorded already. Write a note in the case for anything more.")
    if visit.cancelled:
        raise CaseProblem("This visit was cancelled. If it took place after all, record a contact in the case.")
    if visit.day > today:
        raise CaseProblem("This visit is of a day to come: nothing can have come of it yet.")
    contact = record_contact(by=by, today=today, now=now, case=visit.case, day=visit.day, kind=Contact.Kind.HOME_VISIT, **said)
    visit.contact = contact
    visit.save(update_fields=["contact"])
    return contact
