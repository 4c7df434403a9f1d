"""Some pupils' registers, spell by spell, as the rules of this package take them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

import numpy as np

from attendance import matrix, register
from attendance.codes import BLANK, BY_BYTE
from attendance.matrix import Marks, Session
from casework.missing.rules import DayMarks
from schools.models import Enrolment


class Books:
    """The registers of some enrolments for the academic years that touch a span of days. One query."""

    def __init__(self, enrolments: Iterable[Enrolment], first: dt.date, last: dt.date) -> None:
        self.first, self.last = first, last
        self._rows: dict[tuple[int, int], Marks] = {}
        ids = [enrolment.pk for enrolment in enrolments]
        if not ids:
            return
        for year, rows in register.read_years(matrix.years_between(first, last), enrolments=ids).items():
            for at, key in enumerate(rows.enrolments.tolist()):
                self._rows[key, year] = rows.marks[at]

    def years(self, enrolment: Enrolment) -> Iterator[tuple[int, Marks, dt.date, dt.date]]:
        """Each year's marks with the first and the last day that count: within the spell and the span."""
        first, last = max(self.first, enrolment.start), min(self.last, enrolment.end or self.last)
        for year in matrix.years_between(first, last) if first <= last else ():
            if (marks := self._rows.get((enrolment.pk, year))) is not None:
                yield year, marks, max(first, matrix.year_start(year)), min(last, matrix.year_end(year))

    def sessions(self, enrolment: Enrolment) -> list[tuple[Session, str]]:
        """Every mark within the spell, in order."""
        found = []
        for year, marks, first, last in self.years(enrolment):
            columns = matrix.span(year, first, last)
            for at in (np.flatnonzero(marks[columns] != BLANK) + columns.start).tolist():
                found.append((matrix.session_at(year, at), BY_BYTE[int(marks[at])].code))
        return found

    def days(self, enrolment: Enrolment) -> list[DayMarks]:
        """The same by day."""
        by_day: dict[dt.date, list[str]] = {}
        for session, code in self.sessions(enrolment):
            by_day.setdefault(session.date, ["", ""])[session.pm] = code
        return [DayMarks(day, *pair) for day, pair in by_day.items()]
