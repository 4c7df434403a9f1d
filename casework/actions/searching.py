"""Looking for a missing child and for a place: checks, applications, vacancies, what the fortnightly meeting decides."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from attendance.words import say_day
from casework.actions import missing
from casework.actions.missing import USED_BEFORE, MissingProblem, hold, write
from casework.missing import todo
from casework.models import MissingCheck, MissingChild, MissingDecision, PlaceApplication, Vacancy
from schools import names
from schools.actions import pupils
from schools.actions.pupils import PupilDetails
from schools.models import Pupil, School

_AHEAD = dt.timedelta(days=366)
_CHECKED_BEFORE = dt.timedelta(days=183)  # a school calls at the home while the child is absent, long before the name is deleted
MOST_PLACES = 300


@transaction.atomic
def check(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    child: MissingChild,
    kind: str,
    day: dt.date,
    asked_of: str = "",
    result: str = MissingCheck.Result.WAITING,
    words: str = "",
    form_token: uuid.UUID | None = None,
) -> MissingCheck:
    """Write down a check that was made; its answer may be there already."""
    if form_token and (written := MissingCheck.objects.filter(form_token=form_token, child=child).first()):
        return written
    held = hold(child, by=by, now=now)
    if day > today:
        raise MissingProblem("A check is written down once it has been made: the date cannot be after today", "day")
    if day < held.since - _CHECKED_BEFORE:
        raise MissingProblem(f"The child has been without a place since {say_day(held.since)}: check the year of the date", "day")
    _needs_words(result, words)
    made = MissingCheck(child=held, kind=kind, day=day, asked_of=asked_of.strip(), by=by, by_name=by.name, result=result, words=words)
    made.answered = None if result == MissingCheck.Result.WAITING else today
    made.form_token = form_token
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:
        if form_token and (written := MissingCheck.objects.filter(form_token=form_token, child=child).first()):
            return written
        raise MissingProblem(USED_BEFORE) from None
    write(by=by, now=now, child=held, what="Check", words=_said(made), day=day)
    audit.record("Check made", by=by, subject=held, check=kind, result=result)
    todo.keep_of([held.pupil_id], today=today, now=now)
    return made


@transaction.atomic
def answer_check(*, by: User, today: dt.date, now: dt.datetime, check: MissingCheck, result: str, words: str) -> MissingCheck:
    """What came back. An answer that stands is not written over: whoever asks again makes another check."""
    child = hold(check.child, by=by, now=now)
    held = MissingCheck.objects.select_for_update().get(pk=check.pk)
    if held.answered:
        if (held.result, held.words) == (result, words):
            return held  # the same form, sent twice
        raise MissingProblem(f"An answer was recorded on {say_day(held.answered)}. Record another check for what is new.")
    if result == MissingCheck.Result.WAITING:
        raise MissingProblem("Choose what the answer was", "result")
    _needs_words(result, words)
    held.result, held.words, held.answered = result, words, today
    held.save()
    write(by=by, now=now, child=child, what="Check", words=_said(held), day=today)
    audit.record("Check answered", by=by, subject=child, check=held.kind, result=result)
    todo.keep_of([child.pupil_id], today=today, now=now)
    return held


def _needs_words(result: str, words: str) -> None:
    if result in (MissingCheck.Result.LEAD, MissingCheck.Result.FOUND) and not words.strip():
        raise MissingProblem("Say what was learnt, and from whom", "words")


def _said(check: MissingCheck) -> str:
    of = f" ({check.asked_of})" if check.asked_of else ""
    words = f"\n{check.words}" if check.words else ""
    return f"{check.get_kind_display()}{of}: {check.get_result_display().lower()}.{words}"


@transaction.atomic
def apply(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    child: MissingChild,
    route: str,
    day: dt.date,
    year_group: str,
    school: School | None = None,
    elsewhere: str = "",
    form_token: uuid.UUID | None = None,
) -> PlaceApplication:
    """Write down that a place was asked for. Raises `MissingProblem`."""
    if form_token and (written := PlaceApplication.objects.filter(form_token=form_token, child=child).first()):
        return written
    held = hold(child, by=by, now=now)
    if bool(school) == bool(elsewhere.strip()):
        raise MissingProblem("Choose a school, or name one that is not in the list", "school")
    if day > today:
        raise MissingProblem("The day of the application cannot be after today", "day")
    if day < held.since - _AHEAD:
        raise MissingProblem("The application is from long before the place ended: check the year", "day")
    made = PlaceApplication(child=held, school=school, elsewhere=elsewhere.strip(), year_group=year_group, route=route, day=day, by=by)
    made.form_token = form_token
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:
        if form_token and (written := PlaceApplication.objects.filter(form_token=form_token, child=child).first()):
            return written
        raise MissingProblem(USED_BEFORE) from None
    write(by=by, now=now, child=held, what="Application", words=f"{made.get_route_display()}: a place asked for at {made.where}.", day=day)
    audit.record("Place applied for", by=by, subject=held, route=route)
    return made


@transaction.atomic
def decide(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    application: PlaceApplication,
    decision: str,
    decided: dt.date,
    starts: dt.date | None = None,
    words: str = "",
) -> PlaceApplication:
    """What became of an application. An offer leaves the record open."""
    child = hold(application.child, by=by, now=now)
    held = PlaceApplication.objects.select_for_update(of=("self",)).select_related("school").get(pk=application.pk)
    asked = (decision, decided, starts, words)
    if (held.decision, held.decided, held.starts, held.words) == asked:
        return held  # the same form, sent twice
    if decision == PlaceApplication.Decision.WAITING:
        raise MissingProblem("Choose what was decided", "decision")
    if not held.day <= decided <= today:
        raise MissingProblem(f"The decision must lie between {say_day(held.day)}, when it was asked for, and today", "decided")
    if decision == PlaceApplication.Decision.REFUSED and not words.strip():
        raise MissingProblem("Say why the place was refused", "words")
    if starts and decision != PlaceApplication.Decision.OFFERED:
        raise MissingProblem("Only an offered place has a first day", "starts")
    if starts and not decided - _AHEAD <= starts <= today + _AHEAD:
        raise MissingProblem("The first day is more than a year away: check the year", "starts")
    held.decision, held.decided, held.starts, held.words = asked
    held.save()
    said = f"{held.where}: {held.get_decision_display().lower()}."
    if decision == PlaceApplication.Decision.OFFERED:
        said += (f" To start on {say_day(starts)}." if starts else "") + " The record stays open until the first present mark there."
    write(by=by, now=now, child=child, what="Application", words=said + (f"\n{words}" if words else ""), day=decided)
    audit.record("Place decided", by=by, subject=child, decision=decision)
    todo.keep_of([child.pupil_id], today=today, now=now)
    return held


@transaction.atomic
def declare(*, by: User, today: dt.date, now: dt.datetime, school: School, places: Mapping[str, int]) -> int:
    """Say how many places a school has, by year group; how many numbers are new. What is said again today is one word."""
    for group, number in places.items():
        if not 0 <= number <= MOST_PLACES:
            raise MissingProblem(f"Enter a number from 0 to {MOST_PLACES}", f"places_{group}")
    School.objects.select_for_update(no_key=True).get(pk=school.pk)
    standing = {one.year_group: one for one in Vacancy.objects.standing().filter(school=school)}
    new = [
        Vacancy(school=school, year_group=group, places=number, day=today, by=by, by_name=by.name, at=now)
        for group, number in places.items()
        if group not in standing or (standing[group].places, standing[group].day) != (number, today)
    ]
    Vacancy.objects.bulk_create(new)
    if new:
        audit.record("Vacancies declared", by=by, subject=school, places={one.year_group: one.places for one in new})
    return len(new)


@transaction.atomic
def decide_at_meeting(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    child: MissingChild,
    meeting: dt.date,
    decision: str,
    words: str = "",
    agency: str = "",
    due: dt.date | None = None,
) -> MissingDecision:
    """What the meeting of a day decided about one child; put right by deciding again, with a trace of both."""
    if meeting > today:
        raise MissingProblem("The meeting has not been held yet")
    held = MissingChild.objects.select_for_update(of=("self",)).get(pk=child.pk)
    if not MissingChild.objects.open_on(meeting).filter(pk=held.pk).exists():
        raise MissingProblem(f"{held.pupil} was not on the list of {say_day(meeting)}")
    if due and not meeting <= due <= meeting + _AHEAD:
        raise MissingProblem("The day must be after the meeting and within a year", "due")
    said = {"decision": decision, "words": words.strip(), "agency": agency.strip(), "due": due}
    standing = MissingDecision.objects.filter(child=held, meeting=meeting).first()
    if standing and all(getattr(standing, name) == value for name, value in said.items()):
        return standing
    made = standing or MissingDecision(child=held, meeting=meeting)
    for name, value in (said | {"by": by, "by_name": by.name, "at": now}).items():
        setattr(made, name, value)
    made.save()
    who = f" {made.agency}" if made.agency else ""
    when = f" by {say_day(due)}" if due else ""
    told = f"Multi-agency meeting of {say_day(meeting)}{' (put right)' if standing else ''}: {made.get_decision_display().lower()}."
    told += f" To do:{who}{when}." if who or when else ""
    write(by=by, now=now, child=held, what="Meeting", words=told + (f"\n{made.words}" if made.words else ""), day=meeting)
    audit.record("Missing children meeting decided", by=by, subject=held, decision=decision, meeting=meeting.isoformat())
    todo.keep_of([held.pupil_id], today=today, now=now)
    return made


@transaction.atomic
def refer_unknown(
    *, by: User, today: dt.date, now: dt.datetime, details: Mapping[str, Any], form_token: uuid.UUID | None = None, **referral: Any
) -> MissingChild:
    """Write down a child whom no school has told us of, and refer them: both or neither. The officer who does so leads, or nobody
    but a manager would see the child. A form that is sent twice does it once."""
    if form_token and (standing := MissingChild.objects.filter(form_token=form_token).first()):
        return standing
    alike = Pupil.objects.filter(sort_name=names.sort_key(details["surname"], details["forename"]), dob=details["dob"]).exists()
    if alike and details["dob"]:
        raise MissingProblem(
            f"A child called {details['forename']} {details['surname']} with this date of birth is known already. "
            "Search for them and refer them from their page; if you cannot see them, ask your manager.",
            "surname",
        )
    pupil = pupils.add_pupil(by=by, today=today, details=PupilDetails(**{key: value for key, value in details.items() if value}))  # type: ignore[typeddict-item]
    child, _ = missing.refer(by=by, today=today, now=now, pupil=pupil, form_token=form_token, **referral)
    return missing.lead(by=by, today=today, now=now, child=child, officer=by)
