"""England's published figures, to set a school's own beside. Never mixed into the authority's."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from attendance.benchmarks import figures, known
from attendance.benchmarks.figures import YEAR, YEAR_TO_DATE, Figure
from attendance.rag import England, days

__all__ = ["YEAR", "Comparators", "National", "comparators"]


@dataclass(frozen=True, slots=True)
class National:
    """England, state-funded schools of one phase ("all" = every phase), over `period`. Percentages of possible sessions."""

    phase: str
    attendance_pct: float
    absence_pct: float
    authorised_pct: float
    unauthorised_pct: float
    persistent_pct: float  # of enrolments
    period: str
    source: str


class Comparators:
    """England's figures as they are known now."""

    def __init__(self, found: Sequence[Figure]) -> None:
        self._by_phase: dict[str, list[Figure]] = defaultdict(list)
        for figure in sorted(found, key=lambda figure: (figure.last, figure.published or dt.date.min)):
            if figure.kind == YEAR_TO_DATE:
                self._by_phase[figure.phase].append(figure)
        self._then: dict[tuple[str, dt.date], Figure | None] = {}  # asked of every school, and nearly all reach the same day

    def national(self, phase: str) -> National | None:
        """The last whole school year of a phase (`School.Phase` value, or "all"); None where none is published for it."""
        for figure in reversed([figure for figure in self._by_phase.get(phase, ()) if figure.whole]):
            absence, authorised, unauthorised, persistent = map(figure.value, ("absence", "authorised", "unauthorised", "persistent"))
            if absence is not None and authorised is not None and unauthorised is not None and persistent is not None:
                return National(
                    phase,
                    float(100 - absence),
                    float(absence),
                    float(authorised),
                    float(unauthorised),
                    float(persistent),
                    days(figure.first, figure.last),
                    figure.source,
                )
        return None

    def whole_year(self, phase: str, year: int) -> England | None:
        """The academic year that began in `year`, to its end; None where it is not published of the phase, or not yet."""
        whole = [figure for figure in self._by_phase.get(phase, ()) if figure.year == year and figure.whole]
        return _england(whole[-1]) if whole else None

    def through_the_year(self, phase: str, year: int) -> Sequence[England]:
        """The year to date of a phase, as published through the academic year that began in `year`; oldest first."""
        of_year = (_england(figure) for figure in self._by_phase.get(phase, ()) if figure.year == year)
        return [england for england in of_year if england is not None]

    def same_point(self, phase: str, day: dt.date) -> England | None:
        """The year to date of a phase at the point of last year that `day` is of this one, or the nearest before it.

        The same point is 52 weeks earlier: the same weekday of the same week of September, November or May. None where nothing
        is published for the phase, or nothing that early in the year.
        """
        found = self.figure_then(phase, day)
        return _england(found) if found else None

    def figure_then(self, phase: str, day: dt.date) -> Figure | None:
        """The same, with every measure that was published."""
        if (phase, day) not in self._then:
            self._then[phase, day] = figures.at_same_point(self._by_phase.get(phase, ()), day)
        return self._then[phase, day]


def _england(figure: Figure) -> England | None:
    if figure.absence is None or figure.published is None:
        return None
    # two decimals, as a rating keeps them, whichever file it came in
    pct = figure.absence.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return England(figure.phase, pct, figure.first, figure.last, figure.published, figure.source)


def comparators() -> Comparators:
    """One query."""
    return Comparators(known.of_england())
