"""A school's own terms and closures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from accounts import audit
from accounts.models import User
from schools import bell
from schools.calendar import SeenTerm
from schools.importers.calendar import Row
from schools.models import Closure, School, Term

LONGEST_TERM = 200  # days: longer means a mistyped year
LONGEST_CLOSURE = 60


class CalendarProblem(ValueError):
    """Why a term or closure cannot be written so."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


MODELS: dict[str, type[Term] | type[Closure]] = {"term": Term, "closed": Closure}


def _check(school: School, row: Term | Closure) -> None:
    is_term = isinstance(row, Term)
    if row.end < row.start:
        raise CalendarProblem("The last day must be on or after the first day", "end")
    longest = LONGEST_TERM if is_term else LONGEST_CLOSURE
    if (row.end - row.start).days >= longest:
        raise CalendarProblem(f"That is {(row.end - row.start).days + 1} days. Check the years of both dates.", "end")
    model = MODELS["term" if is_term else "closed"]
    clash = model.objects.filter(school=school, start__lte=row.end, end__gte=row.start).exclude(pk=row.pk).first()
    if clash is not None:
        raise CalendarProblem(f"{clash.name} runs from {clash.start:%-d %B %Y} to {clash.end:%-d %B %Y}, on some of the same days", "start")


@transaction.atomic
def add_days(*, by: User | None, today: dt.date, school: School, kind: str, name: str, start: dt.date, end: dt.date) -> Term | Closure:
    """Add a term ("term") or days on which the school is closed ("closed")."""
    row = MODELS[kind](school=school, name=name.strip(), start=start, end=end)
    _check(school, row)
    row.save()
    audit.record("added to calendar", by=by, subject=school, kind_of=kind, name=row.name, start=start.isoformat(), end=end.isoformat())
    bell.people_changed(pupils=[], schools=[school.pk])
    return row


@transaction.atomic
def correct_days(*, by: User | None, today: dt.date, row: Term | Closure, name: str, start: dt.date, end: dt.date) -> Term | Closure:
    row.name, row.start, row.end = name.strip(), start, end
    _check(row.school, row)
    row.save()
    audit.record("corrected calendar", by=by, subject=row.school, name=row.name, start=start.isoformat(), end=end.isoformat())
    bell.people_changed(pupils=[], schools=[row.school_id])
    return row


@transaction.atomic
def remove_days(*, by: User | None, today: dt.date, row: Term | Closure) -> None:
    audit.record("removed from calendar", by=by, subject=row.school, name=row.name, start=row.start.isoformat(), end=row.end.isoformat())
    bell.people_changed(pupils=[], schools=[row.school_id])
    row.delete()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What loading a calendar came to."""

    added: int
    changed: int
    unchanged: int


@transaction.atomic
def load_calendar(*, by: User | None, today: dt.date, school: School, rows: Sequence[Row]) -> Receipt:
    """Write a file's terms and closures: one that starts on the same day is corrected, others stay. Loading twice changes nothing."""
    added = changed = unchanged = 0
    for row in rows:
        model = MODELS[row.kind]
        held = model.objects.filter(school=school, start=row.start).first()
        if held is None:
            written = model(school=school, name=row.name, start=row.start, end=row.end)
            added += 1
        elif (held.name, held.end) == (row.name, row.end):
            unchanged += 1
            continue
        else:
            written = held
            written.name, written.end = row.name, row.end
            changed += 1
        try:
            _check(school, written)
        except CalendarProblem as problem:
            raise CalendarProblem(f"Line {row.line}: {problem}") from None
        written.save()
    if added or changed:
        audit.record("loaded calendar", by=by, subject=school, count=added + changed)
        bell.people_changed(pupils=[], schools=[school.pk])
    return Receipt(added, changed, unchanged)


@transaction.atomic
def confirm_seen(*, by: User, today: dt.date, school: School, terms: Sequence[SeenTerm], closed: Sequence[dt.date]) -> None:
    """Make the terms that registers show the school's own, and the days in them on which it was closed."""
    rows: list[Term | Closure] = [Term(school=school, name=term.name, start=term.span.first, end=term.span.last) for term in terms]
    rows += [Closure(school=school, name="Closed", start=day, end=day) for day in closed]
    for row in rows:
        _check(school, row)
        row.save()
    audit.record("confirmed calendar seen in registers", by=by, subject=school, terms=len(terms), closed=len(closed))
    bell.people_changed(pupils=[], schools=[school.pk])
