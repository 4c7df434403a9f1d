"""A meeting as a calendar file (RFC 5545). Pure.

Times are in UTC, so that no time zone has to be described. The UID stays the meeting's and SEQUENCE grows with every change, so a
calendar moves the entry it has and makes no second one.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from icalendar import Calendar, vCalAddress, vText
from icalendar import Event as Entry

REQUEST, CANCEL, PUBLISH = "REQUEST", "CANCEL", "PUBLISH"


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
    file = Calendar()
    file.add("version", "2.0")
    file.add("prodid", "-//Daymark//Meetings//EN")
    file.add("method", method)
    entry = Entry()
    entry.add("uid", event.uid)
    entry.add("sequence", event.sequence)
    entry.add("dtstamp", event.stamped.astimezone(dt.UTC))
    entry.add("dtstart", event.begins.astimezone(dt.UTC))
    entry.add("dtend", (event.begins + dt.timedelta(minutes=event.minutes)).astimezone(dt.UTC))
    entry.add("summary", _Words(_printable(event.summary)))
    entry.add("location", _Words(_printable(event.place)))
    entry.add("description", _Words(_printable(event.words)))
    entry.add("status", "CANCELLED" if event.cancelled else "CONFIRMED")
    if event.link:
        entry.add("url", event.link)
    entry.add("organizer", _address(event.organiser))
    for person in event.people:
        entry.add("attendee", _address(person, ROLE="REQ-PARTICIPANT", PARTSTAT="NEEDS-ACTION", RSVP="TRUE"))
    file.add_component(entry)
    return file.to_ical().decode()


class _Words(vText):
    r"""Text as RFC 5545 writes it (3.3.11). The library's own takes a typed \N, as in C:\New, for the end of a line."""

    def to_ical(self) -> bytes:
        return re.sub(r"([\\;,])", r"\\\1", self).replace("\n", r"\n").encode()


def _address(person: Person, **parameters: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{person.email}")
    # A name stands in quotes there, which may not hold quotes or ends of lines themselves (RFC 5545, 3.2); readers take a
    # backslash before the colon for its escape.
    address.params["CN"] = " ".join(_printable(person.name.replace('"', "’").replace("\\", "/")).split())
    address.params.update(parameters)
    return address


def _printable(words: str) -> str:
    return "".join(c for c in words.replace("\r\n", "\n").replace("\r", "\n") if c in "\n\t" or (ord(c) >= 32 and ord(c) != 127))
