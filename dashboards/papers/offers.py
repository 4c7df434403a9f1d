"""Which papers a page offers to its reader."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from accounts.models import User
from attendance.ratings import terms_begun
from dashboards.models import Paper
from meetings.terms import Term

_BUTTONS = {
    Paper.Kind.REPORT: "Make the report",
    Paper.Kind.PROFILE: "Make the profile",
    Paper.Kind.PROFILES: "Make every school’s profile",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """What a form asks of somebody who wants a paper."""

    kind: str
    button: str
    terms: list[tuple[str, str]]  # newest first
    audiences: dict[str, str]


def offer(kind: Paper.Kind, user: User, *, today: dt.date) -> Offer:
    terms = [Term(*term) for term in reversed(terms_begun(today))]
    return Offer(kind.value, _BUTTONS[kind], [(term.key, term.name) for term in terms], audiences(user, kind.value))


def audiences(user: User, kind: str) -> dict[str, str]:
    """For whom this user may have a paper of this kind made."""
    audience = Paper.Audience
    found = [audience.PUBLISH]
    if kind != Paper.Kind.REPORT:
        found.append(audience.SCHOOL)
    if user.as_role.in_authority:
        found.append(audience.INSIDE)
    return {one.value: one.label for one in found}
