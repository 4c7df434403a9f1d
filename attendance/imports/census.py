"""The School Census's termly attendance: XML in, a table of totals out (layout "summary").

Elements as DfE's Common Basic Data Set names them: under PupilOnRoll or PupilNoLongerOnRoll an Attendance with
TermlyAttendance, SummerHalfTerm2Attendance or AnnualAttendance, each with SessionsPossible and either SessionsAuthorised and
SessionsUnauthorised, or a SessionDetail a reason. Reasons without a session are left out by schools, so none at all says that
nothing was missed. Pupils whose attendance is not collected (boarders, and ages outside 4 to 15) have no Attendance.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from attendance.codes import BY_CODE, Class
from attendance.imports.foreign import Table, Translator, beginning
from attendance.imports.parsed import Unreadable

HEADINGS = (
    "URN",
    "UPN",
    "Surname",
    "Forename",
    "Date of birth",
    "Date of entry",
    "Part of the school census",
    "Census reference date",
    "Possible sessions",
    "Sessions authorised",
    "Sessions unauthorised",
    "Absence by reason",
)
_PUPILS = frozenset({"PupilOnRoll", "PupilNoLongerOnRoll"})
_PARTS = ("TermlyAttendance", "SummerHalfTerm2Attendance", "AnnualAttendance")
_BY = re.compile(r"<(?:\w+:)?(?:PupilOnRoll|PupilNoLongerOnRoll|PupilsOnRoll|TermlyAttendance|CollectionDetails)[\s>/]")
_DEPTH = 60
NO_PUPILS = (
    "This XML file holds no termly attendance of the school census: no pupil in it has an Attendance with SessionsPossible. "
    "Export the census return with its attendance, or send the register as CSV."
)


def recognise(head: bytes) -> bool:
    text = beginning(head)
    return text.startswith("<") and _BY.search(text) is not None


def to_table(data: bytes) -> Table:
    """A row for each pupil and part of the census, called by the pupil's place in the file. Raises Unreadable."""
    return Table.of(_rows(data))


@dataclass
class _Header:
    urn: str = ""
    day: str = ""


def _rows(data: bytes) -> Iterator[tuple[int, Sequence[str]]]:
    yield 0, HEADINGS
    header, found = _Header(), False
    for number, pupil in enumerate(_pupils(data, header), start=1):
        for cells in _of_pupil(pupil, header):
            found = True
            yield number, cells
    if not found:
        raise Unreadable(NO_PUPILS)


def _pupils(data: bytes, header: _Header) -> Iterator[Element]:
    """One pupil at a time: what has been read is let go, so that memory does not grow with the file."""
    path: list[Element] = []
    try:
        for event, element in iterparse(io.BytesIO(data), events=("start", "end"), forbid_dtd=True):
            if event == "start":
                path.append(element)
                if len(path) > _DEPTH:
                    raise Unreadable("This XML file is nested more deeply than any school census. Nothing was read.")
                continue
            path.pop()
            name = _name(element)
            if name in _PUPILS:
                yield element
            elif not any(_name(one) in _PUPILS for one in path):
                _note(header, name, (element.text or "").strip())
            else:
                continue  # a part of a pupil, who is still to be read
            element.clear()
            if path:
                path[-1].clear()
    except DefusedXmlException:
        raise Unreadable(
            "This XML file has a document type declaration (DTD) or entities of its own. A census return has none, and they can do harm, "
            "so it was not read. Export it again."
        ) from None
    except (ParseError, LookupError, ValueError) as problem:
        where = f" (line {problem.position[0]})" if isinstance(problem, ParseError) else ""
        raise Unreadable(f"This XML file is broken or cut short{where}, so nothing was read. Export it again.") from None


def _note(header: _Header, name: str, text: str) -> None:
    """What stands before the pupils: the first of each is the return's own."""
    if name == "URN" and not header.urn:
        header.urn = text
    elif name == "ReferenceDate" and not header.day:
        header.day = text


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _texts(pupil: Element) -> dict[str, str]:
    """The first text of each element of a pupil, attendance aside."""
    found: dict[str, str] = {}
    for element in pupil.iter():
        if element.text and element.text.strip():
            found.setdefault(_name(element), element.text.strip())
    return found


def _of_pupil(pupil: Element, header: _Header) -> Iterator[list[str]]:
    said = _texts(pupil)
    who = [
        header.urn,
        said.get("UPN", ""),
        said.get("Surname", ""),
        said.get("Forename", ""),
        said.get("DOB") or said.get("BirthDate") or said.get("DateOfBirth") or "",
        said.get("EntryDate", ""),
    ]
    for element in pupil.iter():
        if _name(element) in _PARTS:
            yield [*who, _name(element), header.day, *_sessions(element)]


def _sessions(attendance: Element) -> list[str]:
    """Possible, authorised, unauthorised, and the reasons as "I 12; O 8"."""
    totals: dict[str, str] = {}
    reasons: list[tuple[str, str]] = []
    for element in attendance.iter():
        name, text = _name(element), (element.text or "").strip()
        if name in ("SessionsPossible", "SessionsAuthorised", "SessionsUnauthorised"):
            totals.setdefault(name, text)
        children = {_name(child): (child.text or "").strip() for child in element}
        if "AttendanceReason" in children:
            reasons.append((children["AttendanceReason"], children.get("AbsenceSessions", "")))
    if "SessionsAuthorised" in totals or "SessionsUnauthorised" in totals:
        authorised, unauthorised = totals.get("SessionsAuthorised", ""), totals.get("SessionsUnauthorised", "")
    else:
        authorised, unauthorised = (str(_sum(reasons, klass)) for klass in (Class.AUTHORISED, Class.UNAUTHORISED))
    return [totals.get("SessionsPossible", ""), authorised, unauthorised, "; ".join(f"{code} {number}" for code, number in reasons)]


def _sum(reasons: list[tuple[str, str]], klass: Class) -> int:
    """Sessions of the reasons of one class; what is no number or no code is found wrong when the table is read."""
    known = [(BY_CODE.get(code.upper()), number) for code, number in reasons]
    return sum(int(number) for code, number in known if code is not None and code.klass == klass and number.isdecimal())


CENSUS = Translator(kind="census-xml", recognise=recognise, to_table=to_table, unit="record", content_types={".xml": "application/xml"})
