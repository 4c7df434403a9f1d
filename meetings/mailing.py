"""Who is invited to a meeting, and what an invitation says. No child is named in an e-mail: the agenda is told by kinds and numbers."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from accounts.clock import LONDON
from attendance.models import Flag
from attendance.words import plural, say_day
from meetings.calendar_file import Event, Person
from meetings.models import Attendee, Item, Meeting, Presence
from meetings.models.minutes import person_key
from schools import team
from schools.models import Authority, Posting, TeamMember

_KINDS: dict[str, str] = {
    Flag.Code.SEVERE: "severely absent pupils",
    Flag.Code.THRESHOLD: "pupils at the penalty notice threshold",
    Flag.Code.CONTINUOUS: "pupils absent for 10 school days in a row",
    Flag.Code.PERSISTENT: "persistently absent pupils",
    Flag.Code.NOT_STARTED: "pupils who have not started",
    Flag.Code.PART_TIME: "part-time timetables to review",
    Item.Source.FLAG: "other pupils",
    Item.Source.CASE: "plans to look at",
    Item.Source.CARRIED: "actions of earlier meetings not done",
    Item.Source.ADDED: "other matters",
}


@dataclass(frozen=True, slots=True)
class Invitee:
    """Somebody who is to come. `attendee`: the row by which they were added; None for the officer and the school's contacts."""

    name: str
    email: str
    side: str
    role: str
    attendee: Attendee | None = None

    @property
    def key(self) -> str:
        """Two with one address are one person."""
        return person_key(self.name, self.email)


def invitees(meeting: Meeting, *, today: dt.date) -> list[Invitee]:
    """The officer, those posted as contacts of the schools that take part, and whoever was added; one e-mail address once.

    Two queries, three for another kind than support.
    """
    officer = meeting.officer
    found = [Invitee(officer.name, officer.email, "The authority", "Officer")]
    schools = {school.pk: school.name for school in meeting.schools()}
    contacts = Posting.objects.on(today).filter(school__in=schools, part=Posting.Part.CONTACT, user__is_active=True)
    for one in contacts.select_related("user").order_by("user__name", "pk"):
        role = f"Contact of {schools[one.school_id]}"[:120] if meeting.several else "Contact"
        found.append(Invitee(one.user.name, one.user.email, "The school", role))
    for added in meeting.attendees.order_by("side", "name"):
        found.append(Invitee(added.name, added.email, added.get_side_display(), added.role, added))
    first: dict[str, Invitee] = {}
    for person in found:
        first.setdefault(person.key, person)
    return list(first.values())


def asked_to(meeting: Meeting, *, today: dt.date) -> list[Invitee]:
    """Who was asked to a meeting: those written down when it was recorded, whose accounts and postings may have ended since, and
    whoever is to come. Three queries, four for another kind than support."""
    written = meeting.presences.exclude(side=Presence.BESIDES).order_by("pk")
    known = {one.key: Invitee(one.name, one.email, one.side, one.role) for one in written}
    return list((known | {one.key: one for one in invitees(meeting, today=today) if one.key not in known}).values())


_SIDES = {team.AUTHORITY: Attendee.Side.AUTHORITY, team.SCHOOL: Attendee.Side.SCHOOL}


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody of the team around the school who may be asked to come. `key` is what a form sends."""

    key: str
    person: team.Person
    school: str = ""  # of a meeting of several

    @property
    def side(self) -> str:
        return _SIDES.get(team.BY_CODE[self.person.role].side, Attendee.Side.OTHER)

    @property
    def role(self) -> str:
        return ", ".join(filter(None, (self.person.role_name, self.school)))[:120]


def team_to_ask(meeting: Meeting, coming: Sequence[Invitee]) -> list[Asked]:
    """The people around the school on the day of the meeting, but for those who come already; once each. Two queries.

    The team of several schools is a crowd: of each the SEN contact, or the attendance champion and lead. Three queries.
    """
    known = {one.key for one in coming}
    found = []
    for school, person in _around(meeting):
        who = person_key(person.name, person.email)
        if who not in known:
            known.add(who)
            found.append(Asked(f"{person.role}-{person.row.pk}", person, school))
    return found


_OF_EACH = (TeamMember.Role.CHAMPION, TeamMember.Role.ATTENDANCE_LEAD)


def _around(meeting: Meeting) -> list[tuple[str, team.Person]]:
    if not meeting.several:
        return [("", person) for person in team.people_of(meeting.school, day=meeting.day)]
    schools = meeting.schools()
    by_school = team.of_schools([school.pk for school in schools], day=meeting.day)
    roles = (TeamMember.Role.SEN,) if meeting.kind == Meeting.Kind.SEN else _OF_EACH
    return [(school.name, person) for school in schools for role in roles for person in by_school[school.pk].get(role, ())]


def agenda_lines(items: Sequence[Item]) -> list[str]:
    """How many of each kind, in the order of the agenda; no names."""
    kinds = Counter(_KINDS.get(item.flag.code, _KINDS[Item.Source.FLAG]) if item.flag else _KINDS[item.source] for item in items)
    return [f"- {kind}: {number}" for kind, number in kinds.items()]


def subject_of(meeting: Meeting) -> str:
    what = f"Cancelled: {meeting.kind_words}" if meeting.status == Meeting.Status.CANCELLED else meeting.kind_words
    return f"{what[:1].upper()}{what[1:]}, {meeting.heading}, {meeting.day:%A} {say_day(meeting.day)}"[:200]


def body_of(meeting: Meeting, items: Sequence[Item], authority: Authority, link: str) -> str:
    """In plain text. What is agreed with, and about, children is read after signing in."""
    if meeting.status == Meeting.Status.CANCELLED:
        return "\n".join(
            [
                f"The {meeting.called} on {meeting.day:%A} {say_day(meeting.day)} is cancelled: "
                f"{meeting.get_why_cancelled_display().lower()}.",
                "",
                f"{meeting.officer.name}, {authority.name}",
            ]
        )
    lines = [f"- {item.reason}" for item in items] if meeting.several else agenda_lines(items)
    at_school = meeting.place == Meeting.Place.SCHOOL
    return "\n".join(
        [
            f"{authority.name} invites you to {'an' if meeting.called.startswith('a') else 'a'} {meeting.called}.",
            "",
            f"When: {meeting.day:%A} {say_day(meeting.day)}, {meeting.time:%H:%M}, {plural(meeting.minutes, 'minute')}",
            f"Where: {meeting.school.name if meeting.several and at_school else meeting.get_place_display()}",
            f"With: {meeting.officer.name}, {meeting.officer.email}",
            "",
            *(["The agenda so far:", *lines] if lines else ["Nothing is on the agenda yet."]),
            "",
            "No child is named in this e-mail. If you work with Daymark, sign in to read the agenda:",
            link,
            "",
            "The calendar file with this e-mail puts the meeting in your calendar.",
            "",
            f"{meeting.officer.name}, {authority.name}",
        ]
    )


def event_of(meeting: Meeting, people: Sequence[Invitee], *, now: dt.datetime, link: str = "") -> Event:
    """For a calendar: no child in it either."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip(">") or "localhost"
    return Event(
        uid=f"meeting-{meeting.pk}@{domain}",
        sequence=meeting.version,
        stamped=now,
        begins=dt.datetime.combine(meeting.day, meeting.time, LONDON),
        minutes=meeting.minutes,
        summary=f"Attendance support meeting, {meeting.school.name}" if meeting.is_support else f"{meeting.kind_name}: {meeting.title}",
        place=meeting.school.name if meeting.place == Meeting.Place.SCHOOL else meeting.get_place_display(),
        words=f"With {meeting.officer.name}. Sign in to Daymark to read the agenda.",
        organiser=Person(meeting.officer.name, meeting.officer.email),
        people=[Person(one.name, one.email) for one in people if one.email and one.email != meeting.officer.email],
        cancelled=meeting.status == Meeting.Status.CANCELLED,
        link=link,
    )
