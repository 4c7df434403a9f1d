"""What somebody typed beside what another saved meanwhile: only what differs, word for word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing said in two ways; "" where one of them says nothing."""

    name: str
    theirs: str
    yours: str


def differences(theirs: Mapping[str, str], yours: Mapping[str, str]) -> list[Difference]:
    """In the order of `yours`, then what only the other says."""
    names = dict.fromkeys([*yours, *theirs])
    rows = [Difference(name, theirs.get(name, ""), yours.get(name, "")) for name in names]
    return [row for row in rows if row.theirs != row.yours]
