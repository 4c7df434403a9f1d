"""Every attendance code as data: what it means, how it counts, and between which dates it may be used.

Sources: School Attendance (Pupil Registration) (England) Regulations 2024, SI 2024/208, reg 10; "Working together to
improve school attendance" (August 2024, reissued July 2026), chapter on codes; for sessions before 19 August 2024 the
2006 Regulations' set. The class of a code depends on the date of the session, never on the day it is looked at.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import IntEnum
from functools import cache

import numpy as np
from numpy.typing import NDArray

SWITCH = dt.date(2024, 8, 19)  # SI 2024/208 came into force
_SET_2006 = dt.date(2006, 9, 1)

BLANK = 0  # the byte of a session about which nothing has been said


class Class(IntEnum):
    """How a mark counts. Possible sessions are those of the first four classes after NO_MARK."""

    NO_MARK = 0
    ATTENDING = 1  # present at school
    ELSEWHERE = 2  # attending an approved place other than school: counts as attending
    AUTHORISED = 3
    UNAUTHORISED = 4
    NOT_POSSIBLE = 5  # out of numerator and denominator
    NOT_COLLECTED = 6  # administrative: planned closure, not on the admission register


@dataclass(frozen=True, slots=True)
class Code:
    """One code over one span of dates. `byte` is what the register vector holds: permanent, never reused."""

    code: str
    meaning: str
    klass: Class
    start: dt.date
    end: dt.date | None
    byte: int
    source: str


_REG10 = "SI 2024/208 reg 10; Working together (2024), codes"
_OLD = "2006 Regulations; DfE school census code set to 18 August 2024"
A, E, AU, UN, NP, NC = (
    Class.ATTENDING,
    Class.ELSEWHERE,
    Class.AUTHORISED,
    Class.UNAUTHORISED,
    Class.NOT_POSSIBLE,
    Class.NOT_COLLECTED,
)
_LAST_OLD = SWITCH - dt.timedelta(days=1)


def _always(code: str, meaning: str, klass: Class, byte: int) -> Code:
    return Code(code, meaning, klass, _SET_2006, None, byte, _REG10)


def _new(code: str, meaning: str, klass: Class, byte: int) -> Code:
    return Code(code, meaning, klass, SWITCH, None, byte, _REG10)


def _old(code: str, meaning: str, klass: Class, byte: int) -> Code:
    return Code(code, meaning, klass, _SET_2006, _LAST_OLD, byte, _OLD)


CODES: tuple[Code, ...] = (
    _always("/", "Present in the morning", A, 1),
    _always("\\", "Present in the afternoon", A, 2),
    _always("L", "Late, before the register closed", A, 3),
    _new("K", "Education arranged by the authority", E, 4),
    _always("V", "Educational visit or trip", E, 5),
    _always("P", "Approved sporting activity", E, 6),
    _always("W", "Work experience", E, 7),
    _always("B", "Other approved educational activity off site", E, 8),
    _always("D", "Dual registered, due at the other school", NP, 9),
    _always("C", "Leave granted in exceptional circumstances", AU, 10),
    _new("C1", "Leave for a regulated performance or employment abroad", AU, 11),
    _new("C2", "Leave under a temporary part-time timetable", AU, 12),
    _always("E", "Suspended or permanently excluded, no alternative provision", AU, 13),
    _always("I", "Illness", AU, 14),
    _new("J1", "Interview for a job, school or college", AU, 15),
    _always("M", "Medical or dental appointment", AU, 16),
    _always("R", "Religious observance", AU, 17),
    _always("S", "Study leave for a public examination", AU, 18),
    _always("T", "Parent travelling for occupational purposes", AU, 19),
    _always("G", "Holiday not granted", UN, 20),
    _always("N", "Reason not yet established", UN, 21),
    _always("O", "Absent in other or unknown circumstances", UN, 22),
    _always("U", "Arrived after the register closed", UN, 23),
    _new("Q", "Cannot attend: lack of access arrangements", NP, 24),
    _always("X", "Not of compulsory school age, not required to attend", NP, 25),
    _new("Y1", "Transport normally provided not available", NP, 26),
    _new("Y2", "Widespread disruption to travel", NP, 27),
    _new("Y3", "Part of the premises closed", NP, 28),
    _new("Y4", "Whole site unexpectedly closed", NP, 29),
    _new("Y5", "In criminal justice detention", NP, 30),
    _new("Y6", "Public health guidance or law prevents attendance", NP, 31),
    _new("Y7", "Other unavoidable cause", NP, 32),
    _always("Z", "Prospective pupil, not on the admission register", NC, 33),
    _always("#", "Planned whole-school closure", NC, 34),
    _old("J", "Interview (attended, before 19 August 2024)", E, 35),
    _old("H", "Agreed family holiday", AU, 36),
    # dropped with the 2013 change to leave of absence (from memory: the end date is not in a source we hold)
    Code("F", "Agreed extended family holiday", AU, _SET_2006, dt.date(2013, 8, 31), 37, _OLD),
    _old("Y", "Unable to attend in exceptional circumstances", NP, 38),
)

BY_CODE: dict[str, Code] = {c.code: c for c in CODES}
BY_BYTE: dict[int, Code] = {c.byte: c for c in CODES}
# what a register writes where it says nothing: never a mark, never erases one
NOTHING_SAID = frozenset({"", "-", "_"})
# what a feed says of a session whose mark its source has taken back. Only ever said, never held: in a register it is no mark
NO_LONGER, NO_LONGER_BYTE = "(no longer marked)", 254

PRESENT_AM, PRESENT_PM = BY_CODE["/"].byte, BY_CODE["\\"].byte
LATE_BYTES = (BY_CODE["L"].byte, BY_CODE["U"].byte)
N_BYTE = BY_CODE["N"].byte


def find(mark: str, day: dt.date) -> Code | None:
    """The code that `mark` is on `day`; None if unknown, or not in use on that day."""
    code = BY_CODE.get(mark.strip().upper() if mark.strip() != "\\" else "\\")
    if code is None or day < code.start or (code.end is not None and day > code.end):
        return None
    return code


def why_not(mark: str, day: dt.date) -> str:
    """What to tell the person who sent a mark that `find` refused."""
    code = BY_CODE.get(mark.strip().upper())
    if code is None:
        return f"“{mark}” is not an attendance code. Use a national code, or map your school's own code to one."
    if day < code.start:
        return f"Code {code.code} was not in use on {day:%-d %B %Y}: it began on {code.start:%-d %B %Y}."
    return f"Code {code.code} was withdrawn: it could be used until {code.end:%-d %B %Y}."


@cache
def class_table() -> NDArray[np.uint8]:
    """Class by byte, shape (256,). A byte has one class: where a letter's class changed, the bytes differ (J, J1)."""
    table = np.zeros(256, np.uint8)
    for code in CODES:
        table[code.byte] = code.klass
    table[NO_LONGER_BYTE] = NC
    return table


def look_up(table: NDArray[np.uint8], marks: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """`table[marks]`, one byte for another, same shape.

    Python's translation of bytes takes a quarter of the time of NumPy's indexing, which makes a whole number of every byte first.
    """
    held = np.ascontiguousarray(marks, np.uint8)
    return np.frombuffer(bytearray(held).translate(table.tobytes()), np.uint8).reshape(marks.shape)


def classes(marks: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Class of every mark, same shape."""
    return look_up(class_table(), marks)


def possible(kinds: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Of classes, as `classes` gives them: which are possible sessions."""
    return (kinds >= Class.ATTENDING) & (kinds <= Class.UNAUTHORISED)


def absent(kinds: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Of classes: which are absences."""
    return (kinds == Class.AUTHORISED) | (kinds == Class.UNAUTHORISED)
