"""What is considered before a penalty notice is issued: nine points, each answered by a named person. Pure.

Source: the national framework for penalty notices, in "Working together to improve school attendance", with the points that
local codes of conduct ask to be written down; how they are put, and which answer stands in the way of a notice, is ours
(docs/rules.md). An answer that stands in the way says what to do instead; nothing here decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from legal.checklist import HOLIDAY, ONGOING

BOTH = (HOLIDAY, ONGOING)


@dataclass(frozen=True, slots=True)
class Choice:
    key: str
    words: str
    against: str = ""  # why no notice can be issued on this answer, and what to do; "" = it may be
    explained: bool = False  # the answer needs words of its own
    routes: tuple[str, ...] = BOTH


@dataclass(frozen=True, slots=True)
class Point:
    key: str
    number: int
    question: str
    choices: tuple[Choice, ...]
    hint: str = ""

    def choice(self, key: str) -> Choice | None:
        return next((one for one in self.choices if one.key == key), None)

    def offered(self, route: str) -> list[Choice]:
        return [one for one in self.choices if route in one.routes]


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody answered to one point."""

    choice: str
    words: str = ""


_INSTEAD = "Return or refuse the request"

POINTS: tuple[Point, ...] = (
    Point(
        "threshold",
        1,
        "Is the threshold met, and are the codes right?",
        (
            Choice("yes", "Yes, the register bears it out"),
            Choice("no", "No, or it is not clear", f"The register does not bear it out. {_INSTEAD}.", True),
        ),
    ),
    Point(
        "appropriate",
        2,
        "Is support appropriate in this case?",
        (
            Choice("no", "No: a holiday in term time", routes=(HOLIDAY,)),
            Choice("no_other", "No, for another reason", explained=True),
            Choice("yes", "Yes"),
        ),
    ),
    Point(
        "offered",
        3,
        "Was support offered, did the family take it up, and has it worked?",
        (
            Choice("not_engaged", "Offered and not taken up", explained=True),
            Choice("not_worked", "Given, and it has not worked", explained=True),
            Choice("not_needed", "Support is not appropriate here"),
            Choice("not_offered", "Not offered", f"Support comes first. {_INSTEAD}, and say what is to be offered."),
            Choice("working", "It is working", f"Let the support go on. {_INSTEAD}."),
        ),
    ),
    Point(
        "improve",
        4,
        "Was a notice to improve given?",
        (
            Choice("holiday", "No: it is not for holidays", routes=(HOLIDAY,)),
            Choice("given", "Yes, and attendance has not improved enough", routes=(ONGOING,)),
            Choice("no_effect", "No: it would have had no effect", explained=True, routes=(ONGOING,)),
            Choice("not_given", "No", "Give a notice to improve first, or say why it would have no effect.", routes=(ONGOING,)),
        ),
    ),
    Point(
        "best_tool",
        5,
        "Is a penalty notice the tool most likely to change this parent’s behaviour?",
        (
            Choice("yes", "Yes"),
            Choice("no", "No, another intervention is", f"Use the other intervention. {_INSTEAD}.", True),
        ),
    ),
    Point(
        "equality",
        6,
        "Do the Equality Act 2010, human rights, or the effect of several notices on the family speak against it?",
        (
            Choice("nothing", "Considered: nothing speaks against it"),
            Choice("adjusted", "Considered: something was adjusted", explained=True),
            Choice("against", "Yes", f"Something speaks against it. {_INSTEAD}.", True),
        ),
        "Disability and special needs with reasonable adjustments, and whether the family can pay.",
    ),
    Point(
        "conflict",
        7,
        "Does it conflict with another intervention under way?",
        (
            Choice("none", "No, none is under way"),
            Choice("agrees", "One is under way and does not conflict", explained=True),
            Choice("conflicts", "Yes", f"It conflicts with other action. {_INSTEAD}.", True),
        ),
        "A contract, an education supervision order, a prosecution, a plan of social care.",
    ),
    Point(
        "liable",
        8,
        "Which parents are liable?",
        (
            Choice("allowed", "Those named allowed the absence"),
            Choice("other", "Those named are liable for another reason", explained=True),
            Choice("not_clear", "It is not clear", f"It has to be clear first. {_INSTEAD}."),
        ),
        "Parents, people with parental responsibility and people who have care of the child (Education Act 1996, section 576).",
    ),
    Point(
        "history",
        9,
        "Are the last three years of notices to these parents for this child known, other authorities’ too?",
        (
            Choice("known", "Yes"),
            Choice("asked", "Others were asked, and nothing speaks against it", explained=True),
            Choice("not_known", "No", "Ask the other authority first: which notice this would be depends on it."),
        ),
    ),
)
BY_KEY = {point.key: point for point in POINTS}

# What the answers are where every pupil of a batch went on holiday and nothing else is known: offered, never saved by itself.
OF_A_HOLIDAY = {"appropriate": "no", "offered": "not_needed", "improve": "holiday"}


def unanswered(route: str, said: Mapping[str, Said]) -> dict[str, str]:
    """By point: what is still to be said, in words. Empty: every point is answered."""
    found = {}
    for point in POINTS:
        one = said.get(point.key, Said(""))
        choice = point.choice(one.choice)
        if choice is None or route not in choice.routes:
            found[point.key] = f"Point {point.number}: choose an answer"
        elif choice.explained and not one.words.strip():
            found[point.key] = f"Point {point.number}: say it in words"
    if not found and (wrong := _disagree(said)):
        found["offered"] = wrong
    return found


def _disagree(said: Mapping[str, Said]) -> str:
    appropriate, offered = said["appropriate"].choice == "yes", said["offered"].choice
    if appropriate and offered == "not_needed":
        return "Point 3: support is appropriate (point 2), so say what came of it"
    return ""


def against(said: Mapping[str, Said]) -> list[tuple[Point, str]]:
    """The answers on which no notice can be issued, and what to do instead."""
    found = []
    for point in POINTS:
        choice = point.choice(said[point.key].choice) if point.key in said else None
        if choice is not None and choice.against:
            found.append((point, choice.against))
    return found
