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
from django.db.models import BinaryField, F, Func, IntegerField, OuterRef, QuerySet, Subquery, Value

from accounts.models import User
from attendance import matrix
from attendance.codes import BY_CODE
from attendance.models import Register
from attendance.words import plural, say_day
from casework.models import Case, Plan
from schools.models import Enrolment, PolicyValue

_C2 = BY_CODE["C2"].byte


@dataclass(frozen=True, slots=True)
class Line:
    """One child at one school: `sessions` coded C2 since `first`, the latest on `last`; until when a plan had agreed it, if any did."""

    enrolment: Enrolment
    sessions: int
    first: dt.date
    last: dt.date
    agreed_until: dt.date | None
    case: int | None

    @property
    def words(self) -> str:
        marks = f"{plural(self.sessions, 'session')} coded C2 since {say_day(self.first)}, the latest on {say_day(self.last)}."
        if self.agreed_until:
            return f"{marks} The plan’s timetable ended on {say_day(self.agreed_until)}."
        return f"{marks} No plan has a timetable for them."


def _registers(user: User, first: dt.date, today: dt.date) -> QuerySet[Register]:
    """Those with a C2 in these days, looked for by the database where the marks lie."""
    columns = matrix.span(matrix.academic_year(today), first, today)
    width = columns.stop - columns.start
    part = Func(F("marks"), Value(columns.start + 1), Value(width), function="substr", output_field=BinaryField())
    at = Func(Value(bytes([_C2])), part, function="position", arg_joiner=" in ", output_field=IntegerField())
    here = Enrolment.objects.visible_to(user).on_roll(today)
    plans = Plan.objects.current().filter(case__closed=None, case__pupil=OuterRef("enrolment__pupil"), timetable_end__isnull=False)
    return (
        Register.objects.filter(year=matrix.academic_year(today), enrolment__in=here)
        .annotate(
            at=at,
            agreed_from=Subquery(plans.values("timetable_start")[:1]),
            agreed_until=Subquery(plans.values("timetable_end")[:1]),
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
    outside = [day for day in lately if not (row.agreed_until and row.agreed_from <= day <= row.agreed_until)]
    if not outside:
        return None
    return Line(row.enrolment, len(outside), outside[0], outside[-1], row.agreed_until, row.case)
