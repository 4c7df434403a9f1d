"""Calendar files: read back as RFC 5545 says, whatever words are put in."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st
from icalendar import Calendar
from icalendar import Event as Entry

from meetings.calendar_file import CANCEL, REQUEST, Event, Person, calendar_file

STAMP = dt.datetime(2026, 11, 20, 10, tzinfo=dt.UTC)


def event(**fields: object) -> Event:
    known: dict[str, object] = {
        "uid": "meeting-7@merebrook.example",
        "sequence": 1,
        "stamped": STAMP,
        "begins": dt.datetime(2026, 11, 24, 14, 30, tzinfo=ZoneInfo("Europe/London")),
        "minutes": 60,
        "summary": "Support meeting",
        "place": "Alder High School",
        "words": "Words.",
        "organiser": Person("Olive Officer", "officer@merebrook.example"),
    }
    return Event(**(known | fields))  # type: ignore[arg-type]


def read(text: str) -> tuple[Calendar, Entry]:
    file = Calendar.from_ical(text)
    assert isinstance(file, Calendar)
    (entry,) = file.walk("VEVENT")
    assert isinstance(entry, Entry)
    return file, entry


def test_what_a_calendar_is_told() -> None:
    people = [Person("Carys Alder", "contact@alder.example")]
    text = calendar_file(event(people=people, link="https://x.example/meetings/7/"), REQUEST)
    assert text.endswith("\r\n")
    file, entry = read(text)
    assert file["METHOD"] == "REQUEST"
    assert (entry.start, entry.end) == (dt.datetime(2026, 11, 24, 14, 30, tzinfo=dt.UTC), dt.datetime(2026, 11, 24, 15, 30, tzinfo=dt.UTC))
    assert "DTSTART:20261124T143000Z\r\n" in text  # in UTC: no time zone has to be described
    assert (entry["UID"], entry["STATUS"], entry["URL"]) == ("meeting-7@merebrook.example", "CONFIRMED", "https://x.example/meetings/7/")
    assert (entry["ORGANIZER"], entry["ORGANIZER"].params["CN"]) == ("mailto:officer@merebrook.example", "Olive Officer")
    assert (entry["ATTENDEE"], entry["ATTENDEE"].params["RSVP"]) == ("mailto:contact@alder.example", "TRUE")


def test_british_summer_time_is_told_in_utc() -> None:
    begins = dt.datetime(2026, 6, 24, 14, 30, tzinfo=ZoneInfo("Europe/London"))
    assert "DTSTART:20260624T133000Z\r\n" in calendar_file(event(begins=begins), REQUEST)


def test_a_cancelled_meeting_takes_its_entry_out() -> None:
    file, entry = read(calendar_file(event(cancelled=True, sequence=3), CANCEL))
    assert (file["METHOD"], entry["STATUS"], entry["SEQUENCE"]) == ("CANCEL", "CANCELLED", 3)


@given(words=st.text(), name=st.text())
@example(words=r"C:\New\new; a, b", name="\\")
def test_any_words_come_back_and_no_line_is_too_long(words: str, name: str) -> None:
    text = calendar_file(event(summary=words, words=words, organiser=Person(name, "a@b.example")), REQUEST)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    _, entry = read(text)
    assert entry["ORGANIZER"] == "mailto:a@b.example"
    kept = "".join(c for c in words.replace("\r\n", "\n").replace("\r", "\n") if c in "\n\t" or (ord(c) >= 32 and ord(c) != 127))
    assert entry["DESCRIPTION"] == entry["SUMMARY"] == kept
