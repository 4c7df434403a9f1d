"""Reads that span models, for pages: all from rollups or by arrays, a few queries each."""

from attendance.reports.national import National, national
from attendance.reports.pupils import (
    Cell,
    Change,
    Grid,
    GridDay,
    GridWeek,
    OutsideMark,
    at_risk,
    mark_history,
    outside_enrolment,
    register_grid,
    register_grids,
)
from attendance.reports.schools import (
    CoverageDay,
    SchoolFigures,
    WeekPoint,
    coverage,
    last_open_day,
    latest_sessions,
    phase_figures,
    school_figures,
    trend,
    trends,
)

__all__ = [
    "Cell",
    "Change",
    "CoverageDay",
    "Grid",
    "GridDay",
    "GridWeek",
    "National",
    "OutsideMark",
    "SchoolFigures",
    "WeekPoint",
    "at_risk",
    "coverage",
    "last_open_day",
    "latest_sessions",
    "mark_history",
    "national",
    "outside_enrolment",
    "phase_figures",
    "register_grid",
    "register_grids",
    "school_figures",
    "trend",
    "trends",
]
