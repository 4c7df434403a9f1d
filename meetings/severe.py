"""Severely absent pupils without a plan, and whether anybody was in contact about them in time (worked case T1).

Every severely absent pupil is to have a joint plan; until there is one, somebody is in contact within so many school days of the flag.
A contact is one that reached somebody: with the family as part of a case, with the school about this pupil, or a meeting held that
came to the pupil: one that ran out of time before has contacted nobody.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, DateField, F, Max, Min, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Greatest, JSONObject

from accounts.models import User
from attendance.models import Flag
from attendance.reports import coverage
from attendance.words import say_day
from casework import reports as casework_reports
from casework.models import Contact
from casework.reports import Need
from meetings.models import Item, Meeting, SchoolContact
from schools.calendar import Deadline
from schools.models import Enrolment, PolicyValue, School

SEVERE = "severe"
WAITING, LATE, CONTACTED = "waiting", "late", "contacted"
STATES = [(LATE, "Late"), (WAITING, "To be contacted"), (CONTACTED, "Contacted, no plan yet")]


@dataclass(frozen=True, slots=True)
class Line:
    """One severely absent pupil without a plan. `due`: the last day for a contact; `contact`: the latest since the flag."""

    flag: Flag
    school: School
    due: Deadline
    contact: dt.date | None
    state: str  # WAITING, LATE or CONTACTED

    @property
    def late(self) -> bool:
        return self.state == LATE


def flags(user: User, *, today: dt.date) -> QuerySet[Flag]:
    """Open flags for severe absence of pupils on roll without a current plan. `contact`: day of the latest that reached somebody since."""
    here = Enrolment.objects.visible_to(user).on_roll(today).filter(pupil=OuterRef("pupil")).order_by("-start", "pk")
    known: QuerySet[Flag] = Flag.objects.open().well_founded().filter(code=Flag.Code.SEVERE)
    return (
        known.filter(pupil__in=casework_reports.severe_without_plan(user))
        .annotate(at_school=Subquery(here.values("school")[:1]), contact=_latest_contact())
        .filter(at_school__isnull=False)
    )


def _latest_contact() -> Greatest:
    """Greatest of nulls is the greatest of the others, in PostgreSQL."""
    flagged = OuterRef("opened")
    case = Contact.objects.filter(case__pupil=OuterRef("pupil"), day__gte=flagged, result__in=Contact.REACHED)
    school = SchoolContact.objects.filter(pupils=OuterRef("pupil"), day__gte=flagged, reached=True)
    met = Item.objects.reached().filter(pupil=OuterRef("pupil"), meeting__day__gte=flagged, meeting__status=Meeting.Status.HELD)
    return Greatest(_last(case, "case__pupil", "day"), _last(school, "pupils", "day"), _last(met, "pupil", "meeting__day"))


def _last(rows: QuerySet[Any], of: str, day: str) -> Subquery:
    return Subquery(rows.order_by().values(of).annotate(last=Max(day)).values("last"), output_field=DateField())


def days(today: dt.date) -> int:
    """Within how many school days of the flag somebody is to be in contact."""
    return PolicyValue.objects.in_force(today)["meetings_severe_contact_days"]


def lines(flagged: QuerySet[Flag], *, today: dt.date) -> list[Line]:
    """Everybody of `flags`, who is late first. Three queries, or four."""
    rows: Sequence[Any] = flagged.select_related("pupil").order_by("opened", "pupil__sort_name", "pk")
    places = School.objects.in_bulk({row.at_school for row in rows})
    sent, within = coverage.sent(places, today=today), days(today)
    made = [
        _line(row, places[row.at_school], sent.calendar(row.at_school, today=today).school_days_after(row.opened, within), today)
        for row in rows
    ]
    order = {LATE: 0, WAITING: 1, CONTACTED: 2}
    return sorted(made, key=lambda line: (order[line.state], line.flag.opened))


def _line(flag: Any, school: School, due: Deadline, today: dt.date) -> Line:
    late = due.day is not None and due.day < today
    return Line(flag, school, due, flag.contact, CONTACTED if flag.contact else LATE if late else WAITING)


def told(user: User, *, today: dt.date) -> QuerySet[Any]:
    """How many of them nobody was in contact about since the flag, and the first day: a row to be read together with others, or none."""
    waiting = flags(user, today=today).filter(contact=None)
    counted = waiting.order_by().annotate(kind=Value(SEVERE)).values("kind").annotate(n=Count("pk"), first=Min("opened"))
    return counted.filter(n__gt=0).annotate(said=JSONObject(n=F("n"), first=F("first"))).values_list("kind", "said")


def need_of(said: dict[str, Any]) -> Need:
    """The line about them among what waits for somebody today."""
    number, first = said["n"], dt.date.fromisoformat(said["first"])
    of = "pupil without a plan has" if number == 1 else "pupils without a plan have"
    why = f"On the list since {say_day(first)}" if number == 1 else f"The first has been on the list since {say_day(first)}"
    why += ". Get in touch with the family or the school, and agree a plan."
    return Need(f"{number:,} severely absent {of} been contacted by nobody", why, first, "severe_contacts", None, 2, count=number)
