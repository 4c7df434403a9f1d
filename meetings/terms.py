"""The three terms in which meetings are counted. Pure.

Terms as DfE counts them (schools.dfe_terms), its two halves of the summer taken as one: a school meets the authority at
most once a term by right.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple

from schools.dfe_terms import bounds

_NAMES = {1: "Autumn", 2: "Spring", 3: "Summer"}


class Term(NamedTuple):
    """One term of the academic year that began in `year`; 1 autumn, 2 spring, 3 summer."""

    year: int
    number: int

    @property
    def name(self) -> str:
        return f"{_NAMES[self.number]} {self.year}/{(self.year + 1) % 100:02d}"

    @property
    def key(self) -> str:
        """As it stands in an address: "2026-1"."""
        return f"{self.year}-{self.number}"

    @property
    def first(self) -> dt.date:
        return bounds(self.year, self.number)[0]

    @property
    def last(self) -> dt.date:
        return bounds(self.year, self.number)[1]

    def before(self) -> Term:
        return Term(self.year, self.number - 1) if self.number > 1 else Term(self.year - 1, 3)

    def after(self) -> Term:
        return Term(self.year, self.number + 1) if self.number < 3 else Term(self.year + 1, 1)


def term_of(day: dt.date) -> Term:
    """The term that holds `day`."""
    year = day.year if day.month >= 8 else day.year - 1
    return next(term for number in _NAMES if (term := Term(year, number)).last >= day)


def find(key: str) -> Term | None:
    """The term of an address, or None where it names none."""
    named = re.fullmatch(r"(20[0-9]{2})-([123])", key)
    return Term(int(named[1]), int(named[2])) if named else None
