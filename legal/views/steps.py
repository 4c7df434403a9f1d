"""What comes next, and what this user can do about it: for the pages of any thing of legal."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Act:
    """One thing this user can do next."""

    text: str
    address: str
    second: bool = False
    sends: bool = False  # done by the button itself, without a form of its own


@dataclass(frozen=True, slots=True)
class Next:
    words: str
    acts: list[Act]

    def offers(self, address: str) -> bool:
        return any(act.address == address for act in self.acts)
