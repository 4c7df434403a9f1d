"""When somebody must consider whether a severely absent child is safe. Pure.

"Working together to improve school attendance": all partners make severely absent pupils a priority; where absence goes on and nobody
is engaged, consider whether it is a safeguarding concern, and refer. How often and how soon is not said in numbers: the numbers are
dated policy (schools.policy_casework). The rule asks for a person's judgement and starts nothing by itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from attendance.words import plural, say_day
from schools.policy import Policy


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A review of a plan: sessions missed since the last look at it, and in as many days before."""

    day: dt.date
    possible_before: int
    absent_before: int
    possible_since: int
    absent_since: int

    @property
    def improved(self) -> bool | None:
        """Was less missed than before? None where nothing was possible on one side: then nobody can tell. In whole numbers."""
        if not self.possible_before or not self.possible_since:
            return None
        return self.absent_since * self.possible_before < self.absent_before * self.possible_since

    @property
    def words(self) -> str:
        since = f"{self.absent_since} of {plural(self.possible_since, 'session')} missed"
        return f"{say_day(self.day)} ({since}, {self.absent_before} of {self.possible_before} before)"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a severely absent child: sessions of the school year; since when the flag stands; when somebody in the family
    was last reached; the last school day by which somebody had to be (None: the school's days are not known so far); the plan's
    reviews, newest first."""

    possible: int
    absent: int
    unauthorised: int
    flagged: dt.date
    reached: dt.date | None
    due: dt.date | None
    reviews: Sequence[Reviewed] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    needed: bool
    evidence: tuple[str, ...]  # in words, whether needed or not


def judge(known: Known, *, today: dt.date, policy: Policy) -> Verdict:
    """Does this child need a consideration, and why?"""
    percent, days, number = (policy[f"safeguarding_{key}"] for key in ("unauthorised_percent", "contact_days", "reviews"))
    mainly = known.unauthorised * 100 > known.absent * percent
    missed = (
        f"Missed {known.absent} of {plural(known.possible, 'session')} this school year, {known.unauthorised} of the {known.absent} "
        "without authority."
    )
    evidence = [missed]
    looked = [review for review in known.reviews if review.improved is not None][:number]
    stuck = len(looked) == number and not any(review.improved for review in looked)
    if stuck:
        evidence.append(f"No improvement at {plural(number, 'review')} of the plan: {'; '.join(review.words for review in looked)}.")
    silent = known.due is not None and known.due < today
    if silent:
        since = f"since {say_day(known.reached)}" if known.reached else f"since severe absence was flagged on {say_day(known.flagged)}"
        evidence.append(f"Nobody in the family was reached for {plural(days, 'school day')} or more, {since}.")
    return Verdict(mainly and (stuck or silent), tuple(evidence))
