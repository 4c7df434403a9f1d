"""What stands in the way of a legal document: every rule that can speak against it is asked, in one place for every tool.

A check reads what its own part keeps and answers in words for the person who wants to issue, or "" where it has nothing against it. Its
words say what to do next. Checks are asked inside the transaction that issues, after the pupil's notices are held.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from accounts.models import User
from legal.actions import standing_in_way
from legal.actions.confirming import register_confirmed
from legal.actions.in_doubt import in_doubt
from legal.actions.problem import NoticeProblem
from schools.models import Parent, Pupil, School


@dataclass(frozen=True, slots=True)
class Wanted:
    """A document that somebody is about to issue to one parent about one child."""

    tool: str  # NOTICE and so on, below
    pupil: Pupil
    parent: Parent
    school: School
    by: User
    today: dt.date
    now: dt.datetime
    sessions: Sequence[str] = ()  # relied on: "2026-11-09 AM=G"


NOTICE, IMPROVE, PUBLIC = "notice", "improve", "public"  # a penalty notice; a notice to improve; a public-place notice

Check = Callable[[Wanted], str]
CHECKS: tuple[Check, ...] = (
    standing_in_way.age,
    standing_in_way.too_late,
    standing_in_way.independent_school,
    standing_in_way.supervision_order,
    standing_in_way.signatory,
    register_confirmed,
    in_doubt,
)


def obstacles(wanted: Wanted) -> list[str]:
    """Everything that stands in the way, in the order of CHECKS; none: it may be issued."""
    return [words for check in CHECKS if (words := check(wanted))]


def pass_through(wanted: Wanted, field: str | None = None) -> None:
    """Refuse with everything that stands in the way at once, so that nobody comes back for one thing after another."""
    if found := obstacles(wanted):
        raise NoticeProblem(" ".join(found), field)
