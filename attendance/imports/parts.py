"""A file of many schools is as many pieces of work, which several workers share: each school one transaction and one receipt.

Pieces stand in the database. Whoever takes one holds its row until the transaction ends, so a worker that is killed puts it
back at once. Who has the extract itself (attendance.imports.load.holding) takes what nobody else has taken, then waits for
what others hold, and so sees every piece done, whoever helped and whoever was lost.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable
from typing import Any

import numpy as np
from django.db import InterfaceError, OperationalError, transaction

from accounts import clock
from attendance.imports.match import Placed
from attendance.imports.parsed import Problem
from attendance.imports.senders import Ints
from attendance.models import Extract, Load, SchoolPart
from schools.models import School

log = logging.getLogger("daymark.load")

Do = Callable[[School, Ints], Placed]
DatabaseGone = (OperationalError, InterfaceError)  # or asks to try again: the sweep does
MOST_HELPERS = 8  # bells rung for one file: a worker that finds nothing left to do goes at once


def nobody(helpers: int) -> None:
    """For whoever works alone."""


def nothing(school: School) -> None:
    """For what is followed when all is done."""


def work_through(
    extract: Extract,
    schools: dict[School, Ints],
    do: Do,
    *,
    progress: Callable[[str, int, int], None],
    call_helpers: Callable[[int], None] = nobody,
    follow: Callable[[School], None] = nothing,
) -> list[Placed]:
    """Do every school's piece, or see it done by others. The caller holds the extract. `follow`: what comes after a piece done here.

    A piece that cannot be done keeps no other from being done: what was wrong with the first such is raised when all have been tried.
    """
    if len(schools) < 2:
        return [_alone(school, rows, do, progress) for school, rows in schools.items()]
    _plan(extract, schools)
    call_helpers(min(len(schools) - 1, MOST_HELPERS))
    wrong: list[Exception] = []
    left = dict(schools)

    def tried(school: School, rows: Ints) -> Placed:
        try:
            return do(school, rows)
        except DatabaseGone:
            raise
        except Exception as problem:
            log.exception("Extract %s was not loaded for school %s", extract.pk, school.urn)
            wrong.append(problem)
            del left[school]
            raise

    for wait in (False, True):
        while (taken := _next(extract.pk, left, tried, wait, wrong)) is not None:
            follow(taken)
            progress(f"Writing registers: {taken}", 0, len(schools))  # how many are done, others' among them, whoever tells it asks
    if wrong:
        raise wrong[0]
    return [_heard(told) for told in extract.parts.order_by("school__urn").values_list("told", flat=True)]


def _next(extract_id: int, left: dict[School, Ints], do: Do, wait: bool, wrong: list[Exception]) -> School | None:
    """Take pieces until one has been done; those that went wrong are in `wrong` and no longer in `left`."""
    while left:
        try:
            return take(extract_id, left, do, wait=wait)
        except Exception as problem:
            if problem not in wrong:
                raise
    return None


def _alone(school: School, rows: Ints, do: Do, progress: Callable[[str, int, int], None]) -> Placed:
    progress(f"Writing registers: {school}", 0, 1)
    return do(school, rows)


def _plan(extract: Extract, schools: dict[School, Ints]) -> None:
    """A piece for each school. Of an attempt before this one, what left a load is done and what left none is done again."""
    written = Load.objects.filter(extract=extract, kind=Load.Kind.LOAD).values("school")
    extract.parts.exclude(school__in=[school.pk for school in schools]).delete()
    extract.parts.exclude(school__in=written).update(done_at=None)
    SchoolPart.objects.bulk_create([SchoolPart(extract=extract, school=school) for school in schools], ignore_conflicts=True)


@transaction.atomic
def take(extract_id: int, schools: dict[School, Ints], do: Do, *, wait: bool = False) -> School | None:
    """Do one piece that is left and that nobody holds, or (`wait`) the next that is left when it is let go of; None: nothing left."""
    left = SchoolPart.objects.filter(extract=extract_id, done_at=None, school__in=schools).order_by("school__urn")
    part = left.select_for_update(of=("self",), skip_locked=not wait).first()
    if part is None:
        return None
    school, rows = next((school, rows) for school, rows in schools.items() if school.pk == part.school_id)
    part.told = _told(do(school, rows))
    part.done_at = clock.now()
    part.save(update_fields=["told", "done_at"])
    return school


def any_left(extract_id: int) -> bool:
    """Does the extract still load, with schools that nobody has done?"""
    return SchoolPart.objects.filter(extract=extract_id, extract__status=Extract.Status.LOADING, done_at=None).exists()


_NOT_TOLD = ("enrolment", "day", "pm", "byte", "weeks", "starts", "year_groups")  # the marks themselves, which stand in the register by now


def _told(placed: Placed) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for field in dataclasses.fields(Placed):
        if field.name not in _NOT_TOLD:
            value = getattr(placed, field.name)
            said[field.name] = sorted(value) if isinstance(value, (set, frozenset)) else value
    said["problems"] = [
        [int(p.row), int(p.line), p.field, p.value, p.message, p.whole_row, None if p.cell is None else int(p.cell)]
        for p in placed.problems
    ]
    return said


def _heard(told: dict[str, Any]) -> Placed:
    placed = Placed(np.zeros(0, np.int64), np.zeros(0, "datetime64[D]"), np.zeros(0, np.bool_), np.zeros(0, np.uint8))
    for name, value in told.items():
        kind = type(getattr(placed, name))
        setattr(placed, name, kind(value))
    placed.problems = [Problem(*one) for one in told.get("problems", [])]
    return placed
