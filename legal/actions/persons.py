"""Saying whether two records are of one person, and taking it back. Nothing is moved: each record stays as it is."""

from __future__ import annotations

import datetime as dt

from django.db import connection, transaction

from accounts import audit
from accounts.models import User
from legal.actions.problem import NoticeProblem
from legal.actions.rechecking import look_again_at
from legal.models import ChildrenApart, PersonAnswer
from legal.penalty import written
from schools.models import Parent, Pupil, Responsibility

_ANSWERING = 7304  # key of the advisory lock under which persons are put together and taken apart


@transaction.atomic
def say_person(*, by: User, today: dt.date, now: dt.datetime, one: Parent, other: Parent, verdict: str, why: str) -> PersonAnswer:
    """The same person, or two. An answer that would contradict one that stands is refused: that one is taken back first."""
    if one.pk == other.pk:
        raise NoticeProblem("That is one record.")
    if verdict not in PersonAnswer.Verdict.values:
        raise NoticeProblem("Choose whether the two records are of one person.", "verdict")
    if not why.strip():
        raise NoticeProblem("Say how you know.", "why")
    _one_at_a_time()
    first, second = sorted((one, other), key=lambda parent: parent.pk)
    standing = PersonAnswer.objects.standing().filter(one=first, other=second).first()
    if standing and standing.verdict == verdict:
        return standing
    if standing:
        raise NoticeProblem(
            f"{standing.by_name} said on {written(standing.day)}: {standing.get_verdict_display().lower()}. Take that back first."
        )
    _no_contradiction(first, second, verdict)
    made = PersonAnswer.objects.create(one=first, other=second, verdict=verdict, why=why.strip(), day=today, by=by, by_name=by.name, at=now)
    audit.record("said who is who", by=by, subject=first, other=second.pk, verdict=verdict)
    if verdict == PersonAnswer.Verdict.SAME:
        _look_again(made, today, by)
    return made


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, 0)", [_ANSWERING])


def _no_contradiction(one: Parent, other: Parent, verdict: str) -> None:
    people = PersonAnswer.objects.persons([one.pk, other.pk])
    if verdict == PersonAnswer.Verdict.APART:
        if other.pk in people[one.pk]:
            raise NoticeProblem("Other answers make these two one person already. Take one of those back first.", "verdict")
        return
    apart = PersonAnswer.objects.standing().filter(verdict=PersonAnswer.Verdict.APART)
    across = apart.filter(one__in=people[one.pk], other__in=people[other.pk]) | apart.filter(
        one__in=people[other.pk], other__in=people[one.pk]
    )
    if said := across.select_related("one", "other").first():
        raise NoticeProblem(
            f"{said.by_name} said on {written(said.day)} that two of the records that would become one person are two people: "
            f"“{said.why[:200]}” Take that back first.",
            "verdict",
        )


@transaction.atomic
def take_back_person(*, by: User, today: dt.date, now: dt.datetime, answer: PersonAnswer, why: str) -> PersonAnswer:
    """The answer was wrong: the two are asked about again, and what rests on it is looked at anew."""
    if not why.strip():
        raise NoticeProblem("Say why the answer is taken back.", "why")
    _one_at_a_time()
    held = PersonAnswer.objects.select_for_update(of=("self",)).get(pk=answer.pk)
    if held.ended_at:
        return held
    held.ended_at, held.ended_by_name, held.ended_why = now, by.name, why.strip()
    held.save(update_fields=["ended_at", "ended_by_name", "ended_why"])
    audit.record("took back who is who", by=by, subject=held.one, other=held.other_id, verdict=held.verdict)
    if held.verdict == PersonAnswer.Verdict.SAME:
        _look_again(held, today, by)
    return held


def _look_again(answer: PersonAnswer, today: dt.date, by: User) -> None:
    """What was issued to either is priced by what came before to both."""
    pupils = Responsibility.objects.filter(parent__in=[answer.one_id, answer.other_id]).values_list("pupil", flat=True)
    look_again_at(set(pupils), today=today, by=by)


@transaction.atomic
def say_two_children(*, by: User, today: dt.date, now: dt.datetime, one: Pupil, other: Pupil, why: str) -> ChildrenApart:
    """Of one name and day of birth, and two children all the same. That they are one is said by merging the records."""
    if one.pk == other.pk:
        raise NoticeProblem("That is one record.")
    if not why.strip():
        raise NoticeProblem("Say how you know.", "why")
    first, second = sorted((one, other), key=lambda pupil: pupil.pk)
    list(Pupil.objects.select_for_update(of=("self",)).filter(pk__in=[first.pk, second.pk]).order_by("pk"))
    if standing := ChildrenApart.objects.filter(one=first, other=second, ended_at=None).first():
        return standing
    made = ChildrenApart.objects.create(one=first, other=second, why=why.strip(), day=today, by=by, by_name=by.name, at=now)
    audit.record("said that two records are two children", by=by, subject=first, other=second.pk)
    return made


@transaction.atomic
def take_back_two_children(*, by: User, now: dt.datetime, answer: ChildrenApart, why: str) -> ChildrenApart:
    if not why.strip():
        raise NoticeProblem("Say why the answer is taken back.", "why")
    held = ChildrenApart.objects.select_for_update(of=("self",)).get(pk=answer.pk)
    if not held.ended_at:
        held.ended_at, held.ended_by_name, held.ended_why = now, by.name, why.strip()
        held.save(update_fields=["ended_at", "ended_by_name", "ended_why"])
        audit.record("took back that two records are two children", by=by, subject=held.one, other=held.other_id)
    return held
