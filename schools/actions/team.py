"""The people around a school: who comes, who goes, and what was written by mistake."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts import audit
from accounts.clock import LONDON
from accounts.models import User
from accounts.permissions import Permission
from schools.models import School, TeamMember

_LONGEST_AGO, _FURTHEST = dt.timedelta(days=365 * 50), dt.timedelta(days=365 * 2)  # beyond these a year was mistyped


class TeamProblem(ValueError):
    """Why the team around a school cannot be written so."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Details:
    """What is known about somebody in the team."""

    name: str
    start: dt.date
    end: dt.date | None = None
    job: str = ""
    email: str = ""
    phone: str = ""
    user: User | None = None
    note: str = ""
    role_words: str = ""


@dataclass(frozen=True, slots=True)
class Added:
    member: TeamMember
    ended: TeamMember | None = None  # whom they follow, where there is one at a time


def may_keep(user: User, role: str) -> bool:
    """The authority keeps the whole team, a school its own people."""
    return user.may(Permission.KEEP_TEAMS) and (user.as_role.in_authority or role in TeamMember.KEPT_BY_SCHOOL)


def long_day(day: dt.date) -> str:
    return f"{day:%-d %B %Y}"


def check(role: str, details: Details, *, school: School, today: dt.date) -> None:
    """What can be said without looking at others. Raises `TeamProblem`."""
    if not details.name.strip():
        raise TeamProblem("Enter the person’s name", "name")
    if role == TeamMember.Role.OTHER and not details.role_words.strip():
        raise TeamProblem("Say in a few words what this person is to the school", "role_words")
    if not today - _LONGEST_AGO <= details.start <= today + _FURTHEST:
        raise TeamProblem(f"{long_day(details.start)} cannot be right. Check the year", "start")
    if details.end and details.end < details.start:
        raise TeamProblem("The last day must be on or after the first day", "end")
    if details.end and details.end > today + 5 * _FURTHEST:
        raise TeamProblem(f"{long_day(details.end)} cannot be right. Check the year, or leave it empty if there is no last day yet", "end")
    if school.closed and details.start > school.closed:
        raise TeamProblem(f"{school} closed on {long_day(school.closed)}: nobody can join its team after that day", "start")


@transaction.atomic
def add_member(
    *, by: User | None, today: dt.date, now: dt.datetime, school: School, role: str, details: Details, form_token: uuid.UUID | None = None
) -> Added:
    """Put somebody into the team. Where there is one at a time, whoever holds the role now ends on the day before.

    A form that is sent twice is done once; one that was gone back to and filled in anew is another.
    """
    _allowed(by, role)
    _hold(school)
    written = _written(role, details)
    token = uuid.uuid5(form_token, repr((by.pk if by else 0, school.pk, role, written))) if form_token else None
    if token and (sent := TeamMember.objects.filter(form_token=token).first()):
        return Added(sent)
    check(role, details, school=school, today=today)
    ended = None
    if role in TeamMember.ONE_AT_A_TIME:
        ended = _make_room(by=by, today=today, now=now, school=school, role=role, start=details.start, end=details.end)
    member = TeamMember(school=school, role=role, form_token=token, changed_by=by, changed_at=now, **written)
    member.save()
    audit.record("added to team", by=by, subject=school, role=member.role_name, name=member.name, start=member.start.isoformat())
    return Added(member, ended)


@transaction.atomic
def correct_member(
    *, by: User, today: dt.date, now: dt.datetime, member: TeamMember, version: int | None, details: Details
) -> tuple[TeamMember, list[str]]:
    """Correct what is said about somebody. Returns what was changed: nothing, where all of it stood so already."""
    _allowed(by, member.role)
    held = _same(member, version, now=now)
    check(held.role, details, school=held.school, today=today)
    written = _written(held.role, details)
    changed = [name for name, value in written.items() if getattr(held, name) != value]
    if not changed:
        return held, []
    if held.role in TeamMember.ONE_AT_A_TIME and (clash := _beside(held, details.start, details.end)):
        raise TeamProblem(f"{_when(clash)}: the days would overlap. There is one at a time", "start")
    for name in changed:
        setattr(held, name, written[name])
    _keep(held, by=by, now=now)
    audit.record("corrected team", by=by, subject=held.school, role=held.role_name, name=held.name, changed=changed)
    return held, changed


@transaction.atomic
def end_member(*, by: User | None, today: dt.date, now: dt.datetime, member: TeamMember, version: int | None, end: dt.date) -> TeamMember:
    """The last day on which somebody is in the team. The entry stays with the school."""
    _allowed(by, member.role)
    held = _same(member, version, now=now)
    if end < held.start:
        raise TeamProblem(
            f"The last day must be on or after {long_day(held.start)}, the first day. If {held.name} never began, withdraw the entry", "end"
        )
    if end > today + _FURTHEST:
        raise TeamProblem(f"{long_day(end)} cannot be right. Check the year", "end")
    if held.role in TeamMember.ONE_AT_A_TIME and (clash := _beside(held, held.start, end)):
        raise TeamProblem(f"{_when(clash)}: the days would overlap. There is one at a time", "end")
    return _end(held, by=by, now=now, end=end)


@transaction.atomic
def withdraw_member(*, by: User, now: dt.datetime, member: TeamMember, version: int | None, why: str) -> TeamMember:
    """Take back an entry that should never have been made. It leaves every page and stays in the database and the audit."""
    _allowed(by, member.role)
    held = _same(member, version, now=now)
    if not why.strip():
        raise TeamProblem("Say why the entry is wrong", "why")
    held.withdrawn_at, held.withdrawn_why = now, why.strip()
    _keep(held, by=by, now=now)
    audit.record("withdrew from team", by=by, subject=held.school, role=held.role_name, name=held.name, reason=held.withdrawn_why)
    return held


def holders(school: School, role: str, *, start: dt.date, end: dt.date | None) -> list[TeamMember]:
    """Whoever holds the role on any of these days."""
    found = TeamMember.objects.valid().filter(Q(end__isnull=True) | Q(end__gte=start), school=school, role=role)
    return list((found.filter(start__lte=end) if end else found).order_by("start"))


def _make_room(
    *, by: User | None, today: dt.date, now: dt.datetime, school: School, role: str, start: dt.date, end: dt.date | None
) -> TeamMember | None:
    """End whoever holds the role now on the day before `start`; refuse where that would rewrite what is past or planned."""
    ended, over = None, end is not None and end < today  # whose time is over follows nobody who is there now
    for other in holders(school, role, start=start, end=end):
        if over or other.start >= start or (other.end is not None and other.end < today):
            raise TeamProblem(f"{_when(other)}: the days would overlap. There is one at a time", "start")
        ended = _end(other, by=by, now=now, end=start - dt.timedelta(days=1))
    return ended


def _beside(member: TeamMember, start: dt.date, end: dt.date | None) -> TeamMember | None:
    """Another who holds the same role on one of these days."""
    return next((other for other in holders(member.school, member.role, start=start, end=end) if other.pk != member.pk), None)


def _when(member: TeamMember) -> str:
    until = f" to {long_day(member.end)}" if member.end else ""
    return f"{member.name} is {member.role_name[:1].lower()}{member.role_name[1:]} from {long_day(member.start)}{until}"


def _written(role: str, details: Details) -> dict[str, Any]:
    """As it is kept: without spaces at the ends, a role in words only where the list has none."""
    return {
        "name": " ".join(details.name.split()),
        "job": details.job.strip(),
        "email": details.email.strip().lower(),
        "phone": details.phone.strip(),
        "user": details.user,
        "start": details.start,
        "end": details.end,
        "note": details.note.strip(),
        "role_words": " ".join(details.role_words.split()) if role == TeamMember.Role.OTHER else "",
    }


def _allowed(by: User | None, role: str) -> None:
    if by is not None and not may_keep(by, role):
        raise TeamProblem("The authority keeps this entry. Ask your single point of contact there to change it")


def _hold(school: School) -> None:
    """One change of a school's team at a time."""
    School.objects.select_for_update(no_key=True).get(pk=school.pk)


def _same(member: TeamMember, version: int | None, *, now: dt.datetime) -> TeamMember:
    """The entry as it stands, held; refused where it has moved on from what the form was made from."""
    _hold(member.school)
    held = TeamMember.objects.select_related("school", "changed_by", "user").get(pk=member.pk)
    who, local = held.changed_by.name if held.changed_by else "Somebody else", held.changed_at.astimezone(LONDON)
    when = f"at {local:%H:%M}" if local.date() == now.astimezone(LONDON).date() else f"on {long_day(local.date())} at {local:%H:%M}"
    if held.withdrawn_at:
        raise TeamProblem(f"{who} withdrew this entry {when}. Nothing of yours was saved")
    if version is not None and version != held.version:
        raise TeamProblem(f"{who} changed this entry {when}. Nothing of yours was saved: look at it and try again")
    return held


def _end(held: TeamMember, *, by: User | None, now: dt.datetime, end: dt.date) -> TeamMember:
    held.end = end
    _keep(held, by=by, now=now)
    audit.record("ended in team", by=by, subject=held.school, role=held.role_name, name=held.name, end=end.isoformat())
    return held


def _keep(held: TeamMember, *, by: User | None, now: dt.datetime) -> None:
    held.version += 1
    held.changed_by, held.changed_at = by, now
    held.save()
