"""What needs somebody today, from every app: each says what waits in its own words, here it is put in one order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from django.urls import reverse

from accounts.models import User
from accounts.permissions import Permission
from attendance import waiting
from attendance.models import Flag
from casework import considering, triage
from casework import reports as casework_reports
from dashboards.numbers import list_of
from dashboards.reports import FlagCounts, flag_counts
from legal import reports as legal_reports
from meetings import needs as meeting_needs
from meetings.touch import reports as touch_reports
from schools.models import School

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


def of(
    user: User,
    *,
    today: dt.date,
    at: dt.time = dt.time.min,
    reader: User | None = None,
    flags: FlagCounts | None = None,
    schools: Iterable[School] = (),
    also: Sequence[Need] = (),
) -> list[Need]:
    """Everything that waits for `user`, most urgent first, then what has waited longest; told to `reader` where that is another.

    `at`: the time of day, by which somebody may be overdue from a visit. `flags`: theirs, where the page has counted them already.
    `schools`: theirs, read with the questions that wait (meetings.touch.reports.with_questions) and, an officer’s, with referrals
    that wait (casework.triage.with_waiting).
    `schools`: theirs, read with the questions that wait (meetings.touch.reports.with_questions). `also`: what the page knows itself.
    """
    told = reader or user
    works = told.may(Permission.WORK_CASES) or not told.as_role.in_authority  # a case's needs lead to forms of those who work it
    found = [
        Need(need.title, need.why, need.day, _address(need.address_name, need.address_pk) if leads else "", need.urgency)
        for needs, leads in (
            (partial(casework_reports.needs_today, at=at), works),
            (triage.needs_today, works),
            (meeting_needs.needs_today, True),
            (legal_reports.needs_today, True),
        )
        for need in needs(user, today=today)
    ]
    schools = list(schools)
    found += [
        Need(need.title, need.why, need.day, _address(need.address_name, need.address_pk) if leads else "", need.urgency)
        for needs, leads in (
            (touch_reports.questions_waiting(schools, user, today=today), True),
            (triage.waiting_at(schools, user), works),
        )
        for need in needs
    ]
    found += also
    if user.as_role.in_authority:
        found += _flagged(flags or flag_counts(user, today=today), leads=told == user)
    found += _to_match(user, told)
    return sorted(found, key=lambda need: (need.urgency, need.day or today, need.title))


def _address(name: str, pk: int | None) -> str:
    return reverse(name, args=[] if pk is None else [pk])


def to_consider(number: int, first: dt.date | None) -> list[Need]:
    """Safeguarding considerations that are missing, as a manager's home counts them."""
    if not number:
        return []
    need = considering.need_of(number, first)
    return [Need(need.title, need.why, need.day, _address(need.address_name, need.address_pk), need.urgency)]


@dataclass(frozen=True, slots=True)
class _Call:
    """A flag that calls for somebody today. `lately`: only while it is new, for it stays open long after it was dealt with."""

    one: str
    many: str
    why: str
    lately: bool = False
    urgency: int = 1


_CALLS: dict[str, _Call] = {
    Flag.Code.FIRST: _Call(
        "child in care or with a social worker is absent for the first time",
        "children in care or with a social worker are absent for the first time",
        "Ask the school where they are, and tell the social worker or the virtual school",
        urgency=0,  # before all that is overdue: it was overdue yesterday too, and nobody knows yet where this child is
    ),
    Flag.Code.NOT_STARTED: _Call(
        "pupil has not started",
        "pupils have not started",
        "No session attended since a term or their time at a school began. Ask the school where they are",
    ),
    Flag.Code.TWENTY_DAYS: _Call(
        "pupil has been absent without a reason for 20 school days in a row",
        "pupils have been absent without a reason for 20 school days in a row",
        "School and authority look for them together before any name is deleted",
    ),
    Flag.Code.SICKNESS: _Call(
        "pupil has reached 15 school days of sickness",
        "pupils have reached 15 school days of sickness",
        "Noticed in the last 7 days. See that the school’s sickness return comes, and whether education elsewhere is needed",
        lately=True,
    ),
}


def _flagged(flags: FlagCounts, *, leads: bool) -> list[Need]:
    """Flags that an officer acts on when they arise, a line for each kind. Its number opens the list, which is each reader's own."""
    found = []
    for code, call in _CALLS.items():
        count = flags.of_code[code]
        number = count.new if call.lately else count.pupils
        if number:
            address = list_of("pupils_at_risk", flag=code, new="7" if call.lately else None)
            words = f"{number} {call.one if number == 1 else call.many}"
            found.append(Need(words, call.why, count.first, address if leads else "", call.urgency))
    return found


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
        address = reverse("held") + (f"?school={waits.urn}" if waits.urn else "")
        found.append(Need(title, why, waits.day, address if leads else "", _TO_MATCH))
    return found
