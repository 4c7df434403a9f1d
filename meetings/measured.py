"""How a term's meetings go: due, offered, held and declined, actions done in time, and severely absent pupils with a plan.

Made of the same rows as the plan of the term, so that each line is what the plan shows when it is filtered for it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields

from django.db.models import Count, F, Q

from attendance.models import Rating
from attendance.tables import Share
from meetings.models import Action
from meetings.planning import rag_rank
from meetings.term_plan import TermRow
from meetings.terms import Term


@dataclass(frozen=True, slots=True)
class Measure:
    """Sums over some schools. Actions are those due in the term up to today that were not dropped; `in_time`: done by their day."""

    schools: int = 0
    due: int = 0
    offered: int = 0  # offers made, each time one was
    planned: int = 0
    held: int = 0
    declined: int = 0
    accepted: int = 0  # of those declined: with evidence that was accepted
    actions: int = 0
    in_time: int = 0
    severe: int = 0
    with_plan: int = 0
    unknown: int = 0  # schools without registers this school year: nobody knows who is severely absent there

    def __add__(self, other: Measure) -> Measure:
        return Measure(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(Measure)))

    @property
    def known(self) -> int:
        """Schools with registers."""
        return self.schools - self.unknown

    @property
    def done(self) -> Share | None:
        return Share(self.in_time, self.actions, "action") if self.actions else None

    @property
    def planned_for(self) -> Share | None:
        return Share(self.with_plan, self.severe, "pupil") if self.severe else None


@dataclass(frozen=True, slots=True)
class Line:
    """One officer's or one colour's schools. `choice`: as the plan's filter takes it, (name, value); ("", "") for all."""

    name: str
    choice: tuple[str, str]
    of: Measure


def by_school(rows: Sequence[TermRow], term: Term, *, today: dt.date) -> dict[int, Measure]:
    """One query."""
    acted = _actions([row.school.pk for row in rows], term, today)
    found = {}
    for row in rows:
        actions, in_time = acted.get(row.school.pk, (0, 0))
        found[row.school.pk] = Measure(
            1, row.due, row.offered, row.planned, row.held, row.declined, row.excused, actions, in_time, row.severe,
            row.severe - row.severe_without_plan, int(not row.known),
        )  # fmt: skip
    return found


def _actions(schools: Iterable[int], term: Term, today: dt.date) -> dict[int, tuple[int, int]]:
    """By school: actions due in the term up to today, and those of them that were done by their day."""
    due = Action.objects.filter(school__in=list(schools), due__range=(term.first, min(term.last, today)))
    counted = due.exclude(status=Action.Status.DROPPED).order_by().values_list("school")
    in_time = Q(status=Action.Status.DONE, closed__lte=F("due"))
    return {school: (n, done) for school, n, done in counted.annotate(n=Count("pk"), done=Count("pk", filter=in_time))}


def total(of: dict[int, Measure]) -> Measure:
    return sum(of.values(), Measure())


def by_officer(rows: Sequence[TermRow], of: dict[int, Measure], *, nobody: str) -> list[Line]:
    """By who leads the school; nobody last. `nobody`: how the plan's filter calls that."""

    def line(row: TermRow) -> tuple[str, str]:
        return (row.officer.name, str(row.officer.pk)) if row.officer else ("Nobody leads there", nobody)

    lines = _grouped(rows, of, line, "officer")
    return sorted(lines, key=lambda one: (one.choice[1] == nobody, one.name.casefold()))


def by_colour(rows: Sequence[TermRow], of: dict[int, Measure]) -> list[Line]:
    """By rating, red first."""

    def line(row: TermRow) -> tuple[str, str]:
        return (str(Rating.Colour(row.colour).label), row.colour) if row.colour else ("None yet", "none")

    lines = _grouped(rows, of, line, "colour")
    return sorted(lines, key=lambda one: rag_rank("" if one.choice[1] == "none" else one.choice[1]))


def _grouped(rows: Sequence[TermRow], of: dict[int, Measure], named: Callable[[TermRow], tuple[str, str]], filtered_by: str) -> list[Line]:
    sums: dict[tuple[str, str], Measure] = defaultdict(Measure)
    for row in rows:
        sums[named(row)] += of[row.school.pk]
    return [Line(name, (filtered_by, value), measure) for (name, value), measure in sums.items()]
