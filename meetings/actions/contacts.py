"""Writing down a contact with a school as what it was."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from attendance.words import say_day
from meetings.actions.problems import MeetingProblem, token_of
from meetings.models import SchoolContact
from schools.models import Enrolment, Pupil, School

_BACK = dt.timedelta(days=366)  # a contact further back is a slip of the pen


@transaction.atomic
def record_school_contact(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    school: School,
    day: dt.date,
    how: str,
    reached: bool,
    with_whom: str,
    about: str,
    pupils: Sequence[Pupil] = (),
    traded: bool = False,
    words: str = "",
    form_token: uuid.UUID | None = None,
) -> SchoolContact:
    """Write down a contact made with a school, or an attempt. A form that is sent twice writes once. Raises `MeetingProblem`."""
    token = token_of(form_token, by, school.pk, day, how, with_whom, about, words)
    if token and (written := SchoolContact.objects.filter(form_token=token).first()):
        return written
    if day > today:
        raise MeetingProblem("A contact is written down once it has been made: the date cannot be after today", "day")
    if day < today - _BACK:
        raise MeetingProblem(f"{say_day(day)} is more than a year ago: check the year of the date", "day")
    if school.closed and day > school.closed:
        raise MeetingProblem(f"{school} closed on {say_day(school.closed)}: check the date", "day")
    if about == SchoolContact.About.PUPILS and not pupils:
        raise MeetingProblem("Choose at least one pupil, or say that it was about something else", "pupils")
    known = Enrolment.objects.filter(school=school, pupil__in=[pupil.pk for pupil in pupils]).values_list("pupil", flat=True)
    if strange := {pupil.pk for pupil in pupils} - set(known):
        other = next(pupil for pupil in pupils if pupil.pk in strange)
        raise MeetingProblem(f"{other} is not on the roll of {school}", "pupils")
    contact = SchoolContact(
        school=school, day=day, how=how, reached=reached, with_whom=with_whom.strip(), about=about, traded=traded,
        words=words.strip(), by=by, by_name=by.name, at=now, form_token=token,
    )  # fmt: skip
    try:
        with transaction.atomic():
            contact.save()
    except IntegrityError:  # the same form, sent twice at the same moment
        return SchoolContact.objects.get(form_token=token)
    contact.pupils.set(pupils)
    audit.record("Contact with a school recorded", by=by, subject=contact, school=school.pk, how=how, reached=reached, pupils=len(pupils))
    return contact
