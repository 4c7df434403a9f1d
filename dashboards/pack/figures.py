"""The school's figures in a pack: beside its own of a year ago and of last term, its phase here and England; as a table and drawn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from attendance.measures.judged import Count
from attendance.rates import Figures, apart
from attendance.reports.cuts import Line, OfSchool
from attendance.reports.national import YEAR
from attendance.reports.periods import Sums
from attendance.reports.schools import SchoolFigures
from attendance.tables import Share
from dashboards import charts, trends
from dashboards.charts import Chart, Dots
from dashboards.comparison import Mixed
from dashboards.pack import rules
from schools.calendar import monday_of

_SESSIONS = (
    ("Attendance", "attended", "attendance"),
    ("Absence", "absent", "absence"),
    ("Authorised absence", "authorised", "authorised"),
    ("Unauthorised absence", "unauthorised", "unauthorised"),
)
_ENROLMENTS = (("Persistent absence", "persistent"), ("Severe absence", "severe"))


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of the school, so many of so many, beside others. None: not known, or not to be shown."""

    name: str
    own: Share | None
    before: Share | None  # the same weeks of last year
    term: Share | None  # last term, the whole of it
    peers: Share | None  # the authority's schools of the phase together, this year to date
    england: float | None  # at the same point of last year

    @property
    def words(self) -> str:
        """How far from England."""
        points = apart(self.england, self.own.pct if self.own else None)
        if points is None:
            return ""
        return f"{abs(points):.1f} points {'above' if points > 0 else 'below'} England" if points else "the same as England"


def measures(year: SchoolFigures, before: Sums | None, term: Sums | None, peers: Line | None, then: Mixed | None) -> list[Measure]:
    own = Sums(year.figures, Count(year.enrolments, year.persistent, year.severe))
    beside = Sums(peers.figures, peers.count) if peers else None
    found = [
        Measure(name, *(_sessions(each, part) for each in (own, before, term, beside)), then.value(published) if then else None)
        for name, part, published in _SESSIONS
    ]
    return found + [Measure(name, *(_enrolments(each, part) for each in (own, before, term, beside)), None) for name, part in _ENROLMENTS]


def _sessions(sums: Sums | None, part: str) -> Share | None:
    return Share(getattr(sums.figures, part), sums.figures.possible, "session") if sums and sums.figures.possible else None


def _enrolments(sums: Sums | None, part: str) -> Share | None:
    return Share(getattr(sums.count, part), sums.count.judged, "enrolment") if sums and sums.count and sums.count.judged else None


_MARKS = ("A full dot", "a ring", "a diamond")


def drawn(found: Sequence[Measure], phase: str, weeks: OfSchool, year: int, reach: dt.date | None) -> list[Chart]:
    """The figures side by side, and absence week by week up to where the registers reach: of last year the same weeks."""
    shown = [measure for measure in found if measure.name != "Attendance" and measure.own is not None]
    series = {
        "This school": [_pct(m.own) for m in shown],
        f"The authority’s {phase} schools": [_pct(m.peers) for m in shown],
        "England, same point of last year": [m.england for m in shown],
    }
    known = {name: values for name, values in series.items() if any(value is not None for value in values)}
    rows = [Dots(m.name, values, strong=m.name == "Absence") for m, values in zip(shown, zip(*known.values(), strict=True), strict=True)]
    beside = charts.dot_chart("pack-beside", "Absence this school year, beside others", list(known), rows)
    if beside:
        said = "; ".join(f"{mark}: {name[0].lower()}{name[1:]}" for mark, name in zip(_MARKS, known, strict=False))
        beside = replace(beside, note=f"{said.replace('england', 'England')}. The scale need not begin at 0.")
    upto = {y: monday_of(reach) - (year - y) * YEAR for y in weeks.weeks} if reach else {}
    trend = (
        trends.trend({y: [w for w in trends.weeks(of) if w.monday <= upto[y]] for y, of in weeks.weeks.items()}, year) if reach else None
    )
    return [chart for chart in (beside, trend) if chart]


def _pct(share: Share | None) -> float | None:
    return share.pct if share else None


def cohorts(groups: Mapping[str, Sequence[Mapping[str, object]]]) -> list[rules.Cohort]:
    """A school's cohorts and year groups, as its page has them, with the same of its phase."""
    found = []
    for line in (*groups["cohorts"], *groups["year_groups"]):
        own, of_phase = line["cohort"], line["phase"]
        peers: Figures | None = of_phase.figures if of_phase is not None else None  # type: ignore[attr-defined]
        found.append(rules.Cohort(own.name, own.enrolments, own.figures, peers))  # type: ignore[attr-defined]
    return found
