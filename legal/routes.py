"""The routes to a penalty notice: sequences of the same steps, of which an authority chooses. Pure.

Whichever is chosen, every request answers the same checklist, every notice goes through the same considerations and the same gate: a
route says in which order the steps are taken and which come before a request, never that one may be left out at the end.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from legal.checklist import HOLIDAY

SCHOOL, TEAM, LEGAL = "The school", "The school and the attendance officer", "The legal officer"


@dataclass(frozen=True, slots=True)
class Step:
    code: str
    name: str
    who: str


_STEPS = {
    step.code: step
    for step in (
        Step("leave", "The leave was refused, or never asked for", SCHOOL),
        Step("warning", "The parents were warned of penalty notices", SCHOOL),
        Step("plan", "A support plan was agreed and reviewed", TEAM),
        Step("early_help", "Early help was assessed", TEAM),
        Step("improve", "A notice to improve ran", TEAM),
        Step("request", "The request, complete and sent", SCHOOL),
        Step("considered", "What speaks for and against it was considered", LEGAL),
        Step("decided", "Decided", LEGAL),
        Step("served", "Every notice served", LEGAL),
    )
}
# Without these no route ends in a notice.
GATE = ("request", "considered", "decided", "served")


@dataclass(frozen=True, slots=True)
class Route:
    code: str
    name: str
    source: str
    steps: tuple[Step, ...]


def _route(code: str, name: str, source: str, *before: str) -> Route:
    return Route(code, name, source, tuple(_STEPS[key] for key in (*before, *GATE)))


OF_HOLIDAYS = _route(
    "holiday", "Holiday in term time", "National framework: support is not appropriate, so each case is looked at", "warning", "leave"
)
# The fast track is as Leeds describes its own: a warning letter, then a notice to improve. Steps and who takes them are ours.
_STAGED = _route(
    "staged",
    "Staged: support, review, warning, notice to improve",
    "Working together to improve school attendance: support first",
    "plan",
    "early_help",
    "warning",
    "improve",
)
_FAST = _route(
    "fast_track", "Fast track: a warning letter, then a notice to improve", "After Leeds’ fast track; to be confirmed", "warning", "improve"
)
ONGOING = {route.code: route for route in (_STAGED, _FAST)}
DEFAULT = _STAGED
OWN, OWN_NAME = "own", "A sequence of our own"
# What an authority may put before a request, in an order of its own.
BEFORE = tuple(_STEPS[key] for key in ("plan", "early_help", "warning", "improve"))


def own(before: Sequence[str], why: str) -> Route:
    """The steps that an authority chose, in its order, and the gate after them. Raises ValueError, in words, where that is no sequence."""
    if not before:
        raise ValueError("Choose at least one step: support comes before a request for ongoing absence.")
    if len(set(before)) < len(before):
        raise ValueError("Each step can be taken once: one is there twice.")
    if not set(before) <= {step.code for step in BEFORE}:
        raise ValueError("Choose steps from the list.")
    return _route(OWN, OWN_NAME, why, *before)


def of(route: str, chosen: Route) -> Route:
    return OF_HOLIDAYS if route == HOLIDAY else chosen


@dataclass(frozen=True, slots=True)
class Stand:
    """A step of one request: done (on a day, if one is known), next, or to come."""

    step: Step
    state: str
    day: dt.date | None = None


DONE, NEXT, LATER = "done", "next", "later"


def stands(route: Route, done: Mapping[str, dt.date | None], *, over: bool = False) -> list[Stand]:
    """Where a request is on its route. `done`: by code of a step, the day it was taken. `over`: closed, nothing more is next."""
    found, seen_next = [], over
    for step in route.steps:
        if step.code in done:
            found.append(Stand(step, DONE, done[step.code]))
        else:
            found.append(Stand(step, LATER if seen_next else NEXT))
            seen_next = True
    return found
