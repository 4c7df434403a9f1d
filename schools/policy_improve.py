"""What policy sets for notices to improve. Pure."""

from __future__ import annotations

from schools.policy_items import FRAMEWORK, WORKING_TOGETHER, Item

_FRAMEWORK = "National framework for penalty notices, in " + WORKING_TOGETHER
_LOCAL = "Local codes of conduct differ; Daymark default"

OF_IMPROVEMENTS: tuple[Item, ...] = (
    Item(
        "improve_weeks_least",
        "Notice to improve: the shortest period",
        "school weeks",
        3,
        FRAMEWORK,
        _FRAMEWORK,
        "No shorter period can be chosen.",
        3,
        6,
        True,
    ),
    Item(
        "improve_weeks_most",
        "Notice to improve: the longest period",
        "school weeks",
        6,
        FRAMEWORK,
        _FRAMEWORK,
        "No longer period can be chosen.",
        3,
        6,
        True,
    ),
    Item(
        "improve_issuer",
        "Notice to improve: who issues it",
        "1: the authority; 2: the school; 3: either",
        3,
        FRAMEWORK,
        _LOCAL,
        "Some authorities issue notices to improve themselves, in others the school does.",
        1,
        3,
        True,
    ),
    Item(
        "improve_email",
        "Notice to improve: by e-mail",
        "0: never; 1: to a parent whose agreement is on record",
        0,
        FRAMEWORK,
        _LOCAL,
        "A notice to improve can be sent by e-mail only to a parent who has agreed to e-mail, with the day of that on the parent’s page.",
        0,
        1,
        True,
    ),
)
