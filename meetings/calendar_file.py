"""A meeting as a calendar file (RFC 5545): the few lines a calendar needs, escaped and folded. Pure.

Times are in UTC, so that no time zone has to be described. The UID stays the meeting's and SEQUENCE grows with every change, so a
calendar moves the entry it has and makes no second one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

REQUEST, CANCEL, PUBLISH = "REQUEST", "CANCEL", "PUBLISH"
_OCTETS = 75  # of a line, without its end (RFC 5545, 3.1)


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Event:
    """What a calendar is told. `begins` and `stamped` know their time zone; `sequence` grows with every change."""

    uid: str
    sequence: int
    stamped: dt.datetime
    begins: dt.datetime
    minutes: int
    summary: str
    place: str
    words: str
    organiser: Person
    people: Sequence[Person] = ()
    cancelled: bool = False
    link: str = ""


def calendar_file(event: Event, method: str) -> str:
    """The whole file, with CRLF ends of lines."""
    ends = event.begins + dt.timedelta(minutes=event.minutes)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Daymark//Meetings//EN",
        f"METHOD:{method}",
        "BEGIN:VEVENT",
        f"UID:{event.uid}",
        f"SEQUENCE:{event.sequence}",
        f"DTSTAMP:{_utc(event.stamped)}",
        f"DTSTART:{_utc(event.begins)}",
        f"DTEND:{_utc(ends)}",
        f"SUMMARY:{_text(event.summary)}",
        f"LOCATION:{_text(event.place)}",
        f"DESCRIPTION:{_text(event.words)}",
        f"STATUS:{'CANCELLED' if event.cancelled else 'CONFIRMED'}",
        *([f"URL:{event.link}"] if event.link else []),
        f"ORGANIZER;CN={_parameter(event.organiser.name)}:mailto:{event.organiser.email}",
        *(
            f"ATTENDEE;CN={_parameter(person.name)};ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:{person.email}"
            for person in event.people
        ),
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _utc(at: dt.datetime) -> str:
    return f"{at.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"


def _text(words: str) -> str:
    """RFC 5545, 3.3.11."""
    for mark in ("\\", ";", ","):
        words = words.replace(mark, f"\\{mark}")
    return _printable(words.replace("\r\n", "\n").replace("\r", "\n")).replace("\n", "\\n")


def _parameter(words: str) -> str:
    """In quotes, which may not hold quotes themselves (RFC 5545, 3.2)."""
    return '"' + _printable(words.replace('"', "’").replace("\r", " ").replace("\n", " ")) + '"'


def _printable(words: str) -> str:
    return "".join(c for c in words if c in "\n\t" or (ord(c) >= 32 and ord(c) != 127))


def _folded(line: str) -> str:
    """No line longer than 75 octets; never inside a character. What follows begins with a space."""
    parts: list[str] = []
    part, size = "", 0
    for c in line:
        width = len(c.encode())
        if size + width > _OCTETS - (1 if parts else 0):
            parts.append(part)
            part, size = "", 0
        part, size = part + c, size + width
    return "\r\n ".join([*parts, part])
