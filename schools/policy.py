"""Rules that change are data with dates: thresholds, windows and periods, each with its source.

The national values are shipped here. An authority may set its own from a date, with a reason (`PolicyValue`); a figure or
decision says which version it used. Pure: takes local values as values, knows no database.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from schools.policy_casework import OF_CASEWORK
from schools.policy_improve import OF_IMPROVEMENTS
from schools.policy_items import FRAMEWORK as _FRAMEWORK
from schools.policy_items import OF_FLAGS, OF_PAGES, Item
from schools.policy_items import WORKING_TOGETHER as _WT
from schools.policy_legal import OF_LEGAL
from schools.policy_letters import OF_LETTERS
from schools.policy_meetings import OF_MEETINGS
from schools.policy_notices import OF_NOTICES
from schools.policy_workload import OF_WORKLOAD

NATIONAL: tuple[Item, ...] = (
    Item(
        "persistent_percent",
        "Persistent absence",
        "% of possible sessions missed, or more",
        10,
        dt.date(2015, 9, 1),
        "DfE, Pupil absence statistics: methodology",
        "A pupil who misses this share or more of their own possible sessions is persistently absent.",
        10,
        10,
        False,
    ),
    Item(
        "severe_percent",
        "Severe absence",
        "% of possible sessions missed, or more",
        50,
        dt.date(2015, 9, 1),
        "DfE, Pupil absence statistics: methodology",
        "A pupil who misses this share or more of their own possible sessions is severely absent.",
        50,
        50,
        False,
    ),
    Item(
        "threshold_sessions",
        "Penalty notice threshold",
        "unauthorised sessions",
        10,
        _FRAMEWORK,
        "National framework for penalty notices, in " + _WT,
        "The number of G, N, O and U sessions at which a school must consider a penalty notice.",
        10,
        10,
        False,
    ),
    Item(
        "threshold_weeks",
        "Penalty notice window",
        "school weeks",
        10,
        _FRAMEWORK,
        "National framework for penalty notices, in " + _WT,
        "The rolling window, in weeks with at least one school session, in which those sessions are counted.",
        10,
        10,
        False,
    ),
    Item(
        "continuous_days",
        "Continuous absence return",
        "school days",
        10,
        _FRAMEWORK,
        "SI 2024/208, attendance return; " + _WT,
        "Absent without authority for this many school days in a row: the school must tell the authority.",
        10,
        10,
        False,
    ),
    Item(
        "n_school_days",
        "Time to settle a code N",
        "school days",
        5,
        _FRAMEWORK,
        "SI 2024/208 reg 10(7)",
        "An N must be replaced by the true code within this many school days of the session.",
        5,
        5,
        False,
    ),
    Item(
        "notice_first_early",
        "Penalty notice, first: if paid early",
        "pounds",
        80,
        _FRAMEWORK,
        "SI 2007/1867 reg 4 as amended by SI 2024/210; " + _WT,
        "What a first penalty notice to a parent for a child costs if it is paid in the early period.",
        80,
        80,
        False,
    ),
    Item(
        "notice_first_full",
        "Penalty notice, first: otherwise",
        "pounds",
        160,
        _FRAMEWORK,
        "SI 2007/1867 reg 4 as amended by SI 2024/210; " + _WT,
        "What a first penalty notice costs after the early period.",
        160,
        160,
        False,
    ),
    Item(
        "notice_second",
        "Penalty notice, second",
        "pounds",
        160,
        _FRAMEWORK,
        "SI 2007/1867 reg 4 as amended by SI 2024/210; " + _WT,
        "What a second notice to the same parent for the same child costs, early or not.",
        160,
        160,
        False,
    ),
    Item(
        "notice_early_days",
        "Penalty notice: early period",
        "days beginning with the day of receipt",
        21,
        _FRAMEWORK,
        "SI 2007/1867 reg 4 as amended by SI 2024/210",
        "The day of receipt is day 1.",
        21,
        21,
        False,
    ),
    Item(
        "notice_full_days",
        "Penalty notice: time to pay",
        "days beginning with the day of receipt",
        28,
        _FRAMEWORK,
        "SI 2007/1867 regs 4 and 7 as amended; " + _WT,
        "After the last of these days an unpaid notice is prosecuted or withdrawn.",
        28,
        28,
        False,
    ),
    Item(
        "notice_window_years",
        "Penalty notices: how far back they count",
        "years ending with the day of issue",
        3,
        _FRAMEWORK,
        "National framework for penalty notices, in " + _WT,
        "Notices to the same parent for the same child are counted in these years; those issued under the rules before "
        "19 August 2024 are not, unless that is set otherwise.",
        3,
        3,
        False,
    ),
    Item(
        "notice_old_rules_count",
        "Penalty notices: those under the rules before 19 August 2024",
        "1: they count, 0: they do not",
        0,
        _FRAMEWORK,
        "Nothing national seen says it; letters to parents say that the three years begin with notices at the new rates. Confirm locally",
        "Whether a notice issued before the national framework began counts towards the two in three years.",
        0,
        1,
        True,
    ),
    Item(
        "notice_other_authority_reply",
        "Penalty notices: a child from another authority’s school",
        "1: no notice before the other authority has replied, 0: a warning",
        0,
        _FRAMEWORK,
        "Daymark default; notices of every authority count (" + _WT + "), and codes of conduct ask to enquire for them",
        "A child who was at another authority’s school within the years that count may have had notices there. Whether one can be issued "
        "here before that authority’s reply is logged.",
        0,
        1,
        True,
    ),
    Item(
        "notice_limit",
        "Penalty notices: how many",
        "to one parent for one child in those years",
        2,
        _FRAMEWORK,
        "National framework for penalty notices, in " + _WT,
        "A further notice cannot be issued; another tool is needed.",
        2,
        2,
        False,
    ),
    Item(
        "presumed_post_working_days",
        "Posted notices: taken as received",
        "working days after posting",
        2,
        _FRAMEWORK,
        "Local codes of conduct; as first class post is presumed in court rules",
        "A notice sent by first class post is taken as received this many working days after it was posted, unless the contrary is shown.",
        1,
        5,
        True,
    ),
    Item(
        "low_data_sessions",
        "Too few sessions to judge",
        "possible sessions, fewer than",
        30,
        dt.date(2015, 9, 1),
        "Daymark default: DfE applies no minimum",
        "Below this many possible sessions a flag is shown with a warning that it rests on little data.",
        0,
        200,
        True,
    ),
    Item(
        "rag_red_tenths",
        "Rating of a school: red",
        "tenths of a percentage point",
        10,
        _FRAMEWORK,
        "Daymark default: nothing national says how schools are rated",
        "A school is rated red if its absence is worse than that of England’s schools of its phase at the same point of last year by "
        "more than this.",
        0,
        100,
        True,
    ),
    Item(
        "rag_amber_tenths",
        "Rating of a school: amber",
        "tenths of a percentage point",
        0,
        _FRAMEWORK,
        "Daymark default: nothing national says how schools are rated",
        "A school that is not red is rated amber if its absence is worse than England’s by more than this, else green.",
        0,
        100,
        True,
    ),
    Item(
        "rag_least_days",
        "Rating of a school: days it needs",
        "school days with registers, at least",
        10,
        _FRAMEWORK,
        "Daymark default: nothing national says how schools are rated",
        "With registers of fewer school days than this in the weeks that are compared, a school is not rated.",
        1,
        60,
        True,
    ),
    Item(
        "rag_trend_tenths",
        "Rating of a school: own trend moves the colour",
        "tenths of a percentage point, or more; 0: it is shown and moves nothing",
        0,
        _FRAMEWORK,
        "Daymark default: nothing national says how schools are rated",
        "A school whose absence is worse than its own in the same weeks of last year by this or more is rated one band worse.",
        0,
        100,
        True,
    ),
    Item(
        "rag_severe_pupils",
        "Rating of a school: severe absence without a plan moves the colour",
        "pupils, or more; 0: it is shown and moves nothing",
        0,
        _FRAMEWORK,
        "Daymark default: nothing national says how schools are rated",
        "A school with this many severely absent pupils without a current plan, or more, is rated one band worse. Together with its own "
        "trend it is still one band.",
        0,
        500,
        True,
    ),
    Item(
        "pupil_red_percent",
        "Rating of a pupil: red",
        "% of possible sessions missed, or more",
        50,
        _FRAMEWORK,
        "Daymark default: nothing national says how pupils are rated; 50% is severe absence",
        "A pupil who has missed this share or more of their own possible sessions this year is shown as red.",
        10,
        50,
        True,
    ),
    Item(
        "pupil_amber_percent",
        "Rating of a pupil: amber",
        "% of possible sessions missed, or more",
        10,
        _FRAMEWORK,
        "Daymark default: nothing national says how pupils are rated; 10% is persistent absence",
        "A pupil who is not red and has missed this share or more is shown as amber, any other as green.",
        5,
        10,
        True,
    ),
    *OF_PAGES,
    *OF_FLAGS,
    *OF_MEETINGS,
    *OF_WORKLOAD,
    *OF_LETTERS,
    *OF_IMPROVEMENTS,
    *OF_CASEWORK,
    *OF_LEGAL,
    *OF_NOTICES,
)
BY_KEY = {item.key: item for item in NATIONAL}
RATING = tuple(item.key for item in NATIONAL if item.key.startswith("rag_"))  # set together, after a look at what they would change


@dataclass(frozen=True, slots=True)
class Policy:
    """The values in force on a day, and a version that names them."""

    day: dt.date
    values: Mapping[str, int]
    version: str

    def __getitem__(self, key: str) -> int:
        return self.values[key]


def in_force(day: dt.date, local: Iterable[tuple[str, int, dt.date]] = ()) -> Policy:
    """Policy on `day`: national values, over them the latest local value begun by then (key, value, start)."""
    values = {item.key: item.value for item in NATIONAL}
    latest: dict[str, dt.date] = {}
    for key, value, start in sorted(local, key=lambda row: row[2]):
        if start <= day and key in values:
            values[key] = value
            latest[key] = start
    version = "national 2024-08-19"
    if latest:
        version += f"; local {max(latest.values()).isoformat()}"
    return Policy(day, values, version)
