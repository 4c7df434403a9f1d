"""Persistent and severe absence by cohort, enrolment by enrolment as DfE counts: sums over schools (attendance.cuts).

One rule for pages, files and papers. An enrolment belongs to the cohorts its pupil was in on the day of its school's latest session.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from attendance.cuts import WHOLE, Cut, Kind
from attendance.rates import Figures, percentage
from attendance.reports import cuts as cut_reports
from attendance.reports.cuts import Line
from schools.models import Characteristic


@dataclass(frozen=True, slots=True)
class Cohort:
    """Enrolments of pupils of whom something was true when their school's registers ended. `kind` "" is everybody."""

    kind: str
    name: str
    enrolments: int  # with at least one possible session this year
    persistent: int
    severe: int
    figures: Figures = field(default=Figures(), compare=False)

    @property
    def persistent_pct(self) -> float | None:
        return percentage(self.persistent, self.enrolments)

    @property
    def severe_pct(self) -> float | None:
        return percentage(self.severe, self.enrolments)


EVERYBODY = "All pupils"


def of_schools(schools: Collection[int], year: int) -> tuple[Cohort, list[Cohort]]:
    """Everybody, and each cohort that has anybody in it, the most persistently absent first. One query."""
    return of_lines(cut_reports.sums(schools, year, [Kind.ALL, Kind.COHORT]))


def of_lines(lines: Mapping[Cut, Line]) -> tuple[Cohort, list[Cohort]]:
    everybody = _cohort("", EVERYBODY, lines.get(WHOLE))
    cohorts = [_cohort(kind.value, kind.label, lines.get(Cut(Kind.COHORT, kind.value))) for kind in Characteristic.Kind]
    return everybody, most_absent_first(cohort for cohort in cohorts if cohort.enrolments)


def most_absent_first(cohorts: Iterable[Cohort]) -> list[Cohort]:
    return sorted(cohorts, key=lambda cohort: -(cohort.persistent_pct or 0))


def _cohort(kind: str, name: str, line: Line | None) -> Cohort:
    return Cohort(kind, name, *line.count, line.figures) if line else Cohort(kind, name, 0, 0, 0)
