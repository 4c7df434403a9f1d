"""Session attendances as SIMS's own XML interface gives them: an element for each pupil and session.

The interface names pupils by SIMS's PersonID, which no other system knows. An export that is to be read here has the UPN
beside it, in each record or once in a list of persons anywhere in the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree.ElementTree import Element, SubElement, indent, tostring  # writes; what was sent is read by defusedxml alone
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler

from defusedxml import DefusedXmlException, sax

from attendance.imports.foreign import MAX_ROWS, REASON, Rejects, Table, Translator, beginning
from attendance.imports.parsed import Unreadable

Fields = list[tuple[str, str]]  # an element's children: name, text
_RECORD = "SessionAttendance"
_HEADINGS = ["Record", "UPN", "Surname", "Forename", "DOB", "Date", "Session", "Mark"]
# the names under which exports have been seen or may reasonably have each value, in small letters
_NAMES: dict[str, tuple[str, ...]] = {
    "upn": ("upn", "personupn", "pupilupn", "studentupn", "uniquepupilnumber"),
    "surname": ("surname", "legalsurname"),
    "forename": ("forename", "legalforename"),
    "dob": ("dateofbirth", "dob"),
    "date": ("attendancedate",),
    "session": ("sessionname",),
    "mark": ("attendancemark", "mark", "attendancecode"),
}
_PERSON = ("personid", "person_id", "externalid")
_WHAT_IS_NEEDED = (
    "SIMS’s own PersonID is not known outside the school. Export again with the UPN of each pupil: an element UPN in each "
    "SessionAttendance, or a list of Person elements, each with PersonID and UPN."
)
_DEEPEST, _MOST_FIELDS = 20, 100
_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def recognise(head: bytes) -> bool:
    text = beginning(head)
    return text.startswith("<") and f"<{_RECORD}" in text


def to_table(data: bytes) -> Table:
    """A row for each record: UPN, name, date of birth, date, session, mark. Raises Unreadable."""
    people: dict[str, dict[str, str]] = {}
    records: list[tuple[str, list[str]]] = []

    def found(name: str, fields: Fields) -> None:
        values = _values(fields)
        if name != _RECORD:
            people[values["person"]] = values
        elif len(records) >= MAX_ROWS:
            raise Unreadable("This file is too long to be read at once. Send it in parts, for example a term at a time.")
        else:
            records.append((values["person"], [values[name] for name in _NAMES]))

    _walk(data, found)
    unnamed = 0
    for person, row in records:
        for place, name in enumerate(("upn", "surname", "forename", "dob")):
            row[place] = row[place] or people.get(person, {}).get(name, "")
        unnamed += not row[0]
    if not records:
        raise Unreadable("This SIMS file holds no session attendances.")
    if unnamed == len(records):
        raise Unreadable(f"This SIMS file has no UPN for any of its {unnamed:,} records. {_WHAT_IS_NEEDED}")
    notes = [f"{unnamed:,} of {len(records):,} records have no UPN. {_WHAT_IS_NEEDED}"] if unnamed else []
    return Table.of_records(_HEADINGS, ([str(number), *row] for number, (_, row) in enumerate(records, start=1)), notes)


def _values(fields: Fields) -> dict[str, str]:
    given = {name.lower(): value for name, value in reversed(fields)}
    values = {field: next((given[name] for name in names if given.get(name)), "") for field, names in _NAMES.items()}
    return values | {"person": next((given[name] for name in _PERSON if given.get(name)), "")}


def _walk(data: bytes, found: Callable[[str, Fields], None]) -> None:
    """Tell `found` of each record, and of each element that gives a PersonID its UPN."""
    try:
        sax.parseString(data, _Walker(found), forbid_dtd=True)
    except DefusedXmlException:
        raise Unreadable("This XML file declares a document type or entities, which no export of marks does. It was not read.") from None
    except SAXParseException as problem:
        where = f"in line {problem.getLineNumber():,}" if problem.getLineNumber() else "at its start"
        raise Unreadable(f"This XML file is damaged {where}, or was cut short on its way. Export it again.") from None
    except (LookupError, ValueError):
        raise Unreadable("This XML file says that it is in an encoding which is not known. Export it again, in UTF-8.") from None


class _Walker(ContentHandler):
    """Remembers no more of a file than the elements that are open."""

    def __init__(self, found: Callable[[str, Fields], None]) -> None:
        super().__init__()
        self.found = found
        self.open: list[tuple[str, Fields]] = []
        self.text: list[str] = []

    def startElement(self, name: str, attrs: object) -> None:
        if len(self.open) >= _DEEPEST:
            raise Unreadable("The elements of this XML file stand too deep in each other: it is no SIMS export.")
        self.open.append((name.rpartition(":")[2], []))
        self.text.clear()

    def characters(self, content: str) -> None:
        self.text.append(content)

    def endElement(self, name: str) -> None:
        own, fields = self.open.pop()
        text = "".join(self.text).strip()
        self.text.clear()
        names = {field.lower() for field, _ in fields}
        if own == _RECORD or (not names.isdisjoint(_PERSON) and not names.isdisjoint(_NAMES["upn"])):
            self.found(own, fields)
        elif not fields and self.open and len(self.open[-1][1]) < _MOST_FIELDS:
            self.open[-1][1].append((own, text))


def returned(rejects: Rejects) -> bytes:
    """The records to correct, each with a Reason, and the persons that give their PersonIDs a UPN."""
    root = Element("SessionAttendances")
    persons: list[tuple[str, Fields]] = []
    wanted: set[str] = set()
    number = 0

    def found(name: str, fields: Fields) -> None:
        nonlocal number
        if name != _RECORD:
            persons.append((name, fields))
            return
        number += 1
        if number in rejects.reasons:
            kept = [field for field in fields if field[0] != REASON]
            _put(root, name, [*kept, (REASON, rejects.reasons[number])])
            wanted.add(_values(fields)["person"])

    _walk(rejects.original, found)
    known = [(name, fields) for name, fields in persons if _values(fields)["person"] in wanted]
    if known:
        listed = SubElement(root, "Persons")
        for name, fields in known:
            _put(listed, name, fields)
    indent(root)
    return tostring(root, encoding="utf-8", xml_declaration=True)


def _put(parent: Element, name: str, fields: Fields) -> None:
    element = SubElement(parent, name)
    for field, text in fields:
        SubElement(element, field).text = _NOT_IN_XML.sub("?", text)


TRANSLATOR = Translator(
    kind="sims_xml",
    recognise=recognise,
    to_table=to_table,
    content_types={".xml": "application/xml"},
    returned=returned,
    returned_suffix=".xml",
)
