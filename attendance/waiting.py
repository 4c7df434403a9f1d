"""What the pages of the queue show: who waits for a person to decide, whom they may be, and what a match would do. Writes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import CharField, Count, Max, Min, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import JSONObject

from accounts import clock
from accounts.models import User
from attendance import register
from attendance.candidates import Candidate, Known, Sent, candidates, only_certain, other_birthday, upns_like
from attendance.codes import NO_LONGER_BYTE
from attendance.imports.load import by_year
from attendance.matching import first_marked, placed_of, roll_of
from attendance.matrix import session_at
from attendance.models import Extract, HeldDecision, HeldPerson, HeldRows, Load
from schools.models import Enrolment, Pupil, School

MOST_EXAMPLES = 10


def queue(user: User, *, school: School | None = None) -> QuerySet[HeldPerson]:
    """Who waits, longest first, with how many rows and sessions of how many files."""
    return _counted(HeldPerson.objects.visible_to(user).waiting(), school).order_by("since", "surname", "forename", "pk")


def decided(user: User, *, school: School | None = None) -> QuerySet[HeldPerson]:
    """Who has been decided about, latest first, with the `standing` decision's moment."""
    standing = HeldDecision.objects.standing().filter(person=OuterRef("pk"))
    people = HeldPerson.objects.visible_to(user).decided().annotate(decided_at=Subquery(standing.values("at")[:1]))
    with_decision = Prefetch("decisions", HeldDecision.objects.standing().select_related("by", "pupil"), to_attr="standing")
    return _counted(people, school).prefetch_related(with_decision).order_by("-decided_at", "-pk")


def _counted(people: QuerySet[HeldPerson], school: School | None) -> QuerySet[HeldPerson]:
    if school is not None:
        people = people.filter(school=school)
    kept = Q(parts__dropped=False)
    return people.select_related("school").annotate(
        files=Count("parts", filter=kept),
        rows=Sum("parts__rows", filter=kept),
        sessions=Sum("parts__sessions", filter=kept),
        first=Min("parts__first_session", filter=kept),
        last=Max("parts__last_session", filter=kept),
    )


@dataclass(frozen=True)
class Choice:
    """A pupil who may be meant, as the page shows them to one user."""

    pupil: Pupil
    candidate: Candidate
    here: list[Enrolment]  # at the school whose file it is
    elsewhere: list[Enrolment]  # that the user may see

    @property
    def reason(self) -> str:
        return self.candidate.reasons[0]


@dataclass(frozen=True)
class Choices:
    """Those the user may see, likeliest first; `unseen` more fit at schools that are not theirs."""

    found: list[Choice]
    unseen: int = 0

    @property
    def certain(self) -> Choice | None:
        """The one whose name and birthday agree, on roll here, where nobody else comes near."""
        best = only_certain([choice.candidate for choice in self.found])
        return self.found[0] if best and not self.unseen and self.found[0].here else None


def choices(people: Iterable[HeldPerson], user: User) -> dict[int, Choices]:
    """By person: whom they may be. A school is told of its own pupils only, and not whether there are others."""
    people = list(people)
    pupils = _known(people)
    seen = set(Pupil.objects.visible_to(user).filter(pk__in=pupils).values_list("pk", flat=True))
    known = {pk: _as_known(pupil) for pk, pupil in pupils.items()}
    spells: dict[int, list[Enrolment]] = {}
    visible = Enrolment.objects if user.as_role.in_authority else Enrolment.objects.visible_to(user)
    for spell in visible.filter(pupil__in=seen).select_related("school").order_by("-start"):
        spells.setdefault(spell.pupil_id, []).append(spell)
    found: dict[int, Choices] = {}
    for person in people:
        like = candidates(Sent(person.upn, person.surname, person.forename, person.dob), known.values())
        shown = [_choice(person, pupils[one.pk], one, spells.get(one.pk, [])) for one in like if one.pk in seen]
        found[person.pk] = Choices(shown, len(like) - len(shown) if user.as_role.in_authority else 0)
    return found


def _choice(person: HeldPerson, pupil: Pupil, candidate: Candidate, spells: list[Enrolment]) -> Choice:
    here = [spell for spell in spells if spell.school_id == person.school_id]
    return Choice(pupil, candidate, here, [spell for spell in spells if spell.school_id != person.school_id])


def _known(people: list[HeldPerson]) -> dict[int, Pupil]:
    """Everybody who could be one of `people`: born on that day, or on the one with day and month exchanged, or of that number."""
    days = {person.dob for person in people} | {other for person in people if (other := other_birthday(person.dob))}
    upns = {upn for person in people for upn in (*upns_like(person.upn), person.upn.upper()) if upn}
    if not people:
        return {}
    born = Pupil.objects.filter(Q(dob__in=days) | Q(upn__in=upns), merged_into=None)
    had = Pupil.objects.filter(former_upns__upn__in=upns, merged_into=None)
    pks = set(born.values_list("pk", flat=True)) | set(had.values_list("pk", flat=True))
    return {pupil.pk: pupil for pupil in Pupil.objects.filter(pk__in=pks).prefetch_related("former_upns", "former_names")}


def _as_known(pupil: Pupil) -> Known:
    upns = [pupil.upn] if pupil.upn else []
    return Known(
        pk=pupil.pk,
        upns=(*upns, *(former.upn for former in pupil.former_upns.all())),
        surname=pupil.surname,
        forename=pupil.forename,
        dob=pupil.dob,
        known_as=pupil.known_as,
        former_names=tuple((former.surname, former.forename) for former in pupil.former_names.all()),
    )


@dataclass(frozen=True)
class Foreseen:
    """What a match would do to the register."""

    sessions: int
    set: int
    same: int
    differ: int
    outside: int
    opens: dt.date | None  # the day from which the pupil would be put on roll here
    examples: list[tuple[str, str, str]]  # session, as it stands, as the file says: marks that differ


def foresee(person: HeldPerson, pupil: Pupil) -> Foreseen:
    """What matching would do, writing nothing. Of a session that several of the files speak of, the newest word."""
    parts = list(person.parts.to_load().select_related("extract").order_by("extract__as_at", "pk"))
    if not parts:
        return Foreseen(0, 0, 0, 0, 0, None, [])
    marks = np.concatenate([part.read_marks() for part in parts])[::-1]
    _, newest = np.unique(marks["day"].astype(np.int64) * 2 + marks["pm"], return_index=True)
    marks = marks[newest]
    marks = marks[marks["byte"] != NO_LONGER_BYTE]
    roll = roll_of(person, pupil)
    if not roll.spells:
        return Foreseen(len(marks), len(marks), 0, 0, 0, first_marked(parts), [])
    placed = placed_of(marks, roll, pupil)
    new = same = differ = 0
    examples: list[tuple[str, str, str]] = []
    for year, enrolments, said in by_year(placed):
        current = np.zeros_like(said)
        stands = register.read(year, enrolments=enrolments.tolist())
        current[np.searchsorted(enrolments, stands.enrolments)] = stands.marks
        spoken = said != 0
        new += int((spoken & (current == 0)).sum())
        same += int((spoken & (current == said)).sum())
        differs = spoken & (current != 0) & (current != said)
        differ += int(differs.sum())
        for row, column in zip(*np.nonzero(differs), strict=True):
            now, then = register.code_of(current[row, column]), register.code_of(said[row, column])
            examples.append((str(session_at(year, int(column))), now, then))
    return Foreseen(len(marks), new, same, differ, placed.outside, None, examples[:MOST_EXAMPLES])


@dataclass(frozen=True)
class OfExtract:
    """What waits, and what was set aside, of one file."""

    waiting: int = 0  # rows
    people: int = 0
    aside: int = 0  # rows of people who are not ours
    asides: tuple[str, ...] = ()  # by name
    decided: int = 0  # rows that a person has since decided about, loaded or added


def of_extract(extract: Extract, user: User | None = None) -> OfExtract:
    """For the receipt: of the schools that `user` may see; of all of them for whoever has the file itself."""
    parts = HeldRows.objects.filter(extract=extract, dropped=False).select_related("person")
    if user is not None:
        parts = parts.filter(person__school__in=School.objects.visible_to(user).values("pk"))
    standing = {d.person_id: d.kind for d in HeldDecision.objects.standing().filter(person__parts__extract=extract)}
    waiting = [part for part in parts if part.person_id not in standing and part.load_id is None]
    aside = [part for part in parts if standing.get(part.person_id) == HeldDecision.Kind.NOT_OURS]
    return OfExtract(
        waiting=sum(part.rows for part in waiting),
        people=len(waiting),
        aside=sum(part.rows for part in aside),
        asides=tuple(sorted(str(part.person) for part in aside)),
        decided=sum(part.rows for part in parts if part.load_id is not None),
    )


def loaded_since(person: HeldPerson, decision: HeldDecision, user: User) -> list[Extract]:
    """Files of the school loaded since a match was decided, which may hold marks that came by it: to be undone as such."""
    if decision.pupil_id is None:
        return []
    loads = Load.objects.filter(school=person.school, held=False, received_at__gt=decision.at).standing()
    of_pupil = loads.filter(deltas__isnull=False).values("extract")
    return list(Extract.objects.visible_to(user).filter(pk__in=of_pupil).order_by("-received_at")[:10])


@dataclass(frozen=True)
class Waits:
    """How many wait, and for how long the first of them has."""

    people: int
    schools: int
    day: dt.date  # since when the first of them has
    school: str  # its name, where there is one alone; else ""
    urn: int | None  # its number


def _day(moment: dt.datetime) -> dt.date:
    return moment.astimezone(clock.LONDON).date()


HELD = "held"


def told(user: User) -> QuerySet[Any]:
    """What waits for `user`, a row for each school with what it is of and what it says; read together with other such rows."""
    waiting = HeldPerson.objects.visible_to(user).waiting().order_by()
    by_school = waiting.values("school__urn", "school__name").annotate(n=Count("pk"), first=Min("since"))
    said = JSONObject(urn="school__urn", school="school__name", people="n", first="first")
    return by_school.annotate(of=Value(HELD, CharField()), said=said).values_list("of", "said")


def waits(user: User) -> list[Waits]:
    """What waits for `user`, by school; of somebody who sees every school, all together. One query."""
    return waits_of(user, [said for _, said in told(user)])


def waits_of(user: User, by_school: Sequence[dict[str, Any]]) -> list[Waits]:
    """The same of what was `told`."""
    found = [Waits(one["people"], 1, _day(dt.datetime.fromisoformat(one["first"])), one["school"], one["urn"]) for one in by_school]
    if user.as_role.every_school and len(found) > 1:
        return [Waits(sum(one.people for one in found), len(found), min(one.day for one in found), "", None)]
    return found
