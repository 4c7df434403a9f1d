"""What pages read often, worked out from the registers and disposable: rebuilt for the schools and years a load touched.

SchoolYear: on which sessions a school was seen to be open. EnrolmentFigures: each enrolment's year to the latest session.
SchoolCut: a school's year by week and code, whole and by year group, sex and cohort. Rules never read these; they read the registers.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from django.db import connection, models, transaction
from numpy.typing import NDArray

from attendance import copying, cuts, matrix, rates, register
from attendance.codes import BLANK, BY_CODE, class_table, look_up, possible
from attendance.cuts import Cut, Kind
from attendance.models import EnrolmentFigures, SchoolCut, SchoolYear
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


@dataclass(frozen=True, slots=True)
class Spells:
    """The enrolment of each register, in the order of the registers. Days as ordinals; `ends` EVER where there is none."""

    pupils: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    year_groups: NDArray[np.str_]
    sexes: NDArray[np.str_]

    def some(self, rows: NDArray[np.intp] | slice) -> Spells:
        return Spells(self.pupils[rows], self.starts[rows], self.ends[rows], self.year_groups[rows], self.sexes[rows])


def _spells(rows: Rows) -> Spells:
    with connection.cursor() as cursor:
        cursor.execute(_SPELLS, [array(rows.enrolments.tolist())])
        pupils, starts, ends, groups, sexes = zip(*cursor.fetchall(), strict=True) if len(rows.enrolments) else ((),) * 5
    who, first, last = (np.array(numbers, np.int64) for numbers in (pupils, starts, ends))
    return Spells(who, first, last, np.array(groups, np.str_), np.array(sexes, np.str_))


_SPELLS = f"""
    select e.pupil_id, {ordinal("e.start")}, {ordinal('e."end"')}, e.year_group,
        (select p.sex from {Pupil._meta.db_table} p where p.id = e.pupil_id)
    from {Enrolment._meta.db_table} e where e.id = any(%s::bigint[]) order by e.id
"""  # noqa: S608


def inside(rows: Rows) -> NDArray[np.bool_]:
    """Which of the registers' sessions lie in their enrolment's dates: those are counted."""
    return _inside(rows, _spells(rows))


def _inside(rows: Rows, spells: Spells) -> NDArray[np.bool_]:
    return matrix.within(rows.year, spells.starts, spells.ends)


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
    cohorts = _cohorts(spells.pupils)
    terms = terms_of(np.unique(rows.schools).tolist())
    for school, ours in _by_school(rows):
        marks, within = rows.marks[ours], counted[ours]
        its, could = _seen(rows.year, school, marks, within)
        years.append(its)
        groups = _groups(spells.some(ours), cohorts, its.latest or matrix.year_end(rows.year))
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


class Cohorts(NamedTuple):
    """What has been true of pupils, and from when to when, as ordinals: an item each of all that is known."""

    pupils: NDArray[np.int64]
    kinds: NDArray[np.str_]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]


def _cohorts(pupils: NDArray[np.int64]) -> Cohorts:
    with connection.cursor() as cursor:
        cursor.execute(_COHORTS, [array(np.unique(pupils).tolist())])
        found = cursor.fetchall()
    who, kinds, starts, ends = zip(*found, strict=True) if found else ((),) * 4
    return Cohorts(np.array(who, np.int64), np.array(kinds, np.str_), np.array(starts, np.int64), np.array(ends, np.int64))


_COHORTS = f"""
    select pupil_id, kind, {ordinal("start")}, {ordinal('"end"')} from {Characteristic._meta.db_table}
    where pupil_id = any(%s::bigint[])
"""  # noqa: S608


def _groups(spells: Spells, cohorts: Cohorts, day: dt.date) -> dict[Cut, NDArray[np.bool_]]:
    """Which of a school's enrolments each cut holds, with the cohorts of `day`."""
    groups = {cuts.WHOLE: np.ones(len(spells.pupils), np.bool_)}
    for kind, said in ((Kind.YEAR_GROUP, spells.year_groups), (Kind.SEX, spells.sexes)):
        groups |= {Cut(kind, value): said == value for value in np.unique(said).tolist() if value}
    on = day.toordinal()
    then = (cohorts.starts <= on) & (cohorts.ends >= on)
    for cohort in np.unique(cohorts.kinds[then]).tolist():
        holds = np.isin(spells.pupils, cohorts.pupils[then & (cohorts.kinds == cohort)])
        if holds.any():
            groups[Cut(Kind.COHORT, cohort)] = holds
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
    """Figures that stand and say the same are left alone, others changed where they stand: made anew, each load would write every
    index of the table again."""
    counts = rates.count(rows.marks, counted)
    absent = counts[:, rates.AUTHORISED] + counts[:, rates.UNAUTHORISED]
    now: dict[str, NDArray[np.generic]] = {
        "enrolment_id": rows.enrolments,
        "pupil_id": spells.pupils,
        "school_id": rows.schools,
        **{name: column.astype(np.int16) for name, column in zip(_COUNTED, counts.T, strict=True)},
        "persistent": rates.misses(absent, counts[:, rates.POSSIBLE], rates.PERSISTENT),
        "severe": rates.misses(absent, counts[:, rates.POSSIBLE], rates.SEVERE),
    }
    stand = copying.copy_out(
        f"select {', '.join(_FIGURES)} from {_TABLE} where school_id = any(%s::bigint[]) and year = %s",  # noqa: S608
        [array(schools), rows.year],
        _FIGURES,
    )
    _, ours, theirs = np.intersect1d(rows.enrolments, stand["enrolment_id"], assume_unique=True, return_indices=True)
    fresh, gone = np.ones(len(rows.enrolments), np.bool_), np.ones(len(stand["enrolment_id"]), np.bool_)
    fresh[ours], gone[theirs] = False, False
    other = np.logical_or.reduce([now[name][ours] != stand[name][theirs] for name in _FIGURES])
    _put_figures({name: values[ours[other]] for name, values in now.items()}, rows.year)
    with connection.cursor() as cursor:
        if gone.any():
            statement = f"delete from {_TABLE} where year = %s and enrolment_id = any(%s::bigint[])"  # noqa: S608
            cursor.execute(statement, [rows.year, array(stand["enrolment_id"][gone].tolist())])
    year = np.full(int(fresh.sum()), rows.year, np.int16)
    copying.copy_in(_TABLE, {"year": year} | {name: values[fresh] for name, values in now.items()})


def _put_figures(now: dict[str, NDArray[np.generic]], year: int) -> None:
    if not len(now["enrolment_id"]):
        return
    with connection.cursor() as cursor:
        cursor.execute(_PUT_FIGURES, {name: array(values.tolist()) for name, values in now.items()} | {"now": year})


_TABLE = EnrolmentFigures._meta.db_table
_COUNTED = ("possible", "attended", "authorised", "unauthorised", "late")  # as rates.count has them
_FIGURES = {
    **dict.fromkeys(("enrolment_id", "pupil_id", "school_id"), "i8"),
    **dict.fromkeys(_COUNTED, "i2"),
    **dict.fromkeys(("persistent", "severe"), "i1"),
}
_KINDS = {"i8": "bigint", "i2": "smallint", "i1": "boolean"}
_PUT_FIGURES = f"""
    update {_TABLE} f set {", ".join(f"{name} = n.{name}" for name in _FIGURES if name != "enrolment_id")}
    from unnest({", ".join(f"%({name})s::{_KINDS[kind]}[]" for name, kind in _FIGURES.items())}) n ({", ".join(_FIGURES)})
    where f.enrolment_id = n.enrolment_id and f.year = %(now)s and f.enrolment_id = any(%(enrolment_id)s::bigint[])
"""  # noqa: S608
