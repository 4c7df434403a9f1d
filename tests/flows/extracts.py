"""Files as schools send them, and what became of them."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.core.management import CommandError, call_command

from attendance import matrix, register
from attendance.register import code_of
from schools.models import Enrolment

MONDAY = dt.date(2026, 9, 7)


def csv_text(rows: Sequence[Sequence[Any]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def days_text(marks: Mapping[tuple[int | str, str], Mapping[dt.date, tuple[str, str]]], *, names: bool = True) -> str:
    """A row per pupil and day: `{(urn, upn): {date: (am, pm)}}`."""
    rows: list[list[Any]] = [["URN", "UPN", "Surname", "Forename", "DOB", "Year", "Date", "AM", "PM"]]
    for (urn, upn), days in marks.items():
        for day, (am, pm) in days.items():
            rows.append([urn, upn, "Sample" if names else "", "Bo" if names else "", "2014-11-11", "8", day.isoformat(), am, pm])
    return csv_text(rows)


def weeks_text(rows: Sequence[tuple[int | str, str, dt.date, str]]) -> str:
    """A row per pupil and week: (urn, upn, Monday, string of marks)."""
    return csv_text([["URN", "UPN", "WeekStart", "WeekMarks"], *rows])


def importing(tmp_path: Path, text: str | bytes, *, name: str = "register.csv", **options: Any) -> dict[str, Any]:
    """What `import_register --json` says of one file."""
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    out = io.StringIO()
    with contextlib.suppress(CommandError):
        call_command("import_register", str(path), json=True, stdout=out, **options)
    (receipt,) = json.loads(out.getvalue())
    return receipt


def marks_of(enrolment: Enrolment, first: dt.date = MONDAY, days: int = 5) -> str:
    """Codes from `first` on, AM and PM, `.` for no mark."""
    row = register.read(matrix.academic_year(first), enrolments=[enrolment.pk]).marks
    if not len(row):
        return "." * days * 2
    start = matrix.index_of(first)
    return "".join(code_of(byte) or "." for byte in row[0, start : start + days * 2])
