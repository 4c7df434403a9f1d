"""The authority's figures beside England's and its own of a year ago: the same for the page and for papers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
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


def mixed(rows: Sequence[SchoolOf], latest: dt.date, published: Comparators) -> Mixed | None:
    known: list[tuple[int, England]] = []
    for phase in School.Phase:
        possible = sum(row.year.figures.possible for row in rows if row.school.phase == phase)
        england = published.same_point(phase.value, latest)
        if possible and england:
            known.append((possible, england))
    if not known:
        return None
    weight = sum(possible for possible, _ in known)
    absence = sum(possible * england.absence_pct for possible, england in known) / weight
    some = known[0][1]
    return Mixed(
        float(absence),
        min(england.first for _, england in known),
        max(england.last for _, england in known),
        [england.phase for _, england in known],
        some.source,
    )


def measures(total: SchoolFigures, england: National | None, before: SamePoint | None, then: Mixed | None) -> list[Measure]:
    """Sessions beside last year's up to the same week. Who was persistently absent at that point is not kept week by week."""
    f = total.figures
    last = before.figures if before else None

    def sessions(name: str, key: str, mixed: float | None = None) -> Measure:
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
            mixed,
        )

    return [
        sessions("Attendance", "attendance", 100 - then.absence_pct if then else None),
        sessions("Absence", "absence", then.absence_pct if then else None),
        sessions("Authorised absence", "authorised"),
        sessions("Unauthorised absence", "unauthorised"),
        Measure(
            "Persistent absence",
            total.persistent_pct,
            total.persistent,
            total.enrolments,
            "enrolment",
            england.persistent_pct if england else None,
            None,
        ),
        Measure("Severe absence", total.severe_pct, total.severe, total.enrolments, "enrolment", None, None),
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
