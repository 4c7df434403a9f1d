"""Saying that two children belong together, or do not: dated, with a reason, by a person."""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from casework.actions.cases import CaseProblem, clock_words, record
from casework.models import Case, Entry, FamilyLink
from schools.models import Pupil


@transaction.atomic
def judge(
    *,
    by: User | None,
    today: dt.date,
    now: dt.datetime,
    pupil: Pupil,
    other: Pupil,
    verdict: str,
    why: str,
    known: int | None = None,
) -> FamilyLink:
    """Say it. `known`: the word that stood when the asking page was made; a later one by somebody else is not written over."""
    if pupil.pk == other.pk:
        raise CaseProblem("That is the same child")
    if verdict not in FamilyLink.Verdict.values:
        raise CaseProblem("Choose how the children are linked", "verdict")
    if not why.strip():
        raise CaseProblem("Enter how you know", "why")
    one, two = sorted((pupil, other), key=lambda child: child.pk)
    list(Pupil.objects.select_for_update(of=("self",)).filter(pk__in=[one.pk, two.pk]).order_by("pk"))
    standing = FamilyLink.objects.standing().filter(one=one, other=two).first()
    if standing and (standing.verdict, standing.why, standing.by) == (verdict, why, by):
        return standing  # the same form, sent twice
    if standing and standing.pk != known:
        raise CaseProblem(
            f"{standing.by_name} said {clock_words(standing.at, now)}: {standing.get_verdict_display().lower()}. “{standing.why[:200]}” "
            "Nothing of yours was saved; look at it and try again."
        )
    if standing:
        standing.ended_at = now
        standing.save(update_fields=["ended_at"])
    try:
        with transaction.atomic():
            made = FamilyLink.objects.create(
                one=one, other=two, verdict=verdict, why=why, day=today, by=by, by_name=by.name if by else audit.COMMAND, at=now
            )
    except IntegrityError:
        raise CaseProblem("Somebody else has just said how these children are linked. Look at it and try again.") from None
    if verdict != FamilyLink.Verdict.NONE:
        for case in Case.objects.open().filter(pupil__in=[one, two]).select_related("pupil"):
            sibling = two if case.pupil_id == one.pk else one
            words = f"Linked with {sibling}: {made.get_verdict_display().lower()}. {why}"
            record(by=by, now=now, case=case, kind=Entry.Kind.NOTE, words=words, day=today)
    audit.record("Children linked" if verdict != FamilyLink.Verdict.NONE else "Children not linked", by=by, subject=one, other=two.pk)
    return made
