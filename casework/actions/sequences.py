"""Choosing the sequence of stages in which cases are worked, from a day."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from accounts import audit
from accounts.models import User
from casework import stages
from casework.actions.cases import CaseProblem
from casework.models import SequenceChoice

_AHEAD = dt.timedelta(days=366)


@transaction.atomic
def choose_sequence(*, by: User, today: dt.date, now: dt.datetime, sequence: str, start: dt.date, reason: str) -> SequenceChoice:
    """Open cases keep the sequence they are in, and may go over to this one from the stage at which they stand."""
    if sequence not in stages.SEQUENCE:
        raise CaseProblem("Choose a sequence", "sequence")
    if start < today:
        raise CaseProblem("It begins today or later: cases that were opened before keep theirs", "start")
    if start > today + _AHEAD:
        raise CaseProblem("The day is more than a year away: check the year", "start")
    if not reason.strip():
        raise CaseProblem("Say why, for those who look back", "reason")
    same = SequenceChoice.objects.filter(sequence=sequence, start=start, reason=reason.strip(), by=by).first()
    if same is not None and not SequenceChoice.objects.filter(pk__gt=same.pk).exists():
        return same  # the same form, sent twice
    choice = SequenceChoice.objects.create(sequence=sequence, start=start, reason=reason.strip(), by=by, at=now)
    audit.record("Sequence of stages chosen", by=by, subject=choice, sequence=sequence, start=start.isoformat())
    return choice
