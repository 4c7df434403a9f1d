"""Blip or concern, in words: a pupil or a school beside the range that the fortnight gave. Read in the query that reads them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject

from attendance import matrix, peer_ranges, peers
from attendance.models import PeerRange
from attendance.peers import Fortnight, Place
from attendance.rates import Figures
from attendance.reports.cuts import Year
from attendance.reports.pupils import Grid
from attendance.words import plural, say_day
from schools.models import Enrolment, School

_OLD = dt.timedelta(days=28)  # a fortnight that ended longer ago is told of no more
_POSSIBLE = {"attending", "elsewhere", "authorised", "unauthorised"}


@dataclass(frozen=True, slots=True)
class Beside:
    """Where somebody stands. `place` "" where they cannot be compared; `sentence` says why, or all of it."""

    place: str
    sentence: str
    title: str = ""
    short: str = ""  # of a pupil: "4 of 20 missed, others 0 to 3", for a table of many
    when: str = ""  # "from 2 November 2026 to 13 November 2026"


_TITLES = {
    Place.BEYOND: "Beyond what the fortnight gave others",
    Place.WITHIN: "Within what the fortnight gave others",
    Place.BELOW: "Less than the fortnight gave others",
}


def with_range(enrolments: QuerySet[Enrolment], *, today: dt.date) -> QuerySet[Enrolment]:
    """Adds the range of the pupils of each enrolment's phase and year group to the query that reads the enrolments."""
    return enrolments.annotate(peer_rows=_rows(today, phase=OuterRef("school__phase"), year_group=OuterRef("year_group")))


def with_range_of_schools(schools: QuerySet[School], *, today: dt.date) -> QuerySet[School]:
    """Adds the range of the schools of each one's phase to the query that reads the schools."""
    return schools.annotate(peer_rows=_rows(today, phase=OuterRef("phase"), year_group=""))


def _rows(today: dt.date, **of: Any) -> ArraySubquery:
    """The range of these as a JSON array of one row or none: of this school year, and of a fortnight that has not long ended."""
    year = matrix.year_start(matrix.academic_year(today))
    found = PeerRange.objects.filter(**of, first__gte=year, last__range=(today - _OLD, today))
    return ArraySubquery(found.values(row=JSONObject(**{name: name for name in _FIELDS})))


_DAYS = ("first", "second", "last")
_FIELDS = (*_DAYS, "size", "low", "high", "percent", "usual")


def _read(of: Enrolment | School) -> PeerRange | None:
    """Of an enrolment or a school that was read with its range; no query."""
    row: dict[str, Any] | None = next(iter(of.peer_rows or []), None)  # type: ignore[union-attr]
    return PeerRange(**row | {name: dt.date.fromisoformat(row[name]) for name in _DAYS}) if row else None


def of_pupil(enrolment: Enrolment, grids: Iterable[Grid]) -> Beside | None:
    """A pupil's last fortnight beside pupils of the phase and year group of this enrolment, which was read `with_range`.

    None where no range is known.
    """
    return beside(enrolment, lambda fortnight: _figures(grids, fortnight))


def beside(enrolment: Enrolment, figures: Callable[[Fortnight], Figures]) -> Beside | None:
    """The same for whoever counts the pupil's sessions of a fortnight without drawing a register."""
    school = enrolment.school
    found = _read(enrolment) if enrolment.year_group and not school.independent else None
    if found is None:
        return None
    mine = figures(found.fortnight())
    when = f"from {say_day(found.first)} to {say_day(found.last)}"
    if not peers.enough(mine.possible, found.usual):
        of = f"{mine.possible} of the {found.usual} sessions that most pupils had" if mine.possible else "no possible session"
        return Beside("", f"Too little to compare: {of} {when}.", short="too little to compare", when=when)
    place = peers.place(mine.absent, found.as_range())
    others = (
        f"Of {found.size:,} pupils in the same year group of the authority’s {school.get_phase_display().lower()} schools, the "
        f"middle {found.percent}% missed {_span(found.low, found.high)} of {found.usual}."
    )
    said = f"Missed {mine.absent} of {plural(mine.possible, 'session')} {when}. {others}"
    short = f"{mine.absent} of {mine.possible} missed, others {_span(found.low, found.high)}"
    return Beside(place, said, _TITLES[place], short, when)


def of_school(school: School, weeks: Year) -> Beside | None:
    """A school, read `with_range_of_schools`, beside the authority's schools of its phase in the last fortnight.

    `weeks`: its own school year. None where no range is known.
    """
    found = None if school.independent else _read(school)
    if found is None:
        return None
    when = f"in the school weeks from {say_day(found.first)} and {say_day(found.second)}"
    sums = peer_ranges.sums(weeks, found.fortnight()) if school.pk in weeks.schools else None
    if sums is None or not sums[1][0]:
        return Beside("", f"No session of this school is known {when}, so it stands beside nobody.")
    absent, possible = sums
    rate = int(peers.rate(absent[:1], possible[:1])[0])
    place = peers.place(rate, found.as_range())
    others = (
        f"Of the authority’s {plural(found.size, f'{school.get_phase_display().lower()} school')} the middle {found.percent}% missed "
        f"{found.low / 100:.2f}% to {found.high / 100:.2f}%."
    )
    said = f"{int(absent[0]):,} of {int(possible[0]):,} sessions missed ({rate / 100:.2f}%) {when}."
    return Beside(place, f"{said} {others}", _TITLES[place])


def _figures(grids: Iterable[Grid], fortnight: Fortnight) -> Figures:
    """Sessions of the fortnight in all the registers that are shown."""
    kinds = [
        cell.kind
        for grid in grids
        for week in grid.weeks
        for day in week.days
        if fortnight.holds(day.date)
        for cell in (day.am, day.pm)
        if cell.counted and cell.kind in _POSSIBLE
    ]
    authorised, unauthorised = kinds.count("authorised"), kinds.count("unauthorised")
    return Figures(len(kinds), len(kinds) - authorised - unauthorised, authorised, unauthorised)


def _span(low: int, high: int) -> str:
    return str(low) if low == high else f"{low} to {high}"
