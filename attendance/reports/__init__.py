"""Reads that span models, for pages: all from rollups or by arrays, a few queries each."""

from attendance.reports.coverage import CoverageDay
from attendance.reports.national import Comparators, National, comparators
from attendance.reports.pupils import (
    Cell,
    Change,
    Grid,
    GridDay,
    GridWeek,
    Word,
    at_risk,
    mark_history,
    register_grids,
    told,
)
from attendance.reports.schools import (
    SchoolFigures,
    WeekPoint,
    latest_sessions,
    school_figures,
    trends,
)

__all__ = [
    "Cell",
    "Change",
    "Comparators",
    "CoverageDay",
    "Grid",
    "GridDay",
    "GridWeek",
    "National",
    "SchoolFigures",
    "WeekPoint",
    "Word",
    "at_risk",
    "comparators",
    "latest_sessions",
    "mark_history",
    "register_grids",
    "school_figures",
    "told",
    "trends",
]
