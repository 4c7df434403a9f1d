"""The marks that a school is asked to confirm, as text that can be hashed: those it gave for one pupil, around the sessions relied on.

No moment of knowing stands in it: the same marks give the same text today and tomorrow, so that whether anything has changed since a
school confirmed it is whether the text has. Kept with the answer word for word.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attendance import matrix, register
from attendance.codes import BLANK
from legal.penalty import session_of
from schools.calendar import monday_of
from schools.models import Enrolment, Pupil, School

FORM = "Daymark register for confirmation, form 1"
_ONE = dt.timedelta(days=1)

Span = tuple[dt.date, dt.date]


def span_of(sessions: Iterable[str], today: dt.date) -> Span:
    """From the Monday of the week of the first session to the Sunday of the week of the last; of the days to come and of today no
    more than is relied on: a mark that comes in the afternoon must not undo what was confirmed in the morning."""
    days = days_of(sessions)
    if not days:
        return monday_of(today - 28 * _ONE), today - _ONE
    return monday_of(days[0]), min(monday_of(days[-1]) + 6 * _ONE, max(days[-1], today - _ONE))


def days_of(sessions: Iterable[str]) -> list[dt.date]:
    return sorted(dt.date.fromisoformat(session_of(said)[:10]) for said in sessions)


def texts(school: School, spans: Mapping[int, Span]) -> dict[int, str]:
    """By pupil: the school's own marks as they stand now. Three queries, however many pupils."""
    if not spans:
        return {}
    of = dict(Enrolment.objects.filter(school=school, pupil__in=list(spans)).values_list("pk", "pupil_id"))
    upns = dict(Pupil.objects.filter(pk__in=list(spans)).values_list("pk", "upn"))
    return _texts(school, spans, of, upns)


def _texts(school: School, spans: Mapping[int, Span], of: Mapping[int, int], upns: Mapping[int, str | None]) -> dict[int, str]:
    """`of`: the pupil of each enrolment at the school."""
    first, last = min(span[0] for span in spans.values()), max(span[1] for span in spans.values())
    marks: dict[int, list[str]] = defaultdict(list)
    years = register.read_years(matrix.years_between(first, last), enrolments=list(of)) if of else {}
    for year, rows in years.items():
        for enrolment, row in zip(rows.enrolments.tolist(), rows.marks, strict=True):
            pupil = of[enrolment]
            marks[pupil] += [f"{session} {code}" for session, code in _marks(year, row, spans[pupil])]
    return {pupil: _text(upns.get(pupil) or "none", school.urn, span, sorted(marks[pupil])) for pupil, span in spans.items()}


def _marks(year: int, row: NDArray[np.uint8], span: Span) -> list[tuple[str, str]]:
    columns = matrix.span(year, *span)
    found = (column + columns.start for column in np.flatnonzero(row[columns] != BLANK).tolist())
    return [(str(matrix.session_at(year, at)), register.code_of(row[at])) for at in found]


def _text(upn: str, urn: int, span: Span, marks: Sequence[str]) -> str:
    head = [FORM, f"UPN {upn}", f"School {urn}", f"From {span[0].isoformat()} to {span[1].isoformat()}", f"Marks {len(marks)}", ""]
    return "\n".join([*head, *marks, ""])


def marks_of(text: str) -> dict[str, str]:
    """By session, as "2026-11-09 AM": the code."""
    lines = text.split("\n\n", 1)[-1].split("\n")
    return {line.rsplit(" ", 1)[0]: line.rsplit(" ", 1)[1] for line in lines if line}


def covers(text: str, sessions: Iterable[str]) -> bool:
    """Does the text show every one of these sessions, with its code?"""
    marks = marks_of(text)
    return all(marks.get(session_of(said)) == said.partition("=")[2] for said in sessions)


@dataclass(frozen=True, slots=True)
class Behind:
    """One pupil's spells on roll, and which school's marks the sessions relied on are."""

    pupil: Pupil
    spells: Mapping[int, int]  # the school of each enrolment, of whatever time
    by_school: Mapping[int, list[str]]

    def text(self, school: School, span: Span) -> str:
        of = {enrolment: self.pupil.pk for enrolment, at in self.spells.items() if at == school.pk}
        return _texts(school, {self.pupil.pk: span}, of, {self.pupil.pk: self.pupil.upn})[self.pupil.pk]


def behind(pupil: Pupil, school: School, sessions: Sequence[str]) -> Behind:
    """By school: those of the sessions that stand with their code in its register. A child who moved was marked by two; a session
    that is in neither register is asked of `school`, who asks. One query for a child of one school."""
    spells = list(Enrolment.objects.filter(pupil=pupil).values_list("pk", "school_id", "start", "end"))
    schools = {pk: at for pk, at, _, _ in spells}
    if not sessions:
        return Behind(pupil, schools, {school.pk: []})
    days = days_of(sessions)
    then = {pk: at for pk, at, start, end in spells if start <= days[-1] and (end is None or end >= days[0])}
    if len(set(then.values())) < 2:
        return Behind(pupil, schools, {next(iter(then.values()), school.pk): list(sessions)})
    found: dict[int, list[str]] = defaultdict(list)
    left = dict.fromkeys(sessions)
    for year, rows in register.read_years(matrix.years_between(days[0], days[-1]), enrolments=list(then)).items():
        for enrolment, row in zip(rows.enrolments.tolist(), rows.marks, strict=True):
            theirs = {f"{session}={code}" for session, code in _marks(year, row, (days[0], days[-1]))}
            found[then[enrolment]] += [said for said in left if said in theirs]
    if rest := [said for said in sessions if not any(said in some for some in found.values())]:
        found[school.pk] += rest
    return Behind(pupil, schools, {at: some for at, some in found.items() if some})
