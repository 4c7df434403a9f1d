"""Planning a blitz, taking its list from the registers of that morning, and writing down what came of each visit."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from casework import blitzes
from casework.actions.cases import USED_BEFORE, CaseProblem
from casework.actions.contacts import record_contact
from casework.models import Blitz, BlitzChild, Case, Contact
from schools.models import School

_AHEAD = dt.timedelta(days=92)


@transaction.atomic
def plan_blitz(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    day: dt.date,
    schools: Sequence[School],
    codes: Sequence[str],
    form_token: uuid.UUID | None,
) -> Blitz:
    """Choose a day and schools. Raises `CaseProblem`."""
    if made := Blitz.objects.filter(form_token=form_token).first() if form_token else None:
        return made
    if not schools:
        raise CaseProblem("Choose at least one school", "schools")
    if not codes:
        raise CaseProblem("Choose which absences the visits are about", "absences")
    if not today - dt.timedelta(days=28) <= day <= today + _AHEAD:
        raise CaseProblem("Choose a day of the last four weeks or the next three months", "day")
    try:
        with transaction.atomic():
            blitz = Blitz.objects.create(day=day, codes=sorted(codes), made_by=by, made_at=now, form_token=form_token)
    except IntegrityError:
        return Blitz.objects.get(form_token=form_token)  # sent twice at once: the other was quicker
    blitz.schools.set(schools)
    audit.record("Attendance blitz planned", by=by, subject=blitz, schools=len(schools), day=day.isoformat())
    return blitz


@transaction.atomic
def take_list(*, by: User, today: dt.date, now: dt.datetime, blitz: Blitz) -> int:
    """Everybody whose mark of that morning is one of the blitz's absences; how many are new on the list.

    Taken again when more registers have come in, it adds; nobody goes from it, for somebody may stand at their door.
    """
    blitz = Blitz.objects.select_for_update().get(pk=blitz.pk)
    if blitz.day > today:
        raise CaseProblem("The registers of that morning have not come: take the list on the day.")
    found = blitzes.absent(blitz)
    known = set(blitz.children.values_list("enrolment", flat=True))
    new = [
        BlitzChild(blitz=blitz, enrolment_id=one.enrolment, school_id=one.school, code=one.code)
        for one in found
        if one.enrolment not in known
    ]
    BlitzChild.objects.bulk_create(new)
    blitz.taken_at = now
    blitz.save(update_fields=["taken_at"])
    audit.record("Attendance blitz: list taken", by=by, subject=blitz, count=len(new))
    return len(new)


@transaction.atomic
def record_door(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    child: BlitzChild,
    result: str,
    child_seen: bool = False,
    words: str = "",
    form_token: uuid.UUID | None = None,
) -> BlitzChild:
    """What came of one visit. Where the child has an open case that the visitor may see, it is a contact of the case too."""
    held = BlitzChild.objects.select_for_update(of=("self",)).select_related("blitz", "enrolment__pupil", "by").get(pk=child.pk)
    if held.at:
        if form_token and held.form_token == form_token:
            return held  # the same form, sent twice
        raise CaseProblem(f"{held.by} has recorded this visit: {held.get_result_display().lower()}. Nothing of yours was saved.")
    if form_token and BlitzChild.objects.filter(form_token=form_token).exists():
        raise CaseProblem(USED_BEFORE)
    if held.blitz.day > today:
        raise CaseProblem("The day of this visit has not come.")
    case = Case.objects.visible_to(by).open().filter(pupil=held.enrolment.pupil_id).first()
    if case:
        said = f"Attendance blitz.\n{words}" if words else "Attendance blitz."
        held.contact = record_contact(
            by=by,
            today=today,
            now=now,
            case=case,
            day=held.blitz.day,
            kind=Contact.Kind.HOME_VISIT,
            result=result,
            child_seen=child_seen,
            words=said,
            form_token=form_token,
        )
    held.result, held.child_seen, held.words, held.by, held.at, held.form_token = result, child_seen, words, by, now, form_token
    held.save()
    audit.record("Attendance blitz: visit recorded", by=by, subject=held.blitz, result=result, child_seen=child_seen)
    return held
