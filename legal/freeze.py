"""The register of a pupil as it was known at a moment, as text that can be hashed and read in court.

Two academic years back from what is relied on; a line a session and school, in order, exactly as stored: nothing is merged,
left out or worked out. Whoever has the text can work out its SHA-256 again.
"""

from __future__ import annotations

import datetime as dt
import hashlib

import numpy as np

from attendance import matrix, register
from attendance.codes import BLANK
from schools.models import Enrolment, Pupil

FORM = "Daymark register extract, form 1"


def earliest(relied_on: dt.date) -> dt.date:
    """1 August of the academic year before the one of the earliest session relied on."""
    return matrix.year_start(matrix.academic_year(relied_on) - 1)


def text(pupil: Pupil, *, first: dt.date, day: dt.date, known_at: dt.datetime, policy_version: str) -> str:
    """The canonical text: a header, then a line for each mark from `first` to `day`. Ends with a line break."""
    spells = Enrolment.objects.filter(pupil=pupil).touching(first, day).order_by("start", "school__urn", "pk")
    table = list(spells.values_list("pk", "school__urn", "start", "end"))
    marks = _marks({pk: urn for pk, urn, _, _ in table}, first, day, known_at)
    header = [
        FORM,
        f"UPN {pupil.upn or 'none'}",
        f"Known at {known_at.astimezone(dt.UTC).isoformat()}",
        f"Policy {policy_version}",
        f"From {first.isoformat()} to {day.isoformat()}",
        *(f"On roll at {urn} from {start.isoformat()} to {end.isoformat() if end else 'now'}" for _, urn, start, end in table),
        f"Marks {len(marks)}",
        "",
    ]
    return "\n".join([*header, *marks, ""])


def _marks(urns: dict[int, int], first: dt.date, day: dt.date, known_at: dt.datetime) -> list[str]:
    if not urns:
        return []
    found = []
    for year, rows in register.read_years(matrix.years_between(first, day), enrolments=list(urns), known_at=known_at).items():
        columns = matrix.span(year, first, day)
        for enrolment, row in zip(rows.enrolments.tolist(), rows.marks, strict=True):
            for column in np.flatnonzero(row[columns] != BLANK).tolist():
                session = matrix.session_at(year, column + columns.start)
                found.append((session, urns[enrolment], register.code_of(row[column + columns.start])))
    return [f"{session} {code} {urn}" for session, urn, code in sorted(found)]


def sha256(frozen: str) -> str:
    """Of exactly the text, as UTF-8."""
    return hashlib.sha256(frozen.encode()).hexdigest()
