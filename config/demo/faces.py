"""Children and their parents as they are written down: names, numbers, addresses, who lives with whom, what is known of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from config.demo import bulk, names
from config.demo.people import Children
from config.demo.places import CLUSTERS, LA_CODE, LA_NAME, STREETS, Place, listed
from schools import upn
from schools.models import Parent, Pupil, Responsibility
from schools.names import parent_search_text, pupil_search_text, sort_key

Relationship = Responsibility.Relationship

_WARDS = [ward for inside in CLUSTERS.values() for ward in inside]
_POSTCODE_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
_CENSUS, _SOCIAL_CARE, _SCHOOL = "School census", "Children's social care", "School"
# kind: who said so, and how many years ago at most it began
_SOURCES = {
    "fsm": (_CENSUS, 5), "sen_support": (_CENSUS, 4), "ehcp": (_CENSUS, 5), "eal": (_CENSUS, 9), "service_child": (_CENSUS, 4),
    "cin": (_SOCIAL_CARE, 2), "cp": (_SOCIAL_CARE, 1), "cla": (_SOCIAL_CARE, 5), "previously_cla": (_SOCIAL_CARE, 8),
    "social_worker_ever": (_SOCIAL_CARE, 9), "young_carer": (_SCHOOL, 3), "medical": (_SCHOOL, 3), "new_arrival": (_SCHOOL, 1),
    "yjs": ("Youth justice service", 1),
}  # fmt: skip


@dataclass(slots=True)
class PupilRow:
    """A pupil as written: the columns of `schools.Pupil`. Making 37,000 models takes ten times as long."""

    id: int
    upn: str
    surname: str
    forename: str
    known_as: str
    dob: dt.date
    sex: str
    address: str
    postcode: str
    sort_name: str
    search_text: str
    created_at: dt.datetime


@dataclass(slots=True)
class ParentRow:
    """A parent as written: the columns of `schools.Parent`."""

    id: int
    title: str
    surname: str
    forename: str
    dob: dt.date | None
    phone: str
    email: str
    address: str
    postcode: str
    language: str
    interpreter: bool | None
    email_agreed: str
    sort_name: str
    search_text: str


Adult = tuple[ParentRow, Relationship, bool, bool | None]


@dataclass(slots=True)
class Household:
    """One family before it is written: its adults, and the address each lives at."""

    adults: list[Adult]  # parent, relationship, lives with the children, responsibility
    surname: str
    address: str
    postcode: str
    hides: bool = False  # the second adult must not learn where the first lives


@dataclass(slots=True)
class Faces:
    """Everything written about people, in the order it must be written. Tuples are rows of the columns named in COLUMNS."""

    pupils: list[PupilRow] = field(default_factory=list)
    parents: list[ParentRow] = field(default_factory=list)
    responsibilities: list[tuple[Any, ...]] = field(default_factory=list)
    former_names: list[tuple[Any, ...]] = field(default_factory=list)
    former_upns: list[tuple[Any, ...]] = field(default_factory=list)
    characteristics: list[tuple[Any, ...]] = field(default_factory=list)
    hidden: list[tuple[Any, ...]] = field(default_factory=list)


COLUMNS = {
    "responsibilities": ("pupil_id", "parent_id", "relationship", "parental_responsibility", "lives_with", "priority"),
    "former_names": ("pupil_id", "surname", "forename", "until"),
    "former_upns": ("pupil_id", "upn"),
    "characteristics": ("pupil_id", "kind", "start", "end", "source"),
    "hidden": ("from_parent_id", "to_parent_id"),
}


class Namer:
    """Draws names, addresses and numbers. Common names come up more often than rare ones."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.keys = bulk.keys(Parent)
        self.drawn: Iterator[float] = iter(())
        self.streets = listed(STREETS)
        self.telephones = iter(rng.permutation(900_000).tolist())
        self.mobiles = iter(np.tile(rng.permutation(1000), 60).tolist())
        self.heritages = names.heritages()
        # which names of a list are the common ones is itself drawn
        self.orders = {
            (i, part): rng.permutation(len(getattr(h, part))).tolist()
            for i, h in enumerate(self.heritages)
            for part in ("girls", "boys", "surnames", "mothers", "fathers")
        }

    def chance(self) -> float:
        """One uniform number; drawn in thousands, since one at a time is slow."""
        for number in self.drawn:
            return number
        self.drawn = iter(self.rng.random(20_000).tolist())
        return next(self.drawn)

    def name(self, heritage: int, part: str) -> str:
        order = self.orders[heritage, part]
        return getattr(self.heritages[heritage], part)[order[int(len(order) * self.chance() ** 1.4)]]

    def address(self, ward: str) -> tuple[str, str]:
        street = int(self.chance() * len(self.streets))
        house = 1 + int(self.chance() ** 1.5 * 160)
        flat = f"Flat {1 + int(self.chance() * 12)}, " if self.chance() < 0.12 else ""
        letters = _POSTCODE_LETTERS[street // 20] + _POSTCODE_LETTERS[street % 20]
        # MB is no postcode area of the United Kingdom
        return (
            f"{flat}{house} {self.streets[street]}, {ward}, {LA_NAME}",
            f"MB{1 + _WARDS.index(ward)} {1 + street % 9}{letters}",
        )

    def phone(self) -> str:
        """From ranges no telephone has: the unused code 01632, and Ofcom's mobile numbers for drama."""
        if self.chance() < 0.2:
            return f"07700 900{next(self.mobiles):03d}"
        return f"01632 {100_000 + next(self.telephones)}"


def draw(children: Children, places: list[Place], primaries: list[int], year: int, now: dt.datetime, rng: np.random.Generator) -> Faces:
    """Pupils in the order of `children`, so that a child's pupil is `pupils[child]`."""
    faces, namer = Faces(), Namer(rng)
    order = np.argsort(children.family, kind="stable")
    starts = np.flatnonzero(np.diff(children.family[order], prepend=-1))
    pupils: dict[int, PupilRow] = {}
    keys = bulk.keys(Pupil)
    serials: dict[tuple[int, int], int] = {}
    for members in np.split(order, starts[1:]):
        ward = places[primaries[children.home[members[0]]]].ward
        house = _household(namer, int(children.heritage[members[0]]), bool(children.fsm[members[0]]), ward, members, children)
        faces.parents += [adult for adult, *_ in house.adults]
        if house.hides:
            faces.hidden.append((house.adults[0][0].id, house.adults[1][0].id))
        for child in members.tolist():
            key = int(children.home[child]), int(children.entry[child])
            serials[key] = serials.get(key, 0) + 1
            estab = places[primaries[key[0]]].estab
            digits = f"{estab}{key[1] % 100:02d}{serials[key]:03d}"
            pupils[child] = _pupil(namer, faces, children, child, house, digits, next(keys), now)
            _adults_of(namer, faces, pupils[child], house, bool(children.known["cla"][child]), ward)
    faces.pupils = [pupils[child] for child in range(len(children))]
    _characteristics(faces, children, year, rng)
    return faces


def _household(namer: Namer, heritage: int, poor: bool, ward: str, members: np.ndarray, children: Children) -> Household:
    address, postcode = namer.address(ward)
    fathers_side = heritage if namer.chance() > 0.07 else int(namer.chance() * len(namer.heritages))
    her_name, his_name = namer.name(heritage, "surnames"), namer.name(fathers_side, "surnames")
    key = namer.heritages[heritage].key
    kind, roll = namer.chance(), namer.chance()
    alone = 0.34 if poor else 0.13
    apart = alone + (0.26 if poor else 0.15)
    surname = her_name if kind < alone * 0.9 or roll < 0.12 else his_name
    if key in ("british", "caribbean") and roll > 0.955 and her_name != his_name:
        surname = f"{her_name}-{his_name}"
    married = kind >= apart and namer.chance() < 0.7
    mother_name = surname if married or kind < alone else her_name
    youngest = int(children.entry[members].max()) - 4
    mother = _adult(namer, heritage, "mothers", names.feminine(key, mother_name), address, postcode, youngest, married)
    father = _adult(namer, fathers_side, "fathers", his_name, address, postcode, youngest - 2, married)
    if kind < alone:
        if namer.chance() < 0.1:
            relative = _adult(namer, heritage, "mothers", names.feminine(key, her_name), address, postcode, youngest - 26, False)
            return Household([(relative, Relationship.GRANDPARENT, True, True)], surname, address, postcode)
        only = (father, Relationship.FATHER) if namer.chance() < 0.08 else (mother, Relationship.MOTHER)
        return Household([(only[0], only[1], True, True)], surname, address, postcode)
    adults: list[Adult] = [(mother, Relationship.MOTHER, True, True), (father, Relationship.FATHER, kind >= apart, True)]
    if kind >= apart:
        return Household(adults, surname, address, postcode)
    father.address, father.postcode = namer.address(_WARDS[int(namer.chance() * len(_WARDS))])
    father.search_text = parent_search_text(father)
    if namer.chance() < 0.35:
        adults[1] = (father, Relationship.FATHER, False, None)
    if namer.chance() < 0.25:
        partner = _adult(namer, heritage, "fathers", namer.name(heritage, "surnames"), address, postcode, youngest - 2, False)
        adults.append((partner, Relationship.STEP_PARENT, True, False))
    return Household(adults, surname, address, postcode, hides=namer.chance() < 0.05)


def _adult(namer: Namer, heritage: int, part: str, surname: str, address: str, postcode: str, youngest: int, married: bool) -> ParentRow:
    forename = namer.name(heritage, part)
    title = ("Mrs" if married else "Ms" if namer.chance() < 0.6 else "Miss") if part == "mothers" else "Mr"
    if namer.chance() < 0.02:
        title = "Dr"
    born = None
    if namer.chance() < 0.5:
        born = dt.date(youngest - 22 - int(namer.chance() * 14), 1 + int(namer.chance() * 12), 1 + int(namer.chance() * 28))
    sort_name = sort_key(surname, forename)
    email = ""
    if namer.chance() < 0.7:
        email = f"{sort_name.replace(',', '').replace(' ', '.')}.{int(namer.chance() * 900) + 100}@example.org"
    phone = namer.phone() if namer.chance() < 0.95 else ""
    language = namer.heritages[heritage].language if namer.chance() < 0.4 else ""
    key = next(namer.keys)
    interpreter = key % 3 == 0 if language else None
    agreed = "On the school’s admission form" if email and key % 5 == 0 else ""
    parent = ParentRow(
        key, title, surname, forename, born, phone, email, address, postcode, language, interpreter, agreed, sort_name, ""
    )  # fmt: skip
    parent.search_text = parent_search_text(parent)
    return parent


def _pupil(
    namer: Namer, faces: Faces, children: Children, child: int, house: Household, digits: str, key: int, now: dt.datetime
) -> PupilRow:
    heritage = int(children.heritage[child])
    girl = bool(children.girl[child])
    forename = namer.name(heritage, "girls" if girl else "boys")
    surname = names.feminine(namer.heritages[heritage].key, house.surname) if girl else house.surname
    short = names.known_as().get(forename, "")
    pupil = PupilRow(
        id=key,
        upn=upn.check_letter(f"A{LA_CODE}{digits}") + LA_CODE + digits,
        surname=surname,
        forename=forename,
        known_as=short if short and namer.chance() < 0.35 else "",
        dob=dt.date.fromordinal(int(children.born[child])),
        sex=Pupil.Sex.FEMALE if girl else Pupil.Sex.MALE,
        address=house.address,
        postcode=house.postcode,
        sort_name=sort_key(surname, forename),
        search_text="",
        created_at=now,
    )
    former: list[tuple[str, str]] = []
    if namer.chance() < 0.012:
        former.append((namer.name(heritage, "surnames"), forename))
        faces.former_names.append((key, *former[0], None))
    if namer.chance() < 0.004:  # had a temporary number: the last character is a letter
        temporary = f"A{LA_CODE}{digits[:-1]}{upn.LETTERS[int(namer.chance() * len(upn.LETTERS))]}"
        faces.former_upns.append((key, upn.check_letter(temporary) + temporary[1:]))
    pupil.search_text = pupil_search_text(pupil, former)
    return pupil


def _adults_of(namer: Namer, faces: Faces, pupil: PupilRow, house: Household, looked_after: bool, ward: str) -> None:
    """A looked-after child lives with a foster carer, and keeps their parents."""
    adults = house.adults
    if looked_after:
        address, postcode = namer.address(ward)
        carer = _adult(namer, 0, "mothers", namer.name(0, "surnames"), address, postcode, pupil.dob.year - 8, True)
        faces.parents.append(carer)
        adults = [(carer, Relationship.FOSTER_CARER, True, False), *((a, kind, False, pr) for a, kind, _, pr in adults)]
        pupil.address, pupil.postcode = address, postcode
        former = [(row[1], row[2]) for row in faces.former_names[-1:] if row[0] == pupil.id]
        pupil.search_text = pupil_search_text(pupil, former)
    for priority, (adult, relationship, lives_with, responsible) in enumerate(adults, 1):
        faces.responsibilities.append((pupil.id, adult.id, relationship.value, responsible, lives_with, priority))


def _characteristics(faces: Faces, children: Children, year: int, rng: np.random.Generator) -> None:
    for kind, which in children.known.items():
        source, back = _SOURCES[kind]
        having = np.flatnonzero(which)
        years = rng.integers(0, back + 1, len(having))
        ends = rng.random(len(having))
        months = rng.integers(0, 10, len(having))
        for child, ago, ended, month in zip(having.tolist(), years.tolist(), ends.tolist(), months.tolist(), strict=True):
            start = dt.date(max(year - ago, int(children.entry[child])), 9, 1)
            if source != _CENSUS:
                start = min(start, dt.date(year - 1, 9, 1)) + dt.timedelta(days=30 * month + child % 28)
            end = None
            if kind in ("cin", "cp", "young_carer", "medical") and ended < 0.25:
                end = start + dt.timedelta(days=200 + int(ended * 600))
                end = end if end < dt.date(year, 9, 1) else None
            faces.characteristics.append((faces.pupils[child].id, kind, start, end, source))
