"""A meeting was held: who came, its minutes as a version, and their corrections."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence

from django.db import transaction

from accounts import audit
from accounts.models import User
from attendance.actions import ring
from attendance.words import say_day
from casework.models import Entry
from meetings import mailing
from meetings.actions.items import of_meeting
from meetings.actions.plan import has_one_that_day, still_planned
from meetings.actions.problems import MeetingProblem, hold, keep, long_day, same_version, token_of, write_to_case
from meetings.minutes_content import Content, content_of
from meetings.models import Meeting, Minutes, Presence
from meetings.models.minutes import person_key
from schools.models import Posting, Pupil

TASK = "daymark.make_minutes"


@transaction.atomic
def hold_meeting(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    meeting: Meeting,
    version: int | None,
    day: dt.date | None = None,
    came: Collection[str] | None = None,
    others: Sequence[str] = (),
    schools: Collection[int] = (),
) -> Meeting:
    """Record that it was held: on the day it was planned for, or on `day`, which stands for it from now on. Its minutes are made.

    `came`: who of those asked came, by `mailing.Invitee.key`; None where nobody said. `others`: who else, "Name, role".
    `schools`: which of those that take part in a meeting of another kind came; none of them: nobody wrote it down.
    """
    meeting = hold(meeting)
    day = day or meeting.day
    if meeting.status == Meeting.Status.HELD and meeting.held_by == by and meeting.day == day:
        if not _says_the_same(meeting, came, others, schools):
            raise MeetingProblem("You recorded this meeting as held already, with others who came. To change that, correct its minutes.")
        return meeting  # the same form, sent twice
    same_version(meeting, version, now=now)
    still_planned(meeting, "recorded as held")
    if day < meeting.day:
        raise MeetingProblem(
            f"The meeting is planned for {long_day(meeting.day)}: it cannot have been held before. Change its day first.", "day"
        )
    if day > today:
        raise MeetingProblem(f"{long_day(day)} is still to come: record the meeting when it has been held.", "day")
    meeting.day, meeting.status, meeting.held_by = day, Meeting.Status.HELD, by
    has_one_that_day(meeting)
    keep(meeting, by=by, now=now)
    if came is not None:
        _write_presence(meeting, came, others)
    _write_schools(meeting, came, schools)
    audit.record("Meeting held", by=by, subject=meeting, decided=meeting.items.exclude(decision="").count(), of=meeting.items.count())
    _new_version(meeting, content_of(meeting), None, by=by, today=today, now=now)
    return meeting


def _write_presence(meeting: Meeting, came: Collection[str], others: Sequence[str]) -> None:
    """Those asked to come, and whether they did; then whoever came besides. Written anew with a correction."""
    asked = mailing.asked_to(meeting, today=meeting.day)
    rows = {
        one.key: Presence(meeting=meeting, name=one.name, email=one.email, side=one.side, role=one.role, came=one.key in came)
        for one in asked
    }
    for said in others:
        name, role = _name_and_role(said)
        if name and name.casefold() not in {row.name.casefold() for row in rows.values()}:
            rows[f" {name}"] = Presence(meeting=meeting, name=name, side=Presence.BESIDES, role=role, came=True)
    meeting.presences.all().delete()
    Presence.objects.bulk_create(rows.values())


def _name_and_role(said: str) -> tuple[str, str]:
    name, _, role = said.partition(",")
    return name.strip()[:160], role.strip()[:120]


def _says_the_same(meeting: Meeting, came: Collection[str] | None, others: Sequence[str], schools: Collection[int]) -> bool:
    """Does what is said of who came stand already?"""
    there = list(meeting.presences.filter(came=True))
    asked = {one.key for one in there if one.side != Presence.BESIDES}
    besides = {one.name.casefold() for one in there}
    return (
        (came is None or asked == set(came))
        and {name.casefold() for said in others if (name := _name_and_role(said)[0])} <= besides
        and set(meeting.taking.filter(came=True).values_list("school", flat=True)) == _there(meeting, came, schools)
    )


def _there(meeting: Meeting, came: Collection[str] | None, schools: Collection[int]) -> set[int]:
    """The schools named, and those whose contact came: minutes do not say of both a contact and the school different things."""
    posted = Posting.objects.on(meeting.day).filter(part=Posting.Part.CONTACT, school__met__meeting=meeting).select_related("user")
    return {*schools, *(one.school_id for one in posted if came and person_key(one.user.name, one.user.email) in came)}


def _write_schools(meeting: Meeting, came: Collection[str] | None, schools: Collection[int]) -> None:
    """A meeting was held with somebody: where no school is named, which others came is not known, and none is said to have stayed away."""
    there, taking = _there(meeting, came, schools), meeting.taking.all()
    taking.exclude(school__in=there).update(came=False if schools else None)
    taking.filter(school__in=there).update(came=True)


@transaction.atomic
def correct_minutes(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    meeting: Meeting,
    reason: str,
    came: Collection[str] | None = None,
    others: Sequence[str] = (),
    schools: Collection[int] = (),
    form_token: uuid.UUID | None = None,
) -> Minutes:
    """A new version from the lines as they stand now. Earlier ones stay readable. A form that is sent twice makes one."""
    meeting, reason = hold(meeting), reason.strip()
    token = token_of(form_token, by, meeting.pk, reason, *sorted(came or ()), *others, *sorted(schools))
    if token and (made := Minutes.objects.filter(form_token=token).first()):
        return made
    if meeting.status != Meeting.Status.HELD:
        raise MeetingProblem("Minutes are made once the meeting is recorded as held.")
    latest = meeting.minuted.order_by("-version").first()
    if latest and not reason:
        raise MeetingProblem("Say what is corrected and why: it stands with the new version", "reason")
    if came is not None:
        _write_presence(meeting, came, others)
        _write_schools(meeting, came, schools)
    content = content_of(meeting)
    if latest and content == latest.content:
        raise MeetingProblem(f"Nothing has changed since version {latest.version}: change the lines of the minutes first.", "reason")
    return _new_version(meeting, content, latest, by=by, today=today, now=now, reason=reason if latest else "", token=token)


def _new_version(
    meeting: Meeting,
    content: Content,
    latest: Minutes | None,
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    reason: str = "",
    token: uuid.UUID | None = None,
) -> Minutes:
    made = Minutes.objects.create(
        meeting=meeting,
        version=latest.version + 1 if latest else 1,
        content=content,
        reason=reason,
        made_by=by,
        made_at=now,
        form_token=token,
    )
    _write_to_cases(meeting, content, latest, by=by, today=today, now=now)
    ring(TASK, made.pk)
    audit.record("Minutes made", by=by, subject=made, version=made.version, reason=reason)
    return made


def _write_to_cases(meeting: Meeting, content: Content, latest: Minutes | None, *, by: User, today: dt.date, now: dt.datetime) -> None:
    """What the lines say of pupils with an open case. A decision made on an item's own page, and its actions, stand there already."""
    before = {one["pupil"]: one for one in latest.content["items"]} if latest else {}
    by_line = set(meeting.items.filter(saved_at__isnull=False).values_list("pupil", flat=True))
    pupils = Pupil.objects.filter(cases__closed__isnull=True).in_bulk([one["pupil"] for one in content["items"] if one["pupil"] in by_line])
    for one in content["items"]:
        pupil = pupils.get(one["pupil"])
        if pupil is None or one == before.get(one["pupil"]) or not (words := _in_words(one)):
            continue
        corrected = " (minutes corrected)" if latest else ""
        line = f"{of_meeting(meeting, today)}{corrected}: {words}"
        write_to_case(by=by, today=today, now=now, meeting=meeting, pupil=pupil, kind=Entry.Kind.MEETING, words=line)


def _in_words(one: Content) -> str:
    said = [one["decision"]] if one["decision"] else []
    said += [f"Lead practitioner: {one['lead'].lower()}"] if one["lead"] else []
    said += [one["planned"]] if one["planned"] else []
    said += [
        f"{action['what'].rstrip('.')} ({action['who']}, by {say_day(dt.date.fromisoformat(action['due']))})" for action in one["actions"]
    ]
    said += [one["note"].rstrip(".")] if one["note"] else []
    return "; ".join(said) + "." if said else ""
