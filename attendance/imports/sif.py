"""Attendance as SIF UK's data model carries it in JSON: LearnerAttendance objects, a mark each, and LearnerAttendanceSummary
objects with the statutory string of all marks of a range of days.

SIF names learners by a RefId of its own. The UPN comes from LearnerPersonal objects in the same file, or stands in the record.
The latest RecordTimestamp for a learner's session wins; lesson marks are no statutory marks and are left out.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from attendance.codes import NOTHING_SAID
from attendance.imports.foreign import REASON, Rejects, Table, Translator, beginning
from attendance.imports.parsed import Problem, Unreadable
from attendance.imports.values import LONDON, Bad, long_day, read_date, read_moment, show

MAX_BYTES = 48 * 1024 * 1024  # of one JSON value; a file of one object a line may be as long as any
MAX_PARTS = 1_500_000  # objects and lists in one JSON value
MAX_DAYS = 732  # of a summary: two years
_DEEPEST = 20
_MARK, _SUMMARY, _LEARNER, _SCHOOL = "LearnerAttendance", "LearnerAttendanceSummary", "LearnerPersonal", "SchoolInfo"
_STRING = "DfEStatutorySessionAttendanceString"
_REASON = REASON.lower()
_HEADINGS = ["Record", "URN", "UPN", "Surname", "Forename", "DOB", "Date", "Session", "Mark", "Exported at"]
_NO_UPN = (
    "This record names its learner by LearnerPersonalRefId alone, which is not known outside the school’s system. "
    "Put the LearnerPersonal object with that RefId and its UPN in the same file, or a UPN in the record."
)


def recognise(head: bytes) -> bool:
    text = beginning(head)
    return text[:1] in "{[" and ("LearnerAttendance" in text or ("LearnerPersonalRefId" in text and "AttendanceCode" in text))


# --- the file's objects ----------------------------------------------------------------------------------------------

Object = dict[str, Any]


@dataclass
class _Found:
    """What a file holds that says anything: records (marks and summaries) in order, learners and schools by RefId."""

    records: list[tuple[str, Object]] = field(default_factory=list)
    learners: dict[str, Object] = field(default_factory=dict)
    schools: dict[str, Object] = field(default_factory=dict)

    def take(self, kind: str, one: Object) -> None:
        if kind in (_MARK, _SUMMARY):
            self.records.append((kind, one))
        elif kind in (_LEARNER, _SCHOOL):
            (self.learners if kind == _LEARNER else self.schools)[_text(one, "RefId").lower()] = one


def _read(data: bytes) -> _Found:
    found = _Found()
    for value in _values(data):
        _walk(value, "", found, 0)
    return found


def _values(data: bytes) -> Iterator[Any]:
    """The one JSON value of a file, or one a line."""
    text = data.removeprefix(b"\xef\xbb\xbf")
    if text[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = text.decode("utf-16", "replace").encode()
    first, _, rest = text.lstrip().partition(b"\n")
    if rest.lstrip()[:1] == b"{" and first.rstrip().endswith(b"}"):
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                yield _value(line, f" in line {number:,}")
    else:
        yield _value(text, "")


def _value(text: bytes, where: str) -> Any:
    if len(text) > MAX_BYTES or text.count(b"{") + text.count(b"[") > MAX_PARTS:
        raise Unreadable("This JSON file is too long to be read at once. Send it in parts, for example a half term at a time.")
    try:
        return json.loads(text)
    except RecursionError:
        raise Unreadable("The objects of this JSON file stand too deep in each other: it is no SIF attendance.") from None
    except ValueError as problem:
        where = where or (f" in line {problem.lineno:,}" if isinstance(problem, json.JSONDecodeError) else "")
        raise Unreadable(f"This JSON file is damaged{where}, or was cut short on its way. Export it again.") from None


def _walk(value: Any, kind: str, found: _Found, depth: int) -> None:
    """Objects by the key they stand under, wherever that is; an object under no known key that looks like a mark is one."""
    if depth > _DEEPEST:
        raise Unreadable("The objects of this JSON file stand too deep in each other: it is no SIF attendance.")
    if isinstance(value, list):
        for one in value:
            _walk(one, kind, found, depth + 1)
    elif isinstance(value, dict):
        kind = kind or _kind_of(value)
        if kind and not _OWN_KEYS.isdisjoint(value):
            found.take(kind, value)
            return
        for key, one in value.items():
            if isinstance(one, dict | list):
                named = next((name for name in (key, key.removesuffix("s")) if name in _KINDS), "")
                _walk(one, named, found, depth + 1)


_KINDS = frozenset([_MARK, _SUMMARY, _LEARNER, _SCHOOL])
_OWN_KEYS = frozenset(["RefId", "LearnerPersonalRefId", "UPN", "AttendanceCode", _STRING])  # of an object, not of a list of them


def _kind_of(value: Object) -> str:
    if "AttendanceDate" in value and "AttendanceCode" in value:
        return _MARK
    if _STRING in value:
        return _SUMMARY
    return ""


def _text(one: Object, *names: str) -> str:
    """The first of these that holds anything, as text."""
    for name in names:
        value = one.get(name)
        if isinstance(value, dict):  # {"value": ...}, as XML attributes are sometimes turned into JSON
            value = value.get("value")
        if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
            return str(value)
    return ""


# --- objects to rows -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Row:
    number: int  # of the record
    values: list[str]
    refused: str = ""
    place: int | None = None  # in a summary's string

    @property
    def cells(self) -> list[str]:
        return [str(self.number), *self.values]


def to_table(data: bytes) -> Table:
    """A row for each session of each record that may stand. Raises Unreadable."""
    found = _read(data)
    rows, notes = _rows(found)
    refused = {line: row.refused for line, row in enumerate(rows, start=2) if row.refused}
    named = [at for at, name in enumerate(_HEADINGS) if name != "URN" or any(row.cells[at] for row in rows)]
    numbered = [(0, _HEADINGS), *((row.number, row.cells) for row in rows)]
    return Table.of(((number, [cells[at] for at in named]) for number, cells in numbered), notes, refused)


def _rows(found: _Found) -> tuple[list[_Row], list[str]]:
    if not found.records:
        raise Unreadable("This JSON file holds no LearnerAttendance and no LearnerAttendanceSummary with marks.")
    exported = _latest_moment(found)
    rows: list[_Row] = []
    lessons = 0
    newest, replaced = _newest(found)
    for number, (kind, record) in enumerate(found.records, start=1):
        if kind == _MARK and _is_lesson(record):
            lessons += 1
        elif kind == _SUMMARY:
            rows += _of_summary(number, record, _who(record, found), exported)
        elif number in newest:
            day, session, mark = _text(record, "AttendanceDate"), _text(record, "Session"), _text(record, "AttendanceCode")
            who = _who(record, found)
            rows.append(_Row(number, [*who, day, session, mark, exported], "" if who[1] else _NO_UPN))
    notes = []
    if lessons:
        notes.append(
            f"{lessons:,} lesson mark{'' if lessons == 1 else 's'} (AttendanceDomain lesson) left out: only sessions are statutory."
        )
    if replaced:
        notes.append(
            f"{replaced:,} record{'' if replaced == 1 else 's'} left out, because a later RecordTimestamp speaks for the same session."
        )
    if not rows:
        raise Unreadable(f"No mark of this JSON file is a session’s. {' '.join(notes)}".strip())
    return rows, notes


def _is_lesson(record: Object) -> bool:
    return _text(record, "AttendanceDomain").strip().lower() in ("lesson", "class", "period")


def _who(record: Object, found: _Found) -> list[str]:
    """URN, UPN, surname, forename, date of birth; "" for what the file does not say."""
    learner = found.learners.get(_text(record, "LearnerPersonalRefId").lower(), {})
    school = found.schools.get(_text(record, "SchoolInfoRefId").lower(), {})
    personal = learner.get("PersonalInformation")
    personal = personal if isinstance(personal, dict) else {}
    name, born = personal.get("Name"), personal.get("Demographics")
    name, born = name if isinstance(name, dict) else {}, born if isinstance(born, dict) else {}
    return [
        _text(record, "URN") or _text(school, "URN"),
        _text(record, "UPN", "LearnerUPN") or _text(learner, "UPN", "UniquePupilNumber"),
        _text(name, "FamilyName", "Surname"),
        _text(name, "GivenName", "Forename"),
        _text(born, "BirthDate"),
    ]


def _moment(record: Object) -> dt.datetime | None:
    try:
        return read_moment(_text(record, "RecordTimestamp"))
    except Bad:
        return None


def _latest_moment(found: _Found) -> str:
    """The school-side moment of the file: it was made no earlier than the last thing it says was recorded."""
    moments = [moment for _, record in found.records if (moment := _moment(record))]
    return max(moments).astimezone(LONDON).isoformat(timespec="seconds") if moments else ""


def _newest(found: _Found) -> tuple[set[int], int]:
    """The numbers of the marks that stand, and how many others an equally placed one with a later timestamp replaces."""
    best: dict[tuple[str, str, str], tuple[dt.datetime | None, list[int]]] = {}
    marks = 0
    for number, (kind, record) in enumerate(found.records, start=1):
        if kind != _MARK or _is_lesson(record):
            continue
        marks += 1
        who = _who(record, found)[1] or _text(record, "LearnerPersonalRefId").lower()
        key = who, _text(record, "AttendanceDate")[:10], _text(record, "Session").upper()
        when = _moment(record)
        had = best.get(key)
        if had is None or (when and had[0] and when > had[0]):
            best[key] = when, [number]
        elif not (when and had[0] and when < had[0]):
            had[1].append(number)  # neither is later: if they differ, a person has to say which is right
    standing = {number for _, numbers in best.values() for number in numbers}
    return standing, marks - len(standing)


def _of_summary(number: int, record: Object, who: list[str], exported: str) -> Iterator[_Row]:
    """The statutory string from the morning of StartDate to the afternoon of EndDate, a row for each session it speaks of."""
    string = record.get(_STRING)
    string = string if isinstance(string, str) else ""
    try:
        first, last = read_date(_text(record, "StartDate"), serial=False), read_date(_text(record, "EndDate"), serial=False)
        days = (last - first).days + 1
        if not 0 < days <= MAX_DAYS:
            raise Bad(f"It runs from {long_day(first)} to {long_day(last)}, which is not a range of days in one or two years.")
        if len(string) != 2 * days:
            raise Bad(
                f"{_STRING} has {len(string)} characters, “{show(string)}”, and from {long_day(first)} AM to {long_day(last)} PM there are "
                f"{2 * days} sessions, so it cannot be said which session each mark belongs to."
            )
    except Bad as problem:
        yield _Row(number, [*who, _text(record, "StartDate"), "", show(string), exported], f"This summary cannot be read. {problem}")
        return
    for place, mark in enumerate(string):
        if mark.strip() and mark not in NOTHING_SAID:
            day = first + dt.timedelta(days=place // 2)
            values = [*who, day.isoformat(), "PM" if place % 2 else "AM", mark, exported]
            yield _Row(number, values, "" if who[1] else _NO_UPN, place)


# --- rows that go back -----------------------------------------------------------------------------------------------


def returned(rejects: Rejects) -> bytes:
    """The records to correct as they were sent, each with a reason, and the learners and schools they name.

    Of a summary with some bad marks only those come back, "-" in place of the others.
    """
    found = _read(rejects.original)
    rows, _ = _rows(found)
    marks, summaries = [], []
    learners: dict[str, None] = {}
    schools: dict[str, None] = {}
    for number, (kind, record) in enumerate(found.records, start=1):
        if number not in rejects.reasons:
            continue
        again = {key: value for key, value in record.items() if key != _REASON}
        if kind == _SUMMARY:
            again |= _narrowed(record, rejects.problems[number], rows)
        (marks if kind == _MARK else summaries).append(again | {_REASON: rejects.reasons[number]})
        learners[_text(record, "LearnerPersonalRefId").lower()] = None
        schools[_text(record, "SchoolInfoRefId").lower()] = None
    whole = {
        _MARK: marks,
        _SUMMARY: summaries,
        _LEARNER: [found.learners[ref] for ref in learners if ref in found.learners],
        _SCHOOL: [found.schools[ref] for ref in schools if ref in found.schools],
    }
    return json.dumps({key: objects for key, objects in whole.items() if objects}, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def _narrowed(record: Object, problems: list[Problem], rows: list[_Row]) -> Object:
    bad = {rows[problem.row].place for problem in problems}
    string = record.get(_STRING)
    if None in bad or not isinstance(string, str):
        return {}
    return {_STRING: "".join(mark if place in bad else "-" for place, mark in enumerate(string))}


TRANSLATOR = Translator(
    kind="sif_json",
    recognise=recognise,
    to_table=to_table,
    content_types={".json": "application/json", ".ndjson": "application/x-ndjson", ".jsonl": "application/x-ndjson"},
    returned=returned,
    returned_suffix=".json",
)
