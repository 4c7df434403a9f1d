"""Figures of a standard period from the schools' rollups, in groups, beside the same point of last year.

One query for any number of schools; no register is read. What rollups do not keep is None, never nought: persistent and severe absence
of one half of a term, or of ten weeks of last year.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from django.db.models import QuerySet
from numpy.typing import NDArray

from attendance import cuts
from attendance.cuts import CODES, JUDGED, WEEKS, WHOLE, Cut, Kind
from attendance.matrix import year_start
from attendance.measures.judged import Count
from attendance.models import SchoolCut, SchoolYear
from attendance.periods import YEAR, Key, Period, Spans, of_school
from attendance.rates import Figures
from attendance.reports.cuts import Year, codes_of
from schools.calendar import Span, monday_of


@dataclass(frozen=True, slots=True)
class Sums:
    """Sessions of some enrolments in a period, and how many of them are persistently and severely absent (None: not kept)."""

    figures: Figures = field(default_factory=Figures)
    count: Count | None = None
    codes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """One group. `key`: of the group of schools, `value`: of the cut of enrolments; either may be "" """

    key: str
    value: str
    now: Sums
    then: Sums | None  # None: no registers of the same point of last year
    schools: int  # with a possible session in the period


@dataclass(frozen=True, slots=True)
class Reach:
    """What is known of each school before any figure is read: to which day its registers reach, and its own periods."""

    latest: Mapping[int, dt.date]
    spans: Mapping[int, Spans]


def reach(schools: Collection[int], period: Period) -> Reach:
    """Two queries, or one for a period of no calendar of its own."""
    years = SchoolYear.objects.filter(school__in=schools, year=period.year, latest__isnull=False)
    latest = {school: day for school, day in years.values_list("school", "latest") if day}
    own: dict[tuple[int, int], dict[str, tuple[dt.date, dt.date]]] = {}
    if period.own or period.key.startswith("dfe_"):
        kept = SchoolCut.objects.filter(school__in=schools, year__in=(period.year - 1, period.year), kind=WHOLE.kind, value="")
        for school, year, periods in kept.values_list("school_id", "year", "periods"):
            own[school, year] = {key: (_day(said[0]), _day(said[1])) for key, said in periods.items()}
    spans = {
        school: of_school(period, latest.get(school), own.get((school, period.year), {}), own.get((school, period.year - 1), {}))
        for school in schools
    }
    return Reach(latest, spans)


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def lines(
    schools: Collection[int],
    period: Period,
    known: Reach,
    *,
    kind: Kind = Kind.ALL,
    value: str | None = "",
    keys: Mapping[int, Sequence[str]],
) -> list[Line]:
    """`kind` and `value`: the cut that is read; no value (None): every cut of the kind, each a group. `keys`: the groups of a school.

    One query, and another where some have not been read lately: rows are never changed, only put in place of others under new ids
    (attendance.rollups), so what was made of an id stands.
    """
    rows = SchoolCut.objects.filter(school__any_of=list(schools), year__in=(period.year - 1, period.year), kind=kind)
    if value is not None:
        rows = rows.filter(value=value)
    made = None
    while made is None:
        wanted = _wanted(rows, period, known)
        made = _make([part for part, _, _ in wanted])
    groups: dict[tuple[str, str], tuple[_Adding, _Adding]] = {}
    for (part, school, its), one in zip(wanted, made, strict=True):
        for key in keys.get(school, ()):
            of_group = groups.setdefault((key, its if value is None else ""), (_Adding(), _Adding()))
            of_group[not part.now].add(one)
    return [
        Line(key, its, now.sums(), then.sums() if then.schools else None, now.schools) for (key, its), (now, then) in sorted(groups.items())
    ]


def _wanted(rows: QuerySet[SchoolCut], period: Period, known: Reach) -> list[tuple[_Part, int, str]]:
    """The rows with the part of each that is asked for, their schools and values."""
    found = []
    for pk, school, year, its in rows.values_list("pk", "school_id", "year", "value"):
        spans = known.spans[school]
        now = year == period.year
        if span := spans.now if now else spans.then:
            found.append((_Part(pk, year, span, period.key, None if now else spans.full, now), school, its))
    return found


class _Part(NamedTuple):
    """A period of one row of SchoolCut."""

    pk: int
    year: int
    span: Span
    key: str
    full: Span | None  # of last year: the whole period
    now: bool


class _Made(NamedTuple):
    codes: NDArray[np.uint32]
    counted: Count | None
    any: bool  # has it a possible session, or anybody judged?


_MOST = 40_000  # of the largest authority's cuts: every year group and cohort, this year and last; 0.4 kB each
_made: dict[_Part, _Made] = {}  # in the order in which they were made


def _make(parts: list[_Part]) -> list[_Made] | None:
    """Each of these, from what is known or anew; the oldest are forgotten when there are too many. No query where all are known.

    None: a load has put another in the place of one of them since they were named.
    """
    found = {part: _made.get(part) for part in parts}
    missing = {part.pk: part for part, made in found.items() if made is None}
    if not missing:
        return [made for made in found.values() if made]
    packed = SchoolCut.objects.filter(pk__any_of=list(missing)).values_list("pk", "weeks", "periods")
    for pk, weeks, periods in packed.iterator(chunk_size=_AT_ONCE):
        part = missing[pk]
        table = cuts.unpack(bytes(weeks))
        codes = _codes(table, part.year, part.span, part.key)
        count = _count(table, part.year, part.span, part.key, periods, full=part.full, codes=codes, now=part.now)
        _made[part] = found[part] = _Made(codes.astype(np.uint32), count, bool(codes[cuts.POSSIBLE].any()) or bool(count and count.judged))
    for oldest in list(_made)[: max(len(_made) - max(_MOST, len(parts)), 0)]:
        _made.pop(oldest, None)
    known = [made for made in found.values() if made]
    return known if len(known) == len(parts) else None


_AT_ONCE = 500  # rows: unpacked, one is 15 kB


class _Adding:
    """Sums in the making."""

    def __init__(self) -> None:
        self.codes: list[NDArray[np.uint32]] = []
        self.count: Count | None = Count()
        self.schools = 0

    def add(self, made: _Made) -> None:
        self.codes.append(made.codes)
        if made.any:
            self.schools += 1
            self.count = self.count.plus(made.counted) if self.count is not None and made.counted is not None else None

    def sums(self) -> Sums:
        codes: NDArray[np.int64] = np.array(self.codes, np.int64).reshape(-1, CODES).sum(axis=0)
        return Sums(cuts.figures_of(codes), self.count, codes_of(codes))


def _weeks(year: int, span: Span, key: str) -> tuple[int, int]:
    """Rows of the table, both inclusive. The week of New Year is the spring's: nobody has school in its days of December."""
    first, last = cuts.week_of(year, span.first), cuts.week_of(year, span.last)
    if key.startswith("dfe_"):
        first += span.first.weekday() > 4
        last -= (span.last.month, span.last.day) == (12, 31) and span.last.weekday() < 4
    return max(first, 0), min(last, WEEKS - 1)


def _codes(weeks: NDArray[np.uint32], year: int, span: Span, key: str) -> NDArray[np.int64]:
    first, last = _weeks(year, span, key)
    return weeks[first : last + 1, :CODES].sum(axis=0, dtype=np.int64)


def _count(
    weeks: NDArray[np.uint32],
    year: int,
    span: Span,
    key: str,
    periods: Mapping[str, Sequence[str | int]],
    *,
    full: Span | None,
    codes: NDArray[np.int64],
    now: bool,
) -> Count | None:
    """Persistent and severe absence: of the year to the end of the last week, or of the period."""
    if key in (Key.YEAR, Key.WEEK):
        last = _weeks(year, span, key)[1]
        return Count(*(int(n) for n in weeks[last, JUDGED:]))
    kept = key in periods and (now or (full is not None and np.array_equal(codes, _codes(weeks, year, full, key))))
    if kept:
        return Count(*(int(n) for n in periods[key][2:5]))
    return None if codes[cuts.POSSIBLE].any() else Count()


def together(found: Iterable[Line]) -> Line:
    """Lines that share no enrolment, added up."""
    every = list(found)
    now, then = (_add(each) for each in ([line.now for line in every], [line.then for line in every if line.then]))
    return Line("", "", now, then if any(line.then for line in every) else None, sum(line.schools for line in every))


def before(last_year: Year, reach: dt.date) -> Sums | None:
    """One school's last year up to the week that its registers reach this year; None without a possible session there."""
    return _of_weeks(last_year, year_start(last_year.year), monday_of(reach) - YEAR)


def of_dfe_term(of_year: Year, number: int) -> Sums | None:
    """One school's DfE term: 1 autumn, 2 spring, 3 summer. None without a possible session in it."""
    period = cuts.dfe_periods(of_year.year)[number - 1]
    if not of_year.schools:
        return None
    codes = _codes(of_year.weeks[0], of_year.year, Span(period.first, period.last), period.key)
    if not codes[cuts.POSSIBLE].any():
        return None
    kept = of_year.periods[0].get(period.key)
    return Sums(cuts.figures_of(codes), Count(*(int(n) for n in kept[2:5])) if kept else None, codes_of(codes))


def _of_weeks(of_year: Year, first: dt.date, last: dt.date) -> Sums | None:
    low, high = max(cuts.week_of(of_year.year, first), 0), min(cuts.week_of(of_year.year, last), WEEKS - 1)
    codes = of_year.codes(low, high).sum(axis=0)
    if not codes[cuts.POSSIBLE].any():
        return None
    return Sums(cuts.figures_of(codes), Count(*of_year.to_date(high)[0].tolist()), codes_of(codes))


def _add(some: list[Sums]) -> Sums:
    codes: dict[str, int] = {}
    count: Count | None = Count()
    figures = Figures()
    for one in some:
        figures += one.figures
        count = count.plus(one.count) if count is not None and one.count is not None else None
        for code, number in one.codes.items():
            codes[code] = codes.get(code, 0) + number
    return Sums(figures, count, codes)


def by_code(whole: Line) -> list[Line]:
    """A line a code, of all possible sessions: its sessions stand where others have those missed."""
    codes = sorted({*whole.now.codes, *(whole.then.codes if whole.then else ())})
    return [Line("", code, _of_code(whole.now, code), _of_code(whole.then, code) if whole.then else None, whole.schools) for code in codes]


def _of_code(sums: Sums, code: str) -> Sums:
    return replace(sums, codes={code: sums.codes.get(code, 0)}, count=None)


__all__ = ["Cut", "Line", "Reach", "Sums", "by_code", "lines", "reach", "together"]
