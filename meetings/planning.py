"""Reads for the plan of a school year: what the rule says of every school now, beside what stands."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from attendance import cuts
from attendance.models import Rating
from attendance.reports import cuts as cut_reports
from attendance.reports.national import Comparators, comparators
from meetings import frequency
from meetings.frequency import Due, England, Facts, LastYear, Values
from meetings.models import YearPlan
from schools.models import PolicyValue, School
from schools.policy import Policy


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the rule says of a school now, beside what stands; `plan` None: nothing has been set for the year."""

    school: School
    facts: Facts
    due: Due
    plan: YearPlan | None

    @property
    def changes(self) -> bool:
        """Would accepting it change what stands? Other words for the same number and band are no change."""
        plan = self.plan
        return plan is None or (plan.by_rule, plan.band, plan.floor) != (self.due.number, self.due.band, self.due.floor)

    @property
    def number_after(self) -> int:
        """What would stand: a manager's adjustment goes on, but not below the floor."""
        if self.plan is None or self.plan.adjusted is None:
            return self.due.number
        return max(self.plan.adjusted, self.due.floor)

    @property
    def band_name(self) -> str:
        return str(YearPlan.Band(self.due.band).label)


@dataclass(frozen=True, slots=True)
class Proposed:
    """Every school that is open at some time of the year. `seen` names just this: what is accepted is what was looked at."""

    year: int
    policy: Policy
    proposals: list[Proposal]
    seen: str

    @property
    def new(self) -> list[Proposal]:
        return [one for one in self.proposals if one.plan is None]

    @property
    def revised(self) -> list[Proposal]:
        return [one for one in self.proposals if one.plan is not None and one.changes]


def proposed(year: int, *, today: dt.date) -> Proposed:
    """By the registers and England's figures as they are held now. Five queries."""
    policy = PolicyValue.objects.in_force(today)
    values = Values.of(policy.values)
    schools = list(School.objects.open_within(dt.date(year, 9, 1), dt.date(year + 1, 7, 31)).order_by("sort_name", "pk"))
    plans = {plan.school_id: plan for plan in YearPlan.objects.filter(year=year)}
    facts = _facts(schools, year, values, comparators())
    found = [Proposal(one, facts[one.pk], frequency.frequency(facts[one.pk], values, today=today), plans.get(one.pk)) for one in schools]
    said = [(one.school.pk, one.due.number, one.due.band, one.plan.version if one.plan else 0) for one in found]
    return Proposed(year, policy, found, str(_digest((year, policy.version, said))))


def _digest(said: object) -> str:
    return hashlib.sha256(repr(said).encode()).hexdigest()[:24]


def _facts(schools: Sequence[School], year: int, values: Values, england: Comparators) -> dict[int, Facts]:
    last = _last_years([school.pk for school in schools], year - 1)
    published = {phase: england.whole_year(phase, year - 1) for phase in {school.phase for school in schools}}
    bare = {}
    for school in schools:
        known = published[school.phase]
        bare[school.pk] = Facts(
            year,
            school.phase,
            independent=school.independent,
            opened=school.opened,
            closed=school.closed,
            last=last.get(school.pk),
            england=England(100 - known.absence_pct, known.source) if known else None,
        )
    return {**bare, **_with_standing(bare, values)}


def _with_standing(bare: dict[int, Facts], values: Values) -> dict[int, Facts]:
    """Beside the authority's other state-funded schools of the phase that had a full year."""
    of_phase: dict[str, list[tuple[int, LastYear]]] = {}
    for pk, facts in bare.items():
        if facts.last and not facts.independent and frequency.is_full_year(facts, values):
            of_phase.setdefault(facts.phase, []).append((pk, facts.last))
    found = {}
    for schools in of_phase.values():
        for pk, as_good in frequency.standing_of(schools).items():
            found[pk] = replace(bare[pk], as_good=as_good, of_schools=len(schools))
    return found


def _last_years(schools: list[int], year: int) -> dict[int, LastYear]:
    """A school's whole year as the rollups hold it. One query, two where it was not read lately."""
    found = cut_reports.read(schools, [year])[year]
    codes, could = found.codes(), found.weeks[:, :, : cuts.CODES][:, :, cuts.POSSIBLE].any(axis=2)
    weeks = np.asarray(could.sum(axis=1)).tolist() if len(found.schools) else []
    known = {}
    for row, school in enumerate(found.schools):
        figures = cuts.figures_of(codes[row])
        known[school] = LastYear(figures.possible, figures.attended, int(weeks[row]))
    return known


def rag_rank(colour: str) -> int:
    """Red first; a school that was never rated after those that are green, before those that cannot be rated."""
    return {Rating.Colour.RED: 0, Rating.Colour.AMBER: 1, Rating.Colour.GREEN: 2, "": 3}.get(Rating.Colour(colour) if colour else "", 4)
