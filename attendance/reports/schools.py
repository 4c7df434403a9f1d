"""Reads for pages about schools, from the rollups: a query or two each, however many schools."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from attendance import cuts, matrix
from attendance.cuts import Kind
from attendance.matrix import Session
from attendance.models import SchoolYear
from attendance.rates import Figures, percentage
from attendance.reports import cuts as cut_reports
from schools.models import School

_NOTHING = Figures()


@dataclass(frozen=True, slots=True)
class SchoolFigures:
    """A school's (or several schools') academic year to the latest session loaded."""

    figures: Figures = _NOTHING
    enrolments: int = 0  # with at least one possible session: what persistent and severe are counted of
    persistent: int = 0
    severe: int = 0
    latest: Session | None = None  # the last session with a mark that counts; None: no register this year

    @property
    def persistent_pct(self) -> float | None:
        return percentage(self.persistent, self.enrolments)

    @property
    def severe_pct(self) -> float | None:
        return percentage(self.severe, self.enrolments)

    def __add__(self, other: SchoolFigures) -> SchoolFigures:
        return SchoolFigures(
            self.figures + other.figures,
            self.enrolments + other.enrolments,
            self.persistent + other.persistent,
            self.severe + other.severe,
            max((s for s in (self.latest, other.latest) if s), default=None),
        )


def school_figures(school_ids: Iterable[int], *, today: dt.date, latest: Mapping[int, Session] | None = None) -> dict[int, SchoolFigures]:
    """The year to date of each school; one without registers is there too, with nothing possible. Two queries, one if
    the latest sessions are given."""
    ids, year = list(school_ids), matrix.academic_year(today)
    latest = latest_sessions(ids, today=today) if latest is None else latest
    found = {pk: SchoolFigures(latest=latest.get(pk)) for pk in ids}
    for pk, own in cut_reports.lines(ids, year, [Kind.ALL]).items():
        found[pk] = SchoolFigures(own[0].figures, *own[0].count, latest.get(pk))
    return found


def figures_of(year: cut_reports.Year, school_ids: Iterable[int], latest: Mapping[int, Session]) -> dict[int, SchoolFigures]:
    """The same as `school_figures`, or of one cut, of a year that has been read week by week. No query."""
    found = {pk: SchoolFigures(latest=latest.get(pk)) for pk in school_ids}
    for pk, sums, (judged, persistent, severe) in zip(
        year.schools, cuts.figures_of_each(year.codes()), year.to_date().tolist(), strict=True
    ):
        if pk in found:
            found[pk] = SchoolFigures(sums, judged, persistent, severe, latest.get(pk))
    return found


def latest_sessions(school_ids: Iterable[int] | None, *, today: dt.date) -> dict[int, Session]:
    """The last session of the year with a mark that counts (None: of every school); schools that sent none are left out."""
    years = SchoolYear.objects.filter(year=matrix.academic_year(today), latest__isnull=False)
    if school_ids is not None:
        years = years.filter(school__in=list(school_ids))
    return {s: Session(day, pm) for s, day, pm in years.values_list("school", "latest", "latest_pm") if day}


@dataclass(frozen=True, slots=True)
class WeekPoint:
    """A school's week: counted marks of the sessions inside enrolments."""

    monday: dt.date
    figures: Figures
    enrolments: int  # with at least one possible session in the week
    codes: dict[str, int]  # sessions by code


def trends(school: School, years: Iterable[int]) -> dict[int, list[WeekPoint]]:
    """The weeks of each academic year in which the school has marks, in order. One query."""
    return {
        year: [_point(found, week) for week in found.weeks_with_marks()] for year, found in cut_reports.read([school.pk], years).items()
    }


def _point(year: cut_reports.Year, week: int) -> WeekPoint:
    counts = year.weeks[0, week]
    return WeekPoint(cuts.monday(year.year, week), cuts.figures_of(counts), int(counts[cuts.ENROLMENTS]), cut_reports.codes_of(counts))
