"""What policy sets about legal work: how long periods run where the law leaves a choice or local codes differ. Pure."""

from __future__ import annotations

import datetime as dt

from schools.policy_items import FRAMEWORK, WORKING_TOGETHER, Item

_MCA = dt.date(1981, 7, 6)  # commencement of the Magistrates' Courts Act 1980
_LOCAL = "Daymark default: nothing national says it; confirm with the authority’s legal team"

OF_LEGAL: tuple[Item, ...] = (
    Item(
        "improvement_weeks",
        "Notice to improve: period",
        "school weeks",
        6,
        FRAMEWORK,
        "3 to 6 weeks: " + WORKING_TOGETHER + "; 6 is what most local codes set",
        "How long a notice to improve runs unless whoever issues it chooses otherwise.",
        3,
        6,
        True,
    ),
    Item(
        "information_months",
        "Time to begin proceedings",
        "months from the offence",
        6,
        _MCA,
        "Magistrates’ Courts Act 1980 s.127(1)",
        "An information for a summary offence is laid, or a written charge issued, within this time.",
        6,
        6,
        False,
    ),
    Item(
        "service_email_hour",
        "Service by e-mail: received the same day",
        "o’clock, if sent on a working day before",
        16,
        FRAMEWORK,
        _LOCAL,
        "A document e-mailed on a working day before this hour is taken as received that day, otherwise on the next working day.",
        9,
        24,
        True,
    ),
    Item(
        "single_justice_days",
        "Single justice procedure: time to answer",
        "days after service",
        21,
        FRAMEWORK,
        "Criminal Procedure Rules 24.9; " + _LOCAL,
        "Time for the defendant to answer a single justice procedure notice.",
        21,
        28,
        True,
    ),
    Item(
        "supervision_months",
        "Education supervision order: how long it lasts",
        "months beginning with the day it is made",
        12,
        FRAMEWORK,
        "Children Act 1989 Sch 3 para 15",
        "An order lasts this long unless it is extended before it ends, at most to three years.",
        12,
        12,
        False,
    ),
    Item(
        "parenting_order_months",
        "Parenting order: how long its requirements last",
        "months, at most",
        12,
        FRAMEWORK,
        "Crime and Disorder Act 1998 s.8(4); " + _LOCAL,
        "The end taken for a parenting order that was recorded without one.",
        1,
        12,
        True,
    ),
    Item(
        "attendance_order_days",
        "School attendance order: time to satisfy the authority",
        "days beginning with the day of service, at least",
        15,
        FRAMEWORK,
        "Education Act 1996 ss.437(2) and 438(3)",
        "A notice that comes before a school attendance order gives the parent at least this long; so does the one that names the school.",
        15,
        42,
        True,
    ),
    Item(
        "direction_weeks",
        "Court’s direction to apply for an education supervision order: time to answer",
        "weeks beginning with the direction",
        8,
        FRAMEWORK,
        "Education Act 1996 s.447(3) to (4)",
        "Within this time the authority applies, or tells the court why not.",
        8,
        8,
        False,
    ),
)
