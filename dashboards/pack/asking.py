"""Asking for packs: by a person, and by the schedule the evening before a meeting."""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from dashboards.models import Paper
from dashboards.papers.actions import PaperProblem, ring
from meetings.actions import MeetingProblem, refresh_agenda
from meetings.models import Meeting
from meetings.terms import Term, term_of
from schools.calendar import working_day_before
from schools.models import PolicyValue

EVENING = dt.time(17)  # registers of the day have come, and officers have not left for the day after
SCHEDULE = "the schedule, the evening before"
_FOR = (Paper.Audience.INSIDE, Paper.Audience.SCHOOL)


def due_at(day: dt.date) -> dt.datetime:
    """When the packs of a meeting are due: in the evening of the last working day before it."""
    return timezone.make_aware(dt.datetime.combine(working_day_before(day), EVENING))


def ask_in_the_evening(*, today: dt.date, now: dt.datetime) -> list[Paper]:
    """Packs of the meetings whose evening before has come, for the authority and for the school, each asked for once.

    Asked every hour, so a night that was missed is made up for in the morning. The agenda is made again first.
    """
    horizon = today + dt.timedelta(days=7)  # no run of days off is longer than from Maundy Thursday to Tuesday, or over Christmas
    found = []
    planned = Meeting.objects.support().filter(status=Meeting.Status.PLANNED, day__range=(today, horizon))
    for meeting in planned.select_related("school", "officer"):
        due = due_at(meeting.day)
        if now < due or Paper.objects.filter(meeting=meeting, by=None, asked_at__gte=due).exists():
            continue
        try:
            refresh_agenda(by=None, today=today, now=now, meeting=meeting)
        except MeetingProblem:  # held or cancelled a moment ago
            continue
        found += [ask_for_pack(by=None, today=today, now=now, meeting=meeting, audience=audience) for audience in _FOR]
    return found


@transaction.atomic
def ask_for_pack(*, by: User | None, today: dt.date, now: dt.datetime, meeting: Meeting, audience: str) -> Paper:
    """Have the pack of a planned meeting made, again if need be: what was made before stays as it was made."""
    if meeting.status != Meeting.Status.PLANNED:
        was = meeting.get_status_display().lower()
        raise PaperProblem(f"The meeting was {was}: no pack is made for it any more. Those made before are kept.")
    if audience not in _FOR:
        raise PaperProblem("A pack is made for working inside the authority or for the school.")
    return _ask(Paper.Kind.PACK, term_of(meeting.day), audience, by=by, today=today, now=now, meeting=meeting)


@transaction.atomic
def ask_for_packs(*, by: User, today: dt.date, now: dt.datetime, term: Term, audience: str) -> Paper:
    """Have the packs of all schools made, each with its next meeting of the term where one is planned."""
    if term.last < today:
        raise PaperProblem(f"{term.name} is over: a pack tells how things stand today. Choose a term that is still to come or running.")
    if audience not in _FOR:
        raise PaperProblem("Packs are made for working inside the authority or for the schools.")
    return _ask(Paper.Kind.PACKS, term, audience, by=by, today=today, now=now)


def _ask(
    kind: str, term: Term, audience: str, *, by: User | None, today: dt.date, now: dt.datetime, meeting: Meeting | None = None
) -> Paper:
    """One that the same person has on its way already is not asked for twice."""
    policy = PolicyValue.objects.in_force(today)
    asked = {
        "kind": kind, "school_id": meeting.school_id if meeting else None, "meeting": meeting, "year": term.year, "term": term.number,
        "audience": audience, "as_at": today, "by": by,
    }  # fmt: skip
    said = {"by_name": by.name if by else SCHEDULE, "asked_at": now, "policy_version": policy.version, "least": policy["publish_least"]}
    try:
        with transaction.atomic():
            paper = Paper.objects.create(**asked, **said)
    except IntegrityError:
        return Paper.objects.get(**asked, part_of=None, status__in=Paper.BUSY)
    audit.record("Pack asked for", by=by, subject=paper, audience=audience)
    ring(paper.pk)
    return paper
