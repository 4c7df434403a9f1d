"""Session marks as a school's system pushes them: a JSON array, an object with `marks`, or a JSON object a line. No database.

A record says what one session of one pupil came to. One that is not shaped so is named with its place, and the others are
taken; only a body that is no list of records at all is refused whole.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from attendance.imports.foreign import Rejects, Table, Translator, beginning
from attendance.imports.parsed import Unreadable
from attendance.imports.values import Bad, read_moment

REQUIRED = ("upn", "date", "session", "code")
OPTIONAL = ("urn", "surname", "forename", "dob", "minutes_late", "updated_at", "exported_at", "reason")
_HEADINGS = ("URN", "UPN", "Surname", "Forename", "Date of birth", "Date", "Session", "Mark", "Exported at")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TWICE = "\0twice"  # no key can be called so: what was said twice of one record
MOST_PROBLEMS = 1000  # named one by one, and kept: a body of nothing but bad records must not fill the memory
MAX_BYTES = 48 * 1024 * 1024
MAX_PARTS = 1_000_000  # objects and lists: more than marks of that many bytes can be


@dataclass(frozen=True)
class BadRecord:
    """A record that cannot be taken as it is. `number`: its position from 1, or its line where there is one a line."""

    number: int
    pointer: str  # JSON pointer (RFC 6901) into the body; "" where records are lines
    field: str
    value: str
    message: str


@dataclass(frozen=True)
class Body:
    """A body as read: the records that can be taken by number, in order, and the others."""

    records: list[tuple[int, dict[str, Any]]]
    problems: list[BadRecord]  # the first of them
    bad: int  # records with problems
    exported_at: str  # as sent; "" where it is not said
    prefix: str  # of JSON pointers to records
    lines: bool  # one record a line

    def pointer(self, number: int, name: str = "") -> str:
        """Where a record, or a field of it, stands in the body."""
        if self.lines:
            return ""
        return f"{self.prefix}/{number - 1}" + (f"/{name}" if name else "")


@dataclass
class _Reading:
    prefix: str
    lines: bool
    records: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    problems: list[BadRecord] = field(default_factory=list)
    bad: int = 0

    def take(self, number: int, record: object) -> None:
        wrong = list(_wrong(record))
        if not wrong and isinstance(record, dict):
            self.records.append((number, record))
        self.refuse(number, wrong)

    def refuse(self, number: int, wrong: list[tuple[str, str, str]]) -> None:
        self.bad += bool(wrong)
        for name, value, message in wrong[: MOST_PROBLEMS - len(self.problems)]:
            pointer = "" if self.lines else f"{self.prefix}/{number - 1}" + (f"/{name}" if name else "")
            self.problems.append(BadRecord(number, pointer, name, value, message))


def recognise(head: bytes) -> bool:
    """JSON of which some record names a pupil, a session and a code."""
    text = beginning(head)
    return text[:1] in ("[", "{") and all(f'"{name}"' in text for name in REQUIRED)


def read(data: bytes) -> Body:
    """The records of a body. Raises Unreadable, with a sentence, where it is no list of records."""
    if len(data) > MAX_BYTES or data.count(b"{") + data.count(b"[") > MAX_PARTS:
        raise Unreadable("This JSON is too long to be read at once. Send it in parts, for example a week at a time.")
    text = _text(data)
    try:
        whole = _loads(text)
    except (json.JSONDecodeError, Unreadable) as error:
        if _is_lines(text, error):
            return _of_lines(text)
        if not isinstance(error, json.JSONDecodeError):
            raise
        raise Unreadable(f"This is not JSON: {_fault(error)}, at line {error.lineno}, column {error.colno}.") from None
    exported_at, prefix = "", ""
    if isinstance(whole, dict) and "marks" not in whole and set(REQUIRED) <= whole.keys():
        alone = _Reading("", lines=True)
        alone.take(1, whole)
        return _body(alone, "")
    if isinstance(whole, dict):
        exported_at, whole, prefix = _envelope(whole)
    if not isinstance(whole, list):
        raise Unreadable("Send a list of marks: a JSON array, an object with “marks”, or an object a line.")
    reading = _Reading(prefix, lines=False)
    for number, record in enumerate(whole, start=1):
        reading.take(number, record)
    return _body(reading, exported_at)


def _envelope(whole: dict[str, Any]) -> tuple[str, object, str]:
    unknown = sorted(set(whole) - {"marks", "exported_at"})
    if _TWICE in whole:
        raise Unreadable(f"“{_shown(whole[_TWICE])}” is given twice.")
    if unknown:
        raise Unreadable(f"“{_shown(unknown[0])}” is not known here. An object holds “marks” and, if you like, “exported_at”.")
    if "marks" not in whole:
        raise Unreadable("The object has no “marks”.")
    exported_at = whole.get("exported_at")
    if exported_at is None:
        exported_at = ""
    elif not isinstance(exported_at, str) or not _is_moment(exported_at):
        raise Unreadable("“exported_at” is not a moment like 2026-11-20T16:30:00+00:00.")
    return exported_at, whole["marks"], "/marks"


def _is_lines(text: str, error: Exception) -> bool:
    """Whether a body that is no JSON as a whole is a record a line: its first line may be the bad one.

    What was cut off within one long list is no such body: there at most the last line is a record by itself, and the first
    ends where a list or an object goes on.
    """
    if isinstance(error, json.JSONDecodeError) and error.msg == "Extra data" and text.lstrip()[:1] == "{":
        return True
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    return len(lines) > 1 and lines[0][-1] not in "[{," and 2 * sum(map(_is_record, lines)) >= len(lines)


def _fault(error: json.JSONDecodeError) -> str:
    return error.msg.lower().removesuffix(" at")  # some of its sentences end there, and the place follows


def _is_record(line: str) -> bool:
    try:
        return isinstance(_loads(line), dict)
    except (json.JSONDecodeError, Unreadable):
        return False


def _of_lines(text: str) -> Body:
    reading = _Reading("", lines=True)
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = _loads(line)
        except (json.JSONDecodeError, Unreadable) as error:
            words = str(error)
            if isinstance(error, json.JSONDecodeError):
                words = f"This line is not JSON: {_fault(error)}, at column {error.colno}."
            reading.refuse(number, [("", _shown(line.strip()), words)])
            continue
        reading.take(number, record)
    return _body(reading, "")


def _body(reading: _Reading, exported_at: str) -> Body:
    if not reading.records and not reading.problems:
        raise Unreadable("There are no marks in this body.")
    return Body(reading.records, reading.problems, reading.bad, exported_at, reading.prefix, reading.lines)


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"The body is not UTF-8: the byte at {error.start:,} is not part of a character.") from None


def _loads(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_pairs, parse_constant=_no_constant)
    except json.JSONDecodeError:
        raise
    except (RecursionError, ValueError):  # too deep, a number of thousands of digits, NaN
        raise Unreadable("This JSON holds something that no mark holds: a number without end, or lists within lists.") from None


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        found[_TWICE] = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
    return found


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _wrong(record: object) -> Iterator[tuple[str, str, str]]:
    """What is wrong with the shape of a record: (field, value, words). What its values mean is judged with every other file's."""
    if not isinstance(record, dict):
        yield "", _shown(record), "This is not a mark: send an object with upn, date, session and code."
        return
    if _TWICE in record:
        yield _shown(record[_TWICE]), "", f"“{_shown(record[_TWICE])}” is given twice."
        return
    for name in REQUIRED:
        if name not in record:
            yield name, "", f"“{name}” is missing."
    for name, value in record.items():
        if name not in REQUIRED and name not in OPTIONAL:
            yield _shown(name), _shown(value), f"“{_shown(name)}” is not known here. Check how it is spelt, or leave it out."
        elif words := _wrong_value(name, value):
            yield name, _shown(value), words


def _wrong_value(name: str, value: object) -> str:
    if value is None and name not in REQUIRED:
        return ""
    if name == "minutes_late":
        fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1000
        return "" if fits else "“minutes_late” is not a whole number from 0 to 1000."
    if name == "urn" and isinstance(value, int) and not isinstance(value, bool):
        return "" if 0 < value < 10**7 else "This is not a URN: a URN is a number of six figures."
    if not isinstance(value, str):
        return f"“{name}” is not a text: write it in quotation marks."
    if len(value) > 200 or any(ord(letter) < 32 or "\ud800" <= letter <= "\udfff" for letter in value):
        return f"“{name}” is too long, or holds characters that no text has."
    if name == "session" and value.upper() not in ("AM", "PM"):
        return "“session” must be AM or PM."
    if (name == "date" or (name == "dob" and value)) and not _is_date(value):
        return f"“{name}” is not a date like 2026-11-20."
    if name in ("updated_at", "exported_at") and not _is_moment(value):
        return f"“{name}” is not a moment like 2026-11-20T16:30:00+00:00."
    return ""


def _is_date(text: str) -> bool:
    if not _ISO_DATE.fullmatch(text):
        return False
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_moment(text: str) -> bool:
    try:
        read_moment(text)
    except Bad:
        return False
    return True


def _shown(value: object) -> str:
    try:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        return ""
    return "".join(letter if ord(letter) >= 32 else "?" for letter in text[:80]).encode("utf-8", "replace").decode()


def to_table(data: bytes) -> Table:
    """The records as rows of sessions. Of two that speak of one session the one updated later is taken, where both say when."""
    body = read(data)
    if not body.records:
        raise Unreadable(body.problems[0].message)
    records = _newest(body.records)
    exported_at = body.exported_at or _latest(record for _, record in body.records)

    def numbered() -> Iterator[tuple[int, tuple[str, ...]]]:
        yield 0, _HEADINGS
        for number, record in records:
            said = {name: "" if value is None else str(value) for name, value in record.items()}
            yield (
                number,
                (
                    said.get("urn", ""),
                    said["upn"],
                    said.get("surname", ""),
                    said.get("forename", ""),
                    said.get("dob", ""),
                    said["date"],
                    said["session"].upper(),
                    said["code"],
                    exported_at,
                ),
            )

    return Table.of(numbered(), _notes(body, len(body.records) - len(records)))


def _newest(records: list[tuple[int, dict[str, Any]]]) -> list[tuple[int, dict[str, Any]]]:
    last: dict[tuple[Any, ...], tuple[int, dict[str, Any]]] = {}
    kept: list[tuple[int, dict[str, Any]]] = []
    for number, record in records:
        updated = record.get("updated_at")
        key = (record["upn"], str(record.get("urn") or ""), record["date"], record["session"].upper())
        before = last.get(key)
        if not updated or (before and not before[1].get("updated_at")):
            kept.append((number, record))
        elif before is None or read_moment(updated) >= read_moment(before[1]["updated_at"]):
            last[key] = (number, record)
    return sorted([*kept, *last.values()], key=lambda one: one[0])


def _latest(records: Iterator[dict[str, Any]]) -> str:
    """When the body was true, where it does not say: its latest change."""
    told = {text for record in records for name in ("exported_at", "updated_at") if (text := record.get(name))}
    return max(told, key=read_moment) if told else ""


def _notes(body: Body, older: int) -> list[str]:
    notes = []
    if older:
        records = "1 record" if older == 1 else f"{older:,} records"
        notes.append(f"{records} spoke of a session that a later change in the same file speaks of too: the later was taken.")
    if bad := body.bad:
        first = body.problems[0]
        unit = "line" if body.lines else "record"
        notes.append(
            f"{bad:,} record{'' if bad == 1 else 's'} could not be read as marks and {'was' if bad == 1 else 'were'} not loaded. "
            f"The first is {unit} {first.number}: {first.message}"
        )
    return notes


def returned(rejects: Rejects) -> bytes:
    """The records to correct, as they were sent, each with its reason."""
    body = read(rejects.original)
    wanted = [record | {"reason": rejects.reasons[number]} for number, record in body.records if number in rejects.reasons]
    return json.dumps(wanted, ensure_ascii=False, indent=1).encode()


TRANSLATOR = Translator(
    kind="marks",
    recognise=recognise,
    to_table=to_table,
    content_types={".json": "application/json", ".ndjson": "application/x-ndjson"},
    returned=returned,
    returned_suffix=".json",
)
