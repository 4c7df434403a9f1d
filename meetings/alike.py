"""What several schools each do alike is told once, with who does it. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Hashable, Iterable, Sequence
from typing import NamedTuple, Protocol, TypeVar

Some = TypeVar("Some")


class Agreed(Protocol):
    """What is asked of an action."""

    pk: int
    what: str
    success: str
    due: dt.date
    owner: str
    status: str

    @property
    def who(self) -> str: ...


class Alike(NamedTuple):
    """Actions with the same words and day, one a school."""

    actions: Sequence[Agreed]
    who: str  # "each school", "3 schools"; of one action whose it is

    @property
    def first(self) -> Agreed:
        return self.actions[0]

    @property
    def number(self) -> int:
        return len(self.actions)

    @property
    def open(self) -> int:
        return sum(action.status == "open" for action in self.actions)


def grouped(rows: Iterable[tuple[Hashable, Some]]) -> list[list[Some]]:
    """Rows with the same key together, in the order in which each key came first."""
    found: dict[Hashable, list[Some]] = {}
    for key, row in rows:
        found.setdefault(key, []).append(row)
    return list(found.values())


def all_of(who: Collection[str], schools: Collection[str]) -> bool:
    """Is it every school that takes part?"""
    return len(who) > 1 and set(who) == set(schools)


def alike(actions: Iterable[Agreed], schools: Collection[str]) -> list[Alike]:
    """`schools`: names of all that take part; of a meeting with one each action stands alone."""
    several = len(schools) > 1
    some = grouped(((one.what, one.success, one.due, one.owner) if several else one.pk, one) for one in actions)
    return [Alike(group, _who([one.who for one in group], schools)) for group in some]


def _who(who: Sequence[str], schools: Collection[str]) -> str:
    return "each school" if all_of(who, schools) else who[0] if len(who) == 1 else f"{len(who)} schools"
