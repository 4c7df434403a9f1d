"""England's published figures, to set a school's own beside. Never mixed into the authority's."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from attendance import matrix
from attendance.rag import England

_DATA = Path(__file__).resolve().parent.parent / "data"
_FILE = _DATA / "national_2025_26.csv"
_TO_DATE = _DATA / "national_year_to_date.csv"
PERIOD = "8 September 2025 to 10 July 2026"
SOURCE = "Department for Education, Pupil attendance in schools (published 23 July 2026), Open Government Licence v3.0"

YEAR = dt.timedelta(weeks=52)  # from a day to the same weekday of the same school week a year on


@dataclass(frozen=True, slots=True)
class National:
    """England, state-funded schools of one phase ("all" = every phase), over `period`. Percentages of possible sessions."""

    phase: str
    attendance_pct: float
    absence_pct: float
    authorised_pct: float
    unauthorised_pct: float
    persistent_pct: float  # of enrolments
    period: str = PERIOD
    source: str = SOURCE


@cache
def _published() -> dict[str, National]:
    with _FILE.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return {row["phase"]: _read(row) for row in rows}


def _read(row: dict[str, str]) -> National:
    return National(
        phase=row["phase"],
        attendance_pct=float(row["attendance_pct"]),
        absence_pct=float(row["absence_pct"]),
        authorised_pct=float(row["authorised_pct"]),
        unauthorised_pct=float(row["unauthorised_pct"]),
        persistent_pct=float(row["persistent_pct"]),
    )


def national(phase: str) -> National | None:
    """England's figures for a phase (`School.Phase` value, or "all"); None where none are published for it."""
    return _published().get(phase)


@cache
def _to_date() -> dict[tuple[int, str], list[England]]:
    """By starting year and phase: the year to date as it was published through the year, oldest first."""
    found: dict[tuple[int, str], list[England]] = {}
    with _TO_DATE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(line for line in file if not line.startswith("#")):
            published = dt.date.fromisoformat(row["published"])
            snapshot = England(
                phase=row["phase"],
                absence_pct=Decimal(row["absence_pct"]),
                first=dt.date.fromisoformat(row["first"]),
                last=dt.date.fromisoformat(row["last"]),
                published=published,
                source=f"Department for Education, Pupil attendance in schools (published {published.day} {published:%B %Y}), OGL v3.0",
            )
            found.setdefault((int(row["year"]), row["phase"]), []).append(snapshot)
    return {key: sorted(snapshots, key=lambda s: s.last) for key, snapshots in found.items()}


def through_the_year(phase: str, year: int) -> Sequence[England]:
    """England's year to date for a phase, as published through the academic year that began in `year`; oldest first."""
    return _to_date().get((year, phase), [])


def same_point(phase: str, day: dt.date) -> England | None:
    """England's year to date for a phase at the point of last year that `day` is of this one, or the nearest before it.

    The same point is 52 weeks earlier: the same weekday of the same week of September, November or May. None where nothing
    is published for the phase, or nothing that early in the year.
    """
    known = [s for s in through_the_year(phase, matrix.academic_year(day) - 1) if s.last <= day - YEAR]
    return known[-1] if known else None
