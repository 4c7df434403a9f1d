"""What was agreed at a meeting: who does it by when, how it goes, and when it is done."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import F

from accounts import audit
from accounts.models import User
from accounts.permissions import Permission
from attendance.words import say_day
from casework.models import Entry
from meetings.actions.items import GONE, NO_CHILD, not_cancelled, of_meeting
from meetings.actions.plan import is_open
from meetings.actions.problems import MeetingProblem, hold, token_of, write_to_case
from meetings.models import Action, Item, Meeting, Progress
from schools.models import Enrolment, Pupil, School

_CLOSING = {Progress.State.DONE: Action.Status.DONE, Progress.State.DROPPED: Action.Status.DROPPED}
_LONGEST = dt.timedelta(days=366)


@dataclass(frozen=True, slots=True)
class NewAction:
    """An action as somebody asks for it: its words, its one owner, its day, and by what one will know that it helped."""

    what: str
    owner: str
    due: dt.date | None
    owner_name: str = ""
    success: str = ""


@transaction.atomic
def add_action(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    meeting: Meeting,
    what: str,
    owner: str,
    due: dt.date | None,
    owner_name: str = "",
    success: str = "",
    pupil: Pupil | None = None,
    item: Item | None = None,
    school: School | None = None,
    form_token: uuid.UUID | None = None,
) -> Action:
    """Agree an action with one owner and a due date. A form that is sent twice agrees it once. Raises `MeetingProblem`.

    `school`: whose action it is, of a meeting of several; None for each of them, which makes one action a school.
    """
    new = NewAction(what, owner, due, owner_name, success)
    meeting = hold(meeting)
    not_cancelled(meeting)
    if item and not Item.objects.filter(pk=item.pk).exists():
        raise MeetingProblem(GONE)
    action, agreed_now = agree(
        by=by, today=today, now=now, meeting=meeting, new=new, pupil=pupil, item=item, school=school, form_token=form_token
    )
    if agreed_now and action.pupil_id:
        words = f"{of_meeting(meeting, today)}, agreed: {action.what.rstrip('.')} ({action.who}, by {say_day(action.due)})."
        write_to_case(by=by, today=today, now=now, meeting=meeting, pupil=action.pupil, kind=Entry.Kind.MEETING, words=words)
    return action


def agree(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    meeting: Meeting,
    new: NewAction,
    pupil: Pupil | None = None,
    item: Item | None = None,
    school: School | None = None,
    form_token: uuid.UUID | None = None,
) -> tuple[Action, bool]:
    """The action, and whether it was agreed now or stood already. An item that was not decided is decided by it.

    Where each of several schools has one, the first of them stands for all.
    """
    pupil = pupil or (item.pupil if item else None)
    if pupil and meeting.several:
        raise MeetingProblem(NO_CHILD, "pupil")
    whose = _whose(meeting, new.owner, school, today)
    made = [
        _agree(by=by, today=today, now=now, meeting=meeting, new=new, pupil=pupil, item=item, school=one, form_token=form_token)
        for one in whose
    ]
    return made[0]


def _whose(meeting: Meeting, owner: str, school: School | None, today: dt.date) -> list[School]:
    """What the authority or a service does for all of them is one action, and stands with the host. A closed school does nothing."""
    if not meeting.several:
        return [meeting.school]
    schools = meeting.schools()
    if school is None and owner != Action.Owner.SCHOOL:
        return [meeting.school]
    standing = [one for one in schools if is_open(one, today)]
    if school is None:
        if not standing:
            raise MeetingProblem("All schools of this meeting have closed. Choose the authority or a service.", "owner")
        return standing
    if school not in schools:
        raise MeetingProblem(f"{school} does not take part in this meeting. Choose one of its schools.", "school")
    if owner == Action.Owner.SCHOOL and school not in standing:
        raise MeetingProblem(f"{school} is not open: it can do nothing that is agreed now. Choose another.", "school")
    return [school]


def _agree(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    meeting: Meeting,
    new: NewAction,
    pupil: Pupil | None,
    item: Item | None,
    school: School,
    form_token: uuid.UUID | None,
) -> tuple[Action, bool]:
    what, name, success = new.what.strip(), new.owner_name.strip(), new.success.strip()
    of_school = [school.pk] if meeting.several else []
    token = token_of(form_token, by, meeting.pk, new.what, new.owner, new.due, *([name] if name else []), *of_school)
    if token and (agreed := Action.objects.filter(form_token=token).first()):
        return agreed, False
    due = _check(meeting, new, pupil, item, today=today)
    action = Action(
        meeting=meeting,
        school=school,
        item=item or (meeting.items.filter(pupil=pupil).first() if pupil else None),
        pupil=pupil,
        what=what,
        owner=new.owner,
        owner_name=name,
        success=success,
        due=due,
        agreed=today,
        agreed_by=by,
        form_token=token,
    )
    try:
        with transaction.atomic():
            action.save()
    except IntegrityError:  # the same form, sent twice at the same moment
        return Action.objects.get(form_token=token), False
    if action.item_id:
        lines = Item.objects.filter(pk=action.item_id)
        lines.filter(decision="").update(decision=Item.Decision.ACTION, decided_by=by, decided_at=now)
        lines.update(version=F("version") + 1)
    audit.record("Action agreed", by=by, subject=action, meeting=meeting.pk, owner=new.owner, due=due.isoformat())
    return action, True


def _check(meeting: Meeting, new: NewAction, pupil: Pupil | None, item: Item | None, *, today: dt.date) -> dt.date:
    if not new.what.strip():
        raise MeetingProblem("Say what is to be done", "what")
    if len(new.what.strip()) > 300 or len(new.success.strip()) > 300:
        raise MeetingProblem("Keep this to 300 characters", "what" if len(new.what.strip()) > 300 else "success")
    if new.owner not in Action.Owner.values:
        raise MeetingProblem("Choose who does it", "owner")
    if new.owner == Action.Owner.SERVICE and not new.owner_name.strip():
        raise MeetingProblem("Name the service", "owner_name")
    due = check_due(new.due, today=today)
    if item and item.meeting_id != meeting.pk:
        raise MeetingProblem("This item is on the agenda of another meeting.")
    known = Enrolment.objects.filter(pupil=pupil, school=meeting.school)
    if pupil and not (item and item.pupil_id == pupil.pk) and not known.on_roll(today).exists():
        raise MeetingProblem(f"{pupil} is not on roll at {meeting.school} today. Choose a pupil of this school.", "pupil")
    return due


def check_due(due: dt.date | None, *, today: dt.date) -> dt.date:
    if due is None:
        raise MeetingProblem("Enter the day by which it is to be done", "due")
    if due < today:
        raise MeetingProblem("The day by which it is to be done must be today or later", "due")
    if due > today + _LONGEST:
        raise MeetingProblem("The day by which it is to be done must be within a year", "due")
    return due


@transaction.atomic
def log_progress(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    action: Action,
    state: str,
    words: str = "",
    form_token: uuid.UUID | None = None,
) -> Progress:
    """Say how an action goes. "Done" and "Not needed any more" close it. A form that is sent twice says it once.

    Either side may say how any action goes. That it is done says who owns it, or the authority; that it is not needed any
    more, or goes on after all, says the authority, which planned the meeting.
    """
    token = token_of(form_token, by, action.pk, state, words)
    if token and (said := Progress.objects.filter(form_token=token).first()):
        return said
    action = (
        Action.objects.select_for_update(of=("self",)).select_related("meeting__school", "school", "pupil", "closed_by").get(pk=action.pk)
    )
    words = words.strip()
    _may_say(by, action, state, words)
    try:
        with transaction.atomic():
            said = Progress.objects.create(
                action=action, day=today, at=now, by=by, by_name=by.name, state=state, words=words, form_token=token
            )
    except IntegrityError:
        return Progress.objects.get(form_token=token)
    _follow(action, said, by=by, today=today)
    if state in (Progress.State.DONE, Progress.State.DROPPED, Progress.State.STUCK):
        line = f"Action of the {action.meeting.words} on {say_day(action.meeting.day)}, “{action.what.rstrip('.')}”: "
        line += f"{said.get_state_display().lower()}." + (f" {words}" if words else "")
        write_to_case(by=by, today=today, now=now, meeting=action.meeting, pupil=action.pupil, kind=Entry.Kind.ACTION, words=line)
    audit.record("Progress logged", by=by, subject=action, state=state)
    return said


def _follow(action: Action, said: Progress, *, by: User, today: dt.date) -> None:
    """An action stands as the last word on it says."""
    status = _CLOSING.get(Progress.State(said.state), Action.Status.OPEN)
    if status == action.status:
        return
    action.status = status
    action.closed, action.closed_by = (today, by) if status != Action.Status.OPEN else (None, None)
    action.save(update_fields=["status", "closed", "closed_by"])


def _may_say(by: User, action: Action, state: str, words: str) -> None:
    authority = by.may(Permission.PLAN_MEETINGS)
    if state not in Progress.State.values:
        raise MeetingProblem("Choose how it goes", "state")
    if action.closed and (not authority or state in _CLOSING):
        who = f" by {action.closed_by}" if action.closed_by else ""
        raise MeetingProblem(f"This action was closed on {say_day(action.closed)}{who}: {action.get_status_display().lower()}.")
    if state == Progress.State.DROPPED and not authority:
        raise MeetingProblem("Only the authority can say that an action is not needed any more. Say how it goes, and why.", "state")
    if state == Progress.State.DONE and not authority and action.owner != Action.Owner.SCHOOL:
        whose = "the authority’s" if action.owner == Action.Owner.AUTHORITY else "another service’s"
        raise MeetingProblem(f"This is {whose} action: the authority says when it is done. You can say how it goes.", "state")
    if state == Progress.State.STUCK and not words:
        raise MeetingProblem("Say what help is needed", "words")
    if state == Progress.State.DROPPED and not words:
        raise MeetingProblem("Say why it is not needed any more", "words")


def states_for(user: User, action: Action) -> list[tuple[str, str]]:
    """What this user may say of this action: the choices of its form."""
    if action.closed:
        return [] if not user.may(Permission.PLAN_MEETINGS) else [(s.value, s.label) for s in Progress.State if s not in _CLOSING]
    found = []
    for state in Progress.State:
        try:
            _may_say(user, action, state, "said")
        except MeetingProblem:
            continue
        found.append((state.value, state.label))
    return found
