"""What policy sets for letters to parents. Pure."""

from __future__ import annotations

from schools.policy_items import FRAMEWORK, Item

OF_LETTERS: tuple[Item, ...] = (
    Item(
        "letter_again_days",
        "Print runs: the same letter again",
        "days after the last, at the soonest",
        28,
        FRAMEWORK,
        "Daymark default: nothing national says how often a parent is written to",
        "A print run leaves out a parent who was written the same letter about the same child within this many days, and says so. A letter "
        "that an officer writes to one family is not held back.",
        7,
        180,
        True,
    ),
)
