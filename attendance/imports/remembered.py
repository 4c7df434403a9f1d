"""Whether two files have the same headings, and where the columns of one lie in the other. Knows no database.

The dates of a wide file differ from week to week: a run of them counts as one heading, so that next week's file has the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from attendance.imports.values import date_heading

DATES = "dates of sessions"


@dataclass(frozen=True)
class Shape:
    """The headings of a file: their names, and the column in which each lies (of a run of dates, the first)."""

    names: tuple[str, ...]
    places: tuple[int, ...]

    @property
    def key(self) -> str:
        return hashlib.sha256(json.dumps(self.names).encode()).hexdigest()

    def keep(self, columns: dict[str, int]) -> dict[str, int] | None:
        """Columns of this file as places among its headings; None where one of them is a date."""
        if not set(columns.values()) <= set(self.places):
            return None
        return {field: self.places.index(column) for field, column in columns.items()}

    def find(self, kept: dict[str, int]) -> dict[str, int]:
        """What `keep` gave for a file of the same headings, as columns of this one."""
        return {field: self.places[place] for field, place in kept.items()}


def shape(headers: Sequence[str]) -> Shape:
    names: list[str] = []
    places: list[int] = []
    for column, header in enumerate(headers):
        name = header.strip().casefold()
        dated = bool(date_heading(header)[0])
        if names and names[-1] == DATES and (dated or name in ("", "am", "pm")):
            continue  # the run goes on: the afternoon may stand under the date of the morning
        names.append(DATES if dated else name)
        places.append(column)
    return Shape(tuple(names), tuple(places))
