"""Reads about offers of meetings: refusals that stand, and what waits for somebody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import JSONObject

from accounts.clock import LONDON
from accounts.models import User
from attendance.words import plural, say_day
from casework.reports import Need
from meetings.models import Meeting, Offer
from meetings.terms import Term
from schools.calendar import working_days_after
from schools.models import School

REFUSALS = 2  # after so many others are turned to
ANSWER_WITHIN = 10  # working days, before an officer is reminded
_SOON = dt.timedelta(days=7)


def not_attended(school: School, term: Term) -> int:
    """Meetings of a term to which the school did not come."""
    missed = Meeting.objects.support().filter(school=school, why_cancelled=Meeting.Why.NOT_ATTENDED)
    return missed.filter(day__range=(term.first, term.last)).count()


def refusals(school: School, year: int) -> int:
    """As `count_refusals`. Two queries."""
    meetings = Meeting.objects.support().filter(school=school, day__range=(Term(year, 1).first, Term(year, 3).last))
    return count_refusals(meetings, Offer.objects.filter(school=school, year=year))


def count_refusals(meetings: Iterable[Meeting], offers: Iterable[Offer]) -> int:
    """Of one school and year: offers declined and not accepted, and meetings not attended, since it last met."""
    known = list(meetings)
    met = max((meeting.day for meeting in known if meeting.status == Meeting.Status.HELD), default=dt.date.min)
    missed = [meeting.day for meeting in known if meeting.why_cancelled == Meeting.Why.NOT_ATTENDED]
    declined = [offer.day for offer in offers if offer.verdict == Offer.Verdict.NOT_ACCEPTED]
    return sum(day > met for day in [*missed, *declined])


def waiting(user: User, *, today: dt.date) -> QuerySet[Offer]:
    """Offers that wait for this user: for a school to answer, for an officer to judge, follow up, offer anew or ask about."""
    offers = Offer.objects.visible_to(user)
    if not user.as_role.in_authority:
        return offers.filter(status=Offer.Status.OFFERED)
    due = Q(verdict__gt="", followed_at=None, follow_up__lte=today + _SOON)
    return offers.filter(Q(status__in=Offer.OPEN) | Q(status=Offer.Status.DECLINED, verdict="") | due, officer=user)


_SAID = ("pk", "day", "time", "place", "status", "verdict", "evidence", "words", "follow_up", "offered_at")


def told(offers: QuerySet[Offer]) -> QuerySet[Any]:
    """As `meetings.needs.needs_today` reads them together with meetings."""
    said = JSONObject(**{name: name for name in _SAID}, school="school__name")
    return offers.order_by().annotate(kind=Value("offer"), said=said).values_list("kind", "said")


def need_of(said: dict[str, Any], user: User, *, today: dt.date) -> Need | None:
    """What an offer that waits asks of this user; None while there is time."""
    day, school = dt.date.fromisoformat(said["day"]), said["school"]
    if not user.as_role.in_authority:
        gone = " That day has gone by: ask for another one." if day < today else ""
        time, place = dt.time.fromisoformat(said["time"]), Meeting.Place(said["place"]).label.lower()
        why = f"{day:%A} {say_day(day)} at {time:%H:%M}, {place}.{gone}"
        return Need("The authority offers a support meeting: answer it", why, day, "offer", said["pk"], 2)
    of = f"The meeting offered for {say_day(day)}"

    def need(title: str, why: str, on: dt.date, urgency: int) -> Need:
        return Need(title, why, on, "offer", said["pk"], urgency)

    if said["verdict"]:
        due = dt.date.fromisoformat(said["follow_up"])
        late = f", {plural((today - due).days, 'day')} ago" if due < today else ""
        return need(f"Follow up with {school}", f"{of} was declined. Due {say_day(due)}{late}.", due, 2)
    if said["status"] == Offer.Status.DECLINED:
        given = "gave evidence of improvement" if said["evidence"] else "gave no evidence"
        return need(f"Decide on what {school} says instead of meeting", f"{of} was declined; the school {given}.", day, 2)
    if said["status"] == Offer.Status.REARRANGE:
        return need(f"Offer {school} another day", f"{of} does not suit: “{said['words']}”", day, 2)
    offered = dt.datetime.fromisoformat(said["offered_at"]).astimezone(LONDON).date()
    if day < today or working_days_after(offered, ANSWER_WITHIN) <= today:
        return need(f"No answer from {school} to an offer", f"{of} was offered on {say_day(offered)}.", day, 3)
    return None
