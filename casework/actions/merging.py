"""Two records of one child, as far as cases are concerned; the act itself is `schools.actions.merging`."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from accounts.models import User
from casework.models import Case, Referral
from schools.actions import merging
from schools.actions.merging import MergeProblem
from schools.models import Merge, Pupil


@transaction.atomic
def merge(*, by: User | None, today: dt.date, now: dt.datetime, pupil: Pupil, into: Pupil, why: str) -> Merge:
    """A child has one open case: that of the record that goes is closed, as a duplicate or for what came of it, by who works it."""
    if pupil.merged_into_id is None:
        case = Case.objects.select_for_update(of=("self",)).open().filter(pupil=pupil).select_related("officer").first()
        if case:
            whose = f"with {case.officer}" if case.officer else "without an officer"
            raise MergeProblem(
                f"The record that goes has an open case, {whose}. Keep that record instead, or close the case as “Duplicate” first."
            )
        if Referral.objects.waiting().filter(pupil=pupil).exists():
            raise MergeProblem("A referral of the record that goes waits for a decision. Decide on it first, or keep that record.")
    return merging.merge(by=by, today=today, now=now, pupil=pupil, into=into, why=why)
