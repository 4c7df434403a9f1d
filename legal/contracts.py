"""Attendance contracts: who can be offered one, and what may be said of it. Pure.

Source: Anti-social Behaviour Act 2003 s.19 (called parenting contracts there; renamed for attendance in August 2024). A contract is
voluntary on both sides and holds two statements: the parent's, that they agree to requirements for a period, and the school's or the
authority's, that it gives support. It creates no obligations that a court enforces. So there is no contract in absence: to a parent who was
not there an offer is sent, and nothing calls it agreed, kept or not kept, before they have signed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from attendance.words import plural

TO_OFFER, OFFERED, AGREED, REFUSED, NO_REPLY, ENDED = "to_offer", "offered", "agreed", "refused", "no_reply", "ended"
ANSWERS = (AGREED, REFUSED, NO_REPLY)

CONTRACT, OFFER = "Attendance contract", "Offer of an attendance contract"

_NEXT = {
    TO_OFFER: (OFFERED, AGREED),
    OFFERED: ANSWERS,
    NO_REPLY: (AGREED, REFUSED),
    REFUSED: (AGREED,),  # it is theirs to change their mind
    AGREED: (ENDED,),
    ENDED: (),
}


def may_become(state: str) -> tuple[str, ...]:
    return _NEXT[state]


def obstacle(*, independent: bool, of_age: bool) -> str:
    """Why no contract can be offered; "" where one can."""
    if independent:
        return (
            "No attendance contract exists for an independent school (Anti-social Behaviour Act 2003 s.19). Meetings and voluntary support "
            "can be offered as to any school."
        )
    if not of_age:
        return "The child is not of compulsory school age: an attendance contract is about the offence under section 444."
    return ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How parents stand to it. `name`: what it may be called."""

    offered: int
    agreed: int
    name: str
    words: str

    @property
    def is_contract(self) -> bool:
        return self.agreed > 0


def standing(states: Iterable[tuple[str, bool]]) -> Standing:
    """`states`: of each parent the state, and whether they ever signed."""
    every = list(states)
    offered = sum(state != TO_OFFER for state, _ in every)
    agreed = sum(signed for _, signed in every)
    name = CONTRACT if agreed else OFFER
    if not offered:
        return Standing(0, 0, name, "It has not been offered to anybody yet.")
    if agreed == offered == len(every):
        return Standing(offered, agreed, name, f"Signed by {'the parent' if agreed == 1 else f'all {agreed} parents'} it was offered to.")
    if agreed:
        rest = [state for state, signed in every if not signed]
        return Standing(
            offered, agreed, name, f"Signed by {agreed} of {plural(len(every), 'parent')}; to the others it is an offer: {_said(rest)}."
        )
    return Standing(
        offered, 0, name, f"An offer, which nobody has signed: {_said(state for state, _ in every)}. Attendance is watched all the same."
    )


_SAID = {TO_OFFER: "not made yet", OFFERED: "without an answer yet", REFUSED: "refused", NO_REPLY: "no reply", ENDED: "ended"}


def _said(states: Iterable[str]) -> str:
    every = list(states)
    if len(every) == 1:
        return _SAID[every[0]]
    return ", ".join(f"{every.count(state)} {_SAID[state]}" for state in dict.fromkeys(every))
