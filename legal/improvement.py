"""How a notice to improve goes: the target, what the marks say of it, and whether its period is over. Pure.

Source: the national framework for penalty notices in "Working together to improve school attendance" (statutory from 19 August
2024): a period of three to six weeks, what sufficient improvement looks like case by case, and on what grounds a penalty notice may be
considered before the period ends. That unauthorised sessions alone are counted, and that an N decides nothing while it may yet become
authorised, is our reading (docs/rules.md).

What a rule finds is never the outcome: a named person decides.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from attendance.words import plural, say_day

RUNNING, MET, BROKEN, UNSETTLED, UNKNOWN = "running", "met", "broken", "unsettled", "unknown"
HOLIDAY = "=G"


@dataclass(frozen=True, slots=True)
class Target:
    """At most `most` unauthorised sessions from `start` to `end`, of about `of`; from `early` on a penalty notice may be asked for
    before the end. None: the notice names no such number."""

    start: dt.date
    end: dt.date
    most: int
    of: int
    early: int | None = None

    @property
    def words(self) -> str:
        return f"at most {plural(self.most, 'unauthorised session')} of the {self.of} from {say_day(self.start)} to {say_day(self.end)}"


@dataclass(frozen=True, slots=True)
class Progress:
    """`missed` without authority of `counted` sessions so far, `unsettled` of them at N; of as many as the target is about."""

    counted: int
    missed: int
    unsettled: int
    state: str
    early: bool  # the notice's own number for going on before the end is reached, N not counted
    over: bool
    words: str

    @property
    def said(self) -> str:
        """ "3 of 24 sessions" """
        return f"{self.missed} of {plural(self.counted, 'session')}"

    @property
    def waits(self) -> bool:
        """Is there something for a person to decide?"""
        return self.over or self.early or self.state == BROKEN


def look(target: Target, *, possible: Sequence[int], unauthorised: Sequence[int], unsettled: Sequence[int], today: dt.date) -> Progress:
    """`possible[i]` and so on: sessions of one morning or afternoon from the start to `today` or the end, whichever is first."""
    counted, missed, waiting = sum(possible), sum(unauthorised), sum(unsettled)
    firm, over = missed - waiting, today > target.end
    if firm > target.most:
        state = BROKEN
    elif over and missed > target.most:
        state = UNSETTLED
    elif over:
        state = MET if counted else UNKNOWN
    else:
        state = RUNNING
    early = target.early is not None and firm >= target.early and not over
    return Progress(counted, missed, waiting, state, early, over, _words(target, counted, missed, waiting, state, early))


def _words(target: Target, counted: int, missed: int, waiting: int, state: str, early: bool) -> str:
    if not counted:
        none = "No session of the period has a mark yet."
        return (
            none if state != UNKNOWN else "The period is over and none of its sessions has a mark: it cannot be judged from the register."
        )
    so_far = f"{missed} of {plural(counted, 'session')} missed without authority"
    if waiting:
        so_far += f", {waiting} of them at N and not settled"
    if state == BROKEN:
        said = f"{so_far}: the target of at most {target.most} cannot be met any more."
    elif state == UNSETTLED:
        said = f"{so_far}: whether the target of at most {target.most} was met depends on N. Have it settled."
    elif state == MET:
        said = f"{so_far}: the target of at most {target.most} was met."
    else:
        left = max(target.most - missed, 0)
        said = f"{so_far}; {left or 'none'} more may be until {say_day(target.end)}."
    if early:
        said += f" The notice says that from {plural(target.early or 0, 'session')} on a penalty notice may be asked for before its end."
    return said


def not_for_holiday(sessions: Sequence[str], weeks: int) -> str:
    """Why these sessions ("2026-11-09 AM=O") can be no notice to improve's; "" where they can. It is not for a holiday."""
    if not sessions:
        return f"There is no unauthorised absence in the last {weeks} school weeks: there is nothing to improve."
    if all(said.endswith(HOLIDAY) for said in sessions):
        return (
            f"Every unauthorised session in the last {weeks} school weeks is G, holiday. A notice to improve is not for a holiday: a "
            "penalty notice can be asked for without one."
        )
    return ""


def weeks_allowed(weeks: int, *, least: int, most: int) -> str:
    """ "" for a period that the framework, or the authority's own policy within it, allows."""
    return "" if least <= weeks <= most else f"The period is {least} to {most} school weeks."
