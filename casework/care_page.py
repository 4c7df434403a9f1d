"""Children with a social worker: who is absent this morning, and how each attended in a term. Gathered with few queries."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from accounts.models import User
from attendance import matrix, rates, register
from attendance.codes import BY_BYTE, BY_CODE
from attendance.matrix import Session
from attendance.rates import Figures
from attendance.tables import Column, Kind, Share, Table
from casework.missing import care, rules
from casework.missing.registers import Books
from casework.models import FirstDayResponse, TellWorker
from schools import dfe_terms
from schools.models import Characteristic, Enrolment, Pupil

LIST_AT = dt.time(10, 30)  # virtual schools ask for the list by then
_BEFORE = dt.timedelta(days=21)  # to see the how manyth day of absence it is, over a holiday
_TERM_NAMES = ("Autumn", "Spring", "Summer")


def theirs(user: User, day: dt.date) -> Any:
    """Enrolments on roll on a day, of children with a social worker whom the user sees."""
    return Enrolment.objects.visible_to(user).on_roll(day).filter(care.with_worker(day)).select_related("pupil", "school")


def kinds_of(pupils: Iterable[int], day: dt.date) -> dict[int, list[Characteristic]]:
    """Why each has a social worker on a day. One query."""
    found: dict[int, list[Characteristic]] = defaultdict(list)
    held = Characteristic.objects.filter(Q(end=None) | Q(end__gte=day), kind__in=care.KINDS, start__lte=day, pupil__in=list(pupils))
    for one in held.order_by("kind", "pk"):
        found[one.pupil_id].append(one)
    return found


@dataclass(frozen=True, slots=True)
class Away:
    """A child who is absent this morning."""

    enrolment: Enrolment
    why: list[Characteristic]
    morning: rules.Morning
    responses: list[FirstDayResponse]

    @property
    def meaning(self) -> str:
        return BY_CODE[self.morning.code].meaning

    @property
    def first_day(self) -> bool:
        return self.morning.day_number == 1


@dataclass(frozen=True, slots=True)
class MorningList:
    first: list[Away]  # on the first day of an absence
    going_on: list[Away]
    silent: dict[str, int]  # children of whom no school has said anything this morning, by school
    known: int  # children with a morning mark

    @property
    def answered(self) -> int:
        return sum(bool(one.responses) for one in self.first)

    @property
    def unknown(self) -> int:
        return sum(self.silent.values())


def morning(user: User, *, day: dt.date) -> MorningList:
    """The list of a morning: those without a reason first. Four queries."""
    enrolments = list(theirs(user, day).order_by("pupil__sort_name", "pk"))
    books = Books(enrolments, day - _BEFORE, day)
    why = kinds_of([one.pupil_id for one in enrolments], day)
    responses: dict[int, list[FirstDayResponse]] = defaultdict(list)
    for said in FirstDayResponse.objects.filter(enrolment__in=enrolments, day=day).order_by("pk"):
        responses[said.enrolment_id].append(said)
    away, silent, known = [], defaultdict(int), 0
    for enrolment in enrolments:
        days = books.days(enrolment)
        if not any(one.day == day and one.am for one in days):
            silent[str(enrolment.school)] += 1
            continue
        known += 1
        if (found := rules.morning(days, day)) is not None:
            away.append(Away(enrolment, why[enrolment.pupil_id], found, responses[enrolment.pk]))
    away.sort(key=lambda one: (not one.morning.without_reason, bool(one.responses)))
    return MorningList(
        [one for one in away if one.first_day], [one for one in away if not one.first_day], dict(sorted(silent.items())), known
    )


@dataclass(frozen=True, slots=True)
class Term:
    year: int
    number: int

    @property
    def name(self) -> str:
        return f"{_TERM_NAMES[self.number - 1]} term {self.year}/{(self.year + 1) % 100:02}"

    @property
    def key(self) -> str:
        return f"{self.year}-{self.number}"

    @property
    def bounds(self) -> tuple[dt.date, dt.date]:
        return dfe_terms.bounds(self.year, self.number)


def terms(today: dt.date) -> list[Term]:
    """Terms that have begun, of this academic year and the last; the present one first."""
    year = matrix.academic_year(today)
    every = [Term(of, number) for of in (year, year - 1) for number in (3, 2, 1)]
    return [term for term in every if term.bounds[0] <= today]


def term_of(asked: str, today: dt.date) -> Term:
    known = {term.key: term for term in terms(today)}
    return known.get(asked, next(iter(known.values())))


@dataclass(frozen=True, slots=True)
class OfChild:
    """One child's enrolment in a term. `latest`: the last session with a mark of it."""

    enrolment: Enrolment
    why: list[Characteristic]
    figures: Figures
    latest: Session | None = None
    codes: dict[str, int] = field(default_factory=dict)

    @property
    def placed(self) -> str:
        return next((one.placed for one in self.why if one.placed), "")

    @property
    def responsible(self) -> str:
        return next((one.responsible for one in self.why if one.responsible), "")


@dataclass(frozen=True, slots=True)
class Cohort:
    term: Term
    lines: list[OfChild]

    @property
    def total(self) -> Figures:
        return rates.total(line.figures for line in self.lines)

    @property
    def persistent(self) -> int:
        return sum(line.figures.persistent for line in self.lines)

    @property
    def severe(self) -> int:
        return sum(line.figures.severe for line in self.lines)

    @property
    def judged(self) -> int:
        return sum(line.figures.possible > 0 for line in self.lines)

    @property
    def children(self) -> int:
        return len({line.enrolment.pupil_id for line in self.lines})

    @property
    def placed_elsewhere(self) -> list[OfChild]:
        return [line for line in self.lines if line.placed]

    @property
    def of_others(self) -> list[OfChild]:
        return [line for line in self.lines if line.responsible]

    @property
    def latest(self) -> Session | None:
        return max((line.latest for line in self.lines if line.latest), default=None)


def cohort(user: User, term: Term, *, today: dt.date, pupil: Pupil | None = None, kind: str = "") -> Cohort:
    """Enrolments in a term of children who have a social worker today, absent most first. Three queries."""
    first, last = term.bounds
    last = min(last, today)
    ours = Enrolment.objects.visible_to(user).filter(care.with_worker(today)).touching(first, last).select_related("pupil", "school")
    if pupil is not None:
        ours = ours.filter(pupil=pupil)
    enrolments = {one.pk: one for one in ours.order_by("pupil__sort_name", "pk")}
    why = kinds_of([one.pupil_id for one in enrolments.values()], today)
    rows = register.read(term.year, enrolments=list(enrolments))
    spells = [enrolments[key] for key in rows.enrolments.tolist()]
    inside = matrix.inside(term.year, [one.start for one in spells], [one.end for one in spells])
    columns = matrix.span(term.year, first, last)
    counts = rates.count(rows.marks[:, columns], inside[:, columns])
    found = {}
    for at, spell in enumerate(spells):
        marks = rows.marks[at, columns] * inside[at, columns]
        said = marks.nonzero()[0]
        latest = matrix.session_at(term.year, int(said[-1]) + columns.start) if len(said) else None
        codes: dict[str, int] = {}
        if pupil is not None:
            for byte in marks[said].tolist():
                codes[BY_BYTE[byte].code] = codes.get(BY_BYTE[byte].code, 0) + 1
        found[spell.pk] = OfChild(spell, why[spell.pupil_id], rates.figures(counts[at]), latest, codes)
    lines = [found.get(key) or OfChild(one, why[one.pupil_id], Figures()) for key, one in enrolments.items()]
    if kind in care.KINDS:
        lines = [line for line in lines if any(one.kind == kind for one in line.why)]
    return Cohort(term, sorted(lines, key=lambda line: -(line.figures.absence_pct if line.figures.absence_pct is not None else -1)))


TABLE: Table[OfChild] = Table(
    "children-with-a-social-worker",
    "Children with a social worker: attendance of a term",
    (
        Column("name", "Child", lambda line: str(line.enrolment.pupil)),
        Column("why", "Why", lambda line: ", ".join(one.get_kind_display() for one in line.why)),
        Column("school", "School", lambda line: str(line.enrolment.school)),
        Column("year_group", "Year group", lambda line: line.enrolment.year_group),
        Column("attendance", "Attended", lambda line: Share(line.figures.attended, line.figures.possible), Kind.SHARE),
        Column("unauthorised", "Unauthorised", lambda line: Share(line.figures.unauthorised, line.figures.possible), Kind.SHARE),
        Column("responsible", "Responsible authority", lambda line: line.responsible),
        Column("placed", "Placed in", lambda line: line.placed),
    ),
)


def of_child(pupil: Pupil, user: User, term: Term, *, today: dt.date) -> dict[str, Any]:
    """What a personal education plan meeting needs of one child's term: figures, codes, what was done, tasks of the school."""
    found = cohort(user, term, today=today, pupil=pupil)
    first, last = term.bounds
    keys = [line.enrolment.pk for line in found.lines]
    responses = FirstDayResponse.objects.visible_to(user).filter(enrolment__in=keys, day__range=(first, last)).order_by("day", "pk")
    tasks = TellWorker.objects.visible_to(user).filter(enrolment__in=keys, first__range=(first, last)).order_by("first", "pk")
    codes: dict[str, int] = {}
    for line in found.lines:
        for code, number in line.codes.items():
            codes[code] = codes.get(code, 0) + number
    named = [(code, BY_CODE[code].meaning, number) for code, number in sorted(codes.items(), key=lambda one: -one[1])]
    return {"cohort": found, "term": term, "codes": named, "responses": list(responses), "tasks": list(tasks)}
