"""What pages read often, worked out from the registers and disposable: rebuilt for the schools and years a load touched.

SchoolYear: on which sessions a school was seen to be open. EnrolmentFigures: each enrolment's year to the latest session.
SchoolWeek: a school's counted marks by code, a row a week. Rules never read these; they read the registers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from attendance import matrix, rates, register
from attendance.codes import BLANK, BY_CODE, classes, possible
from attendance.models import EnrolmentFigures, SchoolWeek, SchoolYear
from attendance.register import Rows
from schools.models import Enrolment

_SHOWS_OPEN = np.ones(256, np.bool_)
_SHOWS_OPEN[[BLANK, BY_CODE["#"].byte, BY_CODE["Z"].byte]] = False
CODES = 64  # length of SchoolWeek.counts: more than there are code bytes
SEEN_OPEN, SEEN_ANY, SEEN_HALF = 1, 2, 4  # bits of SchoolYear.seen


@transaction.atomic
def refresh(*, schools: Iterable[int], years: Iterable[int]) -> None:
    """Rebuild the rollups of `schools` in `years` from their registers: a few statements however many schools."""
    ids = sorted(set(schools))
    for year in sorted(set(years)):
        rows = register.read(year, schools=ids)
        counted = inside(rows)
        _clear(ids, year)
        _school_years(rows, counted)
        _figures(rows, counted)
        _weeks(rows, counted)


def inside(rows: Rows) -> NDArray[np.bool_]:
    """Which of the registers' sessions lie in their enrolment's dates: those are counted."""
    dates = {
        pk: (start, end) for pk, start, end in Enrolment.objects.filter(pk__in=rows.enrolments.tolist()).values_list("pk", "start", "end")
    }
    spans = [dates[pk] for pk in rows.enrolments.tolist()]
    return matrix.inside(rows.year, [start for start, _ in spans], [end for _, end in spans])


def seen_open(marks: matrix.Marks) -> NDArray[np.bool_]:
    """Marks that show a school to be open: anything but #, Z and blank."""
    return _SHOWS_OPEN[marks]


def _clear(schools: list[int], year: int) -> None:
    with connection.cursor() as cursor:
        for model in (SchoolYear, EnrolmentFigures, SchoolWeek):
            cursor.execute(f"delete from {model._meta.db_table} where school_id = any(%s) and year = %s", [schools, year])  # noqa: S608


def _by_school(rows: Rows) -> Iterable[tuple[int, NDArray[np.intp]]]:
    for school in np.unique(rows.schools).tolist():
        yield school, np.flatnonzero(rows.schools == school)


def _school_years(rows: Rows, counted: NDArray[np.bool_]) -> None:
    found = []
    for school, ours in _by_school(rows):
        marks = rows.marks[ours]
        counting = (possible(classes(marks)) & counted[ours]).sum(axis=0)
        half = (counting > 0) & (2 * counting >= counted[ours].sum(axis=0))
        seen = seen_open(marks).any(axis=0) * SEEN_OPEN | (marks != BLANK).any(axis=0) * SEEN_ANY | half * SEEN_HALF
        latest = np.flatnonzero(counting)
        last = matrix.session_at(rows.year, int(latest[-1])) if len(latest) else None
        found.append(
            SchoolYear(
                school_id=school,
                year=rows.year,
                seen=seen.astype(np.uint8).tobytes(),
                marked=((marks != BLANK) & counted[ours]).sum(axis=0).astype("<u2").tobytes(),
                latest=last.date if last else None,
                latest_pm=last.pm if last else False,
            )
        )
    SchoolYear.objects.bulk_create(found)


def _figures(rows: Rows, counted: NDArray[np.bool_]) -> None:
    counts = rates.count(rows.marks, counted)
    pupils = dict(Enrolment.objects.filter(pk__in=rows.enrolments.tolist()).values_list("pk", "pupil_id"))
    absent = counts[:, rates.AUTHORISED] + counts[:, rates.UNAUTHORISED]
    persistent = rates.misses(absent, counts[:, rates.POSSIBLE], rates.PERSISTENT)
    severe = rates.misses(absent, counts[:, rates.POSSIBLE], rates.SEVERE)
    columns = "enrolment_id, pupil_id, school_id, year, possible, attended, authorised, unauthorised, late, persistent, severe"
    with connection.cursor() as cursor, cursor.copy(f"copy {EnrolmentFigures._meta.db_table} ({columns}) from stdin") as copy:
        for enrolment, school, numbers, is_pa, is_sa in zip(
            rows.enrolments.tolist(), rows.schools.tolist(), counts.tolist(), persistent.tolist(), severe.tolist(), strict=True
        ):
            copy.write_row((enrolment, pupils[enrolment], school, rows.year, *numbers, is_pa, is_sa))


def _weeks(rows: Rows, counted: NDArray[np.bool_]) -> None:
    week_of, mondays = weeks_of(rows.year)
    columns = "school_id, year, monday, enrolments, counts"
    with connection.cursor() as cursor, cursor.copy(f"copy {SchoolWeek._meta.db_table} ({columns}) from stdin") as copy:
        for school, ours in _by_school(rows):
            marks = np.where(counted[ours], rows.marks[ours], BLANK)
            counting = possible(classes(marks))
            for week, monday in enumerate(mondays):
                columns_of = slice(*np.searchsorted(week_of, [week, week + 1]).tolist())
                counts = np.bincount(marks[:, columns_of].ravel(), minlength=CODES)[:CODES]
                counts[BLANK] = 0
                if counts.any():
                    with_any = int(counting[:, columns_of].any(axis=1).sum())
                    copy.write_row((school, rows.year, monday, with_any, counts.tolist()))


def weeks_of(year: int) -> tuple[NDArray[np.int64], list[dt.date]]:
    """The week (from 0) of each of the year's 732 columns, and the Monday each week begins on."""
    first = matrix.year_start(year)
    days = np.arange(matrix.LENGTH) // 2
    week_of = (days + first.weekday()) // 7
    monday = first - dt.timedelta(days=first.weekday())
    return week_of, [monday + dt.timedelta(weeks=w) for w in range(int(week_of[-1]) + 1)]
