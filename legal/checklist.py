"""What must be on record before a penalty notice is asked for: support comes first. Pure.

Items and routes as local codes of conduct have in common (docs/rules.md); the considerations are those of the national
framework for penalty notices, in "Working together to improve school attendance".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

HOLIDAY, ONGOING = "holiday", "ongoing"
YES, NOT_APPLICABLE, NO = "yes", "not_applicable", "no"
BOTH = (HOLIDAY, ONGOING)


@dataclass(frozen=True, slots=True)
class Item:
    key: str
    number: int
    words: str
    routes: tuple[str, ...]
    who: str  # who holds it
    may_not_apply: bool = False  # there is a lawful answer other than yes
    day: str = ""  # which date is asked for beside a yes; "" = none


_SCHOOL, _AUTHORITY, _BOTH = "The school", "The authority", "The school and the authority"

ITEMS: tuple[Item, ...] = (
    Item("referral", 1, "The referral is complete, dated and authorised by the head teacher", BOTH, _SCHOOL, day="Authorised on"),
    Item("pupil", 2, "The pupil’s name, date of birth, UPN, year, school and address are right", BOTH, _SCHOOL),
    Item("parents", 3, "Each parent’s name, address and relationship are right, and it is clear who is said to be liable", BOTH, _SCHOOL),
    Item("register", 4, "The registers of this year and last are right: the threshold can be seen and the codes are true", BOTH, _SCHOOL),
    Item("certificate", 5, "The head teacher’s certificate of attendance is attached", BOTH, _SCHOOL, True, "Signed on"),
    Item(
        "leave",
        6,
        "The application for leave and its refusal, or proof that none was made",
        (HOLIDAY,),
        _SCHOOL,
        day="Refused on",
    ),
    Item(
        "warning",
        7,
        "The attendance policy is published and the parents were warned of penalty notices",
        BOTH,
        _SCHOOL,
        day="Warned on",
    ),
    Item("views", 8, "Reasons and barriers were explored; the child’s and the parents’ views were heard", (ONGOING,), _SCHOOL),
    Item("letters", 9, "Copies of all letters and emails to each parent, dated", BOTH, _SCHOOL, day="Last sent on"),
    Item("meetings", 10, "Meetings and home visits: who was there, what came of them", (ONGOING,), _BOTH, day="Last held on"),
    Item("plan", 11, "The attendance support plan or contract, with notes of its reviews", (ONGOING,), _BOTH, day="Last reviewed on"),
    Item("early_help", 12, "An early help assessment and its review, or the reason why there is none", (ONGOING,), _BOTH, True),
    Item("agencies", 13, "Other agencies are named; a social worker, where there is one, was asked", BOTH, _BOTH, True),
    Item("equality", 14, "Special needs, health and disability were considered, with adjustments (Equality Act 2010)", BOTH, _SCHOOL),
    Item("consultation", 15, "The authority was consulted before the request", (ONGOING,), _AUTHORITY, True, "Consulted on"),
    Item(
        "improve",
        16,
        "The notice to improve: its period, its target and what happened; or the reason for giving none",
        (ONGOING,),
        _BOTH,
        True,
        "Given on",
    ),
    Item("conflict", 17, "No other enforcement is under way, and earlier notices are known, other authorities’ too", BOTH, _AUTHORITY),
    Item(
        "best_tool",
        18,
        "A notice is the best tool to change this parent’s behaviour, and the school will give evidence if it is not paid",
        BOTH,
        _SCHOOL,
    ),
)
BY_KEY = {item.key: item for item in ITEMS}


def items(route: str) -> list[Item]:
    """Those that a request by this route needs."""
    return [item for item in ITEMS if route in item.routes]


def missing(route: str, answers: Mapping[str, str]) -> list[Item]:
    """What still stands in the way: not answered, answered no, or said not to apply where it always does."""
    return [item for item in items(route) if not _good(item, answers.get(item.key, ""))]


def _good(item: Item, answer: str) -> bool:
    return answer == YES or (answer == NOT_APPLICABLE and item.may_not_apply)
