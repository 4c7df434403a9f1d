"""What pages read often, worked out from the registers and disposable: rebuilt for the schools and years a load touched.

SchoolYear: on which sessions a school was seen to be open. EnrolmentFigures: each enrolment's year to the latest session.
SchoolCut: a school's year by week and code, whole and by year group, sex and cohort. Rules never read these; they read the registers.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from django.db import connection, models, transaction
from numpy.typing import NDArray

from attendance import cuts, matrix, rates, register
from attendance.codes import BLANK, BY_CODE, class_table, look_up, possible
from attendance.cuts import Cut, Kind
from attendance.models import SchoolCut, SchoolYear
from attendance.register import Rows
from schools.lookups import array, ordinal
from schools.models import Characteristic, Enrolment, Pupil
from schools.reports import terms_of

_SHOWS_OPEN = np.ones(256, np.bool_)
_SHOWS_OPEN[[BLANK, BY_CODE["#"].byte, BY_CODE["Z"].byte]] = False
SEEN_OPEN, SEEN_ANY, SEEN_HALF = 1, 2, 4  # bits of SchoolYear.seen
_COUNTS = np.uint8(8)  # not kept: the mark is a possible session
_SEEN = (_SHOWS_OPEN * SEEN_OPEN | (np.arange(256) != BLANK) * SEEN_ANY | possible(class_table()) * _COUNTS).astype(np.uint8)


@transaction.atomic(savepoint=False)
def refresh(*, schools: Iterable[int], years: Iterable[int]) -> None:
    """Rebuild the rollups of `schools` in `years` from their registers: a few statements however many schools."""
    ids = sorted(set(schools))
    for year in sorted(set(years)):
        rebuild(register.read(year, schools=ids), schools=ids)


def rebuild(rows: Rows, *, schools: list[int]) -> None:
    """The same for one year, from all registers of `schools` as the caller has read or written them under their locks."""
    spells = _spells(rows)
    counted = _inside(rows, spells)
    _clear(schools, rows.year)
    _of_schools(rows, counted, spells)
    _figures(rows, counted, spells, schools)


class Spell(NamedTuple):
    """Days as ordinals; `end` EVER where there is none."""

    pupil: int
    start: int
    end: int
    year_group: str
    sex: str


Spells = dict[int, Spell]  # by enrolment


def _spells(rows: Rows) -> Spells:
    with connection.cursor() as cursor:
        cursor.execute(_SPELLS, [array(rows.enrolments.tolist())])
        return {row[0]: Spell(*row[1:]) for row in cursor.fetchall()}


_SPELLS = f"""
    select e.id, e.pupil_id, {ordinal("e.start")}, {ordinal('e."end"')}, e.year_group, p.sex
    from {Enrolment._meta.db_table} e join {Pupil._meta.db_table} p on p.id = e.pupil_id where e.id = any(%s::bigint[])
"""  # noqa: S608


def inside(rows: Rows) -> NDArray[np.bool_]:
    """Which of the registers' sessions lie in their enrolment's dates: those are counted."""
    return _inside(rows, _spells(rows))


def _inside(rows: Rows, spells: Spells) -> NDArray[np.bool_]:
    found = [spells[pk] for pk in rows.enrolments.tolist()]
    starts, ends = np.array([(spell.start, spell.end) for spell in found], np.int64).reshape(-1, 2).T
    return matrix.within(rows.year, starts, ends)


def seen_open(marks: matrix.Marks) -> NDArray[np.bool_]:
    """Marks that show a school to be open: anything but #, Z and blank."""
    return look_up(_SHOWS_OPEN.view(np.uint8), marks).view(np.bool_)


def _clear(schools: list[int], year: int) -> None:
    both = "; ".join(f"delete from {model._meta.db_table} where school_id = any(%s) and year = %s" for model in (SchoolYear, SchoolCut))  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(both, [schools, year, schools, year])


def _by_school(rows: Rows) -> Iterable[tuple[int, NDArray[np.intp] | slice]]:
    schools = np.unique(rows.schools).tolist()
    for school in schools:
        yield school, slice(None) if len(schools) == 1 else np.flatnonzero(rows.schools == school)


def _of_schools(rows: Rows, counted: NDArray[np.bool_], spells: Spells) -> None:
    """SchoolYear and SchoolCut of each school."""
    years: list[SchoolYear] = []
    found: list[tuple[object, ...]] = []
    cohorts = _cohorts({spell.pupil for spell in spells.values()})
    terms = terms_of(np.unique(rows.schools).tolist())
    for school, ours in _by_school(rows):
        marks, within = rows.marks[ours], counted[ours]
        its, could = _seen(rows.year, school, marks, within)
        years.append(its)
        theirs = [spells[pk] for pk in rows.enrolments[ours].tolist()]
        groups = _groups(theirs, cohorts, its.latest or matrix.year_end(rows.year))
        periods = [*cuts.dfe_periods(rows.year), *cuts.school_periods(rows.year, terms.get(school, []))]
        if len(could):
            periods.append(cuts.rolling(rows.year, could))
        of_key = {period.key: period for period in periods}
        for cut, sums in cuts.cut(rows.year, marks, within, groups, periods).items():
            if cut == cuts.WHOLE or sums.to_date.judged:
                figures, kept = (
                    sums.figures,
                    {k: [of_key[k].first.isoformat(), of_key[k].last.isoformat(), *n] for k, n in sums.periods.items()},
                )
                counts = (figures.possible, figures.attended, figures.authorised, figures.unauthorised, figures.late, *sums.to_date)
                found.append((school, rows.year, cut.kind.value, cut.value, *counts, cuts.pack(sums.weeks), json.dumps(kept)))
    _copy(SchoolYear, _YEAR, [[getattr(its, name) for name in _YEAR] for its in years])
    _copy(SchoolCut, _CUT, found)


_YEAR = ("school_id", "year", "seen", "marked", "latest", "latest_pm")
_CUT = (
    "school_id", "year", "kind", "value",
    "possible", "attended", "authorised", "unauthorised", "late", "judged", "persistent", "severe", "weeks", "periods",
)  # fmt: skip


def _copy(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"copy {model._meta.db_table} ({', '.join(columns)}) from stdin") as copy:
        for row in rows:
            copy.write_row(row)


def _seen(year: int, school: int, marks: matrix.Marks, within: NDArray[np.bool_]) -> tuple[SchoolYear, NDArray[np.intp]]:
    """On which sessions the school was seen to be open, and how many of its pupils had a mark; those that were possible for some."""
    columns = np.flatnonzero(np.bitwise_or.reduce(marks, axis=0))
    some, counted = np.take(marks, columns, axis=1), np.take(within, columns, axis=1)
    says = look_up(_SEEN, some)
    counting = ((says & _COUNTS).astype(np.bool_) & counted).sum(axis=0)
    half = (counting > 0) & (2 * counting >= counted.sum(axis=0))
    seen = np.zeros(matrix.LENGTH, np.uint8)
    seen[columns] = np.bitwise_or.reduce(says & ~_COUNTS, axis=0) | half * np.uint8(SEEN_HALF)
    marked = np.zeros(matrix.LENGTH, "<u2")
    marked[columns] = ((some != BLANK) & counted).sum(axis=0)
    could = columns[counting > 0]
    return _school_year(year, school, seen, marked, could), could


Cohorts = dict[int, list[tuple[str, int, int]]]  # by pupil, what has been true of them, and from when to when, as ordinals


def _cohorts(pupils: set[int]) -> Cohorts:
    found: Cohorts = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_COHORTS, [array(pupils)])
        for pupil, *kind_and_days in cursor.fetchall():
            found[pupil].append(tuple(kind_and_days))
    return found


_COHORTS = f"""
    select pupil_id, kind, {ordinal("start")}, {ordinal('"end"')} from {Characteristic._meta.db_table}
    where pupil_id = any(%s::bigint[])
"""  # noqa: S608


def _groups(theirs: list[Spell], cohorts: Cohorts, day: dt.date) -> dict[Cut, NDArray[np.bool_]]:
    """Which of a school's enrolments each cut holds, with the cohorts of `day`."""
    rows_of: dict[tuple[Kind, str], list[int]] = defaultdict(list)
    on = day.toordinal()
    for row, spell in enumerate(theirs):
        if spell.year_group:
            rows_of[Kind.YEAR_GROUP, spell.year_group].append(row)
        if spell.sex:
            rows_of[Kind.SEX, spell.sex].append(row)
        for kind, start, end in cohorts.get(spell.pupil, ()):
            if start <= on <= end:
                rows_of[Kind.COHORT, kind].append(row)
    groups = {cuts.WHOLE: np.ones(len(theirs), np.bool_)}
    for named, rows in rows_of.items():
        groups[Cut(*named)] = np.zeros(len(theirs), np.bool_)
        groups[Cut(*named)][rows] = True
    return groups


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
    now = {
        "enrolment_id": rows.enrolments.tolist(),
        "pupil_id": [spells[pk].pupil for pk in rows.enrolments.tolist()],
        "school_id": rows.schools.tolist(),
        **dict(zip(_COUNTED, counts.T.tolist(), strict=True)),
        "persistent": persistent.tolist(),
        "severe": severe.tolist(),
    }
    params = {name: array(values) for name, values in now.items()}
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_FIGURES, {**params, "schools": schools, "now": rows.year})


_COUNTED = ("possible", "attended", "authorised", "unauthorised", "late")  # as rates.count has them
_KINDS = {
    **dict.fromkeys(("enrolment_id", "pupil_id", "school_id"), "bigint"),
    **dict.fromkeys(_COUNTED, "smallint"),
    **dict.fromkeys(("persistent", "severe"), "boolean"),
}
# Figures that stand are changed where they stand: made anew, each load would write every index of the table again.
_TAKE_FIGURES = f"""
    merge into attendance_enrolmentfigures f
    using unnest({", ".join(f"%({name})s::{kind}[]" for name, kind in _KINDS.items())}) n ({", ".join(_KINDS)})
    on f.enrolment_id = n.enrolment_id and f.school_id = any(%(schools)s) and f.year = %(now)s
    when matched and ({", ".join(f"f.{c}" for c in _KINDS)}) is distinct from ({", ".join(f"n.{c}" for c in _KINDS)})
        then update set {", ".join(f"{c} = n.{c}" for c in _KINDS if c != "enrolment_id")}
    when not matched then insert (year, {", ".join(_KINDS)}) values (%(now)s, {", ".join(f"n.{c}" for c in _KINDS)});
    delete from attendance_enrolmentfigures f where f.school_id = any(%(schools)s) and f.year = %(now)s
    and f.enrolment_id <> all(%(enrolment_id)s::bigint[])
"""  # noqa: S608
