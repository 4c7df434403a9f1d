"""Which records may be of one person: what a person is then asked about. Pure.

Nothing national says when two records are one person; these are our readings, careful in what they ask and never an answer: somebody
says whether it is so. Two who are known to be of different days of birth are never asked about: a father and a son of one name.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from schools import names


@dataclass(frozen=True, slots=True)
class Who:
    """A parent, as one record knows them."""

    surname: str
    forename: str = ""
    dob: dt.date | None = None
    address: str = ""
    postcode: str = ""
    phone: str = ""
    email: str = ""

    @property
    def name(self) -> tuple[str, str]:
        return names.fold(self.surname), names.fold(self.forename)

    @property
    def where(self) -> tuple[str, str] | None:
        found = names.postcode_key(self.postcode), names.fold(self.address)
        return found if all(found) else None

    def shares(self, other: Who) -> list[str]:
        """What two records have in common beside a name."""
        found = []
        if self.dob and self.dob == other.dob:
            found.append("date of birth")
        if self.where and self.where == other.where:
            found.append("address")
        if (number := names.digits(self.phone)) and number == names.digits(other.phone):
            found.append("telephone")
        if (email := self.email.strip().casefold()) and email == other.email.strip().casefold():
            found.append("e-mail")
        return found


def keys_of(surname: str, forename: str) -> list[str]:
    """The sort names under which other records of this name may stand: in full, with an initial, with no forename."""
    forename = names.fold(forename)
    return list(dict.fromkeys(names.sort_key(surname, said) for said in (forename, forename[:1], "")))


def same_name(one: Who, other: Who) -> bool:
    """In full, or one of the two is without a forename or has only its initial."""
    (surname, forename), (other_surname, other_forename) = one.name, other.name
    if not surname or surname != other_surname:
        return False
    short, long = sorted((forename, other_forename), key=len)
    return short == long or short == "" or (len(short) == 1 and long.startswith(short))


def alike(one: Who, other: Who) -> list[str]:
    """Why two records may be of one person, in words; none: nobody is asked."""
    if one.dob and other.dob and one.dob != other.dob:
        return []
    shared = one.shares(other) if same_name(one, other) else []
    return ["name", *shared] if shared else []


def certain(said: Who, parent: Who) -> bool:
    """Is whom a loaded notice names this parent, so that nobody need be asked? The same full name, and day of birth or address."""
    if said.name != parent.name or not said.name[1] or (said.dob and parent.dob and said.dob != parent.dob):
        return False
    return bool((said.dob and said.dob == parent.dob) or (said.where and said.where == parent.where))


@dataclass(frozen=True, slots=True)
class Child:
    surname: str
    forename: str
    dob: dt.date | None


def maybe_one_child(one: Child, other: Child) -> bool:
    """The same full name and day of birth. Twins have one day of birth and one address, and two forenames: they are two children."""
    if not one.dob or one.dob != other.dob:
        return False
    key = names.fold(one.surname), names.fold(one.forename)
    return all(key) and key == (names.fold(other.surname), names.fold(other.forename))


def elsewhere(upn: str | None, ours: str, spells: list[tuple[str, dt.date, dt.date | None]], today: dt.date, years: int) -> str:
    """Why a child may have had notices in another authority: "" where nothing says so.

    `spells`: the authority's code, from and until of each time on a roll. Who was on a roll of another authority in the years that count,
    or came to our rolls within them with a number that another authority gave, was at a school there (ours).
    """
    try:
        since = today.replace(year=today.year - years)
    except ValueError:
        since = dt.date(today.year - years, 3, 1)
    for code, _, end in spells:
        if code and code != ours and (end is None or end > since):
            return f"The child was on roll at a school of another authority (code {code}) within the last {years} years."
    here = [start for code, start, _ in spells if code == ours]
    code = (upn or "")[1:4]
    if here and min(here) > since and code.isdecimal() and code != ours:
        first = min(here)
        return (
            f"The child’s UPN was given by another authority (code {code}), and the first time on a roll here began on "
            f"{first.day} {first:%B %Y}."
        )
    return ""
