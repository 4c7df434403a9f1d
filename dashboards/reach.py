"""How far registers reach and whose are missing: one sentence on every dashboard, which opens the grid of days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attendance.reports.schools import SchoolFigures
from dashboards.numbers import Number, list_of
from dashboards.reports import SchoolRow, not_supplied_in_words, reach_in_words


def reach_of(rows: Sequence[SchoolRow], **choices: Any) -> dict[str, Any]:
    """`schools` and `silent` for the sentence. `choices`: which schools these are, as the list of schools takes them."""
    return {
        "reach": max((row.year.latest for row in rows if row.year.latest), default=None),
        "schools": Number(len(rows), "school", list_of("school_list", **choices)),
        "silent": Number(sum(row.silent for row in rows), "school", list_of("school_list", silent="behind", sort="latest", **choices)),
    }


OF_ENROLMENTS = "Enrolments are counted, as England’s figures are; a cohort holds those of whom it was true when their registers ended."


def sources(context: Mapping[str, Any], *more: str) -> list[str]:
    """What a file of one of these pages says of itself: how far its figures reach, what is missing, whose they are, and `more`."""
    return [
        reach_in_words(SchoolFigures(latest=context["reach"]), context["year"]),
        *not_supplied_in_words(context["not_supplied"]),
        "Source: the registers of the authority’s schools, as loaded.",
        *more,
    ]
