"""What policy sets: the shape of one value, and those that flags beside the national ones rest on. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Item:
    """One value that policy sets. `low` and `high` bound what an authority may set for itself."""

    key: str
    name: str
    unit: str
    value: int
    start: dt.date
    source: str
    explanation: str
    low: int
    high: int
    local: bool  # may an authority set its own?


FRAMEWORK = dt.date(2024, 8, 19)
WORKING_TOGETHER = "Working together to improve school attendance (statutory from 19 August 2024)"

OF_FLAGS: tuple[Item, ...] = (
    Item(
        "near_percent",
        "Nearly persistent absence",
        "% of possible sessions missed, or more",
        8,
        FRAMEWORK,
        "Daymark default: nothing national says how near is near",
        "A pupil who misses this share and is not persistently absent yet is close to it. A share, because a number of sessions would "
        "mean everybody in September and hardly anybody in July.",
        5,
        9,
        True,
    ),
    Item(
        "removal_days",
        "Long absence without authority: when a name might be deleted",
        "school days coded G, N or O alone",
        20,
        FRAMEWORK,
        "SI 2024/208 reg 9(1)(i), as councils and lawyers restate it; confirm with your legal team",
        "After this many school days in a row a school may ask to delete the name, once school and authority have both made enquiries.",
        20,
        20,
        False,
    ),
    Item(
        "sickness_days",
        "Sickness return",
        "school days with code I in a school year",
        15,
        FRAMEWORK,
        "SI 2024/208, sickness return, as councils restate it; confirm with your legal team",
        "A pupil who is ill on this many school days of a school year, in a row or not: the school must tell the authority.",
        15,
        15,
        False,
    ),
    Item(
        "part_time_weeks",
        "Part-time timetable without a review",
        "school weeks in a row with code C2, more than",
        6,
        FRAMEWORK,
        "Daymark default, as many authorities have it; " + WORKING_TOGETHER + " asks for as short a time as can be, and names no number",
        "Longer than this without an end on record, a part-time timetable is pointed out.",
        1,
        20,
        True,
    ),
    Item(
        "fall_points",
        "Sharp fall: how far",
        "percentage points more missed than before, or more",
        40,
        FRAMEWORK,
        "Daymark default: nothing national says what is sharp",
        "How much larger the share missed in the last school days must be than in the pupil’s own weeks before them. 40 points of ten "
        "school days are four days.",
        10,
        90,
        True,
    ),
    Item(
        "fall_days",
        "Sharp fall: the last days",
        "school days of the pupil",
        10,
        FRAMEWORK,
        "Daymark default: nothing national says what is sharp",
        "The days looked at: the last ones on which the pupil had a possible session.",
        5,
        20,
        True,
    ),
    Item(
        "fall_days_before",
        "Sharp fall: the weeks before",
        "school days of the pupil, up to",
        30,
        FRAMEWORK,
        "Daymark default: six school weeks",
        "The days just before those, with which they are compared.",
        10,
        60,
        True,
    ),
    Item(
        "fall_sessions",
        "Sharp fall: what it needs",
        "possible sessions in the weeks before, at least",
        30,
        FRAMEWORK,
        "Daymark default: as for figures that rest on too little",
        "With fewer sessions in the weeks before there is nothing to fall from.",
        10,
        120,
        True,
    ),
    Item(
        "start_days",
        "Not started",
        "school days without an attended session",
        5,
        FRAMEWORK,
        "Daymark default: a school should know by then where the child is",
        "A pupil who has attended no session on this many school days since a term, a half term or their time at the school began.",
        1,
        20,
        True,
    ),
    Item(
        "carried_days",
        "Severe absence last year: how long it is watched",
        "school days of this year",
        30,
        FRAMEWORK,
        "Daymark default: six school weeks",
        "Whoever was severely absent over the whole of last year is watched from 1 August until this many school days of this year show "
        "that they are not any more.",
        5,
        190,
        True,
    ),
    Item(
        "first_absence_days",
        "First absence of a watched child",
        "school days without an absence before it",
        10,
        FRAMEWORK,
        "Daymark default; " + WORKING_TOGETHER + " (a social worker is told of a child’s absence)",
        "An absence of a child who is looked after, or has or had a social worker, is a first one after so many days without any.",
        1,
        60,
        True,
    ),
)
