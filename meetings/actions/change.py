"""Another day or another owner for what was agreed, with a reason. What stood before is kept."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction

from accounts import audit
from accounts.models import User
from attendance.words import say_day
from casework.models import Entry
from meetings.actions.agreed import check_due
from meetings.actions.problems import MeetingProblem, token_of, write_to_case
from meetings.models import Action, ActionChange


@transaction.atomic
def change_action(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    action: Action,
    due: dt.date | None,
    owner: str,
    reason: str,
    owner_name: str = "",
    form_token: uuid.UUID | None = None,
) -> Action:
    """Raises `MeetingProblem`. A form that is sent twice changes it once."""
    reason, name = reason.strip(), owner_name.strip()
    token = token_of(form_token, by, action.pk, due, owner, name, reason)
    action = Action.objects.select_for_update(of=("self",)).select_related("meeting__school", "school", "pupil").get(pk=action.pk)
    if token and ActionChange.objects.filter(form_token=token).exists():
        return action
    if action.closed:
        raise MeetingProblem(f"This action was closed on {say_day(action.closed)}: open it again first.")
    if owner not in Action.Owner.values:
        raise MeetingProblem("Choose who does it", "owner")
    if owner == Action.Owner.SERVICE and not name:
        raise MeetingProblem("Name the service", "owner_name")
    if (due, owner, name) == (action.due, action.owner, action.owner_name):
        raise MeetingProblem("This is what stands already. Choose another day or somebody else.", "due")
    if due != action.due:
        due = check_due(due, today=today)
    if not reason:
        raise MeetingProblem("Say why: it stands beside the action for ever", "reason")
    before_due, before_who = action.due, action.who
    action.due, action.owner, action.owner_name = due or action.due, owner, name
    action.save(update_fields=["due", "owner", "owner_name"])
    ActionChange.objects.create(
        action=action,
        due_before=before_due,
        who_before=before_who,
        due_after=action.due,
        who_after=action.who,
        reason=reason,
        by=by,
        at=now,
        form_token=token,
    )
    line = f"Action of the {action.meeting.words} on {say_day(action.meeting.day)}, “{action.what.rstrip('.')}”: "
    line += f"now {action.who}, by {say_day(action.due)}, instead of {before_who}, by {say_day(before_due)}. {reason}"
    write_to_case(by=by, today=today, now=now, meeting=action.meeting, pupil=action.pupil, kind=Entry.Kind.ACTION, words=line)
    audit.record("Action changed", by=by, subject=action, due=action.due.isoformat(), owner=owner)
    return action
