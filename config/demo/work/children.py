"""Whom the demo's work is about: children on a roll, with their flags and parents, chosen from what stands in the database."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from attendance import matrix
from attendance.models import EnrolmentFigures, Flag
from config.demo.work.story import Adult, Child
from schools.models import Enrolment, Responsibility

# flags that make a story: the others follow from registers and are left for visitors to find
_TOLD_OF = (Flag.Code.PERSISTENT, Flag.Code.SEVERE, Flag.Code.THRESHOLD, Flag.Code.CONTINUOUS)


def flagged(today: dt.date) -> list[Child]:
    """Children on roll today with a flag that is open and well founded, by enrolment."""
    flags: dict[int, dict[str, tuple[int, dt.date, str]]] = defaultdict(dict)
    for key, pupil, code, opened, reason in (
        Flag.objects.open().to_act_on().filter(code__in=_TOLD_OF).order_by("pk").values_list("pk", "pupil", "code", "opened", "reason")
    ):
        flags[pupil][code] = (key, opened, reason)
    here = Enrolment.objects.on_roll(today).filter(kind=Enrolment.Kind.MAIN)
    return [child for child in _children(here) if _give(child, flags.get(child.pupil))]


def _give(child: Child, flags: dict[str, tuple[int, dt.date, str]] | None) -> bool:
    child.flags = flags or {}
    return bool(flags)


def on_roll(today: dt.date) -> list[Child]:
    return _children(Enrolment.objects.on_roll(today).filter(kind=Enrolment.Kind.MAIN))


def at_threshold(today: dt.date) -> list[int]:
    """Pupils who have reached the penalty threshold as of today."""
    found = Flag.objects.open().filter(code=Flag.Code.THRESHOLD, opened__lte=today)
    return list(found.order_by("pupil").values_list("pupil", flat=True))


def of_last_year(today: dt.date) -> list[Child]:
    """Children who were persistently absent from a school last year, whether they are there still or not."""
    year = matrix.academic_year(today) - 1
    persistent = EnrolmentFigures.objects.filter(year=year, persistent=True, possible__gte=60)
    return _children(Enrolment.objects.filter(kind=Enrolment.Kind.MAIN, pk__in=persistent.values("enrolment")))


def _children(enrolments: Iterable[Enrolment]) -> list[Child]:
    rows = (
        enrolments.exclude(school__independent=True)  # type: ignore[attr-defined]
        .order_by("pk")
        .values_list(
            "pupil", "pupil__forename", "pupil__surname", "pupil__dob", "pk", "school", "start", "end", "year_group", "leaving_reason"
        )
    )
    return [
        Child(pupil, f"{forename} {surname}", dob, pk, school, start, end, group, reason)
        for pupil, forename, surname, dob, pk, school, start, end, group, reason in rows
    ]


def with_parents(children: Iterable[Child]) -> None:
    """Fill in the parents of those chosen."""
    by_pupil: dict[int, list[Adult]] = defaultdict(list)
    wanted = list(children)
    rows = Responsibility.objects.filter(pupil__in={child.pupil for child in wanted}).select_related("parent")
    for row in rows.order_by("pupil", "priority", "pk"):
        parent = row.parent
        address = ", ".join(part for part in (parent.address, parent.postcode) if part)
        by_pupil[row.pupil_id].append(Adult(parent.pk, str(parent), row.relationship, row.lives_with, row.parental_responsibility, address))
    for child in wanted:
        child.parents = by_pupil[child.pupil]
