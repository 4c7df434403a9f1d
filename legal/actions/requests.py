"""Asking that penalty notices be considered: draft, checklist, submission, taking back."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from casework.models import Case
from legal import checklist, pasts, proof, tools
from legal.actions import people
from legal.actions.problem import NoticeProblem, hold_request, safeguarding_comes_first, tell_case
from legal.models import Answer, HolidayBatch, Request
from legal.penalty import written
from schools.models import Parent, PolicyValue, Pupil, School

_PREPARED = (Request.Status.DRAFT, Request.Status.RETURNED)


@transaction.atomic
def request_notice(
    *,
    by: User | None,
    today: dt.date,
    now: dt.datetime,
    pupil: Pupil,
    school: School,
    route: str,
    parents: Sequence[Parent],
    batch: HolidayBatch | None = None,
    form_token: uuid.UUID | None = None,
) -> Request:
    """Begin a request, as a draft. A form that is sent twice makes one."""
    if form_token and (made := Request.objects.filter(form_token=form_token, pupil=pupil).first()):
        return made
    _may_be_asked_for(pupil, school, today)
    _liable(pupil, parents)
    if route not in Request.Route.values:
        raise NoticeProblem("Choose whether this is about a holiday or ongoing absence.", "route")
    request = Request(
        pupil=pupil,
        school=school,
        case=Case.objects.open().filter(pupil=pupil).first(),
        route=route,
        made=today,
        made_by=by,
        batch=batch,
        form_token=form_token,
    )
    try:
        with transaction.atomic():
            request.save()
    except IntegrityError:
        return _already(pupil, form_token)
    request.parents.set(parents)
    words = f"Penalty notice request begun: {request.get_route_display().lower()}."
    tell_case(by=by, today=today, now=now, pupil=pupil, school=school, words=words)
    audit.record("began notice request", by=by, subject=request, pupil=pupil.pk, school=school.urn, route=route)
    return request


def _may_be_asked_for(pupil: Pupil, school: School, today: dt.date) -> None:
    if school.independent:
        raise NoticeProblem(
            f"{school} is an independent school: no penalty notice can be issued for its pupils (Education Act 1996 s.444A). "
            "An education supervision order and prosecution remain available."
        )
    people.on_roll(pupil, school, today)


def _liable(pupil: Pupil, parents: Sequence[Parent]) -> None:
    if not parents:
        raise NoticeProblem("Choose at least one parent who is said to be liable.", "parents")
    people.recorded(pupil, parents)


def _already(pupil: Pupil, form_token: uuid.UUID | None) -> Request:
    """One open request a pupil: somebody was quicker, or it was there all the time."""
    if form_token and (made := Request.objects.filter(form_token=form_token, pupil=pupil).first()):
        return made
    other = Request.objects.open().select_related("made_by").filter(pupil=pupil).first()
    if other is None:
        raise NoticeProblem("This form was sent before, for another child. Open it again from the pupil's page.")
    who = f" by {other.made_by}" if other.made_by else ""
    raise NoticeProblem(
        f"There is an open request for {pupil} already: number {other.pk}, begun on {written(other.made)}{who} "
        f"({other.get_status_display().lower()}). Work on that one."
    )


@transaction.atomic
def answer_checklist(
    *,
    by: User | None,
    today: dt.date,
    now: dt.datetime,
    request: Request,
    answers: Mapping[str, str],
    days: Mapping[str, dt.date | None] | None = None,
    version: int | None = None,
) -> Request:
    """Keep what was answered; an item that is not among `answers` stays as it was, an empty answer takes it away."""
    held = hold_request(request, version, by)
    _still_prepared(held)
    wanted = {item.key for item in checklist.items(held.route)}
    before = {answer.item: answer for answer in held.answers.all()}
    lacked = {item.key for item in missing_items(held)}
    for key, given in answers.items():
        if key not in wanted or given not in ("", *Answer.Given.values):
            raise NoticeProblem("Choose one of the answers offered.", key)
        day = (days or {}).get(key)
        if day is not None and day > today:
            raise NoticeProblem(f"Item {checklist.BY_KEY[key].number}: enter today or an earlier day.", key)
        was = before.get(key)
        if not given:
            held.answers.filter(item=key).delete()
        elif was is None or (was.given, was.day) != (given, day):
            Answer.objects.update_or_create(request=held, item=key, defaults={"given": given, "day": day, "by": by, "at": now})
    missing = missing_items(held)
    if {item.key for item in missing} - lacked:  # a manager let it go on without other items than these
        held.override_reason, held.override_by = "", None
    _moved(held, "override_reason", "override_by")
    audit.record("answered notice checklist", by=by, subject=held, missing=[item.key for item in missing])
    return held


def missing_items(request: Request) -> list[checklist.Item]:
    """What the request's checklist still lacks."""
    return checklist.missing(request.route, dict(request.answers.values_list("item", "given")))


@transaction.atomic
def override_checklist(*, by: User, today: dt.date, now: dt.datetime, request: Request, words: str, version: int | None = None) -> Request:
    """A manager lets an incomplete request go on. The reason stays visible on it."""
    held = hold_request(request, version, by)
    _still_prepared(held)
    if not words.strip():
        raise NoticeProblem("Say why this request may go on without the missing items.", "words")
    if not missing_items(held):
        raise NoticeProblem("The checklist is complete: nothing needs to be overridden.")
    held.override_reason, held.override_by = words.strip(), by
    _moved(held, "override_reason", "override_by")
    lacking = [item.key for item in missing_items(held)]
    audit.record("overrode notice checklist", by=by, subject=held, missing=lacking, length=len(held.override_reason))
    tell_case(
        by=by,
        today=today,
        now=now,
        pupil=held.pupil,
        school=held.school,
        words="Penalty notice request: let go on with an incomplete checklist.",
    )
    return held


@transaction.atomic
def submit_request(*, by: User | None, today: dt.date, now: dt.datetime, request: Request, version: int | None = None) -> Request:
    """Send a request for a decision, with the threshold's proof as the register stands now."""
    held = hold_request(request, version, by)
    _still_prepared(held)
    safeguarding_comes_first(held.pupil, by=by, today=today, before="a request is sent for a decision")
    lacking = missing_items(held)
    if lacking and not held.override_reason:
        named = "; ".join(f"{item.number}. {item.words}" for item in lacking)
        raise NoticeProblem(f"The checklist is not complete. Missing: {named}. A manager may let it go on, with a reason.")
    if held.pupil.dob is None:
        raise NoticeProblem(tools.no_day_of_birth(str(held.pupil)))
    policy = PolicyValue.objects.in_force(today)
    found = proof.prove(held.pupil, day=today, policy=policy)
    if not found.met:
        raise NoticeProblem(f"The threshold is not met: {found.words}." if found.eligible else _not_eligible(held))
    if found.unsettled:
        count = f"{len(found.window)} {proof.including(found.unsettled)}"
        raise NoticeProblem(f"{count}: settle them first. An N may yet become an authorised absence.")
    _something_to_rely_on(held, found, by)
    held.status, held.submitted, held.attention = Request.Status.SUBMITTED, today, ""
    held.sessions, held.met_on, held.policy_version = list(found.window), found.met_on, policy.version
    _moved(held, "status", "submitted", "attention", "sessions", "met_on", "policy_version")
    words = f"Penalty notice request sent for a decision: {found.words}."
    tell_case(by=by, today=today, now=now, pupil=held.pupil, school=held.school, words=words)
    audit.record("submitted notice request", by=by, subject=held, sessions=len(found.window), policy=policy.version)
    return held


def _not_eligible(request: Request) -> str:
    return (
        f"No notice can be issued: {request.pupil} has not been on roll this school year, while of compulsory school age, "
        "at a school for whose pupils penalty notices exist."
    )


def _something_to_rely_on(request: Request, found: proof.Proof, by: User | None) -> None:
    """Refuse where against no parent there are sessions enough, of the kind the request says, that no notice relies on."""
    parents = list(request.parents.filter(responsibilities__pupil=request.pupil).order_by("pk"))
    if not parents:
        raise NoticeProblem(
            f"Whoever was named is no longer recorded as a parent of {request.pupil}. Take the request back and begin one that names "
            "who is liable."
        )
    before = pasts.of_child(request.pupil, parents)
    left = {parent: before.available(parent.pk, found.window) for parent in parents}
    if all(len(sessions) < found.number for sessions in left.values()):
        each = "; ".join(f"{len(sessions)} are left against {parent}" for parent, sessions in left.items())
        # what takes them may be of another school, another authority or a court: a school is not told
        why = before.taken(parents[0].pk, found.window) if by is None or by.as_role.in_authority else ""
        raise NoticeProblem(
            f"Of the {len(found.window)} sessions some cannot be relied on, mostly because an earlier notice does: {each}. A notice "
            f"needs {found.number}.{f' Against {parents[0]}: {why}.' if why else ''}"
        )
    if wrong := proof.wrong_route(request.route, max(left.values(), key=proof.holidays), found.number):
        raise NoticeProblem(f"{wrong} Take this one back and ask for ongoing absence, with its checklist.")


def available_against(pupil: Pupil, parent: Parent, sessions: Sequence[str]) -> list[str]:
    """Those that no notice to this person for this child relies on."""
    return pasts.of_child(pupil, [parent]).available(parent.pk, sessions)


@transaction.atomic
def take_back_request(*, by: User | None, today: dt.date, now: dt.datetime, request: Request, version: int | None = None) -> Request:
    """Whoever asked asks no more. What was written stays."""
    held = hold_request(request, version, by)
    if held.status not in Request.OPEN:
        raise NoticeProblem(f"This request is closed already: {held.get_status_display().lower()}.")
    held.status = Request.Status.WITHDRAWN
    _moved(held, "status")
    tell_case(by=by, today=today, now=now, pupil=held.pupil, school=held.school, words="Penalty notice request taken back.")
    audit.record("took back notice request", by=by, subject=held)
    return held


def _still_prepared(request: Request) -> None:
    if request.status not in _PREPARED:
        raise NoticeProblem(f"This request cannot be changed any more: {request.get_status_display().lower()}.")


def _moved(request: Request, *fields: str) -> None:
    request.version += 1
    request.save(update_fields=[*fields, "version"])
