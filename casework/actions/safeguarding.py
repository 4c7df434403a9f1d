"""Writing down that safeguarding was considered, and what came of a referral. Never told to a school."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction

from accounts import audit
from accounts.models import User
from casework import considering
from casework.actions.cases import USED_BEFORE, CaseProblem, record
from casework.models import Case, Consideration, Entry
from schools.models import PolicyValue, Pupil

_BEFORE = dt.timedelta(days=366)


@transaction.atomic
def consider(
    *,
    by: User | None,
    today: dt.date,
    now: dt.datetime,
    pupil: Pupil,
    day: dt.date,
    considered_by: str,
    level: str,
    referred: bool,
    why: str,
    referred_to: str = "",
    form_token: uuid.UUID | None = None,
) -> Consideration:
    """Write down a consideration, with the evidence as it stands. A form that is sent twice writes once."""
    Pupil.objects.select_for_update(of=("self",)).get(pk=pupil.pk)
    if form_token and (made := Consideration.objects.filter(form_token=form_token).first()):
        if made.pupil_id == pupil.pk:
            return made
        raise CaseProblem(USED_BEFORE)
    if not today - _BEFORE <= day <= today:
        raise CaseProblem("Enter the day on which it was considered: today or earlier, within a year", "day")
    if not considered_by.strip():
        raise CaseProblem("Enter who considered it, by name and role", "considered_by")
    if level not in Consideration.Level.values:
        raise CaseProblem("Choose the level of need", "level")
    if referred and not referred_to:
        raise CaseProblem("Choose to whom the child is referred", "referred_to")
    if not why.strip():
        raise CaseProblem("Say why the child is referred" if referred else "Say why the child is not referred", "why")
    verdict = considering.standing(pupil, today=today).verdict
    case = Case.objects.open().filter(pupil=pupil).first()
    made = Consideration.objects.create(
        pupil=pupil,
        case=case,
        day=day,
        at=now,
        by=by,
        considered_by=considered_by.strip(),
        level=level,
        referred=referred,
        referred_to=referred_to if referred else "",
        why=why,
        evidence=list(verdict.evidence) if verdict else [],
        policy_version=PolicyValue.objects.in_force(today).version,
        form_token=form_token,
    )
    if case:
        to = f"Referred to {made.get_referred_to_display()}" if referred else "Not referred"
        said = f"Safeguarding considered by {made.considered_by}: {made.get_level_display()}. {to}."
        record(by=by, now=now, case=case, kind=Entry.Kind.SAFE, words=said, day=day)
    audit.record("Safeguarding considered", by=by, subject=pupil, level=level, referred=referred)
    return made


@transaction.atomic
def say_outcome(*, by: User | None, today: dt.date, now: dt.datetime, consideration: Consideration, outcome: str) -> Consideration:
    """What came of a referral, once it is known. Said once; who knows more writes a consideration anew."""
    held = Consideration.objects.select_for_update(of=("self",)).select_related("case", "pupil").get(pk=consideration.pk)
    if held.outcome:
        if held.outcome == outcome:
            return held  # the same form, sent twice
        raise CaseProblem("What came of it was written down meanwhile. Nothing of yours was saved.")
    if not held.referred:
        raise CaseProblem("The child was not referred: nothing is awaited")
    if not outcome.strip():
        raise CaseProblem("Say what came of the referral", "outcome")
    held.outcome, held.outcome_day = outcome, today
    held.save(update_fields=["outcome", "outcome_day"])
    if held.case and held.case.closed is None:
        said = f"What came of the referral to {held.get_referred_to_display()}: {outcome}"
        record(by=by, now=now, case=held.case, kind=Entry.Kind.SAFE, words=said, day=today)
    audit.record("Outcome of safeguarding referral recorded", by=by, subject=held.pupil, length=len(outcome))
    return held
