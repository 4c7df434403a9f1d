"""A rate as it is published for an authority, beside its region, England, its statistical neighbours, or any authorities chosen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from attendance.benchmarks import known, shipped
from attendance.benchmarks.figures import ENGLAND, Area, Figure, at_same_point, latest


@dataclass(frozen=True, slots=True)
class Beside:
    """One area's published figures of one measure and phase. None: not published, or withheld; never 0."""

    area: Area
    measure: str
    newest: Figure | None  # the newest publication that says something of the measure
    then: Figure | None  # the same point of last year; None for severe absence, which is published by school year
    rank: int | None = None  # as a statistical neighbour: 1 is the nearest
    closeness: str = ""

    @property
    def value(self) -> float | None:
        return _value(self.newest, self.measure)

    @property
    def value_then(self) -> float | None:
        return _value(self.then, self.measure)


@dataclass(frozen=True, slots=True)
class Standing:
    own: Beside | None  # None: the authority is none that figures are published of
    region: Beside | None
    england: Beside
    others: list[Beside]  # those chosen, else the statistical neighbours from the nearest on
    edition: str  # of the list of neighbours
    why_none: str  # why there are no neighbours, in words; "" where there are

    @property
    def lines(self) -> list[Beside]:
        return [line for line in (self.own, self.region, self.england) if line] + self.others


def _value(figure: Figure | None, measure: str) -> float | None:
    value = figure.value(measure) if figure else None
    return None if value is None else float(value)


def places() -> Mapping[str, Area]:
    """Every area by its number. One query."""
    return known.places().areas


def authorities(among: Mapping[str, Area]) -> list[Area]:
    """Those that there are now, by name: an authority that was abolished has no figures of the last shipped year."""
    listed = shipped.places()
    now = set(listed.by_new_code.values())
    return sorted((area for code, area in among.items() if code in now or code not in listed.areas), key=lambda area: area.name)


def standing(
    la_code: str, *, measure: str, phase: str, day: dt.date, among: Mapping[str, Area], chosen: Collection[str] = (), like: str = ""
) -> Standing:
    """How the authority with the number `la_code` stands. Two queries.

    `day`: the day of this year whose same point of last year is wanted. `among`: the areas, as `places` gives them. `chosen`:
    authorities to stand beside in place of the neighbours. `like`: the authority whose neighbours are wanted, where that is another.
    """
    edition, neighbours = ("", ()) if chosen else known.neighbours(like or la_code)
    ranks = {neighbour.neighbour: neighbour for neighbour in neighbours}
    own = among.get(la_code)
    # whose neighbours they are stands with them
    others = [code for code in dict.fromkeys((*chosen, *([like] if ranks and like else ()), *ranks)) if code in among and code != la_code]
    region = own.region if own else ""
    figures = known.of_areas({la_code, region, ENGLAND, *others} & among.keys())

    def beside(code: str) -> Beside:
        mine = [figure for figure in figures.get(code, ()) if figure.phase == phase and figure.value(measure) is not None]
        neighbour = ranks.get(code)
        return Beside(
            among[code],
            measure,
            latest(mine, measure),
            at_same_point(mine, day),
            neighbour.rank if neighbour else None,
            neighbour.closeness if neighbour else "",
        )

    why = "" if neighbours or chosen else _why_none(among.get(like or la_code), like or la_code)
    return Standing(
        beside(la_code) if own else None,
        beside(region) if region in among else None,
        beside(ENGLAND),
        [beside(code) for code in others],
        edition if ranks else "",
        why,
    )


def _why_none(area: Area | None, code: str) -> str:
    name = area.name if area else f"an authority with the number {code}" if code else "an authority without a number"
    return f"No statistical neighbours are published for {name}."
