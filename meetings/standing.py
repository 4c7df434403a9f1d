"""What stands open between the authority and a school besides meetings, as every pack tells it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.urls import reverse

from attendance.words import say_day
from meetings.touch import practice
from schools.models import School


@dataclass(frozen=True, slots=True)
class Standing:
    """One line of the pack, and where it is kept."""

    what: str
    words: str
    late: bool
    address: str


_KINDS = {"plan": "Action plan", "check": "Self-check", "review": "Attendance review"}


def standing(school: School, *, today: dt.date) -> list[Standing]:
    """The school's self-check of the year, and what checks, reviews and the action plan have left open: the same for both readers, for
    none of it names a child and a school knows its own. Three queries.
    """
    check = practice.self_check_of(school, today)
    year = f"{check.year}/{(check.year + 1) % 100:02d}"
    answered = f": {check.answered} of {check.of} questions answered" if check.check else ""
    address = reverse("practice", args=[school.urn])
    found = [Standing(f"Self-check {year}", f"{check.words}{answered}.", False, address)]
    for one in practice.open_items_of(school, today, check=check):
        due = f", due {say_day(one.due)}" if one.due else ""
        words = f"{one.words.rstrip('.')}. For {one.owner}{due}." if one.owner else f"{one.words.rstrip('.')}{due}."
        found.append(Standing(_KINDS.get(one.kind, one.kind), words, one.late, address))
    return found
