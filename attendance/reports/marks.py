"""Register rows and whole years for programs: a stretch at a time, whatever is asked for.

Rows run by enrolment, then session. A stretch begins after the last row of the one before (never "skip n rows"), so a load in
between neither repeats nor hides a row of another session, and the last stretch costs what the first did.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Q, QuerySet

from attendance import matrix, register
from attendance.codes import BLANK
from attendance.matrix import Session
from attendance.models import Mark, Register
from schools.models import Enrolment

_SCHOOL_DAYS = 5 / 7


@dataclass(frozen=True, slots=True)
class After:
    """Where the next stretch begins: behind this row."""

    enrolment: int
    session: Session


class Line(NamedTuple):
    """One mark, as read: an object of the model for each of thousands would take three times as long."""

    enrolment: int
    pupil: int
    upn: str | None
    school: int  # URN
    date: dt.date
    pm: bool
    code: str
    counted: bool

    @property
    def place(self) -> After:
        return After(self.enrolment, Session(self.date, self.pm))


_COLUMNS = ("enrolment_id", "pupil_id", "pupil__upn", "school__urn", "date", "pm", "code", "counted")


def stretch(enrolments: QuerySet[Enrolment], first: dt.date, last: dt.date, *, after: After | None, rows: int) -> list[Line]:
    """At most `rows` marks between two days, both inclusive, of some enrolments: those behind `after`."""
    found: list[Line] = []
    # the view unrolls whole years: only as many enrolments at a time as may fill the stretch
    each = max(1, rows // max(1, round((last - first).days * _SCHOOL_DAYS * 2)))
    for ids in _some_at_a_time(enrolments, first, last, after.enrolment if after else 0, max(2, min(each, rows) + 1)):
        marks = Mark.objects.filter(enrolment__in=ids, date__gte=first, date__lte=last)
        if after:
            there = Q(date=after.session.date, pm__gt=after.session.pm) | Q(date__gt=after.session.date)
            marks = marks.filter(Q(enrolment__gt=after.enrolment) | Q(enrolment=after.enrolment) & there)
        ordered = marks.order_by("enrolment_id", "date", "pm").values_list(*_COLUMNS)
        found += [Line(*row) for row in ordered[: rows - len(found)]]
        if len(found) >= rows:
            break
    return found


def _some_at_a_time(enrolments: QuerySet[Enrolment], first: dt.date, last: dt.date, begin: int, count: int) -> Iterator[list[int]]:
    """Ids of enrolments that have a register of these years, in order, from `begin` on."""
    years = list(matrix.years_between(first, last))
    kept = Register.objects.filter(year__in=years, enrolment__in=enrolments).order_by("enrolment_id")
    ids = list(kept.filter(enrolment__gte=begin).values_list("enrolment_id", flat=True).distinct())
    for place in range(0, len(ids), count):
        yield ids[place : place + count]


def weeks(enrolments: Sequence[Enrolment], year: int) -> dict[int, dict[dt.date, str]]:
    """Each enrolment's marks of an academic year: by Monday, the codes of its week's sessions with a space between them.

    Monday morning first; ten codes, or fourteen where the weekend holds one; "-" where nothing has been said. Weeks without
    any mark are left out.
    """
    rows = register.read(year, enrolments=[enrolment.pk for enrolment in enrolments])
    return {int(pk): _by_monday(year, marks.tobytes()) for pk, marks in zip(rows.enrolments, rows.marks, strict=True)}


def _by_monday(year: int, marks: bytes) -> dict[dt.date, str]:
    start = matrix.year_start(year)
    begin = -start.weekday()  # days from 1 August back to its Monday
    found = {}
    for offset in range(begin, matrix.LENGTH // 2, 7):
        week = [marks[i] if 0 <= i < matrix.LENGTH else BLANK for i in range(offset * 2, offset * 2 + 14)]
        if not any(week):
            continue
        said = week if any(week[10:]) else week[:10]
        found[start + dt.timedelta(days=offset)] = " ".join(register.code_of(byte) or "-" for byte in said)
    return found
