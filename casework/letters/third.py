"""Who must not be named in a report on a child: the parents, and brothers and sisters. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Third:
    """A person by the names they may be written by. `instead`: how a report says who it was."""

    forenames: tuple[str, ...]
    surname: str
    title: str
    instead: str  # "a parent", "a brother or sister"


def _names(one: Third, own: Iterable[str]) -> list[str]:
    """Longest first. A surname alone is the child's own, mostly; a forename that is the child's own cannot be told apart."""
    mine = {name.casefold() for name in own if name}
    first = [name.strip() for name in one.forenames if name.strip()]
    found = [f"{name} {one.surname}" for name in first if one.surname] if one.surname else []
    titles = [one.title] if one.title else ["Mr", "Mrs", "Ms", "Miss", "Mx", "Dr"] if one.instead == "a parent" else []
    found += [f"{title} {one.surname}" for title in titles if one.surname]
    found += [name for name in first if name.casefold() not in mine and len(name) > 1]
    return sorted(set(found), key=len, reverse=True)


def _pattern(name: str) -> re.Pattern[str]:
    """As a word, with its capital, or in capitals: "Mark" and "MARK" are a person, "mark" is not. Either apostrophe is one."""
    words = (
        r"\.?\s+".join(re.escape(word).replace("'", "’").replace("’", "['’]") for word in said.split()) for said in (name, name.upper())
    )
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)")


def named(text: str, thirds: Iterable[Third], own: Iterable[str]) -> list[str]:
    """The names of third parties that stand in a text."""
    mine = list(own)
    found = [match.group(0) for one in thirds for name in _names(one, mine) for match in _pattern(name).finditer(text)]
    return [name for name in dict.fromkeys(found) if not any(name != other and name in other for other in found)]


def without(text: str, thirds: Iterable[Third], own: Iterable[str]) -> str:
    """The text with "a parent" and the like in the place of names."""
    mine = list(own)
    pairs = [(name, one.instead) for one in thirds for name in _names(one, mine)]
    for name, instead in sorted(pairs, key=lambda pair: -len(pair[0])):
        text = _pattern(name).sub(instead, text)
    return text
