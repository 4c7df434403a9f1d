"""What follows a load, a change of a roll and a new day for children who are not simply absent. Each step may be done again.

In this order: children present at a school are closed, those found on no roll arrive, joint enquiries open and end, and schools are
asked to tell social workers; last, the tasks that all this makes.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from attendance import matrix
from attendance.codes import Class, classes
from casework.actions import missing as actions
from casework.missing import care, enquiring, rules, todo
from casework.missing.registers import Books
from casework.models import MissingChild
from schools import deletions
from schools.models import Enrolment, Pupil

LOOK_BACK = dt.timedelta(days=92)  # a closing mark that is put right later than this opens nothing again by itself


def follow(*, pupils: Iterable[int] | None, schools: Iterable[int] | None, today: dt.date, now: dt.datetime) -> None:
    """Of these pupils, of these schools' pupils, or (neither) of everybody."""
    of = _of(pupils, schools)
    marks(of, today=today, now=now)  # before arrivals: who came and went again before anybody told of it is looked for anew
    arrivals(of, today=today, now=now)
    enquiring.refresh(of, today=today, now=now)
    care.refresh(of, today=today, now=now)
    todo.keep(of, today=today, now=now)


def _of(pupils: Iterable[int] | None, schools: Iterable[int] | None) -> Q:
    """Which enrolments are asked about."""
    if pupils is not None:
        return Q(pupil__in=list(pupils))
    return Q() if schools is None else Q(school__in=list(schools))


def not_before(today: dt.date) -> dt.date:
    """Names deleted in this academic year or the last arrive by themselves; of earlier ones somebody refers."""
    return matrix.year_start(matrix.academic_year(today) - 1)


def arrivals(of: Q, *, today: dt.date, now: dt.datetime) -> list[MissingChild]:
    """Open a record for every child of compulsory school age who left a roll for nobody knows where."""
    running = Enrolment.objects.filter(Q(end=None) | Q(end__gte=today), pupil=OuterRef("pupil"))
    ended = Enrolment.objects.filter(of, end__lt=today, end__gte=not_before(today), pupil__merged_into=None, destination="")
    # a record that ended with a present mark of before this end is of another time: the child came, and went again
    came = Q(outcome=MissingChild.Outcome.PRESENT, present_on__lte=OuterRef("end"))
    known = MissingChild.objects.exclude(outcome=MissingChild.Outcome.ERROR).filter(pupil=OuterRef("pupil"), opened__gt=OuterRef("end"))
    known = known.exclude(came)
    ended = ended.exclude(ground__in=deletions.SAYS_WHERE).exclude(Exists(running)).exclude(Exists(known))
    ids = set(ended.values_list("pupil", flat=True))
    ids -= set(MissingChild.objects.open().filter(pupil__in=ids).values_list("pupil", flat=True))
    found = []
    spells: dict[int, list[Enrolment]] = defaultdict(list)
    for enrolment in Enrolment.objects.filter(pupil__in=ids).select_related("pupil", "school"):
        spells[enrolment.pupil_id].append(enrolment)
    for ours in spells.values():
        asked = [
            rules.Spell(one.pk, str(one.school), one.start, one.end, one.ground, one.destination, one.kind == Enrolment.Kind.MAIN)
            for one in ours
        ]
        arrival = rules.arrives(asked, ours[0].pupil.dob, today=today, not_before=not_before(today))
        if arrival is not None:
            last = next(one for one in ours if one.pk == arrival.key)
            if (child := actions.arrive(today=today, now=now, enrolment=last, arrival=arrival)) is not None:
                found.append(child)
    return found


@transaction.atomic
def marks(of: Q, *, today: dt.date, now: dt.datetime) -> None:
    """Open again what a mark had closed that is none any more; close what the first present mark closes, or a roll put right."""
    ours = Enrolment.objects.filter(of).values("pupil")
    theirs = Q(pupil__in=ours) | Q(pupil__merged_into__in=ours) | Q(pupil__merged__in=ours)
    proved = MissingChild.objects.filter(theirs, outcome=MissingChild.Outcome.PRESENT, closed__gte=today - LOOK_BACK).distinct()
    _take_back(list(proved.select_related("pupil", "present_at")), today=today, now=now)
    waiting = list(MissingChild.objects.open().filter(theirs).distinct().select_related("pupil", "enrolment__school"))
    if not waiting:
        return
    spells, books = _spells(waiting, min(child.since for child in waiting), today)
    for child in waiting:
        own = child.enrolment
        if own is not None and (own.end is None or own.end >= today):
            evidence = f"On roll at {own.school} again: the end of the enrolment that brought the child here was taken back."
            actions.close_as_error(today=today, now=now, child=child, evidence=evidence)
            continue
        if own is not None and own.end is not None and not any(one.end and one.end > own.end for one in spells[child.pupil_id]):
            actions.left_otherwise(today=today, now=now, child=child, last=own.end)
        if (seen := _first_present(spells[child.pupil_id], books, child.since)) is not None:
            enrolment, session, code = seen
            actions.close_by_mark(today=today, now=now, child=child, school=enrolment.school, session=session, code=code)


def _spells(children: Iterable[MissingChild], first: dt.date, today: dt.date) -> tuple[dict[int, list[Enrolment]], Books]:
    """By pupil, with the spells of other records that were found to be of the same child."""
    found: dict[int, list[Enrolment]] = defaultdict(list)
    records: dict[int, set[int]] = defaultdict(set)  # by record, whose of ours it is
    for child in children:
        records[child.pupil_id].add(child.pupil_id)
    for pk, into in Pupil.objects.filter(Q(merged_into__in=list(records)) | Q(pk__in=list(records), merged_into__isnull=False)).values_list(
        "pk", "merged_into"
    ):
        records[pk] |= records.get(into, set()) & {into}
        records[into] |= records.get(pk, set()) & {pk}
    for enrolment in Enrolment.objects.filter(pupil__in=list(records)).touching(first, today).select_related("school"):
        for pupil in records[enrolment.pupil_id]:
            found[pupil].append(enrolment)
    return found, Books([one for ours in found.values() for one in ours], first, today)


def _first_present(ours: Iterable[Enrolment], books: Books, since: dt.date) -> tuple[Enrolment, Any, str] | None:
    seen = []
    for enrolment in ours:
        for year, row, first, last in books.years(enrolment):
            if (found := rules.first_present(row, year, first=max(first, since), last=last)) is not None:
                seen.append((enrolment, *found))
    return min(seen, key=lambda one: (one[1], one[0].pk)) if seen else None


def _take_back(proved: list[MissingChild], *, today: dt.date, now: dt.datetime) -> None:
    if not proved:
        return
    spells, books = _spells(proved, min(child.since for child in proved), today)
    for child in proved:
        assert child.present_on is not None  # noqa: S101  (a constraint of the table)
        at = matrix.index_of(child.present_on, bool(child.present_pm))
        year = matrix.academic_year(child.present_on)
        here = [one for one in spells[child.pupil_id] if one.school_id == child.present_at_id]
        rows = [row[at : at + 1] for one in here for of_year, row, _, _ in books.years(one) if of_year == year]
        if not any(classes(row)[0] == Class.ATTENDING for row in rows):
            session = rules.say_session(matrix.Session(child.present_on, bool(child.present_pm)))
            why = f"The present mark at {child.present_at}, {session}, which had closed this record, has been changed or taken back."
            actions.reopen(today=today, now=now, child=child, why=why)
