"""Set how many meetings each school is due in a school year, revise it, and adjust one school's number."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable
from typing import Any

from django.db import connection, transaction

from accounts import audit
from accounts.models import User
from attendance.models import Rating
from meetings import frequency, planning
from meetings.actions.problems import MeetingProblem, moved_on, token_of
from meetings.models import OfficerHours, PlanChange, YearPlan
from meetings.planning import Proposal, Proposed
from meetings.terms import Term, term_of

_LOCK = 7306  # one writer of a year's plan at a time
_MOST = 12  # meetings a year
_MOST_HOURS = 600  # a term has hardly more working hours
CHANGED = "Figures, policy or the plan changed since you looked. Nothing was set: look at what is proposed now, and set it then."


@transaction.atomic
def set_plan(
    *,
    by: User | None,
    today: dt.date,
    now: dt.datetime,
    year: int,
    seen: str | None,
    schools: Collection[int] | None = None,
) -> tuple[int, int]:
    """Accept what the rule proposes: for every school without a number, and for those of `schools` whose number would change.

    `schools` None: for all of them. `seen`: what was looked at; a command line looks at nothing (None). Returns how many were set
    and how many revised. A manager's adjustment stands, but for a floor that has come above it.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
    _year_can_be_planned(year, today)
    found = planning.proposed(year, today=today)
    if seen is not None and seen != found.seen:
        raise MeetingProblem(CHANGED)
    wanted = [one for one in found.revised if schools is None or one.school.pk in schools]
    made = _create(found.new, found, by=by, now=now, today=today)
    for one in wanted:
        _revise(one, found, by=by, now=now)
    if made or wanted:
        audit.record("Meeting plan set", by=by, year=year, count=len(made), revised=len(wanted), policy=found.policy.version)
    return len(made), len(wanted)


def _year_can_be_planned(year: int, today: dt.date) -> None:
    this = term_of(today).year
    if year not in (this, this + 1):
        name = frequency.year_name(year)
        raise MeetingProblem(f"{name} cannot be planned today: a plan is set for {frequency.year_name(this)} or the year after it.", "year")


def _create(new: list[Proposal], found: Proposed, *, by: User | None, now: dt.datetime, today: dt.date) -> list[YearPlan]:
    firsts = _first_terms(new, found.year, today)
    rows = [
        YearPlan(school=one.school, year=found.year, first_term=firsts.get(one.school.pk, 1), set_by=by, set_at=now, **_fields(one, found))
        for one in new
    ]
    made = YearPlan.objects.bulk_create(rows)
    PlanChange.objects.bulk_create(
        PlanChange(
            plan=plan, kind=PlanChange.Kind.SET, after=plan.number, words=plan.reason, policy_version=plan.policy_version, by=by, at=now
        )
        for plan in made
    )
    return made


def _fields(one: Proposal, found: Proposed) -> dict[str, object]:
    facts = one.facts
    return {
        "by_rule": one.due.number,
        "band": one.due.band,
        "reason": one.due.reason,
        "floor": one.due.floor,
        "possible": facts.last.possible if facts.last else 0,
        "attended": facts.last.attended if facts.last else 0,
        "england_pct": facts.england.attendance_pct if facts.england else None,
        "england_source": facts.england.source if facts.england else "",
        "as_good": facts.as_good,
        "of_schools": facts.of_schools,
        "policy_version": found.policy.version,
    }


def _first_terms(new: Iterable[Proposal], year: int, today: dt.date) -> dict[int, int]:
    """Schools not met every term, over the terms that are left: by rating, the worst first, then by attendance."""
    spread = [one for one in new if one.due.number % 3]
    terms = [number for number in (1, 2, 3) if Term(year, number).last >= today] or [3]
    colours = latest_colours([one.school.pk for one in spread])

    def rank(one: Proposal) -> tuple[int, float, str]:
        last = one.facts.last
        return (
            planning.rag_rank(colours.get(one.school.pk, "")),
            float(last.percent) if last and last.possible else 0.0,
            one.school.sort_name,
        )

    return frequency.first_terms([one.school.pk for one in sorted(spread, key=rank)], terms)


def latest_colours(schools: Collection[int]) -> dict[int, str]:
    """Each school's latest rating, of whatever term. One query."""
    rows = Rating.objects.filter(school__in=schools).order_by("school", "-year", "-term").distinct("school")
    return dict(rows.values_list("school", "colour_now"))


def _revise(one: Proposal, found: Proposed, *, by: User | None, now: dt.datetime) -> None:
    plan = one.plan
    assert plan is not None  # noqa: S101  (only what stands is revised)
    before = plan.number
    for name, value in _fields(one, found).items():
        setattr(plan, name, value)
    words = one.due.reason
    if plan.adjusted is not None and plan.adjusted < plan.floor:
        words += f" The adjustment to {plan.adjusted} a year was below that and is taken away."
        plan.adjusted, plan.adjusted_reason = None, ""
    plan.set_by, plan.set_at = by, now
    _keep(plan, by=by, now=now)
    PlanChange.objects.create(
        plan=plan,
        kind=PlanChange.Kind.REVISED,
        before=before,
        after=plan.number,
        words=words,
        policy_version=plan.policy_version,
        by=by,
        at=now,
    )


def _keep(plan: YearPlan, *, by: User | None, now: dt.datetime) -> None:
    plan.version += 1
    plan.changed_by, plan.changed_at = by, now
    plan.save()


@transaction.atomic
def adjust_plan(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    plan: YearPlan,
    number: int | None,
    first_term: int,
    reason: str,
    version: int | None,
    form_token: uuid.UUID | None = None,
) -> YearPlan:
    """Another number for one school, with a reason; `number` None goes back to the rule's. A form that is sent twice does it once."""
    reason = reason.strip()
    token = token_of(form_token, by, plan.pk, number, first_term, reason)
    plan = YearPlan.objects.select_for_update(of=("self",)).select_related("school", "changed_by").get(pk=plan.pk)
    if token and PlanChange.objects.filter(form_token=token).exists():
        return plan
    if version is not None and version != plan.version:
        raise moved_on(plan.changed_by, plan.changed_at, "plan", now=now)
    _check(plan, number, first_term, reason)
    before = plan.number
    if number == plan.by_rule:
        number = None  # the rule's own number is no adjustment
    if (number, first_term) == (plan.adjusted, plan.first_term):
        raise MeetingProblem(f"{plan.number} a year is what stands already. Choose another number or another term.", "number")
    plan.adjusted, plan.adjusted_reason, plan.first_term = number, reason if number is not None else "", first_term
    _keep(plan, by=by, now=now)
    kind = PlanChange.Kind.UNADJUSTED if number is None else PlanChange.Kind.ADJUSTED
    PlanChange.objects.create(plan=plan, kind=kind, before=before, after=plan.number, words=reason, by=by, at=now, form_token=token)
    audit.record("Meeting plan adjusted", by=by, subject=plan, urn=plan.school.urn, before=before, after=plan.number)
    return plan


def _check(plan: YearPlan, number: int | None, first_term: int, reason: str) -> None:
    if number is not None and not 0 <= number <= _MOST:
        raise MeetingProblem(f"Enter a number of meetings from 0 to {_MOST}", "number")
    if number is not None and number < plan.floor:
        raise MeetingProblem(
            f"Attendance was below England’s, so at least {plan.floor} a year are due. If the school shows that it has improved, "
            "record that with the offer it declines.",
            "number",
        )
    if first_term not in (1, 2, 3):
        raise MeetingProblem("Choose a term", "first_term")
    if not reason:
        raise MeetingProblem("Say why: it stands beside the number for ever", "reason")


@transaction.atomic
def set_hours(
    *, by: User, today: dt.date, now: dt.datetime, officer: User, term: Term, hours: int | None, reason: str = ""
) -> OfficerHours | None:
    """How many hours an officer has for meetings in a term; None takes back what was said. Raises `MeetingProblem`."""
    if term.last < today:
        raise MeetingProblem(f"The {term.name} term is over: its hours stay as they were.")
    if hours is not None and not 0 <= hours <= _MOST_HOURS:
        raise MeetingProblem(f"Enter a number of hours from 0 to {_MOST_HOURS}", "hours")
    key: dict[str, Any] = {"officer": officer, "year": term.year, "term": term.number}
    if hours is None:
        for stood in OfficerHours.objects.filter(**key):
            stood.delete()
    else:
        said = {"hours": hours, "reason": reason.strip(), "set_by": by, "set_at": now}
        OfficerHours.objects.update_or_create(defaults=said, **key)
    audit.record("Hours for meetings set", by=by, subject=officer, term=term.key, hours=hours)
    return OfficerHours.objects.filter(**key).first()
