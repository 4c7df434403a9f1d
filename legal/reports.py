"""Reads about requests and notices for pages of this app and of those above: what is available against a parent, what waits for whom."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import CharField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import JSONObject

from accounts.models import User
from accounts.permissions import Permission
from casework.reports import Need
from legal import clocks, pasts
from legal.models import Decision, Notice, Request
from legal.penalty import written
from schools.models import Pupil, Responsibility

SOON = 3  # days before the end of the early period at which it is said


def available_by_parent(pupil: Pupil, sessions: Sequence[str], *, issued_by: dt.date | None = None) -> dict[int, int]:
    """How many of these sessions no notice to each of the pupil's parents relies on; on a past day, by notices issued by then."""
    ties = Responsibility.objects.filter(pupil=pupil).select_related("parent").order_by("parent")
    before = pasts.of_child(pupil, [tie.parent for tie in ties], issued_by=issued_by)
    return {parent: len(before.available(parent, sessions)) for parent in before.people}


def asked_on(schools: Iterable[int], *, since: dt.date) -> dict[int, dict[int, list[dt.date]]]:
    """By school and pupil: days from `since` on, on which that school asked for a notice or one was issued at its request.

    What another school asked for, before the pupil came, is not this one's to know. Two queries.
    """
    found: dict[int, dict[int, set[dt.date]]] = defaultdict(lambda: defaultdict(set))
    asked = Request.objects.filter(school__in=list(schools), submitted__gte=since).values_list("school", "pupil", "submitted")
    issued = Notice.objects.filter(school__in=list(schools), issued__gte=since).values_list("school", "pupil", "issued")
    for school, pupil, day in [*asked, *issued]:
        if day:
            found[school][pupil].add(day)
    return {school: {pupil: sorted(days) for pupil, days in of_pupil.items()} for school, of_pupil in found.items()}


def needs_today(user: User, *, today: dt.date, to_complete: Iterable[dict[str, Any]] | None = None) -> list[Need]:
    """What waits for this user in legal matters, most urgent first. Nothing for those who see no notices. `to_complete`: what was
    `told`, where the page has read it."""
    if not user.may(Permission.SEE_NOTICES):
        return []
    needs: list[Need] = []
    if user.may(Permission.DECIDE_NOTICE):
        needs += [*_of_notices(user, today), *_to_decide(user, today)]
    if user.may(Permission.REQUEST_NOTICE):
        needs += [_to_complete(said) for said in (to_complete if to_complete is not None else (said for _, said in told(user)[0]))]
    return sorted(needs, key=lambda need: (need.urgency, need.day or today, need.address_pk))


def _of_notices(user: User, today: dt.date) -> list[Need]:
    """Notices on which something is to be done, each once, with what is most urgent about it. One query."""
    alive = Q(state__in=(Notice.State.ISSUED, Notice.State.SERVED)) | ~Q(review="")
    notices = Notice.objects.visible_to(user).filter(alive).exclude(state=Notice.State.WITHDRAWN).select_related("pupil")
    return [need for notice in notices.order_by("pk") if (need := _of_notice(notice, today)) is not None]


def _of_notice(notice: Notice, today: dt.date) -> Need | None:
    def need(why: str, day: dt.date, urgency: int) -> Need:
        return Need(f"{notice.reference}, {notice.pupil}", why, day, "notice", notice.pk, urgency)

    if notice.review:
        return need(notice.review, notice.issued, 1)
    if notice.state == Notice.State.ISSUED:
        return need("Issued and not yet served: send it, then say how and when.", notice.issued, 3)
    days = notice.deadlines
    if notice.state != Notice.State.SERVED or days is None:
        return None
    if today >= days.unpaid_from:
        return need(f"Not paid by {written(days.last_full)}: prosecute or withdraw.{_lay_by(notice, today)}", days.unpaid_from, 1)
    if days.last_early and 0 <= (days.last_early - today).days <= SOON:
        return need(f"£{days.early} until {written(days.last_early)}, then £{days.full}.", days.last_early, 4)
    return None


def _lay_by(one: Notice | Request, today: dt.date) -> str:
    safe = clocks.last_safe(one.sessions, today)
    if safe is None:
        return ""
    return f" Last safe date to lay the information: {written(safe.next.last) if safe.next else 'gone by'}."


def _to_decide(user: User, today: dt.date) -> list[Need]:
    found = []
    for request in Request.objects.visible_to(user).filter(status=Request.Status.SUBMITTED).select_related("pupil"):
        since = request.submitted or request.made
        why = request.attention or f"Waiting for a decision since {written(since)}.{_lay_by(request, today)}"
        found.append(Need(f"Notice request, {request.pupil}", why, since, "request", request.pk, 1 if request.attention else 2))
    return found


TO_COMPLETE = "request to complete"


def told(user: User) -> list[QuerySet[Any]]:
    """Returned requests, and those of one's own that are still being prepared, each as what it is of and what it says; read together
    with other such rows."""
    if not user.may(Permission.REQUEST_NOTICE):
        return []
    waiting = Q(status=Request.Status.RETURNED) | Q(status=Request.Status.DRAFT, made_by=user)
    last = Decision.objects.filter(request=OuterRef("pk")).order_by("-pk")
    names = {"forename": "pupil__forename", "surname": "pupil__surname"}
    said = JSONObject(
        pk="pk", status="status", made="made", words=Subquery(last.values("words")[:1]), day=Subquery(last.values("day")[:1]), **names
    )
    requests = Request.objects.visible_to(user).filter(waiting).order_by()
    return [requests.annotate(of=Value(TO_COMPLETE, CharField()), said=said).values_list("of", "said")]


def _to_complete(said: dict[str, Any]) -> Need:
    if said["status"] == Request.Status.DRAFT:
        why, day, urgency = "A notice request you began is not sent yet.", said["made"], 4
    else:
        why = f"Returned: {said['words']}" if said["words"] else "Returned: something is missing."
        day, urgency = said["day"] or said["made"], 2
    child = Pupil(forename=said["forename"], surname=said["surname"])
    return Need(f"Notice request, {child}", why, dt.date.fromisoformat(day), "request", said["pk"], urgency)
