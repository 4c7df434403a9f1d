"""How a target in sessions goes: "miss no more than 6 of the next 60". Pure.

A target counts possible sessions only, as every rate does, from its first day on and in their order, however many weeks they take:
a family can count them on a calendar. It is broken as soon as one session too many is missed, and kept when all have gone by.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attendance.words import plural

RUNNING, KEPT, BROKEN = "running", "kept", "broken"


@dataclass(frozen=True, slots=True)
class Progress:
    """`missed` of the `counted` possible sessions so far, of the `of` that the target is about, of which `most` may be missed."""

    most: int
    of: int
    counted: int
    missed: int
    state: str

    @property
    def words(self) -> str:
        if not self.counted:
            return f"None of the {self.of} sessions has come yet."
        so_far = f"Missed {self.missed} of {plural(self.counted, 'session')}"
        if self.state == KEPT:
            return f"Kept: {so_far[0].lower()}{so_far[1:]}."
        if self.state == BROKEN:
            return f"Not kept: {so_far[0].lower()}{so_far[1:]}, {self.most} may be missed of {self.of}."
        left = self.most - self.missed
        return f"{so_far}; {self.of - self.counted} to come, of which {left or 'none'} may be missed."


def progress(possible: NDArray[np.integer], absent: NDArray[np.integer], *, most: int, of: int) -> Progress:
    """`possible[i]` and `absent[i]`: sessions of one morning or afternoon, in order, from the target's first day on."""
    begun_before = np.cumsum(possible) - possible < of  # on two rolls at once a half day may be two sessions: the last counts whole
    counted, missed = min(int(possible[begun_before].sum()), of), int(absent[begun_before].sum())
    state = BROKEN if missed > most else KEPT if counted >= of else RUNNING
    return Progress(most, of, counted, missed, state)
