"""A file of the people around schools: good rows are written, the others come back with what to correct."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.db import transaction

from accounts.models import User
from schools import names
from schools.actions.team import Details, TeamProblem, add_member, correct_member
from schools.importers.table import LineProblem
from schools.importers.team import Row
from schools.models import School, TeamMember

_FIELDS = {"role_words": "role", "start": "from"}  # of the action: the column it came from


@dataclass(slots=True)
class Receipt:
    """What a file came to. `ended`: people whom somebody new follows."""

    added: int = 0
    corrected: int = 0
    unchanged: int = 0
    ended: int = 0
    problems: list[LineProblem] = field(default_factory=list)


@transaction.atomic
def load_people(*, by: User, today: dt.date, now: dt.datetime, rows: Sequence[Row]) -> Receipt:
    """Write each row by itself. Somebody who is in the place already keeps their days; what the file says of them is corrected."""
    receipt = Receipt()
    schools = School.objects.visible_to(by).in_bulk([row.urn for row in rows], field_name="urn")
    standing = TeamMember.objects.on(today).filter(school__in=schools.values()).select_related("school", "user")
    known = {(member.school_id, member.role, member.role_words, names.fold(member.name)): member for member in standing}
    for row in rows:
        school = schools.get(row.urn)
        if school is None:
            receipt.problems.append(LineProblem(row.line, "urn", str(row.urn), f"None of your schools has URN {row.urn}"))
            continue
        member = known.get((school.pk, row.role, row.role_words, names.fold(row.name)))
        try:
            with transaction.atomic():
                _write(receipt, row, school, member, by=by, today=today, now=now)
        except TeamProblem as problem:
            column = _FIELDS.get(problem.field or "", problem.field or "role")
            receipt.problems.append(LineProblem(row.line, column, row.name, str(problem)))
    return receipt


def _write(receipt: Receipt, row: Row, school: School, member: TeamMember | None, *, by: User, today: dt.date, now: dt.datetime) -> None:
    told = Details(row.name, row.start or today, None, row.job, row.email, row.phone, None, "", row.role_words)
    if member is None:
        added = add_member(by=by, today=today, now=now, school=school, role=row.role, details=told)
        receipt.added += 1
        receipt.ended += added.ended is not None
        return
    held = Details(
        member.name, member.start, member.end, member.job, member.email, member.phone, member.user, member.note, member.role_words
    )
    said = {name: getattr(told, name) for name in ("job", "email", "phone") if getattr(told, name)}  # an empty cell erases nothing
    _, changed = correct_member(by=by, today=today, now=now, member=member, version=member.version, details=replace(held, **said))
    if changed:
        receipt.corrected += 1
    else:
        receipt.unchanged += 1
