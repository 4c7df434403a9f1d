"""Names and numbers as keys: for sorting and for search. No collation of the database is relied upon."""

import re
import unicodedata

_KEEP = re.compile(r"[^a-z0-9 ]+")
# letters that do not come apart into a base letter and an accent
_SINGLE = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ı": "i"})


def fold(text: str) -> str:
    """Casefolded, without accents or punctuation, single spaces: "O'Neill-Ś" -> "oneill s"."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_SINGLE))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = plain.replace("'", "").replace("\u2019", "").replace("-", " ")
    return " ".join(_KEEP.sub(" ", plain).split())


def sort_key(surname: str, forename: str) -> str:
    return f"{fold(surname)}, {fold(forename)}"[:200]


def digits(phone: str) -> str:
    """A telephone number as digits only, +44 as 0: for search."""
    found = "".join(c for c in phone if c.isdigit())
    return "0" + found[2:] if found.startswith("44") and len(found) == 12 else found


def postcode_key(postcode: str) -> str:
    return "".join(postcode.upper().split())
