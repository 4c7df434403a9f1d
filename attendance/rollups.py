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
from attendance.models import SchoolWeek, SchoolYear
from attendance.register import Rows
from schools.lookups import array
from schools.models import Enrolment

_SHOWS_OPEN = np.ones(256, np.bool_)
_SHOWS_OPEN[[BLANK, BY_CODE["#"].byte, BY_CODE["Z"].byte]] = False
CODES = 64  # length of SchoolWeek.counts: more than there are code bytes
SEEN_OPEN, SEEN_ANY, SEEN_HALF = 1, 2, 4  # bits of SchoolYear.seen
_SEEN = (_SHOWS_OPEN * SEEN_OPEN | (np.arange(256) != BLANK) * SEEN_ANY).astype(np.uint8)


@transaction.atomic(savepoint=False)
def refresh(*, schools: Iterable[int], years: Iterable[int]) -> None:
    """Rebuild the rollups of `schools` in `years` from their registers: a few statements however many schools."""
    ids = sorted(set(schools))
    for year in sorted(set(years)):
        rows = register.read(year, schools=ids)
        spells = _spells(rows)
        counted = _inside(rows, spells)
        _clear(ids, year)
        _of_schools(rows, counted)
        _figures(rows, counted, spells, ids)


Spells = dict[int, tuple[int, dt.date, dt.date | None]]  # by enrolment: pupil, start, end


def _spells(rows: Rows) -> Spells:
    found = Enrolment.objects.filter(pk__any_of=rows.enrolments.tolist()).values_list("pk", "pupil_id", "start", "end")
    return {pk: (pupil, start, end) for pk, pupil, start, end in found}


def inside(rows: Rows) -> NDArray[np.bool_]:
    """Which of the registers' sessions lie in their enrolment's dates: those are counted."""
    return _inside(rows, _spells(rows))


def _inside(rows: Rows, spells: Spells) -> NDArray[np.bool_]:
    found = [spells[pk] for pk in rows.enrolments.tolist()]
    return matrix.inside(rows.year, [start for _, start, _ in found], [end for _, _, end in found])


def seen_open(marks: matrix.Marks) -> NDArray[np.bool_]:
    """Marks that show a school to be open: anything but #, Z and blank."""
    return _SHOWS_OPEN[marks]


def _clear(schools: list[int], year: int) -> None:
    with connection.cursor() as cursor:
        for model in (SchoolYear, SchoolWeek):
            cursor.execute(f"delete from {model._meta.db_table} where school_id = any(%s) and year = %s", [schools, year])  # noqa: S608


def _by_school(rows: Rows) -> Iterable[tuple[int, NDArray[np.intp] | slice]]:
    schools = np.unique(rows.schools).tolist()
    for school in schools:
        yield school, slice(None) if len(schools) == 1 else np.flatnonzero(rows.schools == school)


def _of_schools(rows: Rows, counted: NDArray[np.bool_]) -> None:
    """SchoolYear and SchoolWeek of each school, from one count of its marks by session and code."""
    week_of, mondays = weeks_of(rows.year)
    years: list[SchoolYear] = []
    weeks: list[tuple[int, int, dt.date, int, str]] = []
    for school, ours in _by_school(rows):
        marks, within = rows.marks[ours], counted[ours]
        seen = np.bitwise_or.reduce(_SEEN[marks], axis=0)
        columns = np.flatnonzero(seen)
        marks = np.take(marks, columns, axis=1) * np.take(within, columns, axis=1)
        by_code = _by_session_and_code(marks)
        counting = by_code[:, possible(classes(np.arange(CODES, dtype=np.uint8)))].sum(axis=1)
        half = (counting > 0) & (2 * counting >= within.sum(axis=0)[columns])
        seen[columns] |= half * np.uint8(SEEN_HALF)
        marked = np.zeros(matrix.LENGTH, "<u2")
        marked[columns] = by_code[:, BLANK + 1 :].sum(axis=1)
        years.append(_school_year(rows.year, school, seen, marked, columns[counting > 0]))
        if len(columns):
            starts = np.flatnonzero(np.diff(week_of[columns], prepend=-1))
            by_week = np.add.reduceat(by_code, starts, axis=0)
            by_week[:, BLANK] = 0
            with_any = np.logical_or.reduceat(possible(classes(marks)), starts, axis=1).sum(axis=0)
            found = zip(week_of[columns[starts]].tolist(), with_any.tolist(), by_week.tolist(), strict=True)
            weeks += [(school, rows.year, mondays[week], pupils, array(counts)) for week, pupils, counts in found if any(counts)]
    SchoolYear.objects.bulk_create(years)
    columns_ = "school_id, year, monday, enrolments, counts"
    with connection.cursor() as cursor, cursor.copy(f"copy {SchoolWeek._meta.db_table} ({columns_}) from stdin") as copy:
        for week in weeks:
            copy.write_row(week)


def _by_session_and_code(marks: matrix.Marks) -> NDArray[np.int64]:
    """How many of each column's marks are of each code: shape (columns, CODES)."""
    at = marks + np.arange(marks.shape[1], dtype=np.int64) * CODES
    return np.bincount(at.ravel(), minlength=marks.shape[1] * CODES).reshape(-1, CODES)


def _school_year(year: int, school: int, seen: NDArray[np.uint8], marked: NDArray[np.uint16], counting: NDArray[np.intp]) -> SchoolYear:
    last = matrix.session_at(year, int(counting[-1])) if len(counting) else None
    return SchoolYear(
        school_id=school,
        year=year,
        seen=seen.tobytes(),
        marked=marked.tobytes(),
        latest=last.date if last else None,
        latest_pm=last.pm if last else False,
    )


def _figures(rows: Rows, counted: NDArray[np.bool_], spells: Spells, schools: list[int]) -> None:
    counts = rates.count(rows.marks, counted)
    absent = counts[:, rates.AUTHORISED] + counts[:, rates.UNAUTHORISED]
    persistent = rates.misses(absent, counts[:, rates.POSSIBLE], rates.PERSISTENT)
    severe = rates.misses(absent, counts[:, rates.POSSIBLE], rates.SEVERE)
    found = zip(rows.enrolments.tolist(), rows.schools.tolist(), counts.tolist(), persistent.tolist(), severe.tolist(), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "create temporary table if not exists figures_now (enrolment_id bigint, pupil_id bigint, school_id bigint, year smallint, "
            "possible smallint, attended smallint, authorised smallint, unauthorised smallint, late smallint, "
            "persistent boolean, severe boolean) on commit delete rows; delete from figures_now"
        )
        with cursor.copy(f"copy figures_now ({', '.join(_FIGURES)}) from stdin") as copy:
            for enrolment, school, numbers, is_pa, is_sa in found:
                copy.write_row((enrolment, spells[enrolment][0], school, rows.year, *numbers, is_pa, is_sa))
        cursor.execute(_TAKE_FIGURES, [schools, rows.year])
        cursor.execute(_DROP_FIGURES, [schools, rows.year])


# Figures that stand are changed where they stand: made anew, each load would write every index of the table again.
_FIGURES = (
    "enrolment_id", "pupil_id", "school_id", "year",
    "possible", "attended", "authorised", "unauthorised", "late", "persistent", "severe",
)  # fmt: skip
_TAKE_FIGURES = f"""
    merge into attendance_enrolmentfigures f using figures_now n
    on f.enrolment_id = n.enrolment_id and f.year = n.year and f.school_id = any(%s) and f.year = %s
    when matched and ({", ".join(f"f.{c}" for c in _FIGURES)}) is distinct from ({", ".join(f"n.{c}" for c in _FIGURES)})
        then update set {", ".join(f"{c} = n.{c}" for c in _FIGURES if c not in ("enrolment_id", "year"))}
    when not matched then insert ({", ".join(_FIGURES)}) values ({", ".join(f"n.{c}" for c in _FIGURES)})
"""  # noqa: S608
_DROP_FIGURES = """
    delete from attendance_enrolmentfigures f where f.school_id = any(%s) and f.year = %s
    and not exists (select from figures_now n where n.enrolment_id = f.enrolment_id)
"""


def weeks_of(year: int) -> tuple[NDArray[np.int64], list[dt.date]]:
    """The week (from 0) of each of the year's 732 columns, and the Monday each week begins on."""
    first = matrix.year_start(year)
    days = np.arange(matrix.LENGTH) // 2
    week_of = (days + first.weekday()) // 7
    monday = first - dt.timedelta(days=first.weekday())
    return week_of, [monday + dt.timedelta(weeks=w) for w in range(int(week_of[-1]) + 1)]
