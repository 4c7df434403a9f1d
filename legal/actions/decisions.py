"""Deciding on a request: one named person, a reason, the register as it was known, and a notice to each parent or none at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from accounts import audit
from accounts.models import User
from legal import checklist, documents, freeze, pasts, proof
from legal.actions import gate, people, standing_in_way
from legal.actions.considering import considerations_to_issue
from legal.actions.deadlines import keep_deadlines
from legal.actions.problem import NoticeProblem, hold_request, safeguarding_comes_first, tell_case
from legal.models import Authorised, Decision, Document, Improvement, Notice, Request
from legal.pasts import Pasts
from legal.penalty import Escalation, session_of, written
from schools.models import Parent, PolicyValue, Responsibility
from schools.policy import Policy

_NUMBERING = 7302  # key of the advisory lock under which notices are numbered, beside that of schools (schools.locks)

BEFORE = "a notice is issued"

_STATUS = {
    Decision.Outcome.ISSUE: Request.Status.AGREED,
    Decision.Outcome.REFUSE: Request.Status.REFUSED,
    Decision.Outcome.RETURN: Request.Status.RETURNED,
}


@dataclass(frozen=True, slots=True)
class Due:
    """A notice that may be issued to one parent."""

    parent: Parent
    order: int
    escalation: Escalation
    sessions: list[str]


@transaction.atomic
def decide(
    *,
    by: User,
    today: dt.date,
    now: dt.datetime,
    request: Request,
    outcome: str,
    reason: str,
    words: str = "",
    parents: Sequence[Parent] = (),
    wanted: Mapping[str, str] | None = None,
    version: int | None = None,
) -> Decision:
    """Decide on a submitted request. Notices are issued to all of `parents` or, where one cannot be, to none. `wanted`: where it is
    returned, item by item of the checklist what to add."""
    held = hold_request(request, version, by)
    if held.status != Request.Status.SUBMITTED:
        raise NoticeProblem(f"Only a request that waits for a decision can be decided on. This one: {held.get_status_display().lower()}.")
    issuing = outcome == Decision.Outcome.ISSUE
    if outcome not in Decision.Outcome.values:
        raise NoticeProblem("Choose what you decide.", "outcome")
    if reason not in Decision.Reason.values or (reason in Decision.TO_ISSUE) != issuing:
        raise NoticeProblem("Choose a reason that fits the decision.", "reason")
    asked_for = _wanted(held, outcome, wanted or {})
    words = words.strip() or " ".join(f"{checklist.BY_KEY[key].number}. {what}" for key, what in asked_for)
    if not issuing and not words:
        raise NoticeProblem("Say why, in words that whoever asked can act on.", "words")
    if issuing:
        safeguarding_comes_first(held.pupil, by=by, today=today, before=BEFORE)
    policy = PolicyValue.objects.in_force(today)
    due = _due(held, parents, by, today, now, policy) if issuing else []
    considered = considerations_to_issue(held) if issuing else None
    said = {"outcome": outcome, "reason": reason, "words": words, "wanted": asked_for, "considerations": considered}
    decision = _write(held, by, today, now, policy, due, said)
    notices = _issue(held, decision, due, today)
    held.status, held.attention = _STATUS[Decision.Outcome(outcome)], ""
    held.version += 1
    held.save(update_fields=["status", "attention", "version"])
    told = f"Penalty notice request: {decision.get_outcome_display().lower()}. {decision.get_reason_display()}."
    tell_case(by=by, today=today, now=now, pupil=held.pupil, school=held.school, words=" ".join([told, *(_line(n) for n in notices)]))
    numbers = [notice.number for notice in notices]
    audit.record("decided notice request", by=by, subject=held, outcome=outcome, reason=reason, notices=numbers, sha256=decision.sha256)
    for notice in notices:
        audit.record("issued penalty notice", by=by, subject=notice, order=notice.order, sessions=len(notice.sessions))
    if notices:
        keep_deadlines(pupils=[held.pupil_id], schools=None, today=today, now=now, by=by)
    return decision


def check(*, by: User, today: dt.date, now: dt.datetime, request: Request) -> list[Due]:
    """What a decision to issue to everybody named would give: asked of the very rules that a decision asks. Changes nothing; raises
    where no notice could be issued."""
    with transaction.atomic():
        held = hold_request(request, None, by)
        if held.status != Request.Status.SUBMITTED:
            raise NoticeProblem(f"It does not wait for a decision: {held.get_status_display().lower()}.")
        safeguarding_comes_first(held.pupil, by=by, today=today, before=BEFORE)
        due = _due(held, named(held), by, today, now, PolicyValue.objects.in_force(today))
        considerations_to_issue(held)
        return due


def named(request: Request) -> list[Parent]:
    """Those whom the request says to be liable."""
    return list(request.parents.order_by("pk"))


def _wanted(request: Request, outcome: str, wanted: Mapping[str, str]) -> list[tuple[str, str]]:
    """Item by item what a return asks for, in the order of the checklist."""
    if outcome != Decision.Outcome.RETURN:
        return []
    items = [item.key for item in checklist.items(request.route)]
    if unknown := set(wanted) - set(items):
        raise NoticeProblem("Choose items of this request’s checklist.", f"want_{min(unknown)}")
    return [(key, wanted[key].strip()) for key in items if wanted.get(key, "").strip()]


def _line(notice: Notice) -> str:
    return f"{notice.reference} to {notice.to_name}."


def _due(request: Request, parents: Sequence[Parent], by: User, today: dt.date, now: dt.datetime, policy: Policy) -> list[Due]:
    """What may be issued to each parent, by the register as it is known at this moment. Raises where any may not."""
    if not parents:
        raise NoticeProblem("Choose at least one parent to issue a notice to.", "parents")
    asked = set(request.parents.values_list("pk", flat=True))
    known = set(Responsibility.objects.filter(pupil=request.pupil).values_list("parent", flat=True))
    for parent in parents:
        if parent.pk not in asked:
            raise NoticeProblem(f"The request does not name {parent}. Return it, so that it can be asked for.", "parents")
        if parent.pk not in known:
            raise NoticeProblem(f"{parent} is no longer recorded as a parent of {request.pupil}.", "parents")
    found = proof.evidence(request.pupil, request.sessions, day=today, policy=policy, known_at=now)
    if found.problem:
        raise NoticeProblem(found.problem)
    ordered = sorted(parents, key=lambda parent: parent.pk)
    child = pasts.child_records(request.pupil)
    list(
        Notice.objects.select_for_update().filter(pupil__in=child.values("pk")).order_by("pk").values_list("pk")
    )  # none is withdrawn meanwhile
    before = pasts.of_child(request.pupil, ordered)
    _one_a_person(ordered, before)
    return [_due_from(request, parent, before, found.sessions, by, today, now, policy) for parent in ordered]


def _one_a_person(parents: Sequence[Parent], before: Pasts) -> None:
    """Two records of one person get one notice."""
    for parent in parents:
        if twice := [other for other in parents if other.pk > parent.pk and other.pk in before.people[parent.pk]]:
            raise NoticeProblem(f"{parent} and {twice[0]} are two records of the same person: choose one of them.", "parents")


def _due_from(
    request: Request, parent: Parent, before: Pasts, sessions: Sequence[str], by: User, today: dt.date, now: dt.datetime, policy: Policy
) -> Due:
    pupil = request.pupil
    if not parent.address.strip():
        raise NoticeProblem(f"{parent} has no address: add it on the pupil's page, then decide again.", "parents")
    number = policy["threshold_sessions"]
    left = before.available(parent.pk, sessions)
    if len(left) < number:
        whole = gate.Wanted(gate.NOTICE, pupil, parent, request.school, by, today, now, tuple(sessions))
        if running := standing_in_way.supervision_order(whole):
            raise NoticeProblem(running, "parents")
        raise NoticeProblem(
            f"Of the {len(sessions)} sessions {len(left)} are available against {parent}: {before.taken(parent.pk, sessions)}. A notice "
            f"needs {number}.",
            "parents",
        )
    if wrong := proof.wrong_route(request.route, left, number):
        raise NoticeProblem(f"{wrong} Return it, so that it is asked for as ongoing absence.", "parents")
    if request.route == Request.Route.ONGOING:
        _last_chance_over(parent, before)
    escalation = before.standing(parent.pk, today, policy)
    if escalation.order is None:
        raise NoticeProblem(f"No notice can be issued to {parent}. {escalation.reason}", "parents")
    wanted = gate.Wanted(gate.NOTICE, pupil, parent, request.school, by, today, now, tuple(left))
    gate.pass_through(wanted, "parents")
    return Due(parent, escalation.order, escalation, left)


def _last_chance_over(parent: Parent, before: Pasts) -> None:
    """A notice to improve promises the parent its time: none is issued for the same kind of absence before somebody has said how it
    ended, early on its own grounds if need be (ours, after what such a notice has to say)."""
    running = Improvement.objects.watched().filter(pupil__in=before.records, parent__in=before.people[parent.pk]).order_by("pk").first()
    if running is None:
        return
    until = f" to {written(running.end)}" if running.end else ""
    raise NoticeProblem(
        f"{running.reference}, a notice to improve to {parent}, runs{until}, and nobody has said how it ended. Say so on its page first; "
        "before its time only on the grounds that it names.",
        "parents",
    )


def _write(
    request: Request, by: User, today: dt.date, now: dt.datetime, policy: Policy, due: Sequence[Due], said: Mapping[str, Any]
) -> Decision:
    """The decision, with the register as it is known now, from two academic years back."""
    relied = [dt.date.fromisoformat(said[:10]) for one in due for said in one.sessions] or [today]
    frozen = freeze.text(request.pupil, first=freeze.earliest(min(relied)), day=today, known_at=now, policy_version=policy.version)
    shown = {line.rsplit(" ", 2)[0] for line in frozen.splitlines()}
    if any(session_of(said) not in shown for one in due for said in one.sessions):
        raise NoticeProblem("The register changed while you decided. Nothing was saved; look at it and try again.")
    return Decision.objects.create(
        request=request,
        **said,
        by=by,
        by_name=by.name,
        day=today,
        known_at=now,
        register=frozen,
        sha256=freeze.sha256(frozen),
        policy_version=policy.version,
        signatory=Authorised.objects.signing(by, Authorised.Power.NOTICES, today) if due else None,
    )


def _issue(request: Request, decision: Decision, due: Sequence[Due], today: dt.date) -> list[Notice]:
    """One notice a parent, numbered on from the last: the lock is held until they are there for everybody to see."""
    if not due:
        return []
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, 0)", [_NUMBERING])
    last = Notice.objects.aggregate(last=Max("number"))["last"] or 0
    notices = []
    for number, one in enumerate(due, start=last + 1):
        notice = Notice.objects.create(
            number=number,
            request=request,
            decision=decision,
            pupil=request.pupil,
            parent=one.parent,
            school=request.school,
            issued=today,
            order=one.order,
            amount_early=one.escalation.early,
            amount_full=one.escalation.full,
            sessions=one.sessions,
            to_name=str(one.parent),
            to_address=people.address_of(one.parent),
            child_name=str(request.pupil),
            child_address=people.childs_address(request.pupil, one.parent),
        )
        documents.ring(Document.objects.create(notice=notice).pk)
        notices.append(notice)
    return notices
