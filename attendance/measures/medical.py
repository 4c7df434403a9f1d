"""Medical and dental appointments (code M): in which half of the day, and whether the pupil was back in the afternoon. Pure.

Whether an appointment was routine or in response to something is not known: no code tells it.
"""

from __future__ import annotations

from dataclasses import dataclass

from attendance.codes import BY_CODE, Class, classes, possible
from attendance.matrix import Marks

_M = BY_CODE["M"].byte


@dataclass(frozen=True, slots=True)
class Medical:
    """Sessions coded M. Of the mornings: how the afternoon of the same day was spent."""

    mornings: int = 0
    afternoons: int = 0
    back: int = 0  # attended in the afternoon
    away: int = 0  # absent in the afternoon too, for whatever reason
    not_known: int = 0  # no possible session in the afternoon, or no mark yet

    def __add__(self, other: Medical) -> Medical:
        return Medical(
            self.mornings + other.mornings,
            self.afternoons + other.afternoons,
            self.back + other.back,
            self.away + other.away,
            self.not_known + other.not_known,
        )


def medical(marks: Marks) -> Medical:
    morning = marks[:, ::2] == _M
    kinds = classes(marks[:, 1::2])[morning]
    attended = (kinds == Class.ATTENDING) | (kinds == Class.ELSEWHERE)
    known = possible(kinds)
    return Medical(
        int(morning.sum()),
        int((marks[:, 1::2] == _M).sum()),
        int(attended.sum()),
        int((known & ~attended).sum()),
        int((~known).sum()),
    )
