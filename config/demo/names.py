"""Names as varied as England's. Forenames and surnames of each heritage are drawn apart, so nobody here is anybody."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "data" / "names.txt"
_HEAD = re.compile(r"\[(\w+)\] share=([\d.]+) eal=([\d.]+) language=(\w*)")
_PARTS = ("girls", "boys", "surnames", "mothers", "fathers")


@dataclass(frozen=True, slots=True)
class Heritage:
    """Where a family's names come from. `share` of families; `eal`: share of its children with English as an additional language."""

    key: str
    share: float
    eal: float
    language: str
    girls: tuple[str, ...]
    boys: tuple[str, ...]
    surnames: tuple[str, ...]
    mothers: tuple[str, ...]
    fathers: tuple[str, ...]


@cache
def heritages() -> tuple[Heritage, ...]:
    found = []
    for block in _blocks():
        head = _HEAD.match(block)
        if head is None:
            continue
        lists: dict[str, list[str]] = {}
        for word in block[head.end() :].split():
            if word.endswith(":"):
                current = lists.setdefault(word[:-1], [])
            else:
                current.append(word.replace("_", " "))
        key, share, eal, language = head.groups()
        found.append(Heritage(key, float(share), float(eal), language, *(tuple(lists[part]) for part in _PARTS)))
    return tuple(found)


@cache
def known_as() -> dict[str, str]:
    """How a child comes to be known by another name: only short forms that are in use."""
    block = next(block for block in _blocks() if block.startswith("[known as]"))
    return dict(word.split("=") for word in block.split()[2:])


def _blocks() -> list[str]:
    return _FILE.read_text(encoding="utf-8").split("\n\n")


def feminine(heritage: str, surname: str) -> str:
    """Polish family names in -ski and -cki end in -a for a daughter or mother."""
    if heritage == "polish" and surname.endswith(("ski", "cki")):
        return surname[:-1] + "a"
    return surname
