"""Published figures as values, and what DfE's publications leave to be worked out: the period of each. Pure.

An area goes by DfE's three-digit number: an authority's own, 981 to 990 for a region, 970 for England.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from attendance.codes import BY_CODE, Class
from attendance.matrix import academic_year
from attendance.rates import Figures

ENGLAND = "970"
PHASES = {"all": "All three phases", "primary": "Primary", "secondary": "Secondary", "special": "Special"}
MEASURES = {
    "attendance": "Attendance",
    "absence": "Absence",
    "authorised": "Authorised absence",
    "unauthorised": "Unauthorised absence",
    "persistent": "Persistent absence",
    "severe": "Severe absence",
}
HELD = ("absence", "authorised", "unauthorised", "persistent", "severe")  # attendance is what is left of 100
YEAR = dt.timedelta(weeks=52)  # from a day to the same weekday of the same school week a year on

YEAR_TO_DATE, WHOLE_YEAR = "year_to_date", "whole_year"
SOURCES = {
    YEAR_TO_DATE: "Department for Education, Pupil attendance in schools",
    WHOLE_YEAR: "Department for Education, Pupil absence in schools, from the Local authority interactive tool",
}
LICENCE = "Open Government Licence v3.0"


@dataclass(frozen=True, slots=True)
class Area:
    code: str
    name: str
    region: str  # the number of its region; "" for England, regions, and where it is not known


@dataclass(frozen=True, slots=True)
class Figure:
    """What was published of one area and phase: percentages of possible sessions, of enrolments for persistent and severe.

    None: not published, or suppressed (few pupils); never 0 in its place.
    """

    kind: str  # year to date as it stood on `published`, or a whole year's final statistics
    area: str
    phase: str
    year: int  # in which the academic year began
    published: dt.date | None  # None: the file does not say
    absence: Decimal | None = None
    authorised: Decimal | None = None
    unauthorised: Decimal | None = None
    persistent: Decimal | None = None
    severe: Decimal | None = None
    summed: bool = False  # worked out from the published counts of shorter periods

    @property
    def key(self) -> tuple[str, str, str, int, dt.date | None]:
        return self.kind, self.area, self.phase, self.year, self.published

    def value(self, measure: str) -> Decimal | None:
        """The percentage; attendance and, where it is not in the file, authorised absence by what makes up a whole."""
        if measure == "attendance":
            return None if self.absence is None else 100 - self.absence
        if measure == "authorised" and self.authorised is None and self.absence is not None and self.unauthorised is not None:
            return self.absence - self.unauthorised
        held: Decimal | None = getattr(self, measure)
        return held

    @property
    def first(self) -> dt.date:
        return first_day(self.year) if self.kind == YEAR_TO_DATE else dt.date(self.year, 9, 1)

    @property
    def last(self) -> dt.date:
        end = dt.date(self.year + 1, 7, 31)
        if self.kind != YEAR_TO_DATE or self.published is None:
            return end
        return min(last_day(self.published), end)

    @property
    def whole(self) -> bool:
        """Does it tell of the school year to its end?"""
        return self.kind == WHOLE_YEAR or self.last >= dt.date(self.year + 1, 7, 1)

    @property
    def source(self) -> str:
        if self.published is None:
            return f"{SOURCES[self.kind]}, {LICENCE}"
        return f"{SOURCES[self.kind]} (published {self.published.day} {self.published:%B %Y}), {LICENCE}"


def first_day(year: int) -> dt.date:
    """The day from which DfE's year to date runs: the second Monday of September, as in 2022/23 to 2025/26."""
    return dt.date(year, 9, 8) + dt.timedelta(days=-dt.date(year, 9, 8).weekday() % 7)


@lru_cache(maxsize=1024)
def last_day(published: dt.date) -> dt.date:
    """The last day of registers in a publication: the last Friday at least 12 days before; over Christmas, the last before 24 December.

    The publication of 23 July 2026 says 10 July 2026, and the numbers of sessions between publications agree.
    """
    latest = published - dt.timedelta(days=12)
    friday = latest - dt.timedelta(days=(latest.weekday() - 4) % 7)
    if friday.month == 12 and friday.day >= 24:
        return friday - dt.timedelta(days=7 if friday.day < 31 else 14)
    return friday


def at_same_point(figures: Iterable[Figure], day: dt.date) -> Figure | None:
    """Of one area's and phase's year to date: last year's as it stood at the point that `day` is of this one, or the nearest before."""
    before = academic_year(day) - 1
    reached = [f for f in figures if f.kind == YEAR_TO_DATE and f.year == before and f.last <= day - YEAR]
    return max(reached, key=lambda f: (f.last, f.published or dt.date.min), default=None)


def latest(figures: Iterable[Figure], measure: str) -> Figure | None:
    """The newest that says something of a measure, else None."""
    known = [f for f in figures if f.value(measure) is not None]
    return max(known, key=lambda f: (f.last, f.published or dt.date.min), default=None)


def of_codes(present: int, by_code: Mapping[str, int]) -> Figures:
    """What our own classification makes of DfE's counts of sessions by code. `present`: morning and afternoon together.

    By what a code means: DfE's files go on counting the few sessions of codes that were retired in 2024 (H, J).
    """
    of_class = {klass: sum(n for code, n in by_code.items() if BY_CODE[code].klass == klass) for klass in Class}
    attended = present + of_class[Class.ATTENDING] + of_class[Class.ELSEWHERE]
    authorised, unauthorised = of_class[Class.AUTHORISED], of_class[Class.UNAUTHORISED]
    late = by_code.get("L", 0) + by_code.get("U", 0)
    return Figures(attended + authorised + unauthorised, attended, authorised, unauthorised, late)
