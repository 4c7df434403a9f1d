"""A roll as CSV: a row per pupil and spell at a school, with characteristics and up to two parents. No database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from schools import deletions, upn
from schools.importers import table
from schools.importers.table import Line, LineProblem

NAMES: dict[str, tuple[str, ...]] = {
    "urn": ("school urn", "establishment urn"),
    "upn": ("unique pupil number", "pupil upn"),
    "former upn": ("previous upn", "old upn"),
    "surname": ("legal surname", "last name", "family name"),
    "forename": ("legal forename", "first name", "given name"),
    "known as": ("preferred forename", "preferred name", "chosen name"),
    "dob": ("date of birth", "birth date"),
    "sex": ("gender",),
    "year group": ("year", "nc year", "nc year actual", "yeargroup", "national curriculum year"),
    "start": ("entry date", "date of entry", "admission date", "start date", "date of admission"),
    "end": ("leaving date", "date of leaving", "end date", "doa end"),
    "ground": ("deletion ground", "ground for deletion"),
    "destination": ("destination school", "leaving destination"),
    "enrolment": ("enrolment status", "enrol status", "registration"),
    "address": ("pupil address",),
    "postcode": ("post code", "pupil postcode"),
    "fsm": ("free school meals", "fsm eligible", "eligible for free meals"),
    "sen": ("sen status", "sen provision", "sen stage"),
    "eal": ("english as an additional language",),
    "looked after": ("cla", "in care", "child looked after"),
    "young carer": (),
    "service child": ("service family",),
}
PARENT_NAMES = {
    "title": (),
    "surname": ("last name",),
    "forename": ("first name",),
    "relationship": ("relation",),
    "phone": ("telephone", "mobile", "phone number"),
    "email": ("e-mail", "email address"),
    "address": (),
    "postcode": ("post code",),
}
for _number in (1, 2):
    for _field, _aliases in PARENT_NAMES.items():
        _words = (_field, *_aliases)
        NAMES[f"parent{_number} {_field}"] = tuple(f"{who}{_number} {word}" for who in ("parent", "contact", "carer") for word in _words)

NEEDED = ("upn", "surname", "forename")
YES_NO = {"fsm": "fsm", "eal": "eal", "looked after": "cla", "young carer": "young_carer", "service child": "service_child"}
# the school census' words for provision: N none, K support, E a plan (and S, an older word for a statement)
SEN = {"n": (), "k": ("sen_support",), "e": ("ehcp",), "s": ("ehcp",), "sen support": ("sen_support",), "ehcp": ("ehcp",),
       "ehc plan": ("ehcp",), "none": (), "no": (), "no sen": ()}  # fmt: skip
SEX = {"f": "F", "female": "F", "m": "M", "male": "M"}
# census enrolment status: C current, M main of two, S subsidiary
SUBSIDIARY = {"s", "subsidiary", "subsidiary (dual registered)", "guest"}
RELATIONSHIPS = {
    "mother": "mother", "mum": "mother", "father": "father", "dad": "father", "stepmother": "step_parent", "stepfather": "step_parent",
    "step-parent": "step_parent", "step parent": "step_parent", "grandmother": "grandparent", "grandfather": "grandparent",
    "grandparent": "grandparent", "foster carer": "foster_carer", "foster parent": "foster_carer", "guardian": "guardian",
}  # fmt: skip
# as a roll may name a ground: its letter where the law has it before us, our own words, or their key
GROUNDS = {
    **{key: key for key, _ in deletions.GROUNDS}, **{name.casefold(): key for key, name in deletions.GROUNDS},
    "ground h": "h", "ground i": "i", "home education": "home", "home educated": "home", "elective home education": "home",
    "another school": "new_school", "moved to another school": "new_school", "moved away": "moved", "moved out of the area": "moved",
    "permanent exclusion": "excluded", "end of year 11": "over_age",
}  # fmt: skip
YEAR_GROUPS = {"reception": "R", "r": "R", "rec": "R", "n1": "N1", "n2": "N2", "nursery": "N2"}


@dataclass(frozen=True, slots=True)
class ParentRow:
    """A parent as a row names one. Blank says nothing."""

    relationship: str
    details: Mapping[str, str]
    parental_responsibility: bool | None = None
    lives_with: bool | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One pupil's spell at one school. None and "" say nothing and change nothing."""

    line: int
    urn: int | None
    upn: str
    former_upn: str
    surname: str
    forename: str
    known_as: str
    dob: dt.date | None
    sex: str
    address: str
    postcode: str
    year_group: str
    start: dt.date | None
    end: dt.date | None
    kind: str
    holds: Mapping[str, bool] = field(default_factory=dict)  # characteristic -> whether it is so
    parents: tuple[ParentRow, ...] = ()
    ground: str = ""  # of schools.deletions
    destination: str = ""


@dataclass(frozen=True, slots=True)
class Roll:
    rows: list[Row]
    problems: list[LineProblem]
    rows_read: int
    has_urn: bool
    ignored: list[str]


def read(content: bytes, *, today: dt.date) -> Roll:
    found = table.read(content, NAMES, needed=NEEDED)
    rows: list[Row] = []
    problems: list[LineProblem] = []
    count = 0
    seen: dict[tuple[str, str, str], int] = {}
    for line in found.lines():
        count += 1
        row, wrong = _row(line, today)
        key = (line["urn"], upn.tidy(line["upn"]), line["start"])
        if not wrong and key in seen:
            wrong = [LineProblem(line.number, "upn", line["upn"], f"Line {seen[key]} is about the same pupil and start")]
        problems += wrong
        if not wrong:
            seen[key] = line.number
            rows.append(row)
    return Roll(rows, problems, count, "urn" in found.fields, list(found.ignored))


def _row(line: Line, today: dt.date) -> tuple[Row, list[LineProblem]]:
    wrong: list[LineProblem] = []

    def refuse(field_name: str, message: str) -> None:
        wrong.append(LineProblem(line.number, field_name, line[field_name], message))

    number, former = upn.tidy(line["upn"]), upn.tidy(line["former upn"])
    if not upn.well_formed(number):
        refuse("upn", upn.why_not(number) if number else "The UPN is missing")
    if former and not upn.well_formed(former):
        refuse("former upn", upn.why_not(former))
    for name in ("surname", "forename"):
        if not line[name]:
            refuse(name, f"The {name} is missing")
        elif len(line[name]) > 100:
            refuse(name, f"The {name} is longer than 100 characters")
    dates = {name: table.date_of(line[name]) for name in ("dob", "start", "end")}
    for name, value in dates.items():
        if line[name] and value is None:
            refuse(name, f"“{line[name]}” is not a date like 2013-03-04 or 04/03/2013")
    if dates["dob"] and not dt.date(1990, 1, 1) <= dates["dob"] <= today:
        refuse("dob", "The date of birth is not in the past")
    if dates["start"] and dates["end"] and dates["end"] < dates["start"]:
        refuse("end", "The end is before the start")
    if line["sex"] and line["sex"].casefold() not in SEX:
        refuse("sex", f"“{line['sex']}” is not F or M")
    if line["sen"] and line["sen"].casefold() not in SEN:
        refuse("sen", f"“{line['sen']}” is not N (none), K (support) or E (plan)")
    if line["urn"] and not line["urn"].isdecimal():
        refuse("urn", f"“{line['urn']}” is not a URN")
    if line["ground"] and line["ground"].casefold() not in GROUNDS:
        refuse("ground", f"“{line['ground']}” is no ground for deleting a name that is known here: for example H, I or Home education")
    for name in YES_NO:
        if line[name] and table.yes(line[name]) is None:
            refuse(name, f"“{line[name]}” is not Y or N")
    row = Row(
        line=line.number,
        urn=int(line["urn"]) if line["urn"].isdecimal() else None,
        upn=number,
        former_upn=former if former != number else "",
        surname=line["surname"],
        forename=line["forename"],
        known_as=line["known as"][:100],
        dob=dates["dob"],
        sex=SEX.get(line["sex"].casefold(), ""),
        address=line["address"][:300],
        postcode=line["postcode"].upper()[:10],
        year_group=_year_group(line["year group"]),
        start=dates["start"],
        end=dates["end"],
        kind="subsidiary" if line["enrolment"].casefold() in SUBSIDIARY else "main",
        holds=_holds(line),
        parents=tuple(parent for parent in (_parent(line, 1), _parent(line, 2)) if parent),
        ground=GROUNDS.get(line["ground"].casefold(), "") if dates["end"] else "",
        destination=line["destination"][:120] if dates["end"] else "",
    )
    return row, wrong


def _year_group(text: str) -> str:
    word = text.casefold().removeprefix("year").strip().lstrip("0") or text.casefold()
    return YEAR_GROUPS.get(word, word.upper()[:3])


def _holds(line: Line) -> dict[str, bool]:
    holds = {kind: value for name, kind in YES_NO.items() if (value := table.yes(line[name])) is not None}
    if line["sen"].casefold() in SEN and line["sen"]:
        held = SEN[line["sen"].casefold()]
        holds |= {kind: kind in held for kind in ("sen_support", "ehcp")}
    return holds


def _parent(line: Line, number: int) -> ParentRow | None:
    values = {name: line[f"parent{number} {name}"] for name in PARENT_NAMES}
    if not values["surname"]:
        return None
    relationship = RELATIONSHIPS.get(values.pop("relationship").casefold(), "other")
    limits = {"title": 20, "surname": 100, "forename": 100, "phone": 30, "email": 254, "address": 300, "postcode": 10}
    return ParentRow(relationship, {name: value[: limits[name]] for name, value in values.items() if value})
