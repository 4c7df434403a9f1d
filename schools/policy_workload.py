"""What policy sets about how much work a case is, and how much one officer carries. Nothing national says it: local values. Pure."""

from __future__ import annotations

from schools.policy_items import FRAMEWORK, Item

_OURS = "Daymark default: nothing national says how much work a case is"
_UNIT = "tenths of a usual case"


def _weight(key: str, name: str, value: int, explanation: str) -> Item:
    return Item(key, f"Workload: {name}", _UNIT, value, FRAMEWORK, _OURS, explanation, 0, 100, True)


OF_WORKLOAD: tuple[Item, ...] = (
    _weight("load_new", "a new case", 5, "An open case that nobody has begun to work on."),
    _weight("load_assessing", "a case being assessed", 15, "Visits, and talks with the child, the family, the school and others."),
    _weight("load_supporting", "a case with a plan being carried out", 10, "The usual case, by which the others are measured."),
    _weight("load_monitoring", "a case being watched", 5, "Somebody looks whether attendance holds."),
    _weight("load_formal", "a case at the formal stage", 20, "Evidence, statements and deadlines of law."),
    _weight("load_other", "a case at any other stage", 10, "For stages that an authority’s own sequence adds."),
    _weight(
        "load_severe", "more for severe absence", 5, "Added where the reason is severe absence: several services, and reviews more often."
    ),
    Item(
        "load_full",
        "Workload: what an officer carries",
        _UNIT,
        450,
        FRAMEWORK,
        _OURS,
        "An officer whose cases weigh this much or more is not suggested for another. A manager may still give them one.",
        50,
        2000,
        True,
    ),
)
