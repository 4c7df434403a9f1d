"""How far registers reach and whose are missing: one sentence on every dashboard, which opens the grid of days."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboards.numbers import Number, list_of
from dashboards.reports import SchoolRow


def reach_of(rows: Sequence[SchoolRow], **choices: Any) -> dict[str, Any]:
    """`schools` and `silent` for the sentence. `choices`: which schools these are, as the list of schools takes them."""
    return {
        "reach": max((row.year.latest for row in rows if row.year.latest), default=None),
        "schools": Number(len(rows), "school", list_of("school_list", **choices)),
        "silent": Number(sum(row.silent for row in rows), "school", list_of("school_list", silent="behind", sort="latest", **choices)),
    }
