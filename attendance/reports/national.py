"""England's published figures, to set a school's own beside. Never mixed into the authority's."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).resolve().parent.parent / "data" / "national_2025_26.csv"
PERIOD = "8 September 2025 to 10 July 2026"
SOURCE = "Department for Education, Pupil attendance in schools (published 23 July 2026), Open Government Licence v3.0"


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
