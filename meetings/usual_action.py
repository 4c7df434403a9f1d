"""What is usually agreed about an item, in words, from the reason it is on the agenda. Pure.

Ours: an action of the school, which a person reads and may change before it stands. It never opens a case and refers nobody:
a support meeting is not a referral ("Working together to improve school attendance": support first).
"""

from __future__ import annotations

from attendance.flag_codes import CONTINUOUS, NOT_STARTED, PART_TIME, PERSISTENT, SEVERE, THRESHOLD

LONGEST = 300  # characters of an action

_OF_FLAG = {
    THRESHOLD: "Meet the parents about the unauthorised absence and write down the support offered",
    CONTINUOUS: "See or speak to the pupil, and say why they have been away",
    NOT_STARTED: "Find out where the pupil is, and tell the authority",
    PART_TIME: "Review the part-time timetable with the parents and set the day it ends",
    PERSISTENT: "Speak to the parents and agree what would help",
}


def usual_action(*, flag: str, plan_due: bool, has_plan: bool, undone: str, reason: str, of_pupil: bool) -> str:
    """The words offered. `flag`: code of the leading flag, "" where there is none; `undone`: what was agreed before and is not done.

    >>> usual_action(flag="severe_absence", plan_due=False, has_plan=False, undone="", reason="", of_pupil=True)
    'Meet the family and agree a plan'
    """
    if undone:
        said = f"Finish what was agreed before: {undone}"
    elif flag == SEVERE:
        said = "Review the plan with the family" if has_plan else "Meet the family and agree a plan"
    elif flag in _OF_FLAG:
        said = _OF_FLAG[flag]
    elif plan_due:
        said = "Review the plan with the family"
    elif of_pupil:
        said = "Speak to the pupil and the parents, and agree what would help"
    else:
        said = f"Look into this: {reason}" if reason else ""
    return said if len(said) <= LONGEST else said[: LONGEST - 1].rstrip() + "…"
