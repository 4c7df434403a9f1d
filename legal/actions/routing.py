"""Choosing the route that ongoing absence takes to a notice, from a day."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from accounts import audit
from accounts.models import User
from legal import routes
from legal.actions.problem import NoticeProblem
from legal.models import RouteChoice


@transaction.atomic
def choose_route(*, by: User, today: dt.date, now: dt.datetime, route: str, start: dt.date, reason: str) -> RouteChoice:
    """Requests that were begun before keep the route of their day. Whichever is chosen, the checklist and the gate stay as they are."""
    if route not in routes.ONGOING:
        raise NoticeProblem("Choose a route.", "route")
    if start < today:
        raise NoticeProblem("It begins today or later: requests that were begun before keep theirs.", "start")
    if not reason.strip():
        raise NoticeProblem("Say why, for those who look back.", "reason")
    last = RouteChoice.objects.order_by("-pk").first()
    if last is not None and (last.route, last.start, last.reason, last.by_id) == (route, start, reason.strip(), by.pk):
        return last  # the same form, sent twice
    choice = RouteChoice.objects.create(route=route, start=start, reason=reason.strip(), by=by, at=now)
    audit.record("chose route to a notice", by=by, subject=choice, route=route, start=start.isoformat())
    return choice
