"""What needs somebody today, from every app: each says what waits in its own words, here it is put in one order."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.urls import reverse

from accounts.models import User
from accounts.permissions import Permission
from attendance import waiting
from casework import reports as casework_reports
from legal import reports as legal_reports
from meetings import reports as meeting_reports

_TO_MATCH = 3  # after what is overdue or due by law
MOST = 25  # rows on a home page; the rest are a link away


@dataclass(frozen=True, slots=True)
class Need:
    """One line of "what needs me today": what, why, and where it is done."""

    title: str
    why: str
    day: dt.date | None
    address: str  # "" where whoever reads the line may not do what it asks for
    urgency: int  # the lowest first


def of(user: User, *, today: dt.date, reader: User | None = None) -> list[Need]:
    """Everything that waits for `user`, most urgent first, then what has waited longest; told to `reader` where that is another."""
    told = reader or user
    works = told.may(Permission.WORK_CASES) or not told.as_role.in_authority  # a case's needs lead to forms of those who work it
    found = [
        Need(need.title, need.why, need.day, reverse(need.address_name, args=[need.address_pk]) if leads else "", need.urgency)
        for needs, leads in (
            (casework_reports.needs_today, works),
            (meeting_reports.needs_today, True),
            (legal_reports.needs_today, True),
        )
        for need in needs(user, today=today)
    ]
    found += _to_match(user, told)
    return sorted(found, key=lambda need: (need.urgency, need.day or today, need.title))


def _to_match(user: User, told: User) -> list[Need]:
    """Rows of registers that wait for somebody to say whose marks they are."""
    leads = told.may(Permission.EDIT_PEOPLE)
    found = []
    for waits in waiting.waits(user):
        one = waits.people == 1
        where = f"at {waits.school}" if waits.school else f"at {waits.schools} schools"
        title = f"{waits.people} pupil{'' if one else 's'} to match {where}"
        who = "this is" if one else "they are"
        why = f"Their register does not say by a UPN who {who}. The marks are held, the first since {waits.day:%-d %B %Y}"
        address = reverse("held") + (f"?school={waits.school.urn}" if waits.school else "")
        found.append(Need(title, why, waits.day, address if leads else "", _TO_MATCH))
    return found
