"""Public-place notices: whether one may be issued, by the days that the head teacher's notice states. Pure.

Sources: Education and Inspections Act 2006 s.103 (a parent keeps an excluded child out of public places in school hours on the first five
school days, or all of them where there are fewer; reasonable justification is a defence), s.104 (the head's notice states the days) and
s.105 (penalty notice); the Education (Penalty Notices) (England) Regulations 2007 reg 4(1), which SI 2024/210 left to s.105. That the
attendance threshold, notices to improve and the three years do not apply is our reading (docs/rules.md).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from legal.penalty import written
from schools import ages
from schools.calendar import Calendar

MOST_DAYS = 5


def reference(number: int) -> str:
    return f"PP{number:06d}"


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of an excluded child who was in a public place."""

    told: dt.date  # the day of the s.104 notice
    stated: Sequence[dt.date]  # the days it states
    day: dt.date
    dob: dt.date | None
    independent: bool


def problems(found: Found, calendar: Calendar) -> list[tuple[str, str]]:
    """What speaks against a notice: the field it belongs to, and why in words. None: one may be issued."""
    every = [*_of_days(found, calendar)]
    if found.independent:
        every.append(("", "Sections 103 to 105 are about maintained schools, academies and pupil referral units: not about this school."))
    if found.dob and not ages.of_compulsory_age(found.dob, found.day):
        every.append(("day", f"The child was not of compulsory school age on {written(found.day)} (section 103(1))."))
    if found.day not in found.stated:
        every.append(
            ("day", f"{written(found.day)} is not among the days that the section 104 notice states: the duty is about those only.")
        )
    return every


def _of_days(found: Found, calendar: Calendar) -> list[tuple[str, str]]:
    stated = sorted(found.stated)
    if not stated:
        return [("days", "Enter the days that the section 104 notice states.")]
    if len(stated) > MOST_DAYS:
        return [("days", f"At most the first {MOST_DAYS} school days are covered: {len(stated)} were entered.")]
    if len(set(stated)) < len(stated):
        return [("days", "A day was entered twice.")]
    if closed := [day for day in stated if not calendar.is_school_day(day)]:
        return [("days", f"{written(closed[0])} is no school day of this school: the notice states school days.")]
    between = [dt.date.fromordinal(at) for at in range(stated[0].toordinal(), stated[-1].toordinal() + 1)]
    if skipped := [day for day in between if day not in stated and calendar.is_school_day(day)]:
        return [("days", f"{written(skipped[0])} is a school day between them: the first days of an exclusion follow one another.")]
    if found.told > stated[0] + dt.timedelta(days=1):
        return [("told", f"The section 104 notice is given with the exclusion: {written(found.told)} is after {written(stated[0])}.")]
    return []
