"""The round that chases overdue actions by e-mail: once a day, on rows. A second round of the day finds nothing to do."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.urls import reverse

from accounts import audit
from attendance.actions import ring
from attendance.words import plural, say_day
from meetings import chasing
from meetings.actions.letters import TASK as LETTER
from meetings.actions.plan import why_closed
from meetings.chasing import Rhythm
from meetings.minutes_content import without_names
from meetings.models import Action, Chase, ChaseRun, Item, Letter
from schools.models import Authority, PolicyValue, Posting, School

TASK = "daymark.chase_actions"
NOT_BEFORE = dt.time(6, 30)  # nobody is written to in the night
_LOCK = 7307  # one round at a time


@dataclass(frozen=True, slots=True)
class To:
    """Somebody who is written to about some actions."""

    name: str
    email: str
    reply_to: str


def round_is_due(*, today: dt.date, time: dt.time) -> bool:
    """Whether today's round is still to be made: also after a night in which nothing ran."""
    return time >= NOT_BEFORE and not ChaseRun.objects.filter(day=today).exists()


@transaction.atomic
def chase_overdue(*, today: dt.date, now: dt.datetime, site: str = "") -> ChaseRun:
    """Write to whoever owns an action that is overdue, one e-mail a person and day. `site`: where Daymark is, without a slash at its end.

    The school's actions go to its contacts, on days on which the school is open; the authority's and other services' to the officer
    of the meeting on weekdays, and so do those of a school that has closed.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
    if made := ChaseRun.objects.filter(day=today).first():
        return made
    actions = _due(today)
    open_schools = {school.pk for school in {action.school for action in actions} if not why_closed(school, today)}
    contacts = _contacts({action.school_id for action in actions}, today)
    letters: dict[To, list[Action]] = defaultdict(list)
    alone = []
    for action in actions:
        school, officer = action.school, action.meeting.officer
        if action.owner != Action.Owner.SCHOOL or _has_closed(school, today):
            if officer.is_active and officer.email and today.weekday() < 5:
                letters[To(officer.name, officer.email, "")].append(action)
        elif school.pk in open_schools:
            people = [To(name, email, officer.email) for name, email in contacts.get(school.pk, [])]
            for person in people:
                letters[person].append(action)
            if not people:
                alone.append(Chase(action=action, day=today))
    _write(letters, alone, today=today, now=now, site=site)
    chased = len({action.pk for some in letters.values() for action in some})
    audit.record("Overdue actions chased", by=None, count=chased, letters=len(letters), alone=len(alone))
    return ChaseRun.objects.create(day=today, at=now, actions=chased, letters=len(letters))


def rhythm_on(day: dt.date) -> Rhythm:
    policy = PolicyValue.objects.in_force(day)
    return Rhythm(policy["chase_after_days"], policy["chase_every_days"], policy["chase_most"])


def _due(today: dt.date) -> list[Action]:
    rhythm = rhythm_on(today)
    overdue = (
        Action.objects.overdue(today).select_related("meeting__school", "meeting__officer", "school", "pupil").prefetch_related("chases")
    )
    return [
        action
        for action in overdue.order_by("due", "pk")
        if chasing.is_due(action.due, [chase.day for chase in action.chases.all()], today, rhythm)
    ]


def _has_closed(school: School, today: dt.date) -> bool:
    return school.closed is not None and school.closed < today


def _contacts(schools: Iterable[int], today: dt.date) -> dict[int, list[tuple[str, str]]]:
    posted = Posting.objects.on(today).filter(school__in=schools, part=Posting.Part.CONTACT, user__is_active=True).exclude(user__email="")
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for school, name, email in posted.order_by("user__name").values_list("school", "user__name", "user__email"):
        if (name, email) not in found[school]:
            found[school].append((name, email))
    return found


def _write(letters: dict[To, list[Action]], alone: list[Chase], *, today: dt.date, now: dt.datetime, site: str) -> None:
    authority = Authority.objects.filter(pk=1).first()
    signed = authority.name if authority else "The local authority"
    names = _names({action.meeting_id for some in letters.values() for action in some})
    made = Letter.objects.bulk_create(
        Letter(
            name=to.name,
            email=to.email,
            reply_to=to.reply_to,
            subject=f"Overdue: {plural(len(some), 'action')} agreed at {_meetings(some, 'support meetings')}",
            body=_body(some, names, today=today, site=site, signed=signed),
            asked_at=now,
        )
        for to, some in letters.items()
    )
    rows = [Chase(action=action, day=today, letter=letter) for letter, some in zip(made, letters.values(), strict=True) for action in some]
    Chase.objects.bulk_create([*rows, *alone])
    for letter in made:
        ring(LETTER, letter.pk)


def _names(meetings: set[int]) -> dict[int, list[list[str]]]:
    """Forename and surname of the pupils on each meeting's agenda: none of them is named in an e-mail."""
    found: dict[int, list[list[str]]] = defaultdict(list)
    pupils = Item.objects.filter(meeting__in=meetings, pupil__isnull=False).values_list("meeting", "pupil__forename", "pupil__surname")
    for meeting, forename, surname in pupils:
        found[meeting].append([forename, surname])
    return found


def _meetings(actions: Sequence[Action], of_support: str) -> str:
    return of_support if all(action.meeting.is_support for action in actions) else "meetings"


def _body(actions: Sequence[Action], names: dict[int, list[list[str]]], *, today: dt.date, site: str, signed: str) -> str:
    where, be = _meetings(actions, "attendance support meetings"), "is" if len(actions) == 1 else "are"
    lines = [f"{plural(len(actions), 'action')} agreed at {where} {be} not done:", ""]
    for action in actions:
        of_pupil = [[action.pupil.forename, action.pupil.surname]] if action.pupil else []
        what = without_names(action.what, [*names.get(action.meeting_id, []), *of_pupil]).rstrip(".")
        late = plural((today - action.due).days, "day")
        lines += [
            f"- {what}",
            f"  {action.who[:1].upper()}{action.who[1:]}, due {say_day(action.due)}, {late} ago. "
            f"{action.meeting.words[:1].upper()}{action.meeting.words[1:]}, {say_day(action.meeting.day)}.",
            *([f"  {site}{reverse('action', args=[action.pk])}"] if site else []),
        ]
    return "\n".join(
        [
            *lines,
            "",
            "Sign in to Daymark to say how it goes, to ask for help, or that it is done. No child is named in this e-mail.",
            "",
            signed,
        ]
    )
