"""What needs somebody today, from every app: each says what waits in its own words, here it is put in one order."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.urls import reverse

from accounts.models import User
from casework import reports as casework_reports
from legal import reports as legal_reports
from meetings import reports as meeting_reports

MOST = 25  # rows on a home page; the rest are a link away


@dataclass(frozen=True, slots=True)
class Need:
    """One line of "what needs me today": what, why, and where it is done."""

    title: str
    why: str
    day: dt.date | None
    address: str
    urgency: int  # the lowest first


def of(user: User, *, today: dt.date) -> list[Need]:
    """Everything that waits for `user`, most urgent first, then what has waited longest."""
    found = [
        Need(need.title, need.why, need.day, reverse(need.address_name, args=[need.address_pk]), need.urgency)
        for needs in (casework_reports.needs_today, meeting_reports.needs_today, legal_reports.needs_today)
        for need in needs(user, today=today)
    ]
    return sorted(found, key=lambda need: (need.urgency, need.day or today, need.title))
