"""Children on a part-time timetable, by their marks alone, whom no plan covers.

Code C2 is a leave of absence for an agreed part-time timetable (SI 2024/208 reg 10; "Working together": exceptional, for a time,
with a plan and an end). The marks tell that it goes on; the plan tells for how long it was agreed. Whose marks go on without one, or
beyond its end, is listed.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BinaryField, F, Func, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import JSONObject, Least

from accounts.models import User
from attendance import matrix
from attendance.codes import BY_CODE
from attendance.models import Register
from attendance.words import plural, say_day
from casework.models import Case, Plan
from schools.models import Enrolment, PolicyValue

Days = tuple[dt.date, dt.date]
_C2 = BY_CODE["C2"].byte


@dataclass(frozen=True, slots=True)
class Line:
    """One child at one school: `sessions` coded C2 since `first`, the latest on `last`; the days of the latest timetable, if any."""

    enrolment: Enrolment
    sessions: int
    first: dt.date
    last: dt.date
    agreed: Days | None
    case: int | None

    @property
    def words(self) -> str:
        marks = f"{plural(self.sessions, 'session')} coded C2 since {say_day(self.first)}, the latest on {say_day(self.last)}."
        if self.agreed is None:
            return f"{marks} No plan has a timetable for them."
        start, end = self.agreed
        if end < self.first:
            return f"{marks} The plan’s timetable ended on {say_day(end)}."
        return f"{marks} The plan’s timetable is for other days, from {say_day(start)} to {say_day(end)}."


def _registers(user: User, first: dt.date, today: dt.date) -> QuerySet[Register]:
    """Those with a C2 in these days, looked for by the database where the marks lie."""
    columns = matrix.span(matrix.academic_year(today), first, today)
    width = columns.stop - columns.start
    part = Func(F("marks"), Value(columns.start + 1), Value(width), function="substr", output_field=BinaryField())
    at = Func(Value(bytes([_C2])), part, function="position", arg_joiner=" in ", output_field=IntegerField())
    here = Enrolment.objects.visible_to(user).on_roll(today)
    plans = Plan.objects.filter(case__pupil=OuterRef("enrolment__pupil"), timetable_end__isnull=False).order_by("timetable_start", "pk")
    days = JSONObject(first="timetable_start", last=Least("timetable_end", "ended"))  # a plan that was replaced covered its days until then
    return (
        Register.objects.filter(year=matrix.academic_year(today), enrolment__in=here)
        .annotate(
            at=at,
            agreed=ArraySubquery(plans.values(row=days)),
            case=Subquery(Case.objects.open().filter(pupil=OuterRef("enrolment__pupil")).values("pk")[:1]),
        )
        .filter(at__gt=0)
    )


def uncovered(user: User, *, today: dt.date) -> list[Line]:
    """Children the user works with; whose plan is over or missing while C2 goes on. The most sessions first. Two queries."""
    days = PolicyValue.objects.in_force(today)["part_time_recent_days"]
    first = max(today - dt.timedelta(days=days - 1), matrix.year_start(matrix.academic_year(today)))
    rows = _registers(user, first, today).select_related("enrolment__pupil", "enrolment__school")
    found = [line for row in rows if (line := _line(row, first, today))]
    return sorted(found, key=lambda line: (-line.sessions, line.enrolment.pupil.sort_name, line.enrolment.pk))


def _line(row: Any, first: dt.date, today: dt.date) -> Line | None:
    marks = np.frombuffer(bytes(row.marks), np.uint8)
    held = np.flatnonzero(marks == _C2)
    days = [matrix.session_at(row.year, int(at)).date for at in held]
    lately = [day for day in days if max(first, row.enrolment.start) <= day <= today]
    agreed: list[Days] = [(dt.date.fromisoformat(one["first"]), dt.date.fromisoformat(one["last"])) for one in row.agreed]
    outside = [day for day in lately if not any(start <= day <= end for start, end in agreed)]
    if not outside:
        return None
    return Line(row.enrolment, len(outside), outside[0], outside[-1], agreed[-1] if agreed else None, row.case)
