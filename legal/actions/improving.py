"""How a notice to improve ends: a named person says so, with the marks and the register as known then."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from accounts import audit
from accounts.models import User
from legal import papers
from legal.actions.improvements import hold_improvement, its_own, save_moved, write_decision
from legal.actions.problem import NoticeProblem, tell_case
from legal.actions.watch import keep_improvement_tasks, progress_of
from legal.improvement import BROKEN, MET, Progress
from legal.models import Improvement, ImprovementDecision, Paper
from legal.penalty import written
from schools import orders
from schools.models import PolicyValue

Kind, State = ImprovementDecision.Kind, Improvement.State
ENDINGS = (Kind.IMPROVED, Kind.NOT_IMPROVED, Kind.ENDED_EARLY)


@transaction.atomic
def end_improvement(
    *, by: User, today: dt.date, now: dt.datetime, improvement: Improvement, kind: str, words: str, version: int | None = None
) -> ImprovementDecision:
    """Say how it ended. What the marks say is kept beside it; where the decision differs from them, its words say why."""
    held = hold_improvement(improvement, version, by)
    its_own(held, by)
    if held.state != State.RUNNING or held.end is None:
        why = "Say first how it was served." if held.state == State.ISSUED else f"It is {held.get_state_display().lower()}."
        raise NoticeProblem(f"{held.reference} cannot be decided on. {why}")
    if kind not in ENDINGS:
        raise NoticeProblem("Choose how it ended", "kind")
    found = progress_of(held, today, known_at=now)
    if found is None:
        raise NoticeProblem(f"{held.reference} has no target yet.")
    _fits(held, kind, found, words)
    decided = _close(held, kind, words, found, by, today, now)
    said = f"{held.reference}: {decided.get_kind_display().lower()}. {found.said} missed without authority, at most {held.most} allowed."
    tell_case(by=by, today=today, now=now, pupil=held.pupil, school=held.school, words=said)
    return decided


def _fits(held: Improvement, kind: str, found: Progress, words: str) -> None:
    end = written(held.end or held.start)
    if kind == Kind.IMPROVED and not found.over:
        raise NoticeProblem(f"The period ends on {end}. Whether attendance has improved can be said after it.", "kind")
    if kind == Kind.NOT_IMPROVED and not (found.over or found.state == BROKEN):
        raise NoticeProblem(f"The target can still be met: the period ends on {end}.", "kind")
    if kind == Kind.ENDED_EARLY and found.over:
        raise NoticeProblem(f"The period ended on {end}: say whether attendance improved.", "kind")
    if kind == Kind.ENDED_EARLY and not (found.early or held.early_words):
        raise NoticeProblem(
            f"The notice names no ground that is met for going on before {end}: {found.words} Wait for the end, or withdraw it.", "kind"
        )
    agrees = found.state == {Kind.IMPROVED: MET, Kind.NOT_IMPROVED: BROKEN}.get(Kind(kind))
    differs = kind != Kind.ENDED_EARLY and not agrees
    if (differs or kind == Kind.ENDED_EARLY) and not words.strip():
        which = "which of the notice’s grounds is met" if kind == Kind.ENDED_EARLY else f"why, for by the marks: {found.words}"
        raise NoticeProblem(f"Say {which}", "words")


@transaction.atomic
def withdraw_improvement(
    *, by: User, today: dt.date, now: dt.datetime, improvement: Improvement, words: str, version: int | None = None
) -> Improvement:
    """Take one back, or drop one that is being prepared. Nothing of it is held against the parent."""
    held = hold_improvement(improvement, version, by)
    its_own(held, by)
    if held.state not in Improvement.OPEN:
        raise NoticeProblem(f"{held.reference} is {held.get_state_display().lower()} already.")
    if not words.strip():
        raise NoticeProblem("Say why it is taken back", "words")
    was_issued = held.issued is not None
    _close(held, Kind.WITHDRAWN, words, progress_of(held, today, known_at=now), by, today, now)
    if was_issued:
        tell_case(by=by, today=today, now=now, pupil=held.pupil, school=held.school, words=f"{held.reference} withdrawn.")
    return held


def _close(
    held: Improvement, kind: str, words: str, found: Progress | None, by: User, today: dt.date, now: dt.datetime
) -> ImprovementDecision:
    held.state, held.closed = State(kind), today
    names = ["state", "closed"]
    if found is not None:
        held.counted, held.missed, held.finding, held.words, held.seen_to = found.counted, found.missed, found.state, found.words, today
        names += ["counted", "missed", "finding", "words", "seen_to"]
    save_moved(held, *names)
    policy = PolicyValue.objects.in_force(today)
    decided = write_decision(held, kind, words.strip(), found, by, today, now, policy)
    audit.record("ended notice to improve", by=by, subject=held, kind_of_end=kind, sha256=decided.sha256)
    keep_improvement_tasks(pupils=[held.pupil_id], schools=None, today=today, now=now, by=by)
    return decided


@transaction.atomic
def paper_again(*, by: User, today: dt.date, now: dt.datetime, paper: Paper) -> bool:
    """Try again to make a PDF that could not be made. One that is there stays as it is."""
    tried = orders.again(paper, papers.TASK)
    if tried:
        audit.record("asked for document again", by=by, subject=paper)
    return tried
