"""What stands open between the authority and a school besides meetings, as every pack tells it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from schools.models import School


@dataclass(frozen=True, slots=True)
class Standing:
    """One line of the pack: "Self-check 2026/27", "Open, aim: ...", and where it is kept ("" where there is no page)."""

    what: str
    words: str
    late: bool = False
    address: str = ""


def standing(school: School, *, inside: bool, today: dt.date) -> list[Standing]:
    """The school's self-check of the year, open findings of reviews and open items of its action plan. A school (`inside` False) is
    told what is shared with it. Nothing of these is kept yet.
    """
    return []
