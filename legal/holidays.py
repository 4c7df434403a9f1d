"""Pupils of a school with a holiday long enough to be looked at, siblings together: the list a batch is chosen from."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from attendance import matrix, register
from attendance.codes import BY_CODE
from legal import pasts, penalty, proof
from legal.models import PersonAnswer, Request
from schools.models import Enrolment, Pupil, Responsibility, School
from schools.policy import Policy


@dataclass(frozen=True, slots=True)
class Child:
    """One pupil who may be asked for, with what the request would rest on."""

    pupil: Pupil
    year_group: str
    holidays: int  # sessions of G that stand in the window
    counted: int  # sessions in the window
    first: dt.date  # of the holiday
    last: dt.date
    ties: list[Responsibility]


@dataclass(frozen=True, slots=True)
class Family:
    """Children with a parent in common: one family went on one holiday, and a notice is for each parent and each child."""

    children: list[Child]


def families(school: School, *, today: dt.date, policy: Policy) -> list[Family]:
    """Pupils on roll with enough G in the window who have no open request, and against whose parents enough sessions are left."""
    spells = {
        spell.pupil_id: spell
        for spell in Enrolment.objects.filter(school=school, pupil__merged_into=None)
        .on_roll(today)
        .select_related("pupil")
        .order_by("kind")
    }
    number = policy["threshold_sessions"]
    wanted = _away(school, spells.values(), number, today, policy["threshold_weeks"])
    wanted -= set(Request.objects.open().filter(pupil__in=wanted).values_list("pupil", flat=True))
    if not wanted or school.independent:
        return []
    ties: dict[int, list[Responsibility]] = defaultdict(list)
    for tie in Responsibility.objects.filter(pupil__in=wanted).select_related("parent").order_by("priority", "pk"):
        ties[tie.pupil_id].append(tie)
    used = pasts.relied_on([tie for each in ties.values() for tie in each])
    found = []
    for pupil, one in proof.prove_each(sorted(wanted), day=today, policy=policy).items():
        # one with no parent on record stays on the list, which says what to do: whom nobody sees nobody asks for
        left = [penalty.available(one.window, *used[pupil, tie.parent_id]) for tie in ties[pupil]] or [list(one.window)]
        if one.met and any(len(each) >= number and proof.holidays(each) >= number for each in left):
            found.append(_child(spells[pupil], one, ties[pupil]))
    return _grouped(found, PersonAnswer.objects.persons(tie.parent_id for child in found for tie in child.ties))


def _child(spell: Enrolment, found: proof.Proof, ties: list[Responsibility]) -> Child:
    days = [dt.date.fromisoformat(said[:10]) for said in found.window if said.endswith("=G")]
    return Child(spell.pupil, spell.year_group, len(days), len(found.window), min(days), max(days), ties)


def _away(school: School, spells: Iterable[Enrolment], number: int, today: dt.date, weeks: int) -> set[int]:
    """Those with so many G since the window can have begun: read from the school's registers at once, so that few are judged."""
    # what was met in the ten school weeks up to now rests on ten before that (legal.proof), and summer and half terms lie between
    first = today - dt.timedelta(weeks=4 * weeks)
    pupils = {spell.pk: spell.pupil_id for spell in spells}
    counts: dict[int, int] = defaultdict(int)
    for year, rows in register.read_years(matrix.years_between(first, today), enrolments=list(pupils)).items():
        columns = matrix.span(year, first, today)
        for enrolment, n in zip(rows.enrolments.tolist(), (rows.marks[:, columns] == BY_CODE["G"].byte).sum(axis=1).tolist(), strict=True):
            counts[pupils[enrolment]] += n
    return {pupil for pupil, n in counts.items() if n >= number}


def _grouped(children: Sequence[Child], people: Mapping[int, frozenset[int]]) -> list[Family]:
    """By person: a mother may be written down twice, once for each child."""
    by_pupil = {child.pupil.pk: child for child in children}
    groups = siblings({child.pupil.pk: [min(people[tie.parent_id]) for tie in child.ties] for child in children})
    grouped = [sorted((by_pupil[pupil] for pupil in group), key=lambda child: (child.pupil.sort_name, child.pupil.pk)) for group in groups]
    return [Family(group) for group in sorted(grouped, key=lambda group: (group[0].pupil.sort_name, group[0].pupil.pk))]


def siblings(parents: Mapping[int, Iterable[int]]) -> list[list[int]]:
    """Children grouped by parents they have in common; a child with none in common with another is a group alone."""
    group: dict[int, set[int]] = {}
    of_parent: dict[int, int] = {}
    for child, theirs in parents.items():
        mine = {child}
        for parent in theirs:
            other = of_parent.setdefault(parent, child)
            mine |= group.get(other, set())
        for one in mine:
            group[one] = mine
    return [sorted(each) for each in {id(one): one for one in group.values()}.values()]
