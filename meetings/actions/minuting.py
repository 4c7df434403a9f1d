"""The minutes while the meeting goes on: each line saved by itself, by whoever writes. Nobody writes over what another saved."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import astuple, dataclass
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from casework.models import Plan
from meetings.actions.agreed import NewAction, agree
from meetings.actions.items import hold_item, not_cancelled
from meetings.actions.problems import MeetingProblem, hold
from meetings.cohorts import COHORTS
from meetings.models import Action, General, Item, Meeting
from schools.models import School

SECOND_STEP = "Opening a case or referring somebody is a second step: save the line, then choose it from the item’s own page."


class Overtaken(MeetingProblem):
    """Somebody else saved the line since it was read: `stands` is what they left, to be shown beside what was typed."""

    def __init__(self, stands: Item | General) -> None:
        self.stands = stands
        self.by, self.at = stands.saved_by, stands.saved_at
        if isinstance(stands, Item) and stands.decided_at and (self.at is None or stands.decided_at > self.at):
            self.by, self.at = stands.decided_by, stands.decided_at
        who = self.by.name if self.by else "Somebody else"
        super().__init__(f"{who} saved this line while you were writing. Nothing is lost: choose which stands.")


@dataclass(frozen=True, slots=True)
class Line:
    """What a line of the minutes says of one item, apart from its actions."""

    discussed: bool = False
    decision: str = ""
    lead: str = ""
    planned: str = ""
    note: str = ""
    note_shared: bool = False

    @classmethod
    def of(cls, item: Item) -> Line:
        return cls(item.discussed, item.decision, item.lead, item.planned, item.note, item.note_shared)


@dataclass(frozen=True, slots=True)
class Whole:
    """What the first line says of the meeting as a whole."""

    cohort: str = ""
    note: str = ""
    note_shared: bool = False

    @classmethod
    def of(cls, general: General) -> Whole:
        return cls(general.cohort, general.note, general.note_shared)


@transaction.atomic
def save_line(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    item: Item,
    line: Line,
    base: Line,
    action: NewAction | None = None,
    school: School | None = None,
    form_token: uuid.UUID | None = None,
) -> Item:
    """Write one line, and agree one more action with it. `base`: the line as it was read; another one standing is `Overtaken`.

    `school`: whose the action is, of a meeting of several; None for each of them.
    Sent twice, a line is written once. What is decided to be an action has one: `action`, or one that stands already.
    """
    item = hold_item(item)
    meeting = item.meeting
    not_cancelled(meeting)
    if line.decision and not line.discussed:
        line = _with(line, discussed=True)
    if action and not line.decision:
        line = _with(line, discussed=True, decision=Item.Decision.ACTION)
    stands = Line.of(item)
    _check_line(item, line, stands)
    if stands not in (line, base):
        raise Overtaken(item)
    if line.decision == Item.Decision.ACTION and action is None and not item.actions.exists():
        raise MeetingProblem("Say what was agreed, or choose another decision", "what")
    if stands != line:
        _write(item, line, by=by, now=now)
        item.save()
        audit.record("Minutes written", by=by, subject=meeting, item=item.place, decision=line.decision)
    if action:
        agree(by=by, today=today, now=now, meeting=meeting, new=action, item=item, school=school, form_token=form_token)
        Item.objects.filter(pk=item.pk).update(saved_by=by, saved_at=now)
        item.refresh_from_db()
    return item


def _with(line: Line, **changes: Any) -> Line:
    said = {name: getattr(line, name) for name in Line.__slots__}
    return Line(**said | changes)


def _check_line(item: Item, line: Line, stands: Line) -> None:
    if line.decision and line.decision not in Item.Decision.values:
        raise MeetingProblem("Choose what was agreed from the list", "decision")
    if line.decision in Item.SECOND_STEPS and line.decision != stands.decision:
        raise MeetingProblem(SECOND_STEP, "decision")
    if line.lead and line.lead not in Plan.Lead.values:
        raise MeetingProblem("Choose the lead practitioner from the list", "lead")
    if line.planned and line.planned not in Item.Planned.values:
        raise MeetingProblem("Choose what was agreed about the plan from the list", "planned")
    if item.pupil_id is None and (line.lead or line.planned):
        raise MeetingProblem("A lead practitioner and a plan are a pupil’s, and this item is about the school.", "lead")


def _write(item: Item, line: Line, *, by: User, now: dt.datetime) -> None:
    if line.decision != item.decision:
        item.decided_by, item.decided_at = (by, now) if line.decision else (None, None)
    for name in Line.__slots__:
        setattr(item, name, getattr(line, name))
    item.saved_by, item.saved_at, item.version = by, now, item.version + 1


@transaction.atomic
def save_general(*, by: User, now: dt.datetime, meeting: Meeting, whole: Whole, base: Whole) -> General:
    """Write the line about the meeting as a whole, on the same terms."""
    meeting = hold(meeting)
    not_cancelled(meeting)
    general = General.objects.select_related("saved_by").filter(meeting=meeting).first() or General(meeting=meeting, version=0)
    if whole.cohort and whole.cohort not in COHORTS:
        raise MeetingProblem("Choose the priority cohort from the list", "cohort")
    stands = Whole.of(general)
    if stands not in (whole, base):
        raise Overtaken(general)
    if stands != whole:
        general.cohort, general.note, general.note_shared = astuple(whole)
        general.saved_by, general.saved_at, general.version = by, now, general.version + 1
        general.save()
        audit.record("Minutes written", by=by, subject=meeting, cohort=whole.cohort)
    return general


@transaction.atomic
def take_back_action(*, by: User, now: dt.datetime, action: Action) -> None:
    """An action minuted by mistake, before the meeting is recorded as held and before anybody said anything of it. Others are dropped."""
    item = hold_item(action.item) if action.item else None
    meeting = item.meeting if item else hold(action.meeting)
    if meeting.status == Meeting.Status.HELD:
        raise MeetingProblem("The meeting was recorded as held: open the action and say that it is not needed any more, and why.")
    held = Action.objects.select_for_update().filter(pk=action.pk).first()
    if held is None:
        return  # taken back already
    if held.progress.exists() or held.carried_to.exists() or held.changes.exists() or held.chases.exists():
        raise MeetingProblem("Something was said of this action already: open it and say that it is not needed any more, and why.")
    held.delete()
    if item:
        item.saved_by, item.saved_at, item.version = by, now, item.version + 1
        item.save(update_fields=["saved_by", "saved_at", "version"])
    audit.record("Action taken back", by=by, subject=meeting, what=action.what)
