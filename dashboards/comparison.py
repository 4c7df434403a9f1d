"""The authority's figures beside England's and its own of a year ago: the same for the page and for papers."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from attendance.rag import England
from attendance.reports.national import Comparators, National
from attendance.reports.schools import SchoolFigures
from dashboards.numbers import Number, list_of
from dashboards.trends import SamePoint
from schools.models import School


class SchoolOf(Protocol):
    """A school with figures of its year."""

    @property
    def school(self) -> School: ...
    @property
    def year(self) -> SchoolFigures: ...


@dataclass(frozen=True, slots=True)
class Measure:
    """One headline figure of the authority beside England's and its own of a year ago. Percentages, unrounded."""

    name: str
    value: float | None
    part: int
    whole: int
    unit: str
    england: float | None  # of the whole of last school year; None: not published
    before: float | None  # at the same point of last year; None: not known
    before_part: int | None = None
    before_whole: int | None = None
    mixed: float | None = None  # England at the same point of last year, phases mixed as here; None: not published


@dataclass(frozen=True, slots=True)
class Mixed:
    """England at the same point of last year, its phases weighed by this authority's own sessions in them."""

    absence_pct: float
    first: dt.date
    last: dt.date
    phases: list[str]  # those England publishes through the year
    source: str
    unauthorised_pct: float | None = None  # None: not published of one of these phases

    @property
    def attendance_pct(self) -> float:
        return 100 - self.absence_pct

    def value(self, measure: str) -> float | None:
        """Attendance and authorised absence follow from the two that are published."""
        if measure == "attendance":
            return self.attendance_pct
        if measure == "absence":
            return self.absence_pct
        if self.unauthorised_pct is None:
            return None
        return self.unauthorised_pct if measure == "unauthorised" else self.absence_pct - self.unauthorised_pct


def weights(rows: Sequence[SchoolOf]) -> dict[str, int]:
    """Possible sessions of these schools by phase."""
    found: Counter[str] = Counter()
    for row in rows:
        found[row.school.phase] += row.year.figures.possible
    return {phase: possible for phase, possible in found.items() if possible}


def mixed(rows: Sequence[SchoolOf], latest: dt.date, published: Comparators) -> Mixed | None:
    """None where none of these schools is of a phase that England publishes through the year."""
    known: list[tuple[int, England, Decimal | None]] = []
    of_phase = weights(rows)
    for phase in School.Phase:
        england, figure = published.same_point(phase.value, latest), published.figure_then(phase.value, latest)
        if phase.value in of_phase and england and figure:
            known.append((of_phase[phase.value], england, figure.value("unauthorised")))
    if not known:
        return None
    weight = sum(possible for possible, _, _ in known)
    absence = sum(possible * england.absence_pct for possible, england, _ in known) / weight
    unauthorised = [possible * pct for possible, _, pct in known if pct is not None]
    return Mixed(
        float(absence),
        min(england.first for _, england, _ in known),
        max(england.last for _, england, _ in known),
        [england.phase for _, england, _ in known],
        known[0][1].source,
        float(sum(unauthorised) / weight) if len(unauthorised) == len(known) else None,
    )


def through_the_year(rows: Sequence[SchoolOf], published: Comparators, year: int) -> list[tuple[dt.date, float]]:
    """England's absence to date as it was published through an academic year, mixed as these schools' sessions are: by the
    last day of each publication that tells of every phase there is a figure for."""
    of_phase = {phase: possible for phase, possible in weights(rows).items() if published.through_the_year(phase, year)}
    by_day: dict[dt.date, dict[str, Decimal]] = defaultdict(dict)
    for phase in of_phase:
        for england in published.through_the_year(phase, year):
            by_day[england.last][phase] = england.absence_pct
    weight = sum(of_phase.values())
    return [
        (day, float(sum(of_phase[phase] * pct for phase, pct in found.items()) / weight))
        for day, found in sorted(by_day.items())
        if found.keys() == of_phase.keys()
    ]


def measures(
    total: SchoolFigures, england: National | None, before: SamePoint | None, then: Mixed | None, *, enrolments_before: bool = False
) -> list[Measure]:
    """Beside last year's up to the same week. `enrolments_before`: persistent and severe absence too, which papers for
    publication leave out: what is kept back of this year's counts says nothing of last year's.
    """
    f = total.figures
    last = before.figures if before else None
    count = before.count if before and enrolments_before and before.count.judged else None

    def sessions(name: str, key: str) -> Measure:
        return Measure(
            name,
            getattr(f, f"{key}_pct"),
            getattr(f, _PART[key]),
            f.possible,
            "session",
            getattr(england, f"{key}_pct") if england else None,
            getattr(last, f"{key}_pct") if last else None,
            getattr(last, _PART[key]) if last else None,
            last.possible if last else None,
            then.value(key) if then else None,
        )

    def enrolments(name: str, value: float | None, part: int, whole_year: float | None, part_before: int | None) -> Measure:
        whole_before = count.judged if count else None
        share = 100 * part_before / whole_before if part_before is not None and whole_before else None
        return Measure(name, value, part, total.enrolments, "enrolment", whole_year, share, part_before, whole_before)

    persistent, severe = (count.persistent, count.severe) if count else (None, None)
    return [
        sessions("Attendance", "attendance"),
        sessions("Absence", "absence"),
        sessions("Authorised absence", "authorised"),
        sessions("Unauthorised absence", "unauthorised"),
        enrolments("Persistent absence", total.persistent_pct, total.persistent, england.persistent_pct if england else None, persistent),
        enrolments("Severe absence", total.severe_pct, total.severe, None, severe),
    ]


_PART = {"attendance": "attended", "absence": "absent", "authorised": "authorised", "unauthorised": "unauthorised"}


def phases(rows: Sequence[SchoolOf], latest: dt.date | None, known: Comparators) -> list[dict[str, Any]]:
    """Figures by phase beside England's; sums of sessions, never averages of percentages."""
    found = []
    for place, phase in enumerate(School.Phase):
        those = [row for row in rows if row.school.phase == phase]
        if those:
            total = sum((row.year for row in those), SchoolFigures())
            address = list_of("school_list", phase=phase.value)
            then = known.same_point(phase.value, latest) if latest else None
            found.append(
                {
                    "phase": phase,
                    "place": place,
                    "schools": Number(len(those), "school", address),
                    "address": address,
                    "year": total,
                    "england": known.national(phase.value),
                    "then": 100 - float(then.absence_pct) if then else None,
                }
            )
    return found
