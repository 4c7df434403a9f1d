"""Names and numbers as keys: for sorting and for search. No collation of the database is relied upon."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Protocol

# a register gives the number and may leave out the name; whoever corrects the pupil's page sees what is wanting
NOT_KNOWN = "Name not known"
_KEEP = re.compile(r"[^a-z0-9 ]+")
# letters that do not come apart into a base letter and an accent
_SINGLE = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ı": "i"})


def fold(text: str) -> str:
    """Casefolded, without accents or punctuation, single spaces: "O'Neill-Ś" -> "oneill s"."""
    plain = text.casefold()
    if not plain.isascii():  # most names are: ten times the speed for a borough's worth of them
        plain = unicodedata.normalize("NFKD", plain.translate(_SINGLE))
        plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = plain.replace("'", "").replace("\u2019", "").replace("-", " ")
    return " ".join(_KEEP.sub(" ", plain).split())


def sort_key(surname: str, forename: str) -> str:
    return f"{fold(surname)}, {fold(forename)}"[:200]


def digits(phone: str) -> str:
    """A telephone number or its beginning as digits only, +44 and 0044 as 0: for search."""
    found = "".join(c for c in phone if c.isdecimal())
    if found.startswith("0044") or phone.lstrip(" (").startswith("+44"):
        return "0" + found.removeprefix("00")[2:].lstrip("0")  # "+44 (0)1632"
    return "0" + found[2:] if found.startswith("44") and len(found) == 12 else found


def postcode_key(postcode: str) -> str:
    return "".join(postcode.upper().split())


class NamedPupil(Protocol):
    surname: str
    forename: str
    known_as: str
    postcode: str


class NamedParent(Protocol):
    surname: str
    forename: str
    phone: str
    postcode: str


def pupil_search_text(pupil: NamedPupil, former_names: Iterable[tuple[str, str]] = ()) -> str:
    """What a pupil is found by: names as now, known as, former (surname, forename) pairs, and the postcode's key."""
    words = [fold(f"{pupil.forename} {pupil.surname}"), fold(pupil.known_as)]
    words += [fold(f"{forename} {surname}") for surname, forename in former_names]
    return " ".join(word for word in [*words, postcode_key(pupil.postcode)] if word)


def parent_search_text(parent: NamedParent) -> str:
    """What a parent is found by: names, the phone's digits and the postcode's key."""
    words = [fold(f"{parent.forename} {parent.surname}"), digits(parent.phone), postcode_key(parent.postcode)]
    return " ".join(word for word in words if word)
