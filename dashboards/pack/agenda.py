"""What a pack is made for: a meeting with its agenda; or a school that has none planned, with the agenda as it would be made now."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat, JSONObject

from attendance.matrix import academic_year, year_start
from attendance.reports.schools import school_figures
from dashboards.pack.gather import Of
from dashboards.pack.running import of_items, of_points
from meetings import frequency, reports
from meetings.agenda import agenda
from meetings.models import Item, Meeting
from schools.models import Enrolment, Pupil, School


def with_agenda(meetings: QuerySet[Meeting], *, today: dt.date) -> QuerySet[Meeting]:
    """Adds the points of each meeting, so that a pack asks the database nothing more for them."""
    here = Enrolment.objects.filter(pupil=OuterRef("pupil"), school=OuterRef("meeting__school"))
    seen = here.filter(Q(end=None) | Q(end__gte=year_start(academic_year(today))))
    row = JSONObject(
        place="place",
        source="source",
        reason="reason",
        flag="flag__code",
        pupil="pupil",
        who=Concat("pupil__forename", Value(" "), "pupil__surname"),
        seen=Exists(seen),
    )
    items = Item.objects.filter(meeting=OuterRef("pk")).order_by("place", "pk").values(row=row)
    return meetings.annotate(item_rows=ArraySubquery(items))


def of_meeting(meeting: Meeting, *, inside: bool) -> Of:
    """Of a meeting that was read `with_agenda`. No query."""
    rows: list[dict[str, Any]] = meeting.item_rows or []  # type: ignore[attr-defined]
    return Of(meeting.school_id, meeting.minutes, of_items(rows, inside=inside))


def of_school(school: School, *, today: dt.date) -> Of:
    """Six queries."""
    facts = reports.gather(school, today=today)
    year = school_figures([school.pk], today=today)[school.pk]
    roll = Enrolment.objects.filter(school=school).on_roll(today).count()
    minutes = frequency.suggested_length(roll, year.persistent, year.severe).minutes
    points = agenda(facts.candidates, day=today, minutes=minutes, of_school=facts.of_school).points
    names = {pk: str(pupil) for pk, pupil in Pupil.objects.in_bulk([point.pupil for point in points if point.pupil]).items()}
    return Of(school.pk, minutes, of_points(points, names))
