"""Reads of the schools' years by cut: one query, then sums of whole arrays. Add counts of schools; never average their rates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attendance import cuts
from attendance.codes import BY_BYTE
from attendance.cuts import CODES, JUDGED, WEEKS, WHOLE, WIDTH, Cut, Kind
from attendance.measures.judged import Count
from attendance.models import SchoolCut
from attendance.rates import Figures


@dataclass(frozen=True, slots=True)
class Year:
    """One cut of several schools' academic year. Row i of `weeks` (schools, WEEKS, WIDTH) and `periods` is `schools[i]`'s."""

    year: int
    schools: list[int]
    weeks: NDArray[np.uint32]
    periods: list[Mapping[str, tuple[str, str, int, int, int]]]

    def rows_of(self, schools: Collection[int]) -> NDArray[np.intp]:
        return np.flatnonzero(np.isin(self.schools, list(schools)))

    def some(self, rows: NDArray[np.intp]) -> Year:
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
    """By academic year, schools in order of their ids; a school without registers in the year, or with nobody in the cut, is left out."""
    wanted = list(years)
    found: dict[int, list[tuple[int, NDArray[np.uint32], dict[str, tuple[str, str, int, int, int]]]]] = {year: [] for year in wanted}
    rows = SchoolCut.objects.filter(school__any_of=list(schools), year__in=wanted, kind=cut.kind, value=cut.value).order_by("school_id")
    for year, school, weeks, periods in rows.values_list("year", "school_id", "weeks", "periods"):
        found[year].append((school, cuts.unpack(bytes(weeks)), periods))
    empty = np.zeros((0, WEEKS, WIDTH), np.uint32)
    return {
        year: Year(year, [s for s, _, _ in own], np.stack([w for _, w, _ in own]) if own else empty, [p for _, _, p in own])
        for year, own in found.items()
    }


def any_marks(schools: Iterable[int], year: int, first: dt.date, last: dt.date) -> bool:
    """Has any of these schools a counted mark in a week that lies, in part at least, between these days of the year?"""
    found = read(schools, [year])[year]
    return bool(found.codes(max(cuts.week_of(year, first), 0), min(cuts.week_of(year, last), WEEKS - 1)).any())


@dataclass(frozen=True, slots=True)
class Line:
    """One cut of one school's year to the latest session, or of several: the plain numbers."""

    cut: Cut
    figures: Figures
    count: Count

    def plus(self, other: Line) -> Line:
        return Line(self.cut, self.figures + other.figures, self.count.plus(other.count))


_PLAIN = ("possible", "attended", "authorised", "unauthorised", "late", "judged", "persistent", "severe")


def lines(schools: Iterable[int], year: int, kinds: Iterable[Kind]) -> dict[int, list[Line]]:
    """By school, the year to date of each cut of these kinds that has anybody in it. One query; nothing is unpacked."""
    rows = SchoolCut.objects.filter(school__any_of=list(schools), year=year, kind__in=[kind.value for kind in kinds])
    found: dict[int, list[Line]] = {}
    for school, kind, value, *plain in rows.order_by("school_id", "kind", "value").values_list("school_id", "kind", "value", *_PLAIN):
        line = Line(Cut(Kind(kind), value), Figures(*plain[:5]), Count(*plain[5:]))
        found.setdefault(school, []).append(line)
    return found


def together(of_schools: Iterable[Iterable[Line]]) -> dict[Cut, Line]:
    """The lines of several schools, added up by cut."""
    found: dict[Cut, Line] = {}
    for line in (line for own in of_schools for line in own):
        found[line.cut] = found[line.cut].plus(line) if line.cut in found else line
    return found


def codes_of(counts: NDArray[np.integer]) -> dict[str, int]:
    """Sessions by code, of sums by byte."""
    return {BY_BYTE[byte].code: int(counts[byte]) for byte in np.flatnonzero(counts[:CODES]).tolist()}
