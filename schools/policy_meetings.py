"""What policy sets about targeting support meetings: how many a school is due, and what severe absence without a plan asks. Pure."""

from __future__ import annotations

from schools.policy_items import FRAMEWORK, WORKING_TOGETHER, Item

_AS_PRESENTED = WORKING_TOGETHER + ", as lead officers of authorities present it to schools; confirm with your legal team"
_OURS = "Daymark default: nothing national says it in numbers"

# The bounds keep the order: never fewer meetings for lower attendance within a phase.
OF_MEETINGS: tuple[Item, ...] = (
    Item(
        "meetings_below",
        "Support meetings: attendance below England’s",
        "a school year, at least",
        3,
        FRAMEWORK,
        _AS_PRESENTED,
        "A school whose attendance of the last full year was below that of England’s schools of its phase: at least one a term.",
        3,
        12,
        True,
    ),
    Item(
        "meetings_at",
        "Support meetings: attendance at or above England’s",
        "a school year",
        1,
        FRAMEWORK,
        _AS_PRESENTED,
        "A school whose attendance of the last full year was at or above that of England’s schools of its phase.",
        1,
        3,
        True,
    ),
    Item(
        "meetings_strongest",
        "Support meetings: strongest schools",
        "a school year; 0: on request",
        0,
        FRAMEWORK,
        _AS_PRESENTED,
        "The strongest schools need no meeting. They keep their contact in the team, and may ask for one.",
        0,
        1,
        True,
    ),
    Item(
        "meetings_strongest_percent",
        "Support meetings: who the strongest schools are",
        "% of the authority’s schools of the phase, the best",
        20,
        FRAMEWORK,
        _OURS,
        "A school is among the strongest if its attendance is above England’s and no larger share of the authority’s schools of the phase "
        "attends as well or better. Of fewer schools than this makes one of, none is.",
        0,
        50,
        True,
    ),
    Item(
        "meetings_unknown",
        "Support meetings: nothing to compare with",
        "a school year",
        3,
        FRAMEWORK,
        _OURS,
        "A new school, one without registers of most of the last year, or a kind of school of which England publishes no figure (pupil "
        "referral units, all-through schools): as many as where attendance is below England’s, until it is known.",
        1,
        12,
        True,
    ),
    Item(
        "meetings_independent",
        "Support meetings: independent schools",
        "a school year, offered",
        1,
        FRAMEWORK,
        WORKING_TOGETHER + " (the four functions are for schools of any type); the number is a Daymark default",
        "Offered to independent schools, which need not take it up.",
        0,
        3,
        True,
    ),
    Item(
        "meetings_year_weeks",
        "Support meetings: what a full year of registers is",
        "weeks with registers, at least",
        30,
        FRAMEWORK,
        _OURS,
        "With registers of fewer weeks of the last year than this a school is not compared with England.",
        20,
        39,
        True,
    ),
    Item(
        "meetings_severe_extra",
        "Support meetings: one more for severe absence without a plan",
        "1: yes, 0: no",
        0,
        FRAMEWORK,
        _OURS,
        "Whether a school with a severely absent pupil without a plan is due one meeting more in the term. The pupil is on the agenda and "
        "somebody is to be in contact either way.",
        0,
        1,
        True,
    ),
    Item(
        "meetings_severe_contact_days",
        "Severe absence without a plan: somebody is in contact",
        "school days from the flag, at most",
        10,
        FRAMEWORK,
        _OURS,
        "By when somebody has reached the family, or the school about this pupil, or has had the pupil on the agenda of a meeting that "
        "was held. The pupil stays listed until then.",
        1,
        40,
        True,
    ),
)
