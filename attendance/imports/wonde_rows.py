"""What Wonde's rows say. Pure, and patient: an id may be an id or an included object, a day a date object in any time zone.

What cannot be understood is handed on as it came, so that whoever takes it says why it cannot be taken.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from schools import upn
from schools.importers.roll import RELATIONSHIPS, SEN, SEX, YEAR_GROUPS, ParentRow, Row

LONDON = ZoneInfo("Europe/London")
_ABBREVIATED = {"GMT": 0, "UTC": 0, "Z": 0, "WET": 0, "BST": 1, "CET": 1, "CEST": 2}
_OFFSET = re.compile(r"^([+-])(\d{2}):?(\d{2})$")


def unwrap(value: Any) -> Any:
    """Included objects come as {"data": ...}."""
    return value["data"] if isinstance(value, dict) and set(value) >= {"data"} else value


def identity(value: Any) -> str:
    """The id of a thing that is named by it or included; "" where there is none."""
    value = unwrap(value)
    if isinstance(value, dict):
        value = value.get("id")
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _one(value: Any) -> dict[str, Any]:
    value = unwrap(value)
    return value if isinstance(value, dict) else {}


def _many(value: Any) -> list[dict[str, Any]]:
    value = unwrap(value)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(value: Any) -> str:
    return " ".join(str(value).split()) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


# --- moments and days ------------------------------------------------------------------------------------------------


def _zone(name: Any) -> dt.tzinfo | None:
    text = _text(name)
    if not text:
        return LONDON
    if text.upper() in _ABBREVIATED:
        return dt.timezone(dt.timedelta(hours=_ABBREVIATED[text.upper()]))
    if offset := _OFFSET.match(text):
        away = dt.timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        return dt.timezone(-away if offset[1] == "-" else away)
    try:
        return ZoneInfo(text)
    except (ValueError, OSError, KeyError):
        return None


def moment(value: Any) -> dt.datetime | None:
    """An aware moment, of a date object or an ISO text; None where there is none, or it cannot be understood."""
    value = unwrap(value)
    written, zone = (value.get("date"), _zone(value.get("timezone"))) if isinstance(value, dict) else (value, LONDON)
    try:
        found = dt.datetime.fromisoformat(written) if isinstance(written, str) else None
    except ValueError:
        return None
    if found is None or zone is None:
        return None
    return found if found.tzinfo else found.replace(tzinfo=zone)


def day(value: Any) -> dt.date | None:
    """The day in England: midnight of a summer day in England is 23.00 of the day before in UTC."""
    found = moment(value)
    return found.astimezone(LONDON).date() if found else None


def as_text(value: Any) -> str:
    """A day as a table holds it: ISO, or what was sent where that is no day."""
    found = day(value)
    if found:
        return found.isoformat()
    value = unwrap(value)
    return _text(value.get("date") if isinstance(value, dict) else value)


# --- schools, marks, deletions ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OfferedSchool:
    remote_id: str
    name: str
    urn: int | None
    domain: str


def school(row: dict[str, Any]) -> OfferedSchool | None:
    remote_id = identity(row.get("id"))
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", remote_id):  # it becomes part of an address
        return None
    urn = _text(row.get("urn"))
    region = _one(row.get("region"))
    return OfferedSchool(remote_id, _text(row.get("name"))[:200], int(urn) if urn.isdecimal() else None, _text(region.get("domain"))[:200])


@dataclass(frozen=True, slots=True)
class SessionMark:
    """One mark of one session. `half` is "AM", "PM" or what was sent; `code` is the code's letters or, of an id, None."""

    id: str
    student: str
    day: str  # ISO, or what was sent
    half: str
    code: str | None
    code_id: str
    updated: dt.datetime | None

    @property
    def cell(self) -> tuple[str, str, str]:
        return self.student, self.day, self.half


def mark(row: dict[str, Any]) -> SessionMark:
    code = _one(row.get("attendance_code")).get("code")
    half = _text(row.get("session")).upper()
    return SessionMark(
        id=identity(row.get("id")),
        student=identity(row.get("student")),
        day=as_text(row.get("date")),
        half=half,
        code=_text(code) if code is not None else None,
        code_id=identity(row.get("attendance_code")),
        updated=moment(row.get("updated_at")),
    )


@dataclass(frozen=True, slots=True)
class Deletion:
    id: str
    of_student: bool
    of_mark: bool  # said to be; a deletion that does not say of what may be of one


def deletion(row: dict[str, Any]) -> Deletion | None:
    """What is gone; None of what has come back since."""
    deleted, restored = moment(row.get("deleted_at")), moment(row.get("restored_at"))
    if restored and (deleted is None or restored >= deleted):
        return None
    kind = _text(row.get("type")).lower()
    of_mark = "attendance" in kind or "session" in kind
    return Deletion(identity(row.get("id")), "student" in kind and not of_mark, of_mark)


# --- students --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Student:
    """A student as a register needs one."""

    remote_id: str
    upn: str
    surname: str
    forename: str
    dob: str  # ISO or ""
    year_group: str


def student(row: dict[str, Any]) -> Student:
    born = day(row.get("date_of_birth"))
    return Student(
        remote_id=identity(row.get("id")),
        upn=upn.tidy(_text(_one(row.get("education_details")).get("upn"))),
        surname=(_text(row.get("legal_surname")) or _text(row.get("surname")))[:100],
        forename=(_text(row.get("legal_forename")) or _text(row.get("forename")))[:100],
        dob=born.isoformat() if born else "",
        year_group=_year_group(row),
    )


def _year_group(row: dict[str, Any]) -> str:
    year = _one(row.get("year"))
    text = _text(_one(row.get("education_details")).get("current_nc_year")) or _text(year.get("code")) or _text(year.get("name"))
    word = text.casefold().removeprefix("year").strip().lstrip("0") or text.casefold()
    return YEAR_GROUPS.get(word, word.upper()[:3])


def left_on(row: dict[str, Any]) -> dt.date | None:
    return day(_one(row.get("education_details")).get("leaving_date"))


class NotTaken(ValueError):
    """Why a student is not put on roll, in words."""


def roll_row(row: dict[str, Any], line: int, *, former_upn: str = "", today: dt.date) -> tuple[Row, list[str]]:
    """A student as a row of the school's roll, and what of it was not understood. Raises `NotTaken`."""
    who, education, more = student(row), _one(row.get("education_details")), _one(row.get("extended_details"))
    if not who.upn:
        raise NotTaken("has no UPN yet")
    if not upn.well_formed(who.upn):
        raise NotTaken(f"has a UPN that is none: {upn.why_not(who.upn)}")
    if not who.surname or not who.forename:
        raise NotTaken("has no surname or no forename")
    start, end = day(education.get("admission_date")), left_on(row)
    if start and end and end < start:
        raise NotTaken(f"has a leaving date ({end:%-d %B %Y}) before the admission date ({start:%-d %B %Y})")
    born = dt.date.fromisoformat(who.dob) if who.dob else None
    notes: list[str] = []
    known_as = _text(row.get("forename"))
    address, postcode = _home(row.get("contact_details"))
    return Row(
        line=line,
        urn=None,
        upn=who.upn,
        former_upn=former_upn if former_upn != who.upn else "",
        surname=who.surname,
        forename=who.forename,
        known_as=known_as[:100] if known_as != who.forename else "",
        dob=born if born and dt.date(1990, 1, 1) <= born <= today else None,
        sex=SEX.get(_text(row.get("gender")).casefold(), ""),
        address=address,
        postcode=postcode,
        year_group=who.year_group,
        start=start,
        end=end,
        kind="subsidiary" if _text(more.get("enrolment_status")).casefold() in ("s", "subsidiary", "guest", "g") else "main",
        holds=_holds(more, notes),
        parents=_parents(row),
    ), notes


_HELD = {
    "fsm": ("free_school_meals",),
    "cla": ("in_lea_care",),
    "previously_cla": ("ever_in_care",),
    "eal": ("english_as_additional_language",),
    "service_child": ("service_children_indicator",),
    "young_carer": ("young_carer",),
}
_YES_NO = {True: True, False: False, "true": True, "false": False, "yes": True, "no": False, "y": True, "n": False}


def _holds(more: dict[str, Any], notes: list[str]) -> dict[str, bool]:
    """Characteristics that are said to be so or not so; what is null (not in our scopes) says nothing."""
    holds: dict[str, bool] = {}
    for kind, names in _HELD.items():
        for name in names:
            said = more.get(name)
            answer = _YES_NO.get(said.strip().casefold() if isinstance(said, str) else said) if isinstance(said, str | int | bool) else None
            if answer is not None:
                holds[kind] = answer
    if holds.get("cla"):
        holds.pop("previously_cla", None)
    status = _text(more.get("sen_status"))
    if status:
        held = SEN.get(status.casefold())
        if held is None:
            notes.append(f"SEN status “{status[:40]}” is not understood")
        else:
            holds |= {kind: kind in held for kind in ("sen_support", "ehcp")}
    return holds


def _parents(row: dict[str, Any]) -> tuple[ParentRow, ...]:
    """Contacts with parental responsibility, in the school's order of priority."""
    found: list[tuple[int, ParentRow]] = []
    for contact in _many(row.get("contacts")):
        tie = unwrap(contact.get("relationship"))
        tie = next((one for one in tie if isinstance(one, dict)), {}) if isinstance(tie, list) else tie
        tie = tie if isinstance(tie, dict) else {"relationship": tie}
        if not _text(contact.get("surname")) or tie.get("parental_responsibility") not in (True, 1, "1", "true"):
            continue
        lives_with = tie.get("lives_with_pupil")
        priority = _text(tie.get("priority"))
        found.append(
            (
                int(priority) if priority.isdecimal() else 99,
                ParentRow(
                    RELATIONSHIPS.get(_text(tie.get("relationship")).casefold(), "other"),
                    _contact(contact),
                    parental_responsibility=True,
                    lives_with=bool(lives_with) if isinstance(lives_with, bool | int) else None,
                ),
            )
        )
    return tuple(parent for _, parent in sorted(found, key=lambda one: one[0]))


def _contact(contact: dict[str, Any]) -> dict[str, str]:
    details = _one(contact.get("contact_details"))
    address, postcode = _home(contact.get("contact_details"))
    values = {
        "title": _text(contact.get("title"))[:20],
        "surname": _text(contact.get("surname"))[:100],
        "forename": _text(contact.get("forename"))[:100],
        "phone": _first(details.get("phones"), ("mobile", "phone", "primary", "home", "work"))[:30],
        "email": _first(details.get("emails"), ("primary", "email", "home", "work"))[:254],
        "address": address,
        "postcode": postcode,
    }
    return {name: value for name, value in values.items() if value}


def _first(values: Any, names: tuple[str, ...]) -> str:
    values = _one(values)
    return next((text for name in names if (text := _text(values.get(name)))), "")


def _home(details: Any) -> tuple[str, str]:
    home = _one(_one(_one(details).get("addresses")).get("home"))
    number = " ".join(filter(None, (_text(home.get("house_number")), _text(home.get("street")))))
    lines = (_text(home.get("apartment")), _text(home.get("house_name")), number, _text(home.get("district")), _text(home.get("town")))
    return ", ".join(filter(None, lines))[:300], _text(home.get("postcode")).upper()[:10]
