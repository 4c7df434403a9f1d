"""A school's own figures beside the authority's, England's and the statistical neighbours', for a briefing.

Each is labelled as what it is: the school's and the authority's of this year so far, from registers; what is published at the same
point of last year, because no publication is of today. Rates are sums over sums; the neighbours are told as a range, never averaged.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from attendance.benchmarks.figures import Area
from attendance.reports import standing as standings
from attendance.reports.schools import SchoolFigures, school_figures
from attendance.reports.standing import Standing
from attendance.suppression import OTHER_SCHOOLS
from schools.models import Authority, PolicyValue, School

MEASURES = {"attendance": "Attendance", "unauthorised": "Unauthorised absence", "persistent": "Persistent absence"}
PUBLISHED = ("primary", "secondary", "special")  # phases that DfE publishes through the year


@dataclass(frozen=True, slots=True)
class Range:
    """The lowest and the highest of some authorities, and how many of them have a figure."""

    low: float
    high: float
    of: int


@dataclass(frozen=True, slots=True)
class Line:
    """One measure. Percentages, unrounded; None: not known, or not published."""

    name: str
    value: float | None
    part: int
    whole: int
    unit: str
    authority: float | None
    england: float | None
    neighbours: Range | None
    few: bool = False  # so few pupils that an e-mail gives no number of them
    few_schools: bool = False  # so few in the authority's figure that a school would learn another's from it: it is None


@dataclass(frozen=True, slots=True)
class Beside:
    lines: Sequence[Line]
    latest: dt.date | None  # the last day in the school's registers; None: none this year
    phase: str  # in words, of the authority's schools that stand beside
    schools: int  # how many of them have registers
    then: tuple[dt.date, dt.date] | None  # from when to when the published figures are
    why_none: str  # why no neighbours stand beside, in words; "" where some do


class Figures:
    """Figures of the authority's open schools on one day, read once. Four queries, and three for each phase that is published."""

    def __init__(self, *, today: dt.date, authority: Authority) -> None:
        self.authority = authority
        self.schools = {school.pk: school for school in School.objects.open_on(today).order_by("sort_name")}
        self.by_school = school_figures(self.schools, today=today)
        self.least = PolicyValue.objects.in_force(today)["publish_least"]
        self._of_phase: dict[str, tuple[SchoolFigures, int]] = {}
        self._published: dict[str, Standing] = {}
        self._areas: Mapping[str, Area] | None = None

    def of(self, school: School) -> Beside:
        own = self.by_school.get(school.pk, SchoolFigures())
        total, schools = self._phase(school.phase)
        published = self._standing(school.phase, total)
        then = published.england.then if published else None
        lines = [self._line(measure, own, total if schools > OTHER_SCHOOLS else None, published) for measure in MEASURES]
        return Beside(
            lines,
            own.latest.date if own.latest else None,
            f"{school.get_phase_display().lower()} schools",
            schools,
            (then.first, then.last) if then else None,
            published.why_none if published else "",
        )

    def _line(self, measure: str, own: SchoolFigures, total: SchoolFigures | None, published: Standing | None) -> Line:
        value, part, whole = _own(measure, own)
        unit = "enrolment" if measure == "persistent" else "session"
        few = measure == "persistent" and any(0 < number < self.least for number in (part, whole - part))
        england = neighbours = None
        if published:
            england = _value(published.england, measure)
            known = sorted(value for line in published.others if (value := _value(line, measure)) is not None)
            neighbours = Range(known[0], known[-1], len(known)) if len(known) > 1 else None
        together = _own(measure, total)[0] if total else None
        return Line(MEASURES[measure], value, part, whole, unit, together, england, neighbours, few, total is None)

    def _phase(self, phase: str) -> tuple[SchoolFigures, int]:
        if phase not in self._of_phase:
            those = [self.by_school[pk] for pk, school in self.schools.items() if school.phase == phase and not school.independent]
            self._of_phase[phase] = sum(those, SchoolFigures()), sum(one.latest is not None for one in those)
        return self._of_phase[phase]

    def _standing(self, phase: str, total: SchoolFigures) -> Standing | None:
        """What is published of the phase at the point of last year that our own registers have reached of this one."""
        if phase not in PUBLISHED or total.latest is None:
            return None
        if phase not in self._published:
            if self._areas is None:
                self._areas = standings.places()
            self._published[phase] = standings.standing(
                self.authority.la_code, measure="attendance", phase=phase, day=total.latest.date, among=self._areas
            )
        return self._published[phase]


def _own(measure: str, found: SchoolFigures) -> tuple[float | None, int, int]:
    f = found.figures
    if measure == "persistent":
        return found.persistent_pct, found.persistent, found.enrolments
    part = f.attended if measure == "attendance" else f.unauthorised
    return getattr(f, f"{measure}_pct"), part, f.possible


def _value(beside: standings.Beside, measure: str) -> float | None:
    value = beside.then.value(measure) if beside.then else None
    return None if value is None else float(value)
