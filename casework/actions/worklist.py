"""Taking rows off a list of work today, with a reason, and putting them back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from accounts import audit
from accounts.models import User
from attendance.words import say_day
from casework.actions.cases import clock_words
from casework.models.worklist import Dismissal, last_day
from casework.worklist import Row


class WorklistProblem(ValueError):
    """Why rows cannot be dismissed, in words for the person who asked."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class DismissedRows:
    count: int
    others: Sequence[str]  # what somebody else had dismissed meanwhile, with who and when


@transaction.atomic
def dismiss_rows(
    *,
    by: User,
    owner: User,
    today: dt.date,
    now: dt.datetime,
    rows: Sequence[Row],
    reason: str,
    words: str = "",
    until: dt.date | None = None,
) -> DismissedRows:
    """Take `rows` off `owner`'s list with one reason. What somebody was quicker with stays as they said, and is told.

    Without a day to look again it is the last one allowed: nothing is off a list for good.
    """
    _check(rows, reason, words, until, today)
    User.objects.select_for_update().get(pk=owner.pk)  # of one list one at a time
    keys = [row.key for row in rows]
    before = {one.key: one for one in Dismissal.objects.standing().of(owner).filter(key__in=keys).select_related("by")}
    others, fresh = [], []
    for row in rows:
        said = before.get(row.key)
        if said is not None and said.pk != row.judged_by:
            if said.by_id != by.pk:
                others.append(f"{said.by} dismissed “{row.title}” {clock_words(said.at, now)}: {said.said}.")
            continue  # one's own: the same form, sent twice
        fresh.append(row)
    again = [before[row.key].pk for row in fresh if row.key in before]
    Dismissal.objects.filter(pk__in=again).update(ended=today, ended_by=by)
    Dismissal.objects.bulk_create(
        Dismissal(
            owner=owner, key=row.key, title=row.title[:400], reason=reason, words=words.strip(), until=until or last_day(today),
            measure=row.measure.as_json(), day=today, at=now, by=by,
        )
        for row in fresh
    )  # fmt: skip
    if fresh:
        audit.record("Rows dismissed", by=by, subject=owner, count=len(fresh), reason=reason, keys=[row.key for row in fresh])
    return DismissedRows(len(fresh), others)


def _check(rows: Sequence[Row], reason: str, words: str, until: dt.date | None, today: dt.date) -> None:
    if not rows:
        raise WorklistProblem("Nothing was chosen, or what was chosen is no longer on the list. Choose what to dismiss.")
    if reason not in Dismissal.Reason.values:
        raise WorklistProblem("Choose why", "reason")
    if reason == Dismissal.Reason.SCHOOL_LEADS and until is None:
        raise WorklistProblem("Enter the day on which to look again", "until")
    if reason == Dismissal.Reason.OTHER and not words.strip():
        raise WorklistProblem("Say why, in words", "words")
    if until and until <= today:
        raise WorklistProblem("The day to look again must be after today", "until")
    if until and until > (last := last_day(today)):
        raise WorklistProblem(f"The day to look again must be within 12 weeks, by {say_day(last)}", "until")


@transaction.atomic
def put_back(*, by: User, owner: User, today: dt.date, now: dt.datetime, key: str) -> int:
    """Put a dismissed row back on the list. Sent twice it does no harm."""
    User.objects.select_for_update().get(pk=owner.pk)
    count = Dismissal.objects.standing().of(owner).filter(key=key).update(ended=today, ended_by=by)
    if count:
        audit.record("Row put back", by=by, subject=owner, key=key)
    return count
