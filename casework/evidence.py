"""What a referral should bring with it: what local referral forms ask a school to have done first. Pure.

"Working together to improve school attendance" expects support by the school before the authority is asked; the list is
what councils' referral forms have in common. It is asked for, never demanded: a child in danger is not sent back for a form.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

FIRST_DAY, LETTERS, MEETING, VISIT, PLAN = "first_day", "letters", "meeting", "visit", "plan"
CHILD, EARLY_HELP, NEEDS, SAFEGUARDING = "child", "early_help", "needs", "safeguarding"


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing that shows what was done."""

    code: str
    name: str


PIECES: tuple[Piece, ...] = (
    Piece(FIRST_DAY, "First-day calls, and what was said"),
    Piece(LETTERS, "Letters or messages to the parents about attendance"),
    Piece(MEETING, "A meeting with the parents"),
    Piece(VISIT, "A home visit by the school"),
    Piece(PLAN, "An attendance support plan, and what came of it"),
    Piece(CHILD, "What the child says"),
    Piece(EARLY_HELP, "Early help offered"),
    Piece(NEEDS, "Special needs and health looked into"),
    Piece(SAFEGUARDING, "The safeguarding lead knows, and what they decided"),
)
BY_CODE = {piece.code: piece for piece in PIECES}

_USUAL = (FIRST_DAY, LETTERS, MEETING, PLAN, CHILD)
# by the reason of a referral where it asks for something else than the usual
_ASKED: dict[str, tuple[str, ...]] = {
    "severe_absence": (*_USUAL, VISIT, EARLY_HELP, SAFEGUARDING),
    "continuous_absence": (FIRST_DAY, VISIT, SAFEGUARDING),
    "illness": (LETTERS, MEETING, CHILD, NEEDS),
    "ebsa": (MEETING, PLAN, CHILD, NEEDS),
    "holiday": (LETTERS,),
    "late": (LETTERS, MEETING),
    "welfare": (SAFEGUARDING,),
    "part_time": (MEETING, PLAN, CHILD, NEEDS),
}


def asked(origin: str, reason: str) -> tuple[Piece, ...]:
    """What is asked for. Only of schools: a neighbour, or the front door, has no plan to show."""
    if origin != "referral":
        return ()
    wanted = _ASKED.get(reason, _USUAL)
    return tuple(piece for piece in PIECES if piece.code in wanted)


def missing(origin: str, reason: str, ticked: Collection[str]) -> tuple[Piece, ...]:
    return tuple(piece for piece in asked(origin, reason) if piece.code not in ticked)


def named(codes: Collection[str]) -> tuple[str, ...]:
    """In the order of the list, whatever the order of the codes."""
    return tuple(piece.name for piece in PIECES if piece.code in codes)


def said(codes: Collection[str]) -> str:
    """ "a meeting with the parents; what the child says": for a sentence; "" for nothing."""
    return "; ".join(name[0].lower() + name[1:] for name in named(codes))
