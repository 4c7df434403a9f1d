"""Who is on whose roll, from when to when: starts, moves in mid-year, leavers, and the dually registered."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from config.demo.dates import Calendar
from config.demo.people import Children
from config.demo.places import PRIMARY, PRU, SECONDARY, SPECIAL, Place

MOVES = 0.018  # of pupils a year change school within the borough, and
JOIN = LEAVE = 0.010  # come from or go elsewhere
# why a pupil goes elsewhere
ELSEWHERE = ("Moved out of the area",) * 7 + ("Home educated", "Home educated", "Whereabouts not known")
PRU_DAYS, OWN_DAYS = (0, 1, 2), (3, 4)  # of the week, of a pupil shared between two schools


@dataclass(slots=True)
class Spell:
    """One enrolment to be. `away`: weekdays on which a dually registered pupil is due at the other school."""

    child: int
    place: int
    start: dt.date
    end: dt.date | None
    year_group: str
    subsidiary: bool = False
    away: tuple[int, ...] = ()
    away_from: dt.date | None = None
    reason: str = ""


def last_friday_in_june(year: int) -> dt.date:
    day = dt.date(year, 6, 30)
    return day - dt.timedelta(days=(day.weekday() - 4) % 7)


def draw(
    children: Children,
    places: list[Place],
    calendars: dict[tuple[int, int], Calendar],
    year: int,
    today: dt.date,
    rng: np.random.Generator,
) -> list[Spell]:
    """Every enrolment that touches last academic year or this one to today, by child."""
    return Spells(children, places, calendars, year, today, rng).all()


class Spells:
    """The drawing of enrolments: what each child needs of the others is held here while it lasts."""

    def __init__(
        self,
        children: Children,
        places: list[Place],
        calendars: dict[tuple[int, int], Calendar],
        year: int,
        today: dt.date,
        rng: np.random.Generator,
    ) -> None:
        self.children, self.places, self.calendars = children, places, calendars
        self.year, self.today, self.rng = year, today, rng
        self.primaries = [i for i, place in enumerate(places) if place.phase == PRIMARY]
        self.by_phase = {phase: [i for i, place in enumerate(places) if place.phase == phase] for phase in (PRIMARY, SECONDARY)}
        self.days = {key: calendar.days() for key, calendar in calendars.items()}

    def all(self) -> list[Spell]:
        found: list[Spell] = []
        at_pru = self._choose_for_pru()
        shared = self._choose_shared_with_special()
        chance = self.rng.random((len(self.children), 2))
        for child in range(len(self.children)):
            spells = self._usual(child)
            if child in at_pru:
                spells = self._with_pru(spells, child)
            elif child in shared:
                spells = self._with_special(spells, child)
            elif self.children.elsewhere[child] < 0:
                spells = self._with_moves(spells, chance[child])
            found += [spell for spell in spells if spell.start <= self.today]
        return found

    def _first_day(self, place: int, year: int) -> dt.date:
        key = (place, min(max(year, self.year - 1), self.year))
        if year == key[1]:
            return self.calendars[key].terms[0][1]
        return dt.date(year, 9, 1)  # long ago: its own calendar is not kept

    def _last_day(self, place: int, year: int) -> dt.date:
        return self.calendars[place, year].terms[-1][2]

    def _usual(self, child: int) -> list[Spell]:
        """Without events: one school to year 6, another from year 7; special and independent schools throughout."""
        entry = int(self.children.entry[child])
        now = self.year - entry
        leaves = last_friday_in_june(self.year) if now == 12 else None
        group = _group(min(now, 11))
        elsewhere = int(self.children.elsewhere[child])
        if elsewhere >= 0:
            return [Spell(child, elsewhere, self._first_day(elsewhere, entry), leaves, group, reason=_why(leaves))]
        primary, secondary = self.primaries[self.children.home[child]], int(self.children.school[child])
        if now < 7:
            return [Spell(child, primary, self._first_day(primary, entry), None, group)]
        to_secondary = Spell(child, secondary, self._first_day(secondary, entry + 7), leaves, group, reason=_why(leaves))
        if now > 7:
            return [to_secondary]
        end = self._last_day(primary, self.year - 1)
        before = Spell(child, primary, self._first_day(primary, entry), end, "6", reason="Moved to secondary school")
        return [before, to_secondary]

    def _with_moves(self, spells: list[Spell], chance: np.ndarray) -> list[Spell]:
        """Last year and this year, each with a small chance of an event in mid-year."""
        for which, year in enumerate((self.year - 1, self.year)):
            roll = chance[which]
            if roll > MOVES + JOIN + LEAVE:
                continue
            current = spells[0] if which == 0 else spells[-1]
            days = self.days[current.place, year]
            day = days[int(self.rng.integers(12, len(days) - 12))]
            if day <= current.start or (current.end and day >= current.end) or day > self.today:
                continue
            if roll < MOVES:
                spells = self._move(spells, current, day)
            elif roll < MOVES + JOIN and current is spells[0] and len(spells) == 1:
                current.start = day
            elif roll >= MOVES + JOIN and current is spells[-1] and current.end is None:
                current.end, current.reason = day, ELSEWHERE[current.child % len(ELSEWHERE)]
        return spells

    def _move(self, spells: list[Spell], current: Spell, day: dt.date) -> list[Spell]:
        others = [i for i in self.by_phase[self.places[current.place].phase] if i != current.place]
        if not others:
            return spells
        to = others[int(self.rng.integers(len(others)))]
        start = day + dt.timedelta(days=int(self.rng.choice([1, 1, 3, 7])))
        start += dt.timedelta(days=max(0, 7 - start.weekday()) if start.weekday() > 4 else 0)
        if (current.end and start >= current.end) or start > self.today:
            return spells
        at = spells.index(current)
        after = Spell(current.child, to, start, current.end, current.year_group, reason=current.reason)
        current.end, current.reason = day, "Moved to another school"
        return [*spells[: at + 1], after, *spells[at + 1 :]]

    def _choose_for_pru(self) -> set[int]:
        """Children of years 9 to 11 (and last year's 11) at mainstream schools, the most absent likeliest."""
        prus = [i for i, place in enumerate(self.places) if place.phase == PRU]
        if not prus:
            return set()
        group = self.children.year_group(self.year)
        weight = np.where((group >= 9) & (self.children.elsewhere < 0), np.exp(0.9 * self.children.prone), 0.0)
        number = min(round(self.places[prus[0]].pupils * 4 / 3), int((weight > 0).sum()))
        chosen = self.rng.choice(len(self.children), number, replace=False, p=weight / weight.sum())
        return set(chosen.tolist())

    def _with_pru(self, spells: list[Spell], child: int) -> list[Spell]:
        pru = next(i for i, place in enumerate(self.places) if place.phase == PRU)
        year = self.year - 1 if spells[-1].end or self.rng.random() < 0.6 else self.year
        days = [day for day in self.days[pru, year] if day < self.today]
        if len(days) < 10:
            return spells
        main = spells[-1]
        start = days[int(self.rng.integers(5, max(6, int(len(days) * 0.6))))]
        if start <= main.start:
            return spells
        if self.rng.random() < 0.5:  # shared: both schools keep the pupil on roll and each marks D for the other's days
            main.away, main.away_from = PRU_DAYS, start
            return [*spells, Spell(child, pru, start, main.end, main.year_group, True, OWN_DAYS, start, main.reason)]
        after = Spell(child, pru, start, main.end, main.year_group, reason=main.reason)
        main.end, main.reason = start - dt.timedelta(days=1), "Permanently excluded"
        return [*spells, after]

    def _choose_shared_with_special(self) -> set[int]:
        group = self.children.year_group(self.year)
        likely = np.flatnonzero((group >= 1) & (group <= 6) & self.children.ehcp & (self.children.elsewhere < 0))
        if not len(likely) or not any(place.phase == SPECIAL for place in self.places):
            return set()
        return set(self.rng.choice(likely, min(6, len(likely)), replace=False).tolist())

    def _with_special(self, spells: list[Spell], child: int) -> list[Spell]:
        special = next(i for i, place in enumerate(self.places) if place.phase == SPECIAL)
        main = spells[-1]
        start = max(self._first_day(special, self.year - 1), main.start)
        main.away, main.away_from = (3, 4), start
        return [*spells, Spell(child, special, start, None, main.year_group, True, (0, 1, 2), start)]


def _group(number: int) -> str:
    return "R" if number <= 0 else str(number)


def _why(leaves: dt.date | None) -> str:
    return "End of year 11" if leaves else ""
