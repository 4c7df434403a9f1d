"""Reads of the schools' years by cut: one query, then sums of whole arrays. Add counts of schools; never average their rates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from django.db import connection
from django.db.models import Case, Q, QuerySet, Sum, When
from django.db.models import Count as NumberOf
from numpy.typing import NDArray

from attendance import cuts
from attendance.codes import BY_BYTE
from attendance.cuts import CODES, JUDGED, WEEKS, WHOLE, WIDTH, Cut, Kind
from attendance.measures.judged import Count
from attendance.models import SchoolCut
from attendance.rates import Figures
from schools.models import School

_EMPTY = np.zeros((0, WEEKS, WIDTH), np.uint32)


@dataclass(frozen=True)
class Year:
    """One cut of several schools' academic year. Row i of `weeks` (schools, WEEKS, WIDTH) and `periods` is `schools[i]`'s."""

    year: int
    schools: list[int]
    weeks: NDArray[np.uint32]
    periods: list[Mapping[str, tuple[str, str, int, int, int]]]

    @cached_property
    def possible(self) -> NDArray[np.bool_]:
        """In which weeks each school has a possible session: (schools, WEEKS)."""
        could: NDArray[np.bool_] = (self.weeks[:, :, :CODES] @ cuts.POSSIBLE.astype(np.uint32)) > 0
        return could

    def rows_of(self, schools: Collection[int]) -> NDArray[np.intp]:
        return np.flatnonzero(np.isin(self.schools, list(schools)))

    def some(self, rows: NDArray[np.intp]) -> Year:
        if len(rows) == len(self.schools):
            return self
        at = rows.tolist()
        return Year(self.year, [self.schools[i] for i in at], self.weeks[rows], [self.periods[i] for i in at])

    def codes(self, first: int = 0, last: int = WEEKS - 1) -> NDArray[np.int64]:
        """Sessions of each school by byte of the code, from week `first` to week `last`, both inclusive: (schools, CODES)."""
        return self.weeks[:, first : last + 1, :CODES].sum(axis=1, dtype=np.int64)

    def by_week(self) -> NDArray[np.int64]:
        """All schools together: (WEEKS, WIDTH)."""
        return self.weeks.sum(axis=0, dtype=np.int64)

    def to_date(self, week: int = WEEKS - 1) -> NDArray[np.int64]:
        """Enrolments judged, persistently and severely absent from the year's beginning to the end of `week`: (schools, 3)."""
        return self.weeks[:, week, JUDGED:].astype(np.int64)

    def mondays(self) -> list[dt.date]:
        return [cuts.monday(self.year, week) for week in range(WEEKS)]

    def weeks_with_marks(self) -> list[int]:
        """In which any of the schools has a counted mark."""
        weeks: list[int] = np.flatnonzero(self.weeks[:, :, :CODES].any(axis=(0, 2))).tolist()
        return weeks


def read(schools: Iterable[int], years: Iterable[int], cut: Cut = WHOLE) -> dict[int, Year]:
    """By academic year, schools in order of their ids; a school without registers in the year, or with nobody in the cut, is left out.

    One query, which leaves out what of each row was read lately: rows are never changed, only put in place of others under new
    ids (attendance.rollups), so what stands under an id stays.
    """
    database = str(connection.settings_dict["NAME"])  # ids are those of one
    known = {pk: row for (name, pk), row in list(_rows.items()) if name == database}
    unread = Case(When(~Q(pk__any_of=list(known)), then="weeks")), Case(When(~Q(pk__any_of=list(known)), then="periods"))
    rows = SchoolCut.objects.filter(school__any_of=list(schools), year__in=(wanted := list(years)), kind=cut.kind, value=cut.value)
    found: dict[int, list[_Row]] = {year: [] for year in wanted}
    for year, pk, school, weeks, periods in rows.order_by("school_id").values_list("year", "pk", "school_id", *unread):
        found[year].append(known[pk] if weeks is None else _Row(pk, school, cuts.unpack(weeks), periods))
    return {year: _year(database, year, own) for year, own in found.items()}


class _Row(NamedTuple):
    pk: int
    school: int
    weeks: NDArray[np.uint32]
    periods: Mapping[str, tuple[str, str, int, int, int]]


_MOST = 4  # years of some schools at a time: of the largest authority's, 7 MB each
_kept: dict[tuple[str, int, tuple[int, ...]], Year] = {}  # in the order in which they were read
_rows: dict[tuple[str, int], _Row] = {}  # of those years: no arrays of their own but lines of those


def _year(database: str, year: int, rows: list[_Row]) -> Year:
    if not rows:
        return Year(year, [], _EMPTY, [])
    key = database, year, tuple(row.pk for row in rows)
    if (known := _kept.get(key)) is not None:
        return known
    weeks = np.stack([row.weeks for row in rows])
    weeks.flags.writeable = False  # several pages look at it
    found = _kept[key] = Year(year, [row.school for row in rows], weeks, [row.periods for row in rows])
    for oldest in list(_kept)[:-_MOST]:
        _kept.pop(oldest, None)
    lines = {
        (name, pk): _Row(pk, *of)
        for (name, _, pks), kept in list(_kept.items())
        for pk, *of in zip(pks, kept.schools, kept.weeks, kept.periods, strict=True)
    }
    _rows.update(lines)
    for gone in _rows.keys() - lines.keys():
        _rows.pop(gone, None)
    return found


def any_marks(schools: Iterable[int], year: int, first: dt.date, last: dt.date) -> bool:
    """Has any of these schools a counted mark in a week that lies, in part at least, between these days of the year?"""
    found = read(schools, [year])[year]
    return bool(found.codes(max(cuts.week_of(year, first), 0), min(cuts.week_of(year, last), WEEKS - 1)).any())


@dataclass(frozen=True, slots=True)
class OfSchool:
    """One school: its weeks by academic year, and the plain numbers of every cut of the last of these years."""

    weeks: dict[int, Year]
    lines: dict[Cut, Line]


def of_school(school: int, years: Iterable[int], kinds: Iterable[Kind]) -> OfSchool:
    """One query."""
    wanted = list(years)
    rows = SchoolCut.objects.filter(school=school, year__in=wanted, kind__in=[kind.value for kind in kinds])
    weeks, lines_ = {year: Year(year, [], _EMPTY, []) for year in wanted}, {}
    for year, kind, value, packed, periods, *plain in rows.values_list("year", "kind", "value", "weeks", "periods", *PLAIN):
        cut = Cut(Kind(kind), value)
        if cut == WHOLE:
            weeks[year] = Year(year, [school], cuts.unpack(packed)[None], [periods])
        if year == max(wanted):
            lines_[cut] = Line(cut, Figures(*plain[:5]), Count(*plain[5:]))
    return OfSchool(weeks, lines_)


@dataclass(frozen=True, slots=True)
class Line:
    """One cut of one school's year to the latest session, or of several: the plain numbers."""

    cut: Cut
    figures: Figures
    count: Count
    schools: int = 1  # with anybody in it

    def plus(self, other: Line) -> Line:
        return Line(self.cut, self.figures + other.figures, self.count.plus(other.count), self.schools + other.schools)


PLAIN = ("possible", "attended", "authorised", "unauthorised", "late", "judged", "persistent", "severe")


def lines(schools: Iterable[int], year: int, kinds: Iterable[Kind]) -> dict[int, list[Line]]:
    """By school, the year to date of each cut of these kinds that has anybody in it. One query; nothing is unpacked."""
    rows = SchoolCut.objects.filter(school__any_of=list(schools), year=year, kind__in=[kind.value for kind in kinds])
    found: dict[int, list[Line]] = {}
    for school, kind, value, *plain in rows.order_by("school_id", "kind", "value").values_list("school_id", "kind", "value", *PLAIN):
        line = Line(Cut(Kind(kind), value), Figures(*plain[:5]), Count(*plain[5:]))
        found.setdefault(school, []).append(line)
    return found


def sums(schools: Collection[int] | QuerySet[School, Any], year: int, kinds: Iterable[Kind]) -> dict[Cut, Line]:
    """The year to date of each cut, all these schools together: added up by the database, one row a cut. One query.

    `schools`: their ids, or a query of them.
    """
    which = {"school__in": schools} if isinstance(schools, QuerySet) else {"school__any_of": list(schools)}
    rows = SchoolCut.objects.filter(**which, year=year, kind__in=[kind.value for kind in kinds])
    added = [Sum(name) for name in PLAIN]
    lines = {}
    for kind, value, number, *plain in rows.order_by().values_list("kind", "value").annotate(NumberOf("pk"), *added):
        cut = Cut(Kind(kind), value)
        lines[cut] = Line(cut, Figures(*plain[:5]), Count(*plain[5:]), number)
    return lines


def together(of_schools: Iterable[Iterable[Line]]) -> dict[Cut, Line]:
    """The lines of several schools, added up by cut."""
    found: dict[Cut, Line] = {}
    for line in (line for own in of_schools for line in own):
        found[line.cut] = found[line.cut].plus(line) if line.cut in found else line
    return found


def codes_of(counts: NDArray[np.integer]) -> dict[str, int]:
    """Sessions by code, of sums by byte."""
    return {BY_BYTE[byte].code: int(counts[byte]) for byte in np.flatnonzero(counts[:CODES]).tolist()}
