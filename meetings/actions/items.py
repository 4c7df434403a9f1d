"""The agenda: made by the rule, added to by people, and what is decided of each item."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Max

from accounts import audit
from accounts.models import User
from attendance.words import say_day
from casework import actions as casework_actions
from casework.models import Case, Entry
from casework.reasons import of_flag
from meetings import reports
from meetings.actions.problems import MeetingProblem, hold, keep, moved_on, write_to_case
from meetings.agenda import Agenda, Point, Rank, agenda
from meetings.models import Item, Meeting
from schools.models import Enrolment, Pupil

GONE = "This item is not on the agenda any more: the agenda was made again. Nothing of yours was saved; add the item if it is needed."
NO_CHILD = "A meeting of several schools names no child: what concerns a child is taken up with that child’s own school."
_SOURCES = {Rank.REVIEW: Item.Source.CASE, Rank.CARRIED: Item.Source.CARRIED}


def make_agenda(meeting: Meeting, *, today: dt.date, now: dt.datetime) -> Agenda:
    """Write the agenda of a meeting as things stand now. Items that were decided, acted on or added by a person stay.

    An item that is still called for stays the same row: a page from before still leads to it.
    """
    facts = reports.gather(meeting.school, today=today, but=meeting)
    found = agenda(facts.candidates, day=meeting.day, minutes=meeting.minutes, of_school=facts.of_school)
    standing = list(meeting.items.select_for_update(of=("self",)).prefetch_related("actions"))
    by_pupil = {item.pupil_id: item for item in standing if item.pupil_id}
    by_action = {item.carried_id: item for item in standing if item.carried_id and not item.pupil_id}
    new, stay = [], []
    for place, point in enumerate(found.points, start=1):
        item = by_pupil.get(point.pupil) if point.pupil else by_action.get(point.action or 0)
        if item is None:
            new.append(_item(meeting, point, place))
            continue
        item.place = place
        if not item.decision and not item.saved_at:  # what was decided, or written down, was for the reason that stood then
            _as_it_stands(item, point)
        stay.append(item)
    others = [item for item in standing if item not in stay]
    kept = [item for item in others if item.decision or item.saved_at or item.source == Item.Source.ADDED or item.actions.all()]
    for place, item in enumerate(kept, start=len(found.points) + 1):
        item.place = place
    meeting.items.filter(pk__in=[item.pk for item in others if item not in kept]).delete()
    Item.objects.bulk_update([*stay, *kept], ["place", "source", "reason", "flag", "case", "carried"])
    Item.objects.bulk_create(new)
    meeting.agenda_at, meeting.agenda_note = now, found.note
    meeting.save(update_fields=["agenda_at", "agenda_note"])
    return found


def _as_it_stands(item: Item, point: Point) -> None:
    """Why the item is there now; the words of whoever added it stay theirs."""
    item.flag_id, item.case_id = point.flag, point.case
    if item.source != Item.Source.ADDED:
        item.source, item.reason, item.carried_id = _source(point), point.reason, point.action


def _source(point: Point) -> Item.Source:
    return _SOURCES.get(point.rank, Item.Source.FLAG)


def _item(meeting: Meeting, point: Point, place: int) -> Item:
    return Item(
        meeting=meeting,
        place=place,
        source=_source(point),
        pupil_id=point.pupil,
        flag_id=point.flag,
        case_id=point.case,
        carried_id=point.action,
        reason=point.reason,
    )


@transaction.atomic
def refresh_agenda(*, by: User | None, today: dt.date, now: dt.datetime, meeting: Meeting) -> Meeting:
    """Make the agenda again before the meeting is held: registers have come, cases have been opened. `by` None: by the schedule."""
    meeting = hold(meeting)
    if not meeting.is_support:
        raise MeetingProblem("Only the agenda of a support meeting is made from flags and cases. Add what is to be talked about.")
    if meeting.status != Meeting.Status.PLANNED:
        raise MeetingProblem("The agenda of a meeting that was held or cancelled stays as it was.")
    made = make_agenda(meeting, today=today, now=now)
    keep(meeting, by=by, now=now)
    audit.record("Agenda made again", by=by, subject=meeting, items=meeting.items.count(), left_out=made.left_out)
    return meeting


@transaction.atomic
def add_item(*, by: User, today: dt.date, now: dt.datetime, meeting: Meeting, reason: str, pupil: Pupil | None = None) -> Item:
    """Put something on the agenda: a pupil on roll at the school, or a matter of the school. Sent twice, it is there once."""
    meeting = hold(meeting)
    not_cancelled(meeting)
    reason = reason.strip()
    if there := meeting.items.filter(pupil=pupil, reason=reason, source=Item.Source.ADDED).first():
        return there
    if not reason:
        raise MeetingProblem("Say in a sentence what is to be talked about", "reason")
    if pupil:
        if meeting.several:
            raise MeetingProblem(NO_CHILD, "pupil")
        if not Enrolment.objects.filter(pupil=pupil, school=meeting.school).on_roll(today).exists():
            raise MeetingProblem(f"{pupil} is not on roll at {meeting.school} today. Choose a pupil of this school.", "pupil")
        if there := meeting.items.filter(pupil=pupil).first():
            raise MeetingProblem(f"{pupil} is on the agenda already, as item {there.place}.", "pupil")
    last = meeting.items.aggregate(last=Max("place"))["last"] or 0
    case = Case.objects.open().filter(pupil=pupil, school=meeting.school).first() if pupil else None
    item = Item.objects.create(meeting=meeting, place=last + 1, source=Item.Source.ADDED, pupil=pupil, case=case, reason=reason)
    audit.record("Agenda item added", by=by, subject=meeting, pupil=pupil.pk if pupil else None)
    return item


@transaction.atomic
def decide_item(
    *, by: User, today: dt.date, now: dt.datetime, item: Item, decision: str, version: int | None = None, case_reason: str = ""
) -> tuple[Item, str]:
    """Write down what was decided, and say in a sentence what came of it. "Open a case" opens one, or links the one there is."""
    item = hold_item(item)
    meeting, opened = item.meeting, ""
    not_cancelled(meeting)
    if not decision:
        raise MeetingProblem("Choose what was decided", "decision")
    if decision == item.decision:
        return item, "This was decided already."
    if version is not None and item.version != version:
        raise moved_on(item.decided_by, item.decided_at, "item", now=now)
    item.decision, item.decided_by, item.decided_at = decision, by, now
    if decision == Item.Decision.CASE:
        opened = _open_case(item, by=by, today=today, now=now, reason=case_reason)
    item.version += 1
    item.save()
    if not (decision == Item.Decision.CASE and opened.startswith("A case")):  # a new case's first line says where it was decided
        words = f"{of_meeting(meeting, today)}: {item.get_decision_display().lower()}."
        write_to_case(by=by, today=today, now=now, meeting=meeting, pupil=item.pupil, kind=Entry.Kind.MEETING, words=words)
    audit.record("Agenda item decided", by=by, subject=meeting, item=item.place, decision=decision)
    return item, opened or f"{item.get_decision_display()}: written down."


def hold_item(item: Item) -> Item:
    now = Item.objects.select_for_update(of=("self",)).select_related(
        "meeting__school", "meeting__officer", "pupil", "flag", "decided_by", "saved_by"
    )
    held = now.filter(pk=item.pk).first()
    if held is None:
        raise MeetingProblem(GONE)
    return held


def _open_case(item: Item, *, by: User, today: dt.date, now: dt.datetime, reason: str) -> str:
    """Open a case with the meeting's officer, unless one is open. The reason is the flag's where nobody chose another."""
    if item.pupil is None:
        raise MeetingProblem("A case is about a pupil, and this item is about the school. Choose another decision.", "decision")
    reason = reason or of_flag(item.flag)
    there = Case.objects.open().filter(pupil=item.pupil).first()
    if not reason and not there:
        raise MeetingProblem("Choose what the case is about", "case_reason")
    try:
        case, new = casework_actions.open_case(
            by=by,
            today=today,
            now=now,
            pupil=item.pupil,
            school=item.meeting.school,
            origin=Case.Origin.MEETING,
            reason=reason or (there.reason if there else ""),
            flag=item.flag,
            officer=item.meeting.officer,
            words=f"{of_meeting(item.meeting, today)}.",
        )
    except casework_actions.CaseProblem as problem:
        raise MeetingProblem(str(problem), "decision") from problem
    item.case = case
    if new:
        return f"A case is open for {item.pupil}, with {item.meeting.officer}."
    return f"There was an open case for {item.pupil} already, opened on {say_day(case.opened)}: this item belongs to it now."


def not_cancelled(meeting: Meeting) -> None:
    if meeting.status == Meeting.Status.CANCELLED:
        raise MeetingProblem("The meeting was cancelled: nothing can be decided or agreed in it. Plan another one.")


def of_meeting(meeting: Meeting, today: dt.date) -> str:
    """Where something was decided, for a case's chronology."""
    ahead = "Ahead of the" if meeting.day > today and meeting.status == Meeting.Status.PLANNED else "At the"
    return f"{ahead} {meeting.words} on {say_day(meeting.day)}"
