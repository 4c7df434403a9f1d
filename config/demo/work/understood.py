"""Assessments, targets and reviews of the demo's cases, and where safeguarding was considered: written once their cases stand.

What a review kept is counted from the registers, as casework does; who needs a consideration is the rule's own answer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np

from casework import considering, stages
from casework.models import AssessedBarrier, Assessment, Barrier, Case, Consideration, Entry, PlanReview, PlanTarget, Said, Service
from config.demo.dates import ONE
from config.demo.work import understood_words as words
from config.demo.work.cast import Cast
from config.demo.work.ledger import Ledger
from config.demo.work.story import Story
from schools.models import PolicyValue

_AT_ONCE = 1000
_TARGETS = ((3, 30), (6, 60), (8, 60), (10, 60), (5, 20))


class Understanding:
    """Chance and the cast are held here while it is told."""

    def __init__(self, cast: Cast, ledger: Ledger, rng: np.random.Generator) -> None:
        self.cast, self.ledger, self.rng = cast, ledger, rng

    def write(self, stories: Sequence[Story]) -> None:
        told = sorted((story for story in stories if story.row), key=lambda story: story.row.pk if story.row else 0)
        self._assess(told)
        self._aim(told)
        self._look_again(told)

    def _assess(self, stories: Sequence[Story]) -> None:
        made: list[tuple[Assessment, str]] = []
        for story in stories:
            for number, (day, barrier) in enumerate(story.assessed, 1):
                about = words.of(barrier, int(self.rng.integers(1000)))
                row = Assessment(
                    case=story.row, number=number, day=day, at=self.cast.moment(day, 15.5), by=story.officer, **about
                )  # fmt: skip
                made.append((row, barrier))
        Assessment.objects.bulk_create([row for row, _ in made], batch_size=_AT_ONCE)
        barriers: list[AssessedBarrier] = []
        others = [code for code in Barrier.values if code != Barrier.UNKNOWN]
        for nth, (row, main) in enumerate(made):
            also = {others[nth % len(others)], others[int(self.rng.integers(len(others)))]} - {main}
            for at, code in enumerate([main, *sorted(also)]):
                barriers.append(AssessedBarrier(assessment=row, barrier=code, primary=at == 0, said_by=self._said()))
        AssessedBarrier.objects.bulk_create(barriers, batch_size=_AT_ONCE)

    def _said(self) -> list[str]:
        """Mostly the family and the school; of some it is not known who says so."""
        return [code for code, share in zip(Said.values, (0.45, 0.55, 0.5, 0.15), strict=True) if self.rng.random() < share]

    def _aim(self, stories: Sequence[Story]) -> None:
        rows = []
        for story in stories:
            for plan, _ in story.plans:
                if self.rng.random() < 0.8:
                    most, of = _TARGETS[int(self.rng.integers(len(_TARGETS)))]
                    rows.append(PlanTarget(plan=plan, most=most, of=of, start=plan.start + ONE))
        PlanTarget.objects.bulk_create(rows, batch_size=_AT_ONCE)

    def _look_again(self, stories: Sequence[Story]) -> None:
        rows = []
        for story in stories:
            for plan, since, day, result in story.looked:
                before = self.ledger.between(story.child.enrolment, since - (day - since) - ONE, since - ONE)
                after = self.ledger.between(story.child.enrolment, since, day)
                rows.append(
                    PlanReview(
                        plan=plan, day=day, at=self.cast.moment(day, 14.0), by=story.officer, result=result, since=since,
                        possible_before=before.possible, absent_before=before.absent,
                        possible_since=after.possible, absent_since=after.absent,
                    )
                )  # fmt: skip
        PlanReview.objects.bulk_create(rows, batch_size=_AT_ONCE)

    def consider(self) -> int:
        """Of children who need a consideration most have one; each whose case is at the formal stage has. Returns how many."""
        cast, policy = self.cast, PolicyValue.objects.in_force(self.cast.today)
        formal = set(Case.objects.open().filter(stage=stages.FORMAL).values_list("pk", flat=True))
        last = dict(Entry.objects.filter(case__closed=None).order_by("pk").values_list("case", "day"))
        made: list[Consideration] = []
        lines: list[Entry] = []
        for nth, line in enumerate(considering.missing(cast.manager, today=cast.today)):
            if nth % 5 == 0 and line.case not in formal:
                continue
            day = max(cast.worked(cast.today - int(self.rng.integers(1, 20)) * ONE), line.flagged)
            day = min(max(day, last.get(line.case, day) if line.case else day), cast.today)
            by = cast.officer_of.get(line.school.pk, cast.manager)
            level, referred_to, why, outcome = words.CONSIDERED[int(self.rng.integers(len(words.CONSIDERED)))]
            known = bool(outcome) and day < cast.today - 7 * ONE
            row = Consideration(
                pupil=line.pupil,
                case_id=line.case,
                day=day,
                at=cast.moment(day, 17.9),
                by=by,
                considered_by=f"{by.name} with the school’s DSL",
                level=level,
                referred=bool(referred_to),
                referred_to=referred_to,
                why=why,
                outcome=outcome if known else "",
                outcome_day=cast.worked(day + 5 * ONE) if known else None,
                evidence=list(line.verdict.evidence),
                policy_version=policy.version,
            )
            made.append(row)
            if line.case:
                lines.append(self._line(row))
        Consideration.objects.bulk_create(made, batch_size=_AT_ONCE)
        Entry.objects.bulk_create(lines, batch_size=_AT_ONCE)
        return len(made)

    def _line(self, row: Consideration) -> Entry:
        to = f"Referred to {Service(row.referred_to).label}" if row.referred else "Not referred"
        said = f"Safeguarding considered by {row.considered_by}: {row.get_level_display()}. {to}."
        at: dt.datetime = row.at
        return Entry(case_id=row.case_id, kind=Entry.Kind.SAFE, day=row.day, at=at, by=row.by, by_name=str(row.by), words=said)
