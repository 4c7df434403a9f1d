"""Plan a meeting of another kind: SEN contacts, a cohort meeting, a forum, a panel; with one school or several."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from meetings.actions.plan import check_meeting, check_open
from meetings.actions.problems import MeetingProblem, long_day, token_of
from meetings.models import Meeting, MeetingSchool
from schools.models import School

_OTHER_KINDS = [kind for kind, _ in Meeting.OTHER_KINDS]


@transaction.atomic
def plan_other_meeting(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    kind: str,
    title: str,
    schools: Sequence[School],
    day: dt.date,
    time: dt.time,
    minutes: int,
    place: str,
    officer: User,
    host: School | None = None,
    service: str = "",
    although_closed: bool = False,
    form_token: uuid.UUID | None = None,
) -> Meeting:
    """Its agenda is empty at first. `host`: where it is held, or whose calendar it keeps; the first school by name where nobody chose.

    Which schools take part stays as it is planned: one that names pupils must not have another school join it afterwards.
    A form that is sent twice plans one meeting. Raises `MeetingProblem`.
    """
    title, service = " ".join(title.split()), " ".join(service.split())  # they stand in the heads of e-mails
    taking = sorted(school.pk for school in schools)  # fixed from now on: a form gone back to for one more school is another one
    token = token_of(form_token, by, kind, title, day, time, *taking, host.pk if host else 0, service)
    if token and (planned := Meeting.objects.filter(form_token=token).first()):
        return planned
    chosen = _check_what(by, kind, title, schools, day)
    for school in chosen:
        check_open(school, day, today=today, field="schools")
    if host is not None and host not in chosen:
        raise MeetingProblem(f"{host} does not take part. Choose one of the schools that do, or leave it open.", "host")
    host = host or chosen[0]
    check_meeting(host, day, time, officer, today=today, although_closed=although_closed, others=chosen, place=place)
    meeting = Meeting(
        kind=kind,
        title=title,
        service=service,
        several=len(chosen) > 1,
        school=host,
        officer=officer,
        day=day,
        time=time,
        minutes=minutes,
        place=place,
        planned_by=by,
        planned_at=now,
        form_token=token,
    )
    try:
        with transaction.atomic():
            meeting.save()
    except IntegrityError:  # the same form, sent twice at the same moment
        return Meeting.objects.get(form_token=token)
    MeetingSchool.objects.bulk_create(MeetingSchool(meeting=meeting, school=school) for school in chosen)
    audit.record("Meeting planned", by=by, subject=meeting, kind=kind, schools=[school.urn for school in chosen])
    return meeting


def _check_what(by: User, kind: str, title: str, schools: Sequence[School], day: dt.date) -> list[School]:
    """The schools, each once, by name."""
    if kind not in _OTHER_KINDS:
        raise MeetingProblem("Choose what kind of meeting it is", "kind")
    if not title:
        raise MeetingProblem("Say what it is called: everybody asked reads it", "title")
    chosen = list(School.objects.visible_to(by).filter(pk__in=[school.pk for school in schools]).order_by("sort_name"))
    if not chosen:
        raise MeetingProblem("Choose the schools that take part", "schools")
    same = Meeting.objects.filter(kind=kind, title__iexact=title, day=day, school__in=chosen).exclude(status=Meeting.Status.CANCELLED)
    if same.exists():
        raise MeetingProblem(f"“{title}” on {long_day(day)} is planned already. Open that one, or choose another day.", "day")
    return chosen
