"""Plan a support meeting with a school; change a meeting of any kind or cancel it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Permission
from attendance.words import say_day
from meetings.actions.items import make_agenda
from meetings.actions.problems import MeetingProblem, hold, keep, long_day, same_version, token_of
from meetings.models import Meeting
from schools import calendar
from schools.calendar import Span
from schools.models import Closure, School, Term

_EARLIEST, _LATEST = dt.time(7), dt.time(20)


@transaction.atomic
def plan_meeting(
    *,
    by: User | None,
    today: dt.date,
    now: dt.datetime,
    school: School,
    day: dt.date,
    time: dt.time,
    minutes: int,
    place: str,
    officer: User,
    although_closed: bool = False,
    form_token: uuid.UUID | None = None,
) -> Meeting:
    """Plan a meeting and make its agenda. A form that is sent twice plans one meeting. Raises `MeetingProblem`."""
    token = token_of(form_token, by, school.pk, day, time)
    if token and (planned := Meeting.objects.filter(form_token=token).first()):
        return planned
    check_meeting(school, day, time, officer, today=today, although_closed=although_closed)
    meeting = Meeting(
        school=school,
        officer=officer,
        day=day,
        time=time,
        minutes=minutes,
        place=place,
        planned_by=by,
        planned_at=now,
        form_token=token,
    )
    has_one_that_day(meeting)
    try:
        with transaction.atomic():
            meeting.save()
    except IntegrityError:  # somebody, or this same form, was quicker
        if token and (planned := Meeting.objects.filter(form_token=token).first()):
            return planned
        raise _one_that_day(meeting) from None
    make_agenda(meeting, today=today, now=now)
    audit.record("Meeting planned", by=by, subject=meeting, urn=school.urn, items=meeting.items.count())
    return meeting


@transaction.atomic
def change_meeting(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    meeting: Meeting,
    version: int | None,
    day: dt.date,
    time: dt.time,
    minutes: int,
    place: str,
    officer: User,
    although_closed: bool = False,
) -> Meeting:
    """Another day, time, place or officer. A longer meeting has room for more pupils: make the agenda again for that."""
    meeting = hold(meeting)
    wanted = {"day": day, "time": time, "minutes": minutes, "place": place, "officer": officer}
    if meeting.status == Meeting.Status.PLANNED and all(getattr(meeting, name) == value for name, value in wanted.items()):
        return meeting  # the same form, sent twice
    same_version(meeting, version, now=now)
    still_planned(meeting, "changed")
    moved = (day, time) != (meeting.day, meeting.time)
    if moved or officer != meeting.officer:  # what stands may stay, even on a day that has gone by
        taking = meeting.schools()
        check_meeting(meeting.school, day, time, officer, today=today, although_closed=although_closed, others=taking, place=place)
    before = {"day": meeting.day.isoformat(), "officer": meeting.officer.name}
    for name, value in wanted.items():
        setattr(meeting, name, value)
    has_one_that_day(meeting)
    try:
        with transaction.atomic():
            keep(meeting, by=by, now=now)
    except IntegrityError:
        raise _one_that_day(meeting) from None
    audit.record("Meeting changed", by=by, subject=meeting, before=before)
    return meeting


@transaction.atomic
def cancel_meeting(*, by: User, today: dt.date, now: dt.datetime, meeting: Meeting, version: int | None, why: str) -> Meeting:
    """It will not be held. What was agreed ahead of it stands."""
    meeting = hold(meeting)
    if meeting.status == Meeting.Status.CANCELLED and meeting.changed_by == by and meeting.why_cancelled == why:
        return meeting  # the same form, sent twice
    same_version(meeting, version, now=now)
    still_planned(meeting, "cancelled")
    if not why:
        raise MeetingProblem("Choose why the meeting is cancelled", "why")
    if why == Meeting.Why.NOT_ATTENDED and meeting.day > today:
        raise MeetingProblem(f"{long_day(meeting.day)} is still to come: nobody can have failed to come yet.", "why")
    meeting.status, meeting.why_cancelled = Meeting.Status.CANCELLED, why
    keep(meeting, by=by, now=now)
    audit.record("Meeting cancelled", by=by, subject=meeting, why=why)
    return meeting


def still_planned(meeting: Meeting, what: str) -> None:
    if meeting.status == Meeting.Status.HELD:
        raise MeetingProblem(f"The meeting was held on {long_day(meeting.day)}: it cannot be {what} any more.")
    if meeting.status == Meeting.Status.CANCELLED:
        why = meeting.get_why_cancelled_display().lower()
        raise MeetingProblem(f"The meeting was cancelled ({why}): it cannot be {what} any more. Plan another one.")


def check_meeting(
    school: School,
    day: dt.date,
    time: dt.time,
    officer: User,
    *,
    today: dt.date,
    although_closed: bool,
    others: Sequence[School] = (),
    place: str = Meeting.Place.SCHOOL,
) -> None:
    """Why a meeting cannot be planned, or offered, so: raised as `MeetingProblem`. `others`: all who take part, the host, `school`, too."""
    if place == Meeting.Place.SCHOOL or not any(is_open(one, day) for one in others):  # several may meet elsewhere without their host
        check_open(school, day, today=today)
    if day < today:
        raise MeetingProblem("The day of a meeting must be today or later", "day")
    if day > today + dt.timedelta(days=366):
        raise MeetingProblem("The day of a meeting must be within a year", "day")
    if not _EARLIEST <= time <= _LATEST:
        raise MeetingProblem(f"Enter a time between {_EARLIEST:%H:%M} and {_LATEST:%H:%M}, for example 14:30", "time")
    if not (officer.is_active and officer.may(Permission.PLAN_MEETINGS)):
        raise MeetingProblem(f"{officer} cannot hold meetings. Choose an officer who works with this school.", "officer")
    if not School.objects.visible_to(officer).filter(pk__in={school.pk, *(one.pk for one in others)}).exists():
        where = f"{school} today. Choose an officer who is posted there." if len(others) < 2 else "any of these schools today."
        raise MeetingProblem(f"{officer} does not work with {where}", "officer")
    if not although_closed and (why := why_closed(school, day)):
        raise MeetingProblem(f"{why} Choose another day, or confirm that you meet although the school is closed.", "although_closed")


def is_open(school: School, day: dt.date) -> bool:
    """Open at some time on `day`, as `SchoolQuerySet.open_on` asks of rows."""
    return not (school.closed and school.closed < day) and not (school.opened and school.opened > day)


def check_open(school: School, day: dt.date, *, today: dt.date, field: str = "day") -> None:
    if school.closed and school.closed < day:
        closes = "closed" if school.closed < today else "closes"
        raise MeetingProblem(f"{school} {closes} on {long_day(school.closed)}: no meeting can be planned after that.", field)
    if school.opened and school.opened > day:
        raise MeetingProblem(f"{school} opens on {long_day(school.opened)}: choose a day from then on.", field)


def why_closed(school: School, day: dt.date) -> str:
    """Why the school does not meet on a day to come, in words; "" where it does, or where nothing is known against it."""
    closures = list(Closure.objects.filter(school=school, start__lte=day, end__gte=day))
    terms = [Span(start, end) for start, end in Term.objects.filter(school=school).values_list("start", "end")]
    spans = [Span(closure.start, closure.end) for closure in closures]
    # asked as of the day before: without the school's own terms a weekday to come counts as a school day
    found = calendar.build(day, day, as_of=day - dt.timedelta(days=1), terms=terms, closures=spans)
    if found.is_school_day(day):
        return ""
    if closures:
        return f"{school} is closed on {long_day(day)} ({closures[0].name})."
    if day.weekday() >= 5:
        return f"{say_day(day)} is a {day:%A}."
    return f"{school} is closed on {long_day(day)}: it lies in a holiday."


def has_one_that_day(meeting: Meeting) -> None:
    """Of support meetings a school has one a day; other kinds stand beside them."""
    if not meeting.is_support:
        return
    same = Meeting.objects.support().exclude(status=Meeting.Status.CANCELLED).filter(school=meeting.school, day=meeting.day)
    if same.exclude(pk=meeting.pk).exists():
        raise _one_that_day(meeting)


def _one_that_day(meeting: Meeting) -> MeetingProblem:
    return MeetingProblem(
        f"{meeting.school} has a meeting on {long_day(meeting.day)} already. Open that one, or choose another day.", "day"
    )
