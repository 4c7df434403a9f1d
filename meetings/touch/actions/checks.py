"""A school's own check, a review with the authority, and its action plan."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from attendance.matrix import academic_year
from attendance.words import plural, say_day
from meetings.actions.problems import token_of
from meetings.models import AttendanceReview, PlanStep, SchoolPlan, SelfCheck
from meetings.touch import checklist
from meetings.touch.actions.problems import TouchProblem, same_version
from schools.models import School

Answers = Mapping[str, Mapping[str, str]]


def _check_held(school: School, year: int, by: User, now: dt.datetime) -> SelfCheck:
    made = {"edition": checklist.EDITION, "changed_by": by, "changed_at": now}
    SelfCheck.objects.get_or_create(school=school, year=year, defaults=made)
    return SelfCheck.objects.select_for_update(of=("self",)).select_related("changed_by").get(school=school, year=year)


@transaction.atomic
def answer_check(
    *, by: User, today: dt.date, now: dt.datetime, school: School, version: int | None, answers: Answers, send: bool
) -> SelfCheck:
    """Keep what is answered of this year's check; `send` gives it to the authority, whole. Put right later, it is sent again."""
    check = _check_held(school, academic_year(today), by, now)
    same_version(check.version, version, check.changed_by, check.changed_at, now=now)
    missing = checklist.unanswered(answers)
    if send and missing:
        raise TouchProblem(f"{plural(len(missing), 'question')} still to answer before it can be sent. Keep it and come back.")
    check.answers = {key: dict(said) for key, said in answers.items() if key in checklist.BY_KEY and said.get("answer")}
    check.edition, check.changed_by, check.changed_at = checklist.EDITION, by, now
    check.status = SelfCheck.Status.SENT if send else SelfCheck.Status.DRAFT
    if send:
        check.sent_by, check.sent_at = by, now
    check.version += 1
    check.save()
    audit.record("Self-check sent" if send else "Self-check kept", by=by, subject=check, school=school.urn)
    return check


@transaction.atomic
def see_check(*, by: User, now: dt.datetime, check: SelfCheck, version: int | None, words: str) -> SelfCheck:
    """The officer has looked at it, with what they say of it."""
    check = SelfCheck.objects.select_for_update(of=("self",)).select_related("changed_by").get(pk=check.pk)
    same_version(check.version, version, check.changed_by, check.changed_at, now=now)
    if check.status == SelfCheck.Status.DRAFT:
        raise TouchProblem("The school has not sent it yet.")
    check.status, check.seen_by, check.seen_at, check.seen_words = SelfCheck.Status.SEEN, by, now, words.strip()
    check.version += 1
    check.save()
    audit.record("Self-check seen", by=by, subject=check, school=check.school.urn)
    return check


@transaction.atomic
def write_review(
    *, by: User, today: dt.date, now: dt.datetime, school: School, review: AttendanceReview | None, share: bool,
    version: int | None = None, form_token: uuid.UUID | None = None, **said: Any,
) -> AttendanceReview:  # fmt: skip
    """A new review, or one put right. The school reads it once it is shared; shared, it stays so."""
    if said["day"] > today:
        raise TouchProblem(f"The day of the review must not be after today, {say_day(today)}", "day")
    if not (said["pupils"] or said["parents"] or said["staff"]):
        raise TouchProblem("Say how many pupils, parents or staff were asked", "pupils")
    if review is None:
        token = token_of(form_token, by, school.pk, *said.values())
        if token and (known := AttendanceReview.objects.filter(form_token=token).first()):
            return known
        review = AttendanceReview(school=school, form_token=token, written_by=by, version=0)
    else:
        review = AttendanceReview.objects.select_for_update(of=("self",)).select_related("written_by").get(pk=review.pk)
        same_version(review.version, version, review.written_by, review.changed_at, now=now)
    for name, value in said.items():
        setattr(review, name, value)
    review.written_by, review.changed_at = by, now
    review.version += 1
    if share and review.shared_at is None:
        review.status, review.shared_at = AttendanceReview.Status.SHARED, now
    review.save()
    audit.record("Attendance review written", by=by, subject=review, school=school.urn, shared=review.shared_at is not None)
    return review


def plan_of(school: School, year: int, *, now: dt.datetime) -> SchoolPlan:
    """This year's plan of a school, made when its first aim is."""
    return SchoolPlan.objects.get_or_create(school=school, year=year, defaults={"changed_at": now})[0]


@transaction.atomic
def add_step(
    *, by: User, today: dt.date, now: dt.datetime, school: School, aim: str, owner: str, due: dt.date, form_token: uuid.UUID | None = None
) -> PlanStep:
    """One aim more. A plan that was signed off has to be signed anew: it is not what was signed any more."""
    token = token_of(form_token, by, school.pk, aim, owner, due)
    if token and (known := PlanStep.objects.filter(form_token=token).first()):
        return known
    if due < today:
        raise TouchProblem(f"The day by which it is to be done must not be before today, {say_day(today)}", "due")
    plan = plan_of(school, academic_year(today), now=now)
    said = {"aim": aim.strip(), "owner": owner.strip(), "due": due}
    step = PlanStep.objects.create(plan=plan, form_token=token, changed_by=by, changed_at=now, **said)
    _unsign(plan, now)
    audit.record("Aim added to a school’s plan", by=by, subject=step, school=school.urn)
    return step


def _unsign(plan: SchoolPlan, now: dt.datetime) -> None:
    plan.signed_name, plan.signed_as, plan.signed_on, plan.signed_by, plan.changed_at = "", "", None, None, now
    plan.save()


@transaction.atomic
def tell_step(
    *, by: User, today: dt.date, now: dt.datetime, step: PlanStep, version: int | None, done: bool, note: str, due: dt.date
) -> PlanStep:
    """How an aim goes: done today, or still open, perhaps with another day."""
    step = PlanStep.objects.select_for_update(of=("self",)).select_related("changed_by", "plan__school").get(pk=step.pk)
    same_version(step.version, version, step.changed_by, step.changed_at, now=now)
    if due != step.due and not note.strip():
        raise TouchProblem("Say why the day is another one", "note")
    step.done_on = (step.done_on or today) if done else None
    step.note, step.due = note.strip(), due
    step.changed_by, step.changed_at = by, now
    step.version += 1
    step.save()
    audit.record("Aim of a school’s plan told of", by=by, subject=step, done=done, school=step.plan.school.urn)
    return step


@transaction.atomic
def sign_plan(
    *, by: User, today: dt.date, now: dt.datetime, plan: SchoolPlan, name: str, signed_as: str, day: dt.date, aims: int | None = None
) -> SchoolPlan:
    """Governors or the trust stand behind it. `aims`: how many there were on the page on which it was said."""
    plan = SchoolPlan.objects.select_for_update(of=("self",)).select_related("school").get(pk=plan.pk)
    there = plan.steps.count()
    if not there:
        raise TouchProblem("A plan without an aim cannot be signed off.")
    if aims is not None and aims != there:
        raise TouchProblem("An aim was added to the plan since you opened this page. Look at the plan, then open this page again.")
    if day > today:
        raise TouchProblem(f"It cannot have been signed after today, {say_day(today)}", "day")
    plan.signed_name, plan.signed_as, plan.signed_on, plan.signed_by, plan.changed_at = name.strip(), signed_as, day, by, now
    plan.save()
    audit.record("School’s plan signed off", by=by, subject=plan, school=plan.school.urn)
    return plan
