"""What people decide about pupils whom a register names without a UPN: who it is, a new pupil, or not ours (docs/decisions.md)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import numpy as np
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from numpy.typing import NDArray

from accounts import audit, clock
from accounts.models import User
from accounts.permissions import Permission
from attendance import register, sources, sourcing
from attendance.actions import ring, undo_load
from attendance.codes import NO_LONGER_BYTE
from attendance.imports import load as loading
from attendance.imports import receive
from attendance.imports.match import Placed, Roll, place_all
from attendance.models import HeldDecision, HeldPerson, HeldRows, Load
from attendance.sources import Choice
from schools import upn as numbers
from schools.actions import pupils as pupil_actions
from schools.models import Enrolment, Pupil

Kind = HeldDecision.Kind
FOLLOW = "daymark.follow_undo"


class DecisionProblem(ValueError):
    """Why nothing was decided, in words for whoever tried."""


class AlreadyDecided(DecisionProblem):
    """Somebody else was quicker; says who, what and when."""


def may_decide(user: User, kind: str) -> bool:
    """A school says which of its own pupils is meant, or that it is none of them; a new pupil is the authority's to add."""
    return user.may(Permission.EDIT_PEOPLE) and (kind != Kind.NEW or user.as_role.in_authority)


def may_take_back(user: User, decision: HeldDecision) -> bool:
    """A school what its own users decided, never what the authority did: as with loads, which taking back undoes."""
    return may_decide(user, decision.kind) and (user.as_role.in_authority or not decision.by.as_role.in_authority)


@transaction.atomic
def match(*, by: User, today: dt.date, person: HeldPerson, pupil: Pupil, reason: str = "") -> HeldDecision:
    """The person is this pupil: their held marks are loaded, on a roll opened from the earliest of them where there is none here."""
    person = _open(person, by, Kind.MATCH)
    pupil = Pupil.objects.visible_to(by).select_for_update().get(pk=pupil.pk)
    if not by.as_role.in_authority and not Enrolment.objects.visible_to(by).filter(pupil=pupil, school=person.school).exists():
        raise DecisionProblem(f"{pupil} is not on roll at {person.school}. Ask the authority.")
    return _decide(by, person, Kind.MATCH, pupil, reason)


@transaction.atomic
def add_new(*, by: User, today: dt.date, person: HeldPerson, reason: str = "") -> HeldDecision:
    """The person is a pupil nobody has told us of: added with what the file says, on roll from their earliest mark."""
    person = _open(person, by, Kind.NEW)
    usable = numbers.well_formed(person.upn)
    details: pupil_actions.PupilDetails = {"surname": person.surname, "forename": person.forename, "dob": person.dob}
    if usable:
        details["upn"] = person.upn
    try:
        pupil = pupil_actions.add_pupil(by=by, today=today, details=details)
    except pupil_actions.PupilProblem as problem:
        raise DecisionProblem(f"{problem}: add the pupil on the school’s roll, then match these rows to them.") from problem
    return _decide(by, person, Kind.NEW, pupil, reason)


@transaction.atomic
def set_aside(*, by: User, today: dt.date, person: HeldPerson, reason: str) -> HeldDecision:
    """The person is no pupil of the school's: nothing is loaded, now or from the school's next file, until it is taken back."""
    if not reason.strip():
        raise DecisionProblem("Say why these rows are not yours")
    return _decide(by, _open(person, by, Kind.NOT_OURS), Kind.NOT_OURS, None, reason)


def _open(person: HeldPerson, by: User, kind: str) -> HeldPerson:
    """The person, held against everybody else, if nobody has decided yet."""
    if not may_decide(by, kind):
        raise PermissionDenied
    register.lock(person.school_id)
    person = HeldPerson.objects.select_for_update(of=("self",)).select_related("school").get(pk=person.pk)
    standing = person.decisions.standing().select_related("by", "pupil").first()
    if standing is not None:
        seen = standing.pupil is None or Pupil.objects.visible_to(by).filter(pk=standing.pupil_id).exists()
        raise AlreadyDecided(f"{in_words(standing) if seen else 'This has been decided'}. Nothing more was changed.")
    return person


def in_words(decision: HeldDecision) -> str:
    """Who decided what, and when."""
    what = {
        Kind.MATCH: f"said that this is {decision.pupil}",
        Kind.NEW: f"added {decision.pupil} as a new pupil",
        Kind.NOT_OURS: "said that this is not a pupil of the school",
    }[Kind(decision.kind)]
    moment = decision.at.astimezone(clock.LONDON)
    return f"{decision.by.name} {what} on {moment:%-d %B %Y at %H:%M}"


def _decide(by: User, person: HeldPerson, kind: str, pupil: Pupil | None, reason: str) -> HeldDecision:
    try:
        with transaction.atomic():
            decision = HeldDecision.objects.create(
                person=person, kind=kind, pupil=pupil, reason=reason.strip()[:300], by=by, at=clock.now()
            )
    except IntegrityError as twice:
        raise AlreadyDecided("Somebody has decided about these rows in the meantime. Nothing more was changed.") from twice
    audit.record(
        f"Held rows: {decision.get_kind_display().lower()}", by=by, subject=person, urn=person.school.urn, pupil=pupil and pupil.pk
    )
    if pupil is not None:
        _load(person, pupil, by)
    return decision


def _load(person: HeldPerson, pupil: Pupil, by: User) -> None:
    """The marks that waited, each file's as a load of its own of that file, with its as-at: `known_at` and undo see them as any other.

    Marks of a source that is not, or is no longer, the school's stay out: others only reconcile.
    """
    waited = list(person.parts.to_load().select_related("extract").order_by("extract__as_at", "pk"))
    if not waited:
        return
    choices, settled = sourcing.choices(waited[0].extract, person.school)
    marks = {part.pk: _that_count(part, choices) for part in waited}
    parts = [part for part in waited if len(marks[part.pk])]
    HeldRows.objects.filter(pk__in=marks.keys() - {part.pk for part in parts}).update(dropped=True)
    roll = roll_of(person, pupil)
    if not roll.spells:
        _enrol(person, pupil, first_marked(parts or waited), by)
    for part in parts:
        roll = roll_of(person, pupil)  # a roll opened from marks may begin earlier with each
        before = receive.loads_before(person.school_id)
        part.load = loading.write(part.extract, person.school, placed_of(marks[part.pk], roll, pupil), before, by=by, held=True)
        part.save(update_fields=["load"])
        ring(FOLLOW, part.load.pk)
    if parts and not settled:
        sourcing.settle(person.school, choices[0])


def first_marked(parts: Iterable[HeldRows]) -> dt.date:
    """The day of the earliest mark that waits. A mark taken back puts nobody on roll, unless there is nothing else."""
    said = np.concatenate([part.read_marks() for part in parts])
    marks = said[said["byte"] != NO_LONGER_BYTE]
    first: dt.date = (marks if len(marks) else said)["day"].astype("datetime64[D]").min().item()
    return first


def _that_count(part: HeldRows, choices: list[Choice]) -> NDArray[np.void]:
    marks = part.read_marks()
    return marks[sources.counts(choices, part.extract.source, marks["day"].astype("datetime64[D]"))]


def _enrol(person: HeldPerson, pupil: Pupil, start: dt.date, by: User) -> None:
    """A pupil known elsewhere keeps those rolls: dual registration is ordinary, and nobody has said that the child left."""
    Enrolment.objects.create(pupil=pupil, school=person.school, start=start, start_from_marks=True, year_group=person.year_group)
    audit.record("Pupils put on roll from a register", by=by, subject=person.school, count=1, new_to_daymark=0)


def roll_of(person: HeldPerson, pupil: Pupil) -> Roll:
    roll = Roll(person.school, ())
    roll.link({person.key: pupil.pk})
    return roll


def placed_of(marks: NDArray[np.void], roll: Roll, pupil: Pupil) -> Placed:
    """Held marks in the registers of the pupil's spells at the school, of which there is one at least."""
    return place_all(marks["day"].astype("datetime64[D]"), marks["pm"].copy(), marks["byte"].copy(), roll.spells[pupil.pk])


@transaction.atomic
def take_back(*, by: User, today: dt.date, decision: HeldDecision, reason: str) -> HeldDecision:
    """Undo a decision: the marks it loaded are undone as any load is, and the rows wait again.

    What later files loaded because of it stays: they are files of their own, to be undone as such.
    """
    if not reason.strip():
        raise DecisionProblem("Say why this is taken back")
    if not may_take_back(by, decision):
        raise PermissionDenied
    register.lock(decision.person.school_id)
    decision = HeldDecision.objects.select_for_update(of=("self",)).select_related("person__school", "by", "pupil").get(pk=decision.pk)
    if decision.taken_back_at is not None:
        who = decision.taken_back_by.name if decision.taken_back_by else "somebody"
        raise AlreadyDecided(f"{who} has taken this back already. Nothing more was changed.")
    decision.taken_back_at, decision.taken_back_by, decision.taken_back_why = clock.now(), by, reason.strip()[:300]
    decision.save()
    for part in decision.person.parts.exclude(load=None).select_related("load__extract", "load__school"):
        if part.load is not None and not Load.objects.filter(undoes=part.load).exists():
            undo_load(by=by, today=today, load=part.load)
            part.load = None
        else:  # undone with its file
            part.load, part.dropped = None, True
        part.save(update_fields=["load", "dropped"])
    audit.record("Held rows: decision taken back", by=by, subject=decision.person, urn=decision.person.school.urn, was=decision.kind)
    return decision
