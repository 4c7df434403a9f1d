"""Compulsory school age, on a date. Pure.

Sources: Education Act 1996 s.8 - a child is of compulsory school age from the prescribed day (31 August, 31 December,
31 March) on or after the fifth birthday, until the end of the school leaving date, the last Friday in June of the school
year in which the pupil turns 16. For this rule a school year is taken to end on 31 August.
"""

from __future__ import annotations

import datetime as dt

_PRESCRIBED = ((3, 31), (8, 31), (12, 31))


def birthday(dob: dt.date, age: int) -> dt.date:
    """The day on which `age` is reached; someone born on 29 February reaches it on 1 March in other years."""
    try:
        return dob.replace(year=dob.year + age)
    except ValueError:
        return dt.date(dob.year + age, 3, 1)


def age_on(dob: dt.date, day: dt.date) -> int:
    """Whole years of age on `day`."""
    return day.year - dob.year - (day < birthday(dob, day.year - dob.year))


def last_friday_in_june(year: int) -> dt.date:
    last = dt.date(year, 6, 30)
    return last - dt.timedelta(days=(last.weekday() - 4) % 7)


def compulsory_from(dob: dt.date) -> dt.date:
    """The prescribed day on or after the fifth birthday."""
    five = birthday(dob, 5)
    return min(day for day in (dt.date(five.year, *month_day) for month_day in _PRESCRIBED) if day >= five)


def compulsory_until(dob: dt.date) -> dt.date:
    """The school leaving date, inclusive: born from 1 September on, the pupil turns 16 in the next school year."""
    sixteen = birthday(dob, 16)
    return last_friday_in_june(sixteen.year + (sixteen.month >= 9))


def of_compulsory_age(dob: dt.date, day: dt.date) -> bool:
    return compulsory_from(dob) <= day <= compulsory_until(dob)
