"""Who missed 10% and who half of their own sessions, counted by enrolment as DfE counts, or by pupil for casework. Pure."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from attendance import rates


class Count(NamedTuple):
    """Enrolments (or pupils) with a possible session in a period, and of them those persistently and severely absent in it."""

    judged: int = 0
    persistent: int = 0
    severe: int = 0

    def plus(self, other: Count) -> Count:
        return Count(self.judged + other.judged, self.persistent + other.persistent, self.severe + other.severe)

    @property
    def persistent_pct(self) -> float | None:
        return rates.percentage(self.persistent, self.judged)

    @property
    def severe_pct(self) -> float | None:
        return rates.percentage(self.severe, self.judged)


def judge(counts: NDArray[np.int32], who: NDArray[np.int64] | None = None) -> Count:
    """Of rows as `rates.count` gives them. `who[i]`: whose row i is, where the rows of one pupil are judged together."""
    could = counts[:, rates.POSSIBLE].astype(np.int64)
    absent = (counts[:, rates.AUTHORISED] + counts[:, rates.UNAUTHORISED]).astype(np.int64)
    if who is not None:
        pupils, of_row = np.unique(who, return_inverse=True)
        could, absent = (np.bincount(of_row, each, len(pupils)).astype(np.int64) for each in (could, absent))
    persistent, severe = (rates.misses(absent, could, percent) for percent in (rates.PERSISTENT, rates.SEVERE))
    return Count(int((could > 0).sum()), int(persistent.sum()), int(severe.sum()))
