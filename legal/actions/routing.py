"""Choosing the route that ongoing absence takes to a notice, from a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from accounts import audit
from accounts.models import User
from legal import routes
from legal.actions.problem import NoticeProblem
from legal.models import RouteChoice


@transaction.atomic
def choose_route(
    *, by: User, today: dt.date, now: dt.datetime, route: str, start: dt.date, reason: str, steps: Sequence[str] = ()
) -> RouteChoice:
    """Requests that were begun before keep the route of their day. Whichever is chosen, the checklist and the gate stay as they are.

    `steps`: of a sequence of one's own, those before the request in their order.
    """
    if route not in routes.ONGOING and route != routes.OWN:
        raise NoticeProblem("Choose a route.", "route")
    if route != routes.OWN and steps:
        raise NoticeProblem(f"Steps are for “{routes.OWN_NAME}”. Choose that, or leave them empty.", "step_1")
    if route == routes.OWN:
        try:
            routes.own(steps, reason)
        except ValueError as problem:
            raise NoticeProblem(str(problem), "step_1") from None
    if start < today:
        raise NoticeProblem("It begins today or later: requests that were begun before keep theirs.", "start")
    if not reason.strip():
        raise NoticeProblem("Say why, for those who look back.", "reason")
    last = RouteChoice.objects.order_by("-pk").first()
    said = (route, list(steps), start, reason.strip(), by.pk)
    if last is not None and (last.route, last.steps, last.start, last.reason, last.by_id) == said:
        return last  # the same form, sent twice
    choice = RouteChoice.objects.create(route=route, steps=list(steps), start=start, reason=reason.strip(), by=by, at=now)
    audit.record("chose route to a notice", by=by, subject=choice, route=route, steps=list(steps), start=start.isoformat())
    return choice
