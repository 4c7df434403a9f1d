"""Before any mark is drawn: how many sessions each enrolment will miss in a year, and for which reasons.

Rates are drawn by stratified quantiles: within each kind of pupil the ranks are spread evenly and given in order of how prone
each is, so that even a small borough comes to England's figures. Reasons are then shared out of that number, never added
to it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from attendance import matrix
from config.demo import calibration
from config.demo.dates import Calendar
from config.demo.people import Bools, Children, Floats, Ints
from config.demo.places import PRIMARY, PRU, SECONDARY, SPECIAL, Place
from config.demo.spells import Spell, last_friday_in_june

# how much of what makes a pupil absent is the same next year: gives a correlation of about 0.6 between years' rates
# (FFT Education Datalab: 0.63 from year 6 to year 7)
LASTING = 0.78
SCHOOL = 0.20  # a school's own effect, in standard deviations: leaves 4 to 5 points of PA between schools of like pupils


@dataclass(slots=True)
class Plan:
    """One academic year. Arrays by row; a row is a spell within the year, as in the register."""

    year: int
    spell: Ints
    child: Ints
    place: Ints
    group: Ints  # year group in that year
    phase: NDArray[np.str_]  # whose mix of codes
    first: Ints  # columns of the register, first and one past the last
    end: Ints
    away: Bools  # rows x 7 weekdays
    away_from: Ints
    rate: Floats
    missed: Ints  # sessions to miss
    left: Ints  # of those, not yet given a reason
    reasons: dict[str, Ints] = field(default_factory=dict)
    holiday: Ints = field(default_factory=lambda: np.zeros((0, 2), np.int64))  # columns of a family holiday
    open: dict[int, Bools] = field(default_factory=dict)  # place -> its open sessions

    def __len__(self) -> int:
        return len(self.spell)

    def free(self, rows: Ints) -> Bools:
        """The sessions at which these rows (of one school) are due there."""
        columns = np.arange(matrix.LENGTH)
        weekday = (columns // 2 + matrix.year_start(self.year).weekday()) % 7
        due = (columns >= self.first[rows, None]) & (columns < self.end[rows, None])
        elsewhere = self.away[rows][:, weekday] & (columns >= self.away_from[rows, None])
        return self.open[int(self.place[rows[0]])] & due & ~elsewhere


def draw(
    year: int,
    spells: list[Spell],
    children: Children,
    places: list[Place],
    calendars: dict[tuple[int, int], Calendar],
    rng: np.random.Generator,
) -> Plan:
    plan = _rows(year, spells, children, places, calendars)
    possible = np.zeros(len(plan), np.int64)
    for place in np.unique(plan.place):
        rows = np.flatnonzero(plan.place == place)
        possible[rows] = plan.free(rows).sum(axis=1)
    _rates(plan, children, places, rng)
    plan.missed = np.minimum(np.floor(plan.rate * possible + rng.random(len(plan))).astype(np.int64), possible)
    plan.left = plan.missed.copy()
    _holidays(plan, children, possible, calendars, rng)
    _reasons(plan, children, possible, rng)
    return plan


def _rows(
    year: int,
    spells: list[Spell],
    children: Children,
    places: list[Place],
    calendars: dict[tuple[int, int], Calendar],
) -> Plan:
    start, end = matrix.year_start(year), matrix.year_end(year)
    kept = [i for i, s in enumerate(spells) if s.start <= end and (s.end is None or s.end >= start)]
    chosen = [spells[i] for i in kept]
    child = np.array([s.child for s in chosen], np.int64)
    place = np.array([s.place for s in chosen], np.int64)
    away = np.zeros((len(chosen), 7), np.bool_)
    for row, spell in enumerate(chosen):
        away[row, list(spell.away)] = True
    group = children.year_group(year)[child]
    mixes = {PRIMARY: PRIMARY, SECONDARY: SECONDARY, SPECIAL: SPECIAL, PRU: PRU}
    phase = np.array([mixes.get(p.phase, "") for p in places])[place]
    phase = np.where(phase == "", np.where(group < 7, PRIMARY, SECONDARY), phase)
    plan = Plan(
        year=year,
        spell=np.array(kept, np.int64),
        child=child,
        place=place,
        group=group,
        phase=phase,
        first=np.array([_column(max(s.start, start), start) for s in chosen], np.int64),
        end=np.array([_column(min(s.end or end, end), start) + 2 for s in chosen], np.int64),
        away=away,
        away_from=np.array([_column(s.away_from or end, start) for s in chosen], np.int64),
        rate=np.zeros(len(chosen)),
        missed=np.zeros(len(chosen), np.int64),
        left=np.zeros(len(chosen), np.int64),
    )
    for index in np.unique(place).tolist():
        sessions = np.zeros(matrix.LENGTH, np.bool_)
        for day in calendars[index, year].days():
            sessions[_column(day, start) : _column(day, start) + 2] = True
        plan.open[index] = sessions
    return plan


def _column(day: dt.date, start: dt.date) -> int:
    return (day - start).days * 2


def _rates(plan: Plan, children: Children, places: list[Place], rng: np.random.Generator) -> None:
    effect = np.array([place.effect for place in places])
    yearly = rng.normal(size=len(children))  # the same for both halves of a year with a move
    prone = np.sqrt(LASTING) * children.prone + np.sqrt(1 - LASTING) * yearly
    score = prone[plan.child] + SCHOOL * effect[plan.place] + 0.05 * rng.normal(size=len(plan))
    independent = np.array([place.independent for place in places])[plan.place]
    score -= 0.3 * independent
    fsm, sen = children.fsm[plan.child], children.sen[plan.child]
    kind = np.char.add(plan.phase, np.where(independent, "*", ""))
    keys = np.stack([np.unique(kind, return_inverse=True)[1], np.maximum(plan.group, 1), fsm, sen])
    offset = rng.random()
    for number, key in enumerate(np.unique(keys, axis=1).T):
        rows = np.flatnonzero((keys == key[:, None]).all(axis=0))
        # ranks spread evenly; each stratum's own offset, and the offsets spread evenly too (golden ratio)
        ranks = np.empty(len(rows))
        ranks[np.argsort(score[rows])] = (np.arange(len(rows)) + (offset + number * 0.6180339887) % 1) / len(rows)
        first = rows[0]
        plan.rate[rows] = calibration.absence_rate(
            str(plan.phase[first]), int(plan.group[first]), bool(fsm[first]), bool(sen[first]), ranks
        )


def _holidays(
    plan: Plan,
    children: Children,
    possible: Ints,
    calendars: dict[tuple[int, int], Calendar],
    rng: np.random.Generator,
) -> None:
    """Whole families go away in term for 3 to 10 school days, mostly beside a break: code G for every child of school age."""
    families = int(children.family.max()) + 1
    family = children.family[plan.child]
    smallest = np.full(families, 10**6)
    np.minimum.at(smallest, family, plan.missed)
    days = np.minimum(3 + rng.geometric(0.4, families) - 1, 10)
    days = np.minimum(days, (smallest * 0.9 // 2).astype(np.int64))
    begin = _departures(plan, calendars, families, days, rng)
    plan.holiday = np.zeros((len(plan), 2), np.int64)
    plan.holiday[:, 0] = begin[family] * 2
    plan.holiday[:, 1] = (begin + days + 2 * (days // 5))[family] * 2
    sessions = np.zeros(len(plan), np.int64)
    columns = np.arange(matrix.LENGTH)
    for place in np.unique(plan.place):
        rows = np.flatnonzero(plan.place == place)
        inside = (columns >= plan.holiday[rows, :1]) & (columns < plan.holiday[rows, 1:])
        sessions[rows] = (plan.free(rows) & inside).sum(axis=1)
    fits = np.ones(families, np.bool_)
    np.logical_and.at(fits, family, sessions <= plan.missed)
    fits &= days >= 3
    young = np.zeros(families, np.bool_)
    np.logical_or.at(young, family, plan.phase == PRIMARY)
    going = np.zeros(families, np.bool_)
    for some, phase in ((young, PRIMARY), (~young, SECONDARY)):
        wanted = calibration.code_mix(phase)["G"] * possible[plan.phase == phase].sum()
        if phase == SECONDARY:
            wanted -= sessions[(plan.phase == phase) & going[family]].sum()
        order = rng.permutation(np.flatnonzero(fits & some))
        taken = np.bincount(family[plan.phase == phase], sessions[plan.phase == phase], minlength=families)[order]
        going[order[np.cumsum(taken) <= wanted]] = True
    plan.reasons["G"] = np.where(going[family], sessions, 0)
    plan.left -= plan.reasons["G"]


def _departures(plan: Plan, calendars: dict[tuple[int, int], Calendar], families: int, days: Ints, rng: np.random.Generator) -> Ints:
    """First day away, days since 1 August: up against a break of the school's own calendar, or anywhere outside winter."""
    terms = calendars[int(plan.place[0]), plan.year].terms
    start = matrix.year_start(plan.year)
    first = np.array([(term[1] - start).days for term in terms])
    last = np.array([(term[2] - start).days for term in terms])
    # before Christmas, Easter and summer, and after the summer and Easter holidays, more than at half terms
    before = rng.choice(6, families, p=[0.16, 0.12, 0.10, 0.14, 0.14, 0.34])
    after = rng.choice(6, families, p=[0.18, 0.16, 0.18, 0.10, 0.20, 0.18])
    anywhere = np.where(rng.random(families) < 0.5, rng.integers(35, 75, families), rng.integers(270, 345, families))
    calendar_days = days + 2 * (days // 5)
    kind = rng.random(families)
    return np.where(kind < 0.45, last[before] - calendar_days + 1, np.where(kind < 0.75, first[after], anywhere // 7 * 7 + 2))


def _reasons(plan: Plan, children: Children, possible: Ints, rng: np.random.Generator) -> None:
    """Share what each row misses among the rarer reasons, up to their share of sessions; illness and O take the rest."""
    sen, fsm = children.sen[plan.child], children.fsm[plan.child]
    boy = ~children.girl[plan.child]
    trouble = np.exp(0.8 * children.prone[plan.child]) * (1 + sen) * (1 + 0.6 * fsm) * (1 + 0.6 * boy)
    n = len(plan)
    one = np.ones(n)
    year_11 = (plan.group == 11) & (plan.end > _column(last_friday_in_june(plan.year + 1), matrix.year_start(plan.year)))
    leave_schools = np.isin(plan.place, _some(np.unique(plan.place[plan.phase == SECONDARY]), 0.16, rng))
    sized = (
        # code, sessions if chosen, largest part of what is left, weight of being chosen
        ("S", np.full(n, 26), 0.6, (year_11 & leave_schools) * one),
        ("C2", rng.integers(20, 61, n), 0.6, (plan.missed >= 30) * trouble),
        ("E", 2 * np.minimum(rng.geometric(0.45, n), 5) + 2 * rng.poisson(0.3, n), 0.6, (plan.group > 0) * trouble),
        ("T", rng.integers(6, 31, n), 0.8, (plan.missed >= 8) * one),
        ("C", 2 * rng.integers(1, 4, n), 0.6, one),
        ("C1", 2 * rng.integers(1, 3, n), 0.5, one),
        ("J1", rng.integers(1, 3, n), 0.5, (plan.group >= 10) * one),
        ("M", 1 + rng.poisson(1.6, n), 0.6, 1 + 0.05 * plan.missed),
        ("U", 1 + rng.poisson(1.2, n), 0.5, 1 + 0.15 * plan.missed),
    )
    for code, wish, part, weight in sized:
        given = np.minimum(wish, np.floor(plan.left * part)).astype(np.int64)
        if code in ("E", "C"):
            given -= given % 2
        plan.reasons[code] = _up_to(plan, code, np.where(weight > 0, given, 0), np.asarray(weight, np.float64), possible, rng)
        plan.left -= plan.reasons[code]


def _some(items: Ints, share: float, rng: np.random.Generator) -> Ints:
    return rng.permutation(items)[: max(1, round(len(items) * share))] if len(items) else items


def _up_to(plan: Plan, code: str, given: Ints, weight: Floats, possible: Ints, rng: np.random.Generator) -> Ints:
    """Rows in random order, the weightier sooner, until the phase has its share of the code."""
    chosen = np.zeros(len(plan), np.int64)
    # an exponential race: the chance to come first is in proportion to the weight
    finish = rng.exponential(size=len(plan)) / np.maximum(weight, 1e-12)
    for phase in (PRIMARY, SECONDARY, SPECIAL, PRU):
        rows = np.flatnonzero((plan.phase == phase) & (given > 0))
        rows = rows[np.argsort(finish[rows])]
        wanted = calibration.code_mix(phase)[code] * possible[plan.phase == phase].sum()
        taken = rows[np.cumsum(given[rows]) <= wanted]
        chosen[taken] = given[taken]
    return chosen
