"""What policy sets about a notice on its way from the decision to its end. Pure."""

from __future__ import annotations

from schools.policy_items import FRAMEWORK, Item

OF_NOTICES: tuple[Item, ...] = (
    Item(
        "confirmation_school_days",
        "Confirmed register: how long it holds",
        "school days after the day on which the school confirmed it",
        1,
        FRAMEWORK,
        "Daymark default: nothing national says how fresh a register has to be; courts ask that it was true on the day",
        "Before a notice is issued the school says that the marks held here agree with its own register. After this many of its school "
        "days it is asked again. 0: on the same day only.",
        0,
        5,
        True,
    ),
)
