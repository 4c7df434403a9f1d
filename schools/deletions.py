"""Deleting a name from the admission register: the grounds, and what two of them ask for first. Pure.

Source: SI 2024/208 reg 9(1). (h): leave of absence was granted, and the pupil has not come back within 10 school days after it ended.
(i): continuously absent for 20 school days or more, without authority. Both need that school and authority have both made
reasonable enquiries and that there is no reasonable ground to believe in sickness or an unavoidable cause (as councils and lawyers
restate the regulation; legal to confirm). The other grounds are those of the list of 2006 in the words of councils: their letters
in 2024 were not seen, so none is shown.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

AFTER_LEAVE, LONG_ABSENCE = "h", "i"
OPENS_AT = 10  # school days: both sides enquire from then on, so that neither begins on the day the ground is met
_LEAST = {AFTER_LEAVE: 10, LONG_ABSENCE: 20}

GROUNDS: list[tuple[str, str]] = [
    ("new_school", "On roll at another school"),
    ("home", "Home education: a parent’s written notice"),
    ("moved", "Moved away, out of reach of the school"),
    (AFTER_LEAVE, "Ground H: not back 10 school days after leave"),
    (LONG_ABSENCE, "Ground I: absent for 20 school days without authority"),
    ("order", "A school attendance order was changed or revoked"),
    ("excluded", "Permanently excluded"),
    ("medical", "Not fit to attend before compulsory school age ends"),
    ("custody", "In custody for more than four months"),
    ("over_age", "Over compulsory school age"),
    ("died", "The child has died"),
]
NAMES = dict(GROUNDS)
NEEDS_ENQUIRY = frozenset({AFTER_LEAVE, LONG_ABSENCE})
# where each of these leads is said by the ground itself; any other needs a destination in words
SAYS_WHERE = frozenset({"home", "medical", "custody", "over_age", "died"})


@dataclass(frozen=True, slots=True)
class Enquired:
    """How far a joint enquiry has come. `cause`: does that side see sickness or an unavoidable cause behind it? None: not said."""

    days: int  # school days of the absence that stands
    last: dt.date
    school_asked: bool  # has made at least one enquiry
    authority_asked: bool
    school_cause: bool | None
    authority_cause: bool | None


def where_known(ground: str, destination: str) -> bool:
    """Is it recorded where the child went, so that nobody has to look?"""
    return bool(destination.strip()) or ground in SAYS_WHERE


def why_not(ground: str, enquired: Enquired | None) -> str:
    """Why the name must not be deleted on this ground; "" where nothing stands against it."""
    if ground not in NEEDS_ENQUIRY:
        return ""
    letter = ground.upper()
    if enquired is None:
        return (
            f"Ground {letter} needs a joint enquiry of the school and the authority, and none is recorded. "
            f"One opens by itself after {OPENS_AT} school days of absence without authority. The child stays on roll."
        )
    if enquired.days < _LEAST[ground]:
        return (
            f"Ground {letter} needs {_LEAST[ground]} school days of absence in a row without authority; the register shows "
            f"{enquired.days}. The child stays on roll."
        )
    for side, asked, cause in (
        ("school", enquired.school_asked, enquired.school_cause),
        ("authority", enquired.authority_asked, enquired.authority_cause),
    ):
        if not asked:
            return f"Ground {letter} needs the enquiries of both sides: those of the {side} are not recorded. The child stays on roll."
        if cause is None:
            return f"The {side} has not concluded its enquiries for ground {letter}. The child stays on roll."
        if cause:
            return (
                f"The {side} sees a reasonable ground for the absence (sickness or an unavoidable cause), so ground {letter} is not met. "
                "The child stays on roll."
            )
    return ""
