"""What a targeting support meeting talks about, in which order, and why in words. Pure.

Every severely absent child is on it, with the plan there is or the want of one ("Working together to improve school
attendance": severe absence comes first for all partners). Then those who have reached the penalty threshold, those absent
for days on end or not started, part-time timetables without a review, cases whose plan is to be looked at, and what was agreed
before and is not done. Persistently absent pupils fill what time is left, most sessions missed first; how many are left out is
said, never hidden. Long sickness, a sharp fall and severe absence last year are told of whoever is there for another reason.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from attendance.flag_codes import (
    CARRIED,
    CONTINUOUS,
    FALL,
    NOT_STARTED,
    PART_TIME,
    PERSISTENT,
    SEVERE,
    SICKNESS,
    THRESHOLD,
    TWENTY_DAYS,
)
from attendance.words import plural, say_day

# Ours, not the guidance's: how long a meeting takes. Opening and the school's own figures, then each item.
MINUTES_TO_OPEN = 10
MINUTES_AN_ITEM = 4


class Rank(IntEnum):
    """Why somebody is on the agenda: the first of these that holds decides their place."""

    SEVERE = 1
    THRESHOLD = 2
    CONTINUOUS = 3
    NOT_STARTED = 4
    PART_TIME = 5
    REVIEW = 6
    CARRIED = 7
    PERSISTENT = 8


@dataclass(frozen=True, slots=True)
class FlagFact:
    """One open flag. The counts are of those that rest on a share of the year's sessions."""

    key: int
    code: str
    reason: str
    missed: int = 0
    possible: int = 0
    since: dt.date | None = None
    low_data: bool = False


@dataclass(frozen=True, slots=True)
class CaseFact:
    """The pupil's open case. `elsewhere`: another school holds it, which is not told to this one."""

    key: int
    stage: str
    in_support: bool  # in support or monitoring: its plan is being carried out
    review: dt.date | None  # of the current plan; None where there is no plan
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class ActionFact:
    """An action of an earlier meeting that is not done. `pupil` is None where it is about the school."""

    key: int
    what: str
    owner: str
    due: dt.date
    pupil: int | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is known about one pupil, without a name."""

    pupil: int
    flags: tuple[FlagFact, ...] = ()
    case: CaseFact | None = None
    carried: tuple[ActionFact, ...] = ()
    on_roll: bool = True

    def flag(self, code: str) -> FlagFact | None:
        return next((flag for flag in self.flags if flag.code == code), None)


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the agenda. `pupil` is None where it is about the school."""

    rank: Rank
    reason: str
    pupil: int | None = None
    flag: int | None = None
    case: int | None = None
    action: int | None = None


@dataclass(frozen=True, slots=True)
class Agenda:
    points: tuple[Point, ...]
    left_out: int
    note: str  # who is left out, and whether the time will do; "" where there is nothing to say


def agenda(candidates: Iterable[Candidate], *, day: dt.date, minutes: int, of_school: Sequence[ActionFact] = ()) -> Agenda:
    """The agenda of a meeting on `day` that lasts `minutes`. `of_school`: actions not done that are about no pupil."""
    ranked = [(rank, candidate) for candidate in candidates if (rank := _rank(candidate, day)) is not None]
    must = sorted((pair for pair in ranked if pair[0] is not Rank.PERSISTENT), key=lambda pair: _order(*pair))
    may = sorted((pair for pair in ranked if pair[0] is Rank.PERSISTENT), key=lambda pair: _order(*pair))
    points = [_point(rank, candidate) for rank, candidate in must]
    points += [Point(Rank.CARRIED, _not_done(action), action=action.key) for action in sorted(of_school, key=lambda a: (a.due, a.key))]
    room = max(places(minutes) - len(points), 0)
    points += [_point(rank, candidate) for rank, candidate in may[:room]]
    out = [candidate for _, candidate in may[room:]]
    return Agenda(tuple(points), len(out), _note(out, len(points), minutes))


def places(minutes: int) -> int:
    """How many items a meeting of this length has time for."""
    return max((minutes - MINUTES_TO_OPEN) // MINUTES_AN_ITEM, 0)


def _rank(candidate: Candidate, day: dt.date) -> Rank | None:
    codes = {flag.code for flag in candidate.flags}
    if not candidate.on_roll:  # of a child who has left, only what was agreed and is not done
        return Rank.CARRIED if candidate.carried else None
    if SEVERE in codes:
        return Rank.SEVERE
    if THRESHOLD in codes:
        return Rank.THRESHOLD
    if CONTINUOUS in codes:
        return Rank.CONTINUOUS
    if NOT_STARTED in codes:
        return Rank.NOT_STARTED
    if PART_TIME in codes:
        return Rank.PART_TIME
    if _review_due(candidate.case, day):
        return Rank.REVIEW
    if candidate.carried:
        return Rank.CARRIED
    persistent = candidate.flag(PERSISTENT)
    return Rank.PERSISTENT if persistent and not persistent.low_data else None


def _review_due(case: CaseFact | None, day: dt.date) -> bool:
    """A plan that is to be looked at by the day of the meeting, whatever its case's stage; a case in support without one."""
    if case is None or case.elsewhere:
        return False
    return case.in_support if case.review is None else case.review <= day


def _order(rank: Rank, candidate: Candidate) -> tuple[float, ...]:
    """Within a rank: most sessions missed first; reviews by their date; the rest as they come."""
    share = candidate.flag(SEVERE) or candidate.flag(PERSISTENT)
    missed, possible = (share.missed, share.possible) if share else (0, 0)
    review = candidate.case.review if candidate.case and rank is Rank.REVIEW else None
    due = min((action.due for action in candidate.carried), default=None) if rank is Rank.CARRIED else None
    soonest = (review or due or dt.date.min).toordinal()
    return (rank, soonest, -missed, -(missed / possible if possible else 0), candidate.pupil)


def _point(rank: Rank, candidate: Candidate) -> Point:
    leading = candidate.flag(_CODES[rank]) if rank in _CODES else None
    case = candidate.case
    return Point(
        rank=rank,
        reason=" ".join(_sentences(candidate)),
        pupil=candidate.pupil,
        flag=leading.key if leading else None,
        case=case.key if case and not case.elsewhere else None,
        action=candidate.carried[0].key if rank is Rank.CARRIED else None,
    )


_CODES = {
    Rank.SEVERE: SEVERE,
    Rank.THRESHOLD: THRESHOLD,
    Rank.CONTINUOUS: CONTINUOUS,
    Rank.NOT_STARTED: NOT_STARTED,
    Rank.PART_TIME: PART_TIME,
    Rank.PERSISTENT: PERSISTENT,
}
_TOLD_TOO = (TWENTY_DAYS, NOT_STARTED, PART_TIME, SICKNESS, FALL, CARRIED)


def _sentences(candidate: Candidate) -> list[str]:
    """Everything that is known, most urgent first: a pupil stands on the agenda once."""
    undone = [_not_done(action) for action in sorted(candidate.carried, key=lambda a: (a.due, a.key))]
    if not candidate.on_roll:
        return ["No longer on roll here.", *undone]
    found = []
    severe, threshold, persistent = (candidate.flag(code) for code in (SEVERE, THRESHOLD, PERSISTENT))
    if severe:
        found.append(_missed("Severely absent", severe))
    if threshold:
        found.append(f"Penalty notice threshold met: {_lower(threshold.reason)}")
    if continuous := candidate.flag(CONTINUOUS):
        found.append(continuous.reason)
    if persistent and not severe:
        found.append(_missed("Persistently absent", persistent))
    found += [flag.reason for code in _TOLD_TOO if (flag := candidate.flag(code))]
    return [*found, *_of_case(candidate.case, severe=severe is not None), *undone]


def _missed(what: str, flag: FlagFact) -> str:
    if not flag.possible:
        return f"{what}: {_lower(flag.reason)}"
    since = f" since {say_day(flag.since)}" if flag.since else ""
    few = " Little data: few sessions so far." if flag.low_data else ""
    return f"{what}: missed {flag.missed} of {plural(flag.possible, 'session')}{since}.{few}"


def _of_case(case: CaseFact | None, *, severe: bool) -> list[str]:
    if case is None:
        return ["No plan."] if severe else []
    if case.elsewhere:
        return []
    stage = f"Case open, {case.stage.lower()}"
    if case.review is None:
        return [f"{stage}. No plan."] if severe or case.in_support else [f"{stage}."]
    return [f"{stage}. Plan review due {say_day(case.review)}."]


def _not_done(action: ActionFact) -> str:
    """With its day, and not how late it is: an agenda is read on other days than the one it was made on."""
    return f"Not done yet: “{action.what.rstrip('.')}” ({action.owner}, due {say_day(action.due)})."


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _note(out: Sequence[Candidate], items: int, minutes: int) -> str:
    said = []
    if out and (first := out[0].flag(PERSISTENT)):
        more = plural(len(out), "more persistently absent pupil")
        said.append(
            f"And {more}, for whom there is no time: nearest to severe absence is one who missed {first.missed} of "
            f"{plural(first.possible, 'session')}."
            if len(out) > 1
            else f"And {more}, for whom there is no time: missed {first.missed} of {plural(first.possible, 'session')}."
        )
    if items > places(minutes):
        needed = _long(MINUTES_TO_OPEN + MINUTES_AN_ITEM * items)
        said.append(f"{plural(items, 'item')} at about {MINUTES_AN_ITEM} minutes each need about {needed}; {minutes} minutes are planned.")
    return " ".join(said)


def _long(minutes: int) -> str:
    """As people say it: "90 minutes", "5 hours", "2.5 hours"."""
    return f"{minutes} minutes" if minutes < 120 else f"{round(minutes / 30) / 2:g} hours"
