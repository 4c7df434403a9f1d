"""Writing down what is understood of a child: the next version of the case's assessment."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from django.db import transaction

from accounts import audit
from accounts.models import User
from casework.actions.cases import USED_BEFORE, CaseProblem, Overtaken, clock_words, hold, record
from casework.models import AssessedBarrier, Assessment, Barrier, Case, Entry, Said


@dataclass(frozen=True, slots=True)
class Found:
    """One barrier as it is found, and who says so. `row` of the form it came from."""

    barrier: str
    said_by: Sequence[str] = ()
    row: int = 1


@dataclass(frozen=True, slots=True)
class Understood:
    """What an assessment says. The first of `barriers` is the primary one; "" is not known yet."""

    barriers: Sequence[Found] = ()
    child_voice: str = ""
    parent_views: str = ""
    strengths: str = ""
    tried: str = ""

    words: ClassVar[tuple[str, ...]] = ("child_voice", "parent_views", "strengths", "tried")


@transaction.atomic
def assess(
    *,
    by: User | None,
    today: dt.date,
    now: dt.datetime,
    case: Case,
    understood: Understood,
    number: int,
    form_token: uuid.UUID | None = None,
) -> Assessment:
    """Save the next version. `number`: of the version that the form was made from, 0 for none. Nothing that stands is altered."""
    held = hold(case, by=by, now=now)
    if form_token and (made := Assessment.objects.filter(form_token=form_token).first()):
        if made.case_id == held.pk:
            return made
        raise CaseProblem(USED_BEFORE)
    _check(understood)
    standing = held.assessments.select_related("by").order_by("-number").first()
    if standing and standing.number != number:
        who = "You" if by and standing.by_id == by.pk else str(standing.by or audit.COMMAND)
        raise Overtaken(
            f"{who} saved version {standing.number} of this assessment {clock_words(standing.at, now)}, after you had opened the form. "
            "Nothing of yours was lost, and nothing was saved yet: look at both, and send yours again as it should stand."
        )
    made = Assessment.objects.create(
        case=held,
        number=standing.number + 1 if standing else 1,
        day=today,
        at=now,
        by=by,
        form_token=form_token,
        **{name: getattr(understood, name) for name in understood.words},
    )
    AssessedBarrier.objects.bulk_create(
        AssessedBarrier(assessment=made, barrier=one.barrier, primary=not at, said_by=list(one.said_by))
        for at, one in enumerate(understood.barriers)
    )
    # which barriers they are, the school does not read
    said = "Assessment written." if made.number == 1 else f"Assessment written anew, version {made.number}."
    record(by=by, now=now, case=held, kind=Entry.Kind.ASSESSED, words=said, day=today, shared=True)
    audit.record("Assessment written", by=by, subject=held, version=made.number, barriers=len(understood.barriers))
    return made


def _check(understood: Understood) -> None:
    if not understood.barriers:
        raise CaseProblem("Choose what mainly keeps the child from school, or “Not known yet”", "barrier_1")
    known: set[str] = set()
    for one in understood.barriers:
        if one.barrier not in Barrier.values or not set(one.said_by) <= set(Said.values):
            raise CaseProblem("Choose from the list", f"barrier_{one.row}")
        if one.barrier in known:
            raise CaseProblem(f"“{Barrier(one.barrier).label}” stands above already", f"barrier_{one.row}")
        known.add(one.barrier)
