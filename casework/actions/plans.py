"""What is agreed for a child: the plan, its review, and its actions."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from accounts import audit
from accounts.models import User
from attendance.words import plural, say_day
from casework import planning
from casework.actions.cases import USED_BEFORE, CaseProblem, changed, hold, record
from casework.models import Case, Entry, Plan, PlanAction, PlanReview, PlanTarget, Service

REVIEW_WITHIN_WEEKS = 12  # local practice reviews after three to six weeks; a plan nobody looks at for a term is none
_ACTION_WITHIN = dt.timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Agreed:
    """One action as it is agreed."""

    what: str
    owner: str
    due: dt.date
    service: str = ""  # which one, where another service does it
    row: int = 1  # of the form it came from, so that a refusal stands beside its own boxes


@dataclass(frozen=True, slots=True)
class Terms:
    """What else is agreed: who leads by name and role, the target in sessions, and what some kinds of plan need besides."""

    lead_name: str = ""
    lead_role: str = ""
    most: int | None = None  # sessions to miss, at most, of the next `of`
    of: int | None = None
    timetable_start: dt.date | None = None
    timetable_end: dt.date | None = None
    timetable_hours: Decimal | None = None  # a week
    nurse: str = ""
    panel: dt.date | None = None


def _sent_before(model: type[Plan] | type[PlanAction], form_token: uuid.UUID | None) -> None:
    if form_token and model._default_manager.filter(form_token=form_token).exists():
        raise CaseProblem(USED_BEFORE)


def _check_review(review: dt.date | None, today: dt.date) -> dt.date:
    last = today + dt.timedelta(weeks=REVIEW_WITHIN_WEEKS)
    if review is None:
        raise CaseProblem("Enter the day on which the plan is looked at again", "review")
    if review <= today:
        raise CaseProblem("The review must be after today", "review")
    if review > last:
        raise CaseProblem(f"The review must be within {REVIEW_WITHIN_WEEKS} weeks, by {say_day(last)}", "review")
    return review


def _check_action(action: Agreed, today: dt.date, suffix: str = "") -> None:
    if not action.what.strip():
        raise CaseProblem("Enter what is to be done", f"what{suffix}")
    if (action.owner == PlanAction.Owner.SERVICE) < bool(action.service):
        raise CaseProblem("Choose who does it", f"owner{suffix}")
    if action.due < today:
        raise CaseProblem("An action is for the days to come: the date cannot be before today", f"due{suffix}")
    if action.due > today + _ACTION_WITHIN:
        raise CaseProblem("The date is more than a year away: check the year", f"due{suffix}")


_MOST_SESSIONS = 380  # possible sessions of a school year
_MOST_HOURS = 40
_TIMETABLE_WITHIN = dt.timedelta(weeks=26)
_BEFORE = dt.timedelta(days=366)


def _check_terms(kind: str, terms: Terms, today: dt.date) -> None:
    if (terms.most is None) != (terms.of is None):
        raise CaseProblem("A target needs both numbers: how many sessions may be missed, of how many", "most" if terms.of else "of")
    if terms.most is not None and terms.of is not None:
        if not 0 < terms.of <= _MOST_SESSIONS:
            raise CaseProblem(f"Say of how many sessions, from 1 to {_MOST_SESSIONS}: a school year has about that many", "of")
        if not 0 <= terms.most < terms.of:
            raise CaseProblem(f"Say how many of the {terms.of} sessions may be missed: fewer than all of them", "most")
    if kind == Plan.Kind.MEDICAL and not terms.nurse.strip():
        raise CaseProblem("A medical action plan is made with the school nurse: enter the name", "nurse")
    if kind == Plan.Kind.PANEL and terms.panel is None:
        raise CaseProblem("Enter the day of the attendance panel that agreed this plan", "panel")
    if terms.panel and terms.panel > today:
        raise CaseProblem("The panel has met before a plan of it is agreed: the day cannot be after today", "panel")
    if terms.panel and terms.panel < today - _BEFORE:
        raise CaseProblem("The panel met more than a year ago: check the year", "panel")
    _check_timetable(kind, terms, today)


def _check_timetable(kind: str, terms: Terms, today: dt.date) -> None:
    """A part-time timetable is for a time, and says for how long: "Working together" allows none without an end."""
    start, end, hours = terms.timetable_start, terms.timetable_end, terms.timetable_hours
    if kind != Plan.Kind.REINTEGRATION and start is end is hours is None:
        return
    if start is None:
        raise CaseProblem("Enter the day on which the timetable begins", "timetable_start")
    if not today - _BEFORE <= start <= today + _TIMETABLE_WITHIN:
        raise CaseProblem("The timetable begins within a year before today and 26 weeks after it: check the year", "timetable_start")
    if end is None:
        raise CaseProblem("Enter the day on which the timetable ends: a part-time timetable is for a time", "timetable_end")
    if not start <= end <= start + _TIMETABLE_WITHIN:
        raise CaseProblem("The timetable ends on or after the day it begins, and within 26 weeks of it", "timetable_end")
    if hours is None or not 0 <= hours <= _MOST_HOURS:
        raise CaseProblem(f"Enter the hours a week that the child is to be in school, from 0 to {_MOST_HOURS}", "timetable_hours")


@transaction.atomic
def make_plan(
    *,
    by: User | None,
    today: dt.date,
    now: dt.datetime,
    case: Case,
    kind: str,
    barrier: str,
    lead: str,
    review: dt.date,
    actions: Sequence[Agreed] = (),
    terms: Terms | None = None,
    carry: bool = False,
    version: int | None = None,
    form_token: uuid.UUID | None = None,
) -> Plan:
    """Agree a plan. It takes the place of the current one, whose open actions come along if they are carried over."""
    if made := Plan.objects.filter(form_token=form_token, case=case).first() if form_token else None:
        return made
    held = hold(case, by=by, now=now)
    if made := Plan.objects.filter(form_token=form_token, case=held).first() if form_token else None:
        return made  # sent twice at once: the other was quicker
    _sent_before(Plan, form_token)
    held = hold(case, by=by, now=now, version=version)
    terms = terms or Terms()
    _check_review(review, today)
    _check_terms(kind, terms, today)
    for action in actions:
        _check_action(action, today, f"_{action.row}")
    before = held.plans.current().first()
    if before:
        before.ended = today
        before.save(update_fields=["ended"])
    plan = Plan.objects.create(
        case=held, kind=kind, barrier=barrier, lead=lead, start=today, review=review, made_by=by, form_token=form_token,
        lead_name=terms.lead_name.strip(), lead_role=terms.lead_role.strip(), timetable_start=terms.timetable_start,
        timetable_end=terms.timetable_end, timetable_hours=terms.timetable_hours, nurse=terms.nurse.strip(), panel=terms.panel,
    )  # fmt: skip
    _aim(plan, before, terms, today)
    carried = before.actions.filter(done=None).update(plan=plan) if before and carry else 0
    PlanAction.objects.bulk_create(PlanAction(plan=plan, what=a.what, owner=a.owner, service=a.service, due=a.due) for a in actions)
    changed(held)
    # what keeps the child from school is not told here: the school reads this line
    said = f"{plan.get_kind_display()} agreed, led by {_led_by(plan)}, to be reviewed on {say_day(review)}."
    said += f" It takes the place of the {before.get_kind_display().lower()} of {say_day(before.start)}." if before else ""
    record(by=by, now=now, case=held, kind=Entry.Kind.PLAN, words=said, day=today, shared=True)
    for agreed in actions:
        _say_agreed(by=by, today=today, now=now, case=held, action=agreed)
    audit.record("Plan agreed", by=by, subject=held, kind_of_plan=kind, review=review.isoformat(), actions=len(actions), carried=carried)
    return plan


def _aim(plan: Plan, before: Plan | None, terms: Terms, today: dt.date) -> None:
    """Set the target. One that stood before in the same numbers goes on from its own first day: it has not begun anew."""
    if terms.most is None or terms.of is None:
        return
    stood = before.targets.order_by("-pk").first() if before else None
    goes_on = stood is not None and (stood.most, stood.of) == (terms.most, terms.of)
    PlanTarget.objects.create(plan=plan, most=terms.most, of=terms.of, start=stood.start if stood and goes_on else _next(today))


def _next(today: dt.date) -> dt.date:
    """ "The next" sessions are those after the day on which it is agreed."""
    return today + dt.timedelta(days=1)


def _led_by(plan: Plan) -> str:
    name: str = plan.get_lead_display()
    name = name[0].lower() + name[1:] if name.startswith(("The ", "Early ", "Children")) else name
    person = ", ".join(part for part in (plan.lead_name, plan.lead_role) if part)
    return f"{name} ({person})" if person else name


def _say_agreed(
    *, by: User | None, today: dt.date, now: dt.datetime, case: Case, action: Agreed, form_token: uuid.UUID | None = None
) -> Entry:
    owner = PlanAction.Owner(action.owner)
    whose = Service(action.service).label if action.service else owner.label
    said = f"Agreed: {action.what.rstrip('.')}. {whose}, by {say_day(action.due)}."
    return record(
        by=by, now=now, case=case, kind=Entry.Kind.ACTION, words=said, day=today, shared=owner == PlanAction.Owner.SCHOOL,
        form_token=form_token,
    )  # fmt: skip


@transaction.atomic
def review_plan(
    *,
    by: User | None,
    today: dt.date,
    now: dt.datetime,
    case: Case,
    result: str,
    review: dt.date | None = None,
    words: str = "",
    most: int | None = None,
    of: int | None = None,
    version: int | None = None,
    form_token: uuid.UUID | None = None,
) -> Plan:
    """Look at the current plan again: it carries on to a new review, is to be changed, or ends. `words` stay in the authority.

    Sessions missed before and since are kept as the marks stand; `most` of the next `of` are a further target.
    """
    Case.objects.select_for_update().get(pk=case.pk)
    if form_token and Entry.objects.filter(form_token=form_token, case=case).exists():
        return case.plans.latest("pk")
    held = hold(case, by=by, now=now, version=version)
    plan = held.plans.current().first()
    if plan is None:
        raise CaseProblem("The case has no plan to review. Agree one first.")
    _check_terms("", Terms(most=most, of=of), today)
    looked = planning.reviewed(plan, today=today)
    PlanReview.objects.create(
        plan=plan, day=today, at=now, by=by, result=result, since=looked.since, possible_before=looked.before.possible,
        absent_before=looked.before.absent, possible_since=looked.after.possible, absent_since=looked.after.absent,
    )  # fmt: skip
    if most is not None and of is not None and result != Plan.Result.END:
        PlanTarget.objects.create(plan=plan, most=most, of=of, start=_next(today))
    plan.reviewed = today
    said = f"{plan.get_kind_display()} reviewed: {Plan.Result(result).label.lower()}."
    if result == Plan.Result.CARRY_ON:
        plan.review = _check_review(review, today)
        said += f" Next review on {say_day(plan.review)}."
    if result == Plan.Result.END:
        plan.ended = today
        left = plan.actions.filter(done=None).count()
        said += f" {plural(left, 'action')} not closed." if left else ""
    plan.save(update_fields=["reviewed", "review", "ended"])
    changed(held)
    record(by=by, now=now, case=held, kind=Entry.Kind.PLAN, words=said, day=today, shared=True, form_token=form_token)
    if words:
        record(by=by, now=now, case=held, kind=Entry.Kind.NOTE, words=f"At the review of the plan: {words}", day=today)
    audit.record("Plan reviewed", by=by, subject=held, result=result, review=plan.review.isoformat())
    return plan


@transaction.atomic
def add_action(
    *,
    by: User | None,
    today: dt.date,
    now: dt.datetime,
    case: Case,
    what: str,
    owner: str,
    due: dt.date,
    service: str = "",
    form_token: uuid.UUID | None = None,
) -> PlanAction:
    """Agree one more action under the current plan."""
    if made := PlanAction.objects.filter(form_token=form_token, plan__case=case).first() if form_token else None:
        return made
    held = hold(case, by=by, now=now)
    if made := PlanAction.objects.filter(form_token=form_token, plan__case=held).first() if form_token else None:
        return made  # sent twice at once: the other was quicker
    _sent_before(PlanAction, form_token)
    plan = held.plans.current().first()
    if plan is None:
        raise CaseProblem("An action belongs to a plan, and the case has none. Agree a plan first.")
    agreed = Agreed(what, owner, due, service)
    _check_action(agreed, today)
    action = PlanAction.objects.create(plan=plan, what=what, owner=owner, service=service, due=due, form_token=form_token)
    _say_agreed(by=by, today=today, now=now, case=held, action=agreed)
    audit.record("Action agreed", by=by, subject=held, owner=owner, due=due.isoformat())
    return action


@transaction.atomic
def close_action(*, by: User | None, today: dt.date, now: dt.datetime, action: PlanAction, outcome: str, words: str = "") -> PlanAction:
    """Say what became of an action. The school does so for its own."""
    held = hold(action.plan.case, by=by, now=now)
    action = PlanAction.objects.select_for_update(of=("self",)).select_related("plan", "done_by").get(pk=action.pk)
    told = f"{action.what.rstrip('.')}." + (f"\n{words}" if words else "")
    if action.done:
        same = by and action.done_by_id == by.pk and action.outcome == outcome
        if same and Entry.objects.filter(case=held, kind=Entry.Kind.ACTION, by=by, words__endswith=told).exists():
            return action  # the same form, sent twice
        raise CaseProblem(
            f"{action.done_by or 'Somebody'} closed this action on {say_day(action.done)}: “{action.get_outcome_display()}”. "
            "Nothing of yours was saved."
        )
    if action.plan.ended:
        raise CaseProblem(f"The plan of this action ended on {say_day(action.plan.ended)}. Nothing of yours was saved.")
    theirs = action.owner == PlanAction.Owner.SCHOOL
    if by and not by.as_role.in_authority and not theirs:
        raise CaseProblem("A school closes its own actions only. Ask the attendance officer to close this one.")
    action.done, action.outcome, action.done_by = today, outcome, by
    action.save(update_fields=["done", "outcome", "done_by"])
    late = f", {plural((today - action.due).days, 'day')} late" if today > action.due else ""
    said = f"{action.get_outcome_display()}{late}: {told}"
    record(by=by, now=now, case=held, kind=Entry.Kind.ACTION, words=said, day=today, shared=theirs)
    audit.record("Action closed", by=by, subject=held, owner=action.owner, outcome=outcome)
    return action
