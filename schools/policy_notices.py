"""What policy sets about a notice on its way from the decision to its end. Pure."""

from __future__ import annotations

from schools.policy_items import FRAMEWORK, Item

_REG_4_1 = "SI 2007/1867 reg 4(1), which SI 2024/210 left to section 105 of the Education and Inspections Act 2006; confirm locally"

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
    Item(
        "notice_email_service",
        "Service of notices by e-mail",
        "1: to parents who have agreed to it; 0: not at all",
        0,
        FRAMEWORK,
        "Daymark default: nothing national lets a notice be served by e-mail without agreement; confirm with the authority’s legal team",
        "Where this is 1, a notice may be recorded as served by e-mail if the parent’s own dated agreement to that held on the day.",
        0,
        1,
        True,
    ),
    Item(
        "public_place_early",
        "Public place notice: if paid early",
        "pounds",
        60,
        FRAMEWORK,
        _REG_4_1,
        "What a notice for an excluded child in a public place costs in the early period, which is that of other notices.",
        0,
        500,
        True,
    ),
    Item(
        "public_place_full",
        "Public place notice: otherwise",
        "pounds",
        120,
        FRAMEWORK,
        _REG_4_1,
        "What it costs after the early period.",
        0,
        500,
        True,
    ),
)
