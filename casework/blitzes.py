"""Reads of an attendance blitz: who is absent that morning, the list in the order of the doors, and who came back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Subquery

from accounts.models import User
from attendance import matrix, register
from attendance.codes import BY_BYTE, CODES, Class
from casework.models import Blitz, BlitzChild, Case, Contact
from schools.models import Enrolment, Responsibility

# why a morning is missed, as a visit cares: who chooses "no reason" is not sent to a child who is in hospital
_SEPARATE = {"N", "O", "G", "I"}
_NOT_VISITED = {"U", "E", "C", "C1", "C2", "D"}  # came late; or the school itself, or everybody, knows that the child is not to be there
OTHER = tuple(
    sorted({c.code for c in CODES if c.klass in (Class.AUTHORISED, Class.UNAUTHORISED) and c.end is None} - _SEPARATE - _NOT_VISITED)
)
ABSENCES: dict[str, tuple[str, tuple[str, ...]]] = {
    "none": ("No reason yet, or unauthorised (N, O)", ("N", "O")),
    "ill": ("Illness (I)", ("I",)),
    "holiday": ("Holiday not granted (G)", ("G",)),
    "other": (f"Other authorised absence ({', '.join(OTHER)})", OTHER),
}
_PRESENT = (Class.ATTENDING, Class.ELSEWHERE)
_POSSIBLE = (*_PRESENT, Class.AUTHORISED, Class.UNAUTHORISED)
_AFTER = dt.timedelta(days=14)  # how long a next school day is looked for


@dataclass(frozen=True, slots=True)
class Absent:
    enrolment: int
    school: int
    code: str


def absent(blitz: Blitz) -> list[Absent]:
    """By the registers as they stand now. Three queries."""
    schools = list(blitz.schools.values_list("pk", flat=True))
    here = dict(Enrolment.objects.on_roll(blitz.day).filter(school__in=schools, pupil__merged_into=None).values_list("pk", "school"))
    rows = register.read(matrix.academic_year(blitz.day), schools=schools)
    morning = rows.marks[:, matrix.index_of(blitz.day)].tolist() if len(rows.enrolments) else []
    wanted = set(blitz.codes)
    codes = ((pk, BY_BYTE[byte].code) for pk, byte in zip(rows.enrolments.tolist(), morning, strict=True) if byte and pk in here)
    return [Absent(pk, here[pk], code) for pk, code in codes if code in wanted]


@dataclass(frozen=True, slots=True)
class Back:
    """What the registers say of one child since the morning. None: no possible session, or no mark yet."""

    now_absent: bool | None  # that morning, by the marks of today
    afternoon: bool | None
    next_day: bool | None
    next_on: dt.date | None


@dataclass(frozen=True, slots=True)
class Door:
    """One line of the list."""

    child: BlitzChild
    postcode: str
    address: str
    hidden: bool  # an address that is not printed, because somebody must not learn it
    phone: str
    case: int | None
    back: Back


def doors(blitz: Blitz, user: User) -> list[Door]:
    """In the order of postcodes; addresses that are kept back stand last, so that their place says nothing either. Two queries."""
    ties = Responsibility.objects.filter(pupil=OuterRef("enrolment__pupil"))
    case = Case.objects.visible_to(user).open().filter(pupil=OuterRef("enrolment__pupil"))
    rows = (
        BlitzChild.objects.visible_to(user)
        .filter(blitz=blitz)
        .select_related("enrolment__pupil", "school", "by")
        .annotate(
            hidden=Exists(ties.filter(lives_with=True, parent__hidden_from__isnull=False)),
            phone=Subquery(ties.exclude(parent__phone="").order_by("priority", "pk").values("parent__phone")[:1]),
            case=Subquery(case.values("pk")[:1]),
        )
    )
    children = list(rows)
    marks = backs(blitz, children)
    found = [_door(child, marks[child.enrolment_id]) for child in children]
    return sorted(
        found, key=lambda door: (door.hidden, not door.postcode, door.postcode, door.address, door.child.enrolment.pupil.sort_name)
    )


def _door(child: BlitzChild, back: Back) -> Door:
    pupil, hidden = child.enrolment.pupil, bool(child.hidden)  # type: ignore[attr-defined]
    phone, case = child.phone or "", child.case  # type: ignore[attr-defined]
    return Door(child, "" if hidden else pupil.postcode, "" if hidden else pupil.address, hidden, phone, case, back)


def backs(blitz: Blitz, children: Sequence[BlitzChild]) -> dict[int, Back]:
    """By enrolment. One query."""
    ids = [child.enrolment_id for child in children]
    last = blitz.day + _AFTER
    read = register.read_years(matrix.years_between(blitz.day, last), enrolments=ids)
    marks: dict[int, dict[tuple[dt.date, bool], Class]] = {pk: {} for pk in ids}
    for year, rows in read.items():
        columns = matrix.span(year, blitz.day, last)
        for pk, row in zip(rows.enrolments.tolist(), rows.marks[:, columns].tolist(), strict=True):
            for offset, byte in enumerate(row):
                if byte:
                    marks[pk][matrix.session_at(year, columns.start + offset)] = BY_BYTE[byte].klass
    return {pk: _back(said, blitz.day, last) for pk, said in marks.items()}


def _back(said: dict[tuple[dt.date, bool], Class], day: dt.date, last: dt.date) -> Back:
    """The next day is the first with a possible session: a training day says nothing of a child."""
    morning, afternoon = said.get((day, False)), said.get((day, True))
    coming = [day + dt.timedelta(days=n) for n in range(1, (last - day).days + 1)]
    next_on = next((d for d in coming if any(said.get((d, pm)) in _POSSIBLE for pm in (False, True))), None)
    there = next_on and any(said.get((next_on, pm)) in _PRESENT for pm in (False, True))
    return Back(
        now_absent=morning not in _PRESENT if morning in _POSSIBLE else None,
        afternoon=afternoon in _PRESENT if afternoon in _POSSIBLE else None,
        next_day=bool(there) if next_on else None,
        next_on=next_on,
    )


@dataclass(frozen=True, slots=True)
class Counted:
    """So many of so many. `of` counts those of whom the registers say anything."""

    n: int
    of: int


@dataclass(frozen=True, slots=True)
class Results:
    listed: int
    visited: Counted
    reached: Counted
    seen: Counted
    afternoon: Counted  # of those visited
    next_day: Counted
    afternoon_others: Counted  # of those listed and not visited
    next_day_others: Counted


def results(found: Sequence[Door]) -> Results:
    """Sums over the list. A child of whom the registers say nothing is in no denominator."""
    visited = [door for door in found if door.child.at]
    others = [door for door in found if not door.child.at]
    reached = [door for door in visited if door.child.result in Contact.REACHED]
    return Results(
        listed=len(found),
        visited=Counted(len(visited), len(found)),
        reached=Counted(len(reached), len(visited)),
        seen=Counted(sum(door.child.child_seen for door in visited), len(visited)),
        afternoon=_count([door.back.afternoon for door in visited]),
        next_day=_count([door.back.next_day for door in visited]),
        afternoon_others=_count([door.back.afternoon for door in others]),
        next_day_others=_count([door.back.next_day for door in others]),
    )


def _count(said: list[bool | None]) -> Counted:
    known = [one for one in said if one is not None]
    return Counted(sum(known), len(known))
