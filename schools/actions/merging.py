"""Saying that two records are of one child, and taking it back.

Nothing is moved: the record points at the other, is left out of lists and counts, and its time on rolls is shown with the other's.
So undoing is exact, whatever has happened to either since. What could not be undone so is refused: see `merge`.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from accounts import audit
from accounts.models import User
from schools import bell
from schools.models import Enrolment, Merge, Pupil


class MergeProblem(ValueError):
    """Why two records cannot be made one, or two again."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def merge(*, by: User | None, today: dt.date, now: dt.datetime, pupil: Pupil, into: Pupil, why: str) -> Merge:
    """`pupil` is found to be `into`. Refused while `pupil` is on a roll: marks that come for it would be of nobody's list."""
    held = {one.pk: one for one in Pupil.objects.select_for_update(of=("self",)).filter(pk__in=[pupil.pk, into.pk]).order_by("pk")}
    pupil, into = held[pupil.pk], held[into.pk]
    if pupil.pk == into.pk:
        raise MergeProblem("That is the same record")
    if not why.strip():
        raise MergeProblem("Enter how you know that this is one child", "why")
    if pupil.merged_into_id == into.pk:
        return Merge.objects.standing().get(pupil=pupil)  # the same form, sent twice
    if pupil.merged_into_id or into.merged_into_id:
        one = pupil if pupil.merged_into_id else into
        raise MergeProblem(f"The record of {one} ({_number(one)}) was merged already. Undo that first, or take the other record.")
    if pupil.merged.exists():
        raise MergeProblem(f"Another record was merged into this one of {pupil}. Keep this one, and merge the other into it.")
    here = Enrolment.objects.filter(pupil=pupil).touching(today, dt.date.max).select_related("school").first()
    if here:
        raise MergeProblem(
            f"The record that goes is on roll at {here.school}. Keep that one instead, or end its enrolment there first: otherwise marks "
            "would go on coming for a record that no list shows."
        )
    twice = _twice(pupil, into)
    if twice:
        raise MergeProblem(
            f"Both records were on roll at {twice.school} in the same days ({twice.start:%-d %B %Y}). Sessions would count twice: correct "
            "one of the enrolments first."
        )
    pupil.merged_into = into
    pupil.save(update_fields=["merged_into"])
    made = Merge.objects.create(pupil=pupil, into=into, why=why, by=by, at=now)
    _ring(pupil, into)
    audit.record("Pupils merged", by=by, subject=pupil, into=into.pk, why=why[:200])
    return made


def _number(pupil: Pupil) -> str:
    return pupil.upn or "without a UPN"


def _twice(pupil: Pupil, into: Pupil) -> Enrolment | None:
    """A spell of the one at a school where the other was on roll on some of its days."""
    for spell in pupil.enrolments.select_related("school"):
        if into.enrolments.filter(school=spell.school_id).touching(spell.start, spell.end or dt.date.max).exists():
            return spell
    return None


@transaction.atomic
def undo(*, by: User | None, now: dt.datetime, merge: Merge, why: str) -> Merge:
    """They are two children after all: everything is as it was before."""
    held = Merge.objects.select_for_update(of=("self",)).select_related("pupil", "into").get(pk=merge.pk)
    if held.undone_at:
        return held
    if not why.strip():
        raise MergeProblem("Enter why they are two children", "why")
    Pupil.objects.select_for_update().get(pk=held.pupil_id)
    held.undone_by, held.undone_at, held.undone_why = by, now, why
    held.save(update_fields=["undone_by", "undone_at", "undone_why"])
    held.pupil.merged_into = None
    held.pupil.save(update_fields=["merged_into"])
    _ring(held.pupil, held.into)
    audit.record("Merge undone", by=by, subject=held.pupil, was_into=held.into_id, why=why[:200])
    return held


def _ring(*pupils: Pupil) -> None:
    schools = set(Enrolment.objects.filter(pupil__in=pupils).values_list("school", flat=True))
    bell.people_changed(pupils=[pupil.pk for pupil in pupils], schools=schools)
