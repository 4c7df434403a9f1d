"""Why something cannot be done, and the few things every action on a meeting asks."""

from __future__ import annotations

import datetime as dt
import uuid

from accounts.models import User
from attendance.words import say_day
from casework import actions as casework_actions
from casework.actions.cases import clock_words
from casework.models import Case
from meetings.models import Meeting
from schools.models import Pupil


class MeetingProblem(ValueError):
    """Why something cannot be done to a meeting, in words for the person who asked."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


def long_day(day: dt.date) -> str:
    return f"{day:%A} {say_day(day)}"


def moved_on(by: User | None, at: dt.datetime | None, what: str, *, now: dt.datetime) -> MeetingProblem:
    """What the second of two people is told."""
    who = by.name if by else "Somebody else"
    when = f" {clock_words(at, now)}" if at else ""
    return MeetingProblem(f"{who} changed this {what}{when}. Nothing of yours was saved: look at it and try again.")


def hold(meeting: Meeting) -> Meeting:
    """The meeting as it stands, held until the transaction ends."""
    return Meeting.objects.select_for_update(of=("self",)).select_related("school", "officer", "changed_by", "held_by").get(pk=meeting.pk)


def same_version(meeting: Meeting, version: int | None, *, now: dt.datetime) -> None:
    """Refuse what was asked on a form that was made from an older one."""
    if version is not None and meeting.version != version:
        raise moved_on(meeting.changed_by, meeting.changed_at, "meeting", now=now)


def keep(meeting: Meeting, *, by: User | None, now: dt.datetime) -> None:
    """Save a meeting under its next version."""
    meeting.version += 1
    meeting.changed_by, meeting.changed_at = by, now
    meeting.save()


def token_of(token: uuid.UUID | None, by: User | None, *said: object) -> uuid.UUID | None:
    """A form's token, of this person and what the form said: a form gone back to and filled in anew is another one."""
    return uuid.uuid5(token, " ".join(map(str, (by.pk if by else 0, *said)))) if token else None


def write_to_case(
    *, by: User | None, today: dt.date, now: dt.datetime, meeting: Meeting, pupil: Pupil | None, kind: str, words: str
) -> None:
    """One line in the chronology of the pupil's open case, if there is one; the school that holds the case may read it.

    A line about another school's meeting is not shared with the school that holds the case.
    """
    case = Case.objects.open().filter(pupil=pupil).first() if pupil else None
    if case:
        shared = case.school_id == meeting.school_id
        casework_actions.record(by=by, now=now, case=case, kind=kind, words=words, day=today, shared=shared)
