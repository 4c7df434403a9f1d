"""The board of ratings as a file: a column for each term that has begun, newest first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from attendance.models import Rating
from attendance.tables import Column, Kind, Share, Table
from schools.models import School


@dataclass(frozen=True, slots=True)
class Row:
    """One school on the board: its rating in each term shown, None where there is none, and the officer who leads there."""

    school: School
    cells: list[tuple[str, Rating | None]]  # the term's name, the rating
    chosen: Rating | None
    officer: str

    @property
    def colour(self) -> str:
        return self.chosen.colour_now if self.chosen else "none"


def of_terms(names: list[str]) -> Table[Row]:
    """`names`: of the terms, as the cells of a row are ordered."""
    return Table("ratings", "Ratings of schools", (*_COLUMNS, *(_term(place, name) for place, name in enumerate(names))))


def _term(place: int, name: str) -> Column[Row]:
    def colour(row: Row) -> str:
        rating = row.cells[place][1]
        if rating is None:
            return "none yet"
        return rating.get_colour_now_display() + (f", moderated (worked out: {rating.get_colour_display()})" if rating.moderated else "")

    return Column(f"term{place}", name, colour)


def _of_chosen(value: Callable[[Rating], object]) -> Callable[[Row], object]:
    """Of the rating of the term shown; nothing where there is none."""
    return lambda row: value(row.chosen) if row.chosen else None


_COLUMNS: tuple[Column[Row], ...] = (
    Column("name", "School", lambda row: row.school.name),
    Column("urn", "URN", lambda row: row.school.urn, Kind.COUNT),
    Column("phase", "Phase", lambda row: row.school.get_phase_display()),
    Column("officer", "Officer", lambda row: row.officer),
    Column("absence", "Absence", _of_chosen(lambda rating: Share(rating.absent, rating.possible)), Kind.SHARE),
    Column("england", "England’s absence", _of_chosen(lambda rating: rating.national_pct), Kind.PERCENT),
    Column("apart", "Points above England", _of_chosen(lambda rating: rating.apart), Kind.POINTS),
    Column("reasons", "Why", _of_chosen(lambda rating: " ".join(rating.reasons))),
)
