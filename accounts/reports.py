"""The audit trail, read."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from accounts.clock import LONDON
from accounts.models import AuditEvent, User
from accounts.permissions import Permission

PAGE = 50
TYPED = ("reason", "why", "words")  # what somebody wrote in their own words, which may name a child whatever the line is about
# Whatever else a line is about may name a child, by its title or by what somebody typed (an action, a file's name): it is told
# by its number only, except to those who may see pupils.
NAMED_TO_ALL = ("user", "school", "authority", "policyvalue", "posting", "meeting", "rating", "ratingrun", "publication", "paper")
ABOUT_THE_OFFICE = ("user", "authority", "policyvalue", "posting")


@dataclass(frozen=True, slots=True)
class Trail:
    events: list[AuditEvent]
    older: int | None  # the id before which the next page begins


def trail(
    *,
    user: User,
    who: str = "",
    kind: str = "",
    what: str = "",
    first: dt.date | None = None,
    last: dt.date | None = None,
    before: int | None = None,
) -> Trail:
    """Newest first, a page at a time by id, so that a trail of millions is as quick as a short one."""
    events = AuditEvent.objects.order_by("-pk")
    if who:
        events = events.filter(by_name__icontains=who)
    if kind:
        events = events.filter(kind=kind)
    if what:
        about = Q(act__icontains=what)
        named = Q(subject__icontains=what)
        if not user.may(Permission.SEE_PUPILS):
            named &= Q(subject_type__in=NAMED_TO_ALL)
        events = events.filter(about | named)
    if first:
        events = events.filter(at__gte=dt.datetime.combine(first, dt.time.min, LONDON))
    if last:
        events = events.filter(at__lt=dt.datetime.combine(last + dt.timedelta(days=1), dt.time.min, LONDON))
    if before:
        events = events.filter(pk__lt=before)
    found = list(events[: PAGE + 1])
    return Trail(found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None)


def in_words(event: AuditEvent, user: User) -> dict[str, Any]:
    """One line for the page. A child's name is not told to those who look after the system."""
    hidden = event.subject_type and event.subject_type not in NAMED_TO_ALL and not user.may(Permission.SEE_PUPILS)
    subject = f"{event.subject_type.capitalize()} no. {event.subject_id}" if hidden else event.subject
    untold = () if user.may(Permission.SEE_PUPILS) or event.subject_type in ABOUT_THE_OFFICE else TYPED
    told = ((key, value) for key, value in event.detail.items() if value not in (None, "", []) and key not in untold)
    detail = "; ".join(f"{key.replace('_', ' ')}: {_said(value)}" for key, value in told)
    return {"event": event, "subject": subject, "detail": detail}


def _said(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(item) for item in value[:12]) + (f" and {len(value) - 12} more" if len(value) > 12 else "")
    return str(value)
