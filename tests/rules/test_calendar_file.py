"""Calendar files: read back as RFC 5545 says, whatever words are put in."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

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


def read(text: str) -> dict[str, list[str]]:
    """By name of the property, its values as they were before escaping: unfolded and split as the RFC says."""
    assert text.endswith("\r\n")
    found: dict[str, list[str]] = {}
    for line in text.replace("\r\n ", "").removesuffix("\r\n").split("\r\n"):
        match = re.fullmatch(r'([A-Z-]+)((?:;[A-Z]+=(?:"[^"]*"|[^";:]*))*):(.*)', line, re.DOTALL)
        assert match, line
        value = re.sub(r"\\(.)", lambda escaped: "\n" if escaped[1] in "nN" else escaped[1], match[3])
        found.setdefault(match[1], []).append(value if not match[2] else f"{match[2]}:{value}")
    return found


def test_what_a_calendar_is_told() -> None:
    found = read(
        calendar_file(event(people=[Person("Carys Alder", "contact@alder.example")], link="https://x.example/meetings/7/"), REQUEST)
    )
    assert found["BEGIN"] == ["VCALENDAR", "VEVENT"]
    assert found["END"] == ["VEVENT", "VCALENDAR"]
    assert found["METHOD"] == ["REQUEST"]
    assert (found["DTSTART"], found["DTEND"]) == (["20261124T143000Z"], ["20261124T153000Z"])
    assert found["UID"] == ["meeting-7@merebrook.example"]
    assert found["ORGANIZER"] == [';CN="Olive Officer":mailto:officer@merebrook.example']
    assert found["ATTENDEE"][0].endswith(":mailto:contact@alder.example")
    assert found["STATUS"] == ["CONFIRMED"]


def test_british_summer_time_is_told_in_utc() -> None:
    begins = dt.datetime(2026, 6, 24, 14, 30, tzinfo=ZoneInfo("Europe/London"))
    assert read(calendar_file(event(begins=begins), REQUEST))["DTSTART"] == ["20260624T133000Z"]


def test_a_cancelled_meeting_takes_its_entry_out() -> None:
    found = read(calendar_file(event(cancelled=True, sequence=3), CANCEL))
    assert (found["METHOD"], found["STATUS"], found["SEQUENCE"]) == (["CANCEL"], ["CANCELLED"], ["3"])


@given(words=st.text(), name=st.text())
def test_any_words_come_back_and_no_line_is_too_long(words: str, name: str) -> None:
    text = calendar_file(event(summary=words, words=words, organiser=Person(name, "a@b.example")), REQUEST)
    assert all(len(line.encode("utf-8", "surrogatepass")) <= 75 for line in text.split("\r\n"))
    found = read(text)
    assert len(found["SUMMARY"]) == len(found["ORGANIZER"]) == len(found["METHOD"]) == 1
    kept = "".join(c for c in words.replace("\r\n", "\n").replace("\r", "\n") if c in "\n\t" or (ord(c) >= 32 and ord(c) != 127))
    assert found["DESCRIPTION"] == [kept]
