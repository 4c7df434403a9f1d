"""What policy sets about casework: when a safeguarding consideration is asked for, and from when code C2 asks for a plan. Pure."""

from __future__ import annotations

from schools.policy_items import FRAMEWORK, WORKING_TOGETHER, Item

_SEVERE = WORKING_TOGETHER + " asks that severe absence be considered as a safeguarding concern, and names no number; confirm locally"

OF_CASEWORK: tuple[Item, ...] = (
    Item(
        "safeguarding_unauthorised_percent",
        "Safeguarding consideration: mainly unauthorised",
        "% of the sessions missed, more than",
        50,
        FRAMEWORK,
        _SEVERE,
        "Of a severely absent pupil whose absence is without authority in more than this share of the sessions missed, safeguarding may "
        "have to be considered.",
        0,
        95,
        True,
    ),
    Item(
        "safeguarding_reviews",
        "Safeguarding consideration: reviews without improvement",
        "reviews of a plan in a row",
        2,
        FRAMEWORK,
        _SEVERE,
        "After this many reviews of the plan at which no smaller share of sessions was missed than before, it has to be considered.",
        1,
        6,
        True,
    ),
    Item(
        "safeguarding_contact_days",
        "Safeguarding consideration: nobody reached",
        "school days",
        10,
        FRAMEWORK,
        _SEVERE,
        "Where nobody in the family was reached for this many of the school’s days, it has to be considered.",
        1,
        40,
        True,
    ),
    Item(
        "safeguarding_weeks",
        "Safeguarding consideration: how long it holds",
        "weeks",
        12,
        FRAMEWORK,
        "Daymark default: nothing national says it in numbers",
        "After this many weeks a child to whom the rule still applies is considered anew.",
        1,
        52,
        True,
    ),
    Item(
        "part_time_recent_days",
        "Part-time timetable without a plan: how far back",
        "days",
        28,
        FRAMEWORK,
        "Daymark default; " + WORKING_TOGETHER + " allows a part-time timetable for a time only, with a plan and an end",
        "A pupil with code C2 in this many days, and no plan whose timetable runs, is listed.",
        7,
        120,
        True,
    ),
)
