"""Opening a case, who works it, its stage and its end; and the one way to write to its chronology."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.clock import LONDON
from accounts.models import User
from attendance.models import Flag
from attendance.words import plural, say_day
from casework import considering, stages
from casework.models import Case, Entry, Plan, PlanAction, SequenceChoice, Task
from casework.reports import officers_for
from schools.models import Enrolment, Pupil, School

# the acts that make a form about the case out of date; a call or a note takes nothing away from anybody
_CHANGES = (Entry.Kind.OPENED, Entry.Kind.ASSIGNED, Entry.Kind.PLAN, Entry.Kind.STAGE, Entry.Kind.CLOSED)
USED_BEFORE = "This form was sent before, about another case. Nothing of yours was saved; send it again."
_NOTHING_SAVED = "Nothing of yours was saved; look at it and try again."


class CaseProblem(ValueError):
    """Why something cannot be done to a case, in words for the person who asked."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class Overtaken(CaseProblem):
    """Somebody else saved while the form was open. Nothing was saved: what was typed is to be shown beside what stands now."""


@transaction.atomic
def record(
    *,
    by: User | None,
    now: dt.datetime,
    case: Case,
    kind: str,
    words: str,
    day: dt.date,
    shared: bool = False,
    form_token: uuid.UUID | None = None,
) -> Entry:
    """Write one line of a case's chronology. A form that is sent twice writes once."""
    try:
        with transaction.atomic():
            return Entry.objects.create(
                case=case,
                kind=kind,
                day=day,
                at=now,
                by=by,
                by_name=by.name if by else audit.COMMAND,
                words=words,
                shared=shared,
                form_token=form_token,
            )
    except IntegrityError:
        if not form_token:
            raise
        if written := Entry.objects.filter(form_token=form_token, case=case).first():
            return written
        raise CaseProblem(USED_BEFORE) from None


@transaction.atomic
def open_case(
    *,
    by: User | None,
    today: dt.date,
    now: dt.datetime,
    pupil: Pupil,
    school: School,
    origin: str,
    reason: str,
    flag: Flag | None = None,
    officer: User | None = None,
    words: str = "",
) -> tuple[Case, bool]:
    """Open a case for a pupil, or give the one that is open already; True where it is new. Raises `CaseProblem`."""
    if not Enrolment.objects.filter(pupil=pupil, school=school).on_roll(today).exists():
        raise CaseProblem(f"{pupil} is not on roll at {school} today. Choose the school where the child is on roll.", "school")
    if officer:
        _check_officer(officer, school, today)
    begin = SequenceChoice.objects.in_force(today).start
    case = Case(
        pupil=pupil,
        school=school,
        origin=origin,
        reason=reason,
        flag=flag,
        officer=officer,
        stage=begin.stage,
        step=_kept(begin),
        stage_since=today,
        opened=today,
        opened_by=by,
        opened_at=now,
    )
    try:
        with transaction.atomic():
            case.save()
    except IntegrityError:  # one open case a pupil: somebody was quicker
        return Case.objects.open().get(pupil=pupil), False
    said = f"{case.told_origin}: {case.get_reason_display().lower()}." + (f" {words}" if words else "")
    record(by=by, now=now, case=case, kind=Entry.Kind.OPENED, words=said, day=today, shared=True)
    audit.record("Case opened", by=by, subject=case, origin=origin, reason=reason)
    return case, True


def hold(case: Case, *, by: User | None, now: dt.datetime, version: int | None = None) -> Case:
    """The case as it stands, held until the transaction ends. Raises `CaseProblem` where it is closed, or has moved on from
    the `version` that the asking form was made from."""
    held = Case.objects.select_for_update(of=("self",)).select_related("pupil", "school", "officer").get(pk=case.pk)
    last = held.entries.filter(kind__in=_CHANGES).order_by("-pk").first()
    who = "You" if last and by and last.by_id == by.pk else last.by_name if last else "Somebody"
    when = clock_words(last.at, now) if last else "a moment ago"
    if held.closed:
        raise CaseProblem(f"{who} closed this case {when}: “{held.get_outcome_display()}”. Nothing of yours was saved.")
    if version is not None and version != held.version:
        said = f": {last.words}" if last and len(last.words) <= 200 else "."
        raise Overtaken(f"{who} changed this case {when}{said} {_NOTHING_SAVED}")
    return held


def clock_words(at: dt.datetime, now: dt.datetime) -> str:
    """ "at 14:02", with its day where that is not today."""
    local, today = at.astimezone(LONDON), now.astimezone(LONDON).date()
    return f"at {local:%H:%M}" if local.date() == today else f"on {say_day(local.date())} at {local:%H:%M}"


def changed(case: Case, *fields: str) -> None:
    """Save a held case as its next version."""
    case.version += 1
    case.save(update_fields=[*fields, "version"])


def _check_officer(officer: User, school: School, today: dt.date) -> None:
    if not officer.is_active:
        raise CaseProblem(f"{officer} cannot sign in any more. Choose somebody else.", "officer")
    if not officers_for([school.pk], today=today).filter(pk=officer.pk).exists():
        raise CaseProblem(
            f"{officer} does not work with {school}, so could not see the case. Post them there, or choose another.", "officer"
        )


@transaction.atomic
def assign(
    *,
    by: User | None,
    today: dt.date,
    now: dt.datetime,
    case: Case,
    officer: User,
    school: School | None = None,
    version: int | None = None,
) -> Case:
    """Say who works the case; and with which school, where the child has moved."""
    held = hold(case, by=by, now=now)
    school = school or held.school
    if held.officer == officer and held.school == school:
        return held
    held = hold(case, by=by, now=now, version=version)
    if school != held.school and not Enrolment.objects.filter(pupil=held.pupil, school=school).on_roll(today).exists():
        raise CaseProblem(f"{held.pupil} is not on roll at {school} today.", "school")
    _check_officer(officer, school, today)
    moved = f" The case moves from {held.school} to {school}." if school != held.school else ""
    held.officer, held.school = officer, school
    changed(held, "officer", "school")
    record(by=by, now=now, case=held, kind=Entry.Kind.ASSIGNED, words=f"Assigned to {officer}.{moved}", day=today, shared=True)
    audit.record("Case assigned", by=by, subject=held, officer=officer.name, school=school.urn)
    return held


def _kept(step: stages.Step) -> str:
    """As a case keeps it: the stage says the default sequence's step already."""
    return "" if step.code == step.stage else step.code


@transaction.atomic
def move(*, by: User | None, today: dt.date, now: dt.datetime, case: Case, stage: str, version: int | None = None) -> Case:
    """Take the case to another step (`stage` is its code), where the table of stages has that move."""
    held = hold(case, by=by, now=now)
    if held.at.code == stage:
        return held
    held = hold(case, by=by, now=now, version=version)
    has_plan, chosen = held.plans.filter(ended=None).exists(), SequenceChoice.objects.in_force(today)
    found = stages.move(held.at.code, stage, has_officer=held.officer_id is not None, has_plan=has_plan, chosen=chosen)
    if not found.allowed:
        raise CaseProblem(found.reason, "stage")
    before, step = held.at, stages.STEP[stage]
    over = step in stages.crossing(before.code, chosen)  # in the same stage: nothing is begun
    if step.stage == stages.FORMAL and not over and (missing := considering.obstacle(held.pupil, today=today, before="legal action")):
        raise CaseProblem(missing, "stage")
    said = f"From “{before.name}” to “{step.name}”."
    held.stage, held.step, held.stage_since = step.stage, _kept(step), today
    changed(held, "stage", "step", "stage_since")
    record(by=by, now=now, case=held, kind=Entry.Kind.STAGE, words=said, day=today, shared=True)
    audit.record("Case moved", by=by, subject=held, before=before.code, after=stage)
    return held


@transaction.atomic
def close_case(
    *, by: User | None, today: dt.date, now: dt.datetime, case: Case, outcome: str, deadlines: str = "", version: int | None = None
) -> Case:
    """End the case and its plan. Actions still open stay as they are: not done is what they were.

    `deadlines`: why it is closed though deadlines of law are open, where some are. A safeguarding consideration comes first.
    """
    standing = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    if standing.closed and by and standing.closed_by_id == by.pk and standing.outcome == outcome:
        return standing  # the same form, sent twice
    held = hold(case, by=by, now=now, version=version)
    if outcome not in Case.Outcome.values:
        raise CaseProblem("Choose what came of the case", "outcome")
    if missing := considering.obstacle(held.pupil, today=today, before="the case is closed"):
        raise CaseProblem(missing)
    running = list(Task.objects.running_for(held))
    if running and not deadlines.strip():
        named = "; ".join(f"{task.title}, by {say_day(task.due)}" for task in running)
        raise CaseProblem(f"Deadlines of law are open: {named}. Say why the case is closed all the same.", "deadlines")
    left = PlanAction.objects.filter(plan__case=held).open().count()
    Plan.objects.filter(case=held).current().update(ended=today)
    held.stage, held.stage_since, held.closed, held.closed_by, held.outcome = stages.CLOSED, today, today, by, outcome
    held.step = ""
    changed(held, "stage", "step", "stage_since", "closed", "closed_by", "outcome")
    said = f"{held.get_outcome_display()}." + (
        f" {plural(left, 'action')} of the plan {'was' if left == 1 else 'were'} not closed." if left else ""
    )
    record(by=by, now=now, case=held, kind=Entry.Kind.CLOSED, words=said, day=today, shared=True)
    if running:
        said = f"Closed with {plural(len(running), 'deadline')} of law open ({', '.join(task.title for task in running)}). Why: {deadlines}"
        record(by=by, now=now, case=held, kind=Entry.Kind.NOTE, words=said, day=today)
    audit.record("Case closed", by=by, subject=held, outcome=outcome, actions_left=left, deadlines_left=[task.pk for task in running])
    return held
