"""The OpenAPI description put into what a page shows: for each address, what it takes and what it answers."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

Said = dict[str, Any]
_PAGING = ("page", "page_size", "cursor", "rows")  # after what is asked for
_VALUE = re.compile(r"^\* `([^`]*)` - (.*)$", re.MULTILINE)  # as drf-spectacular writes the values of a list
_KINDS = {
    ("string", "date"): "date, 2026-11-20",
    ("string", "date-time"): "moment, 2026-11-20T08:30:00+00:00",
    ("string", "time"): "time, 09:30:00",
    ("string", "uri"): "address",
    ("string", ""): "text",
    ("integer", ""): "whole number",
    ("number", ""): "number",
    ("number", "double"): "number",
    ("boolean", ""): "true or false",
    ("object", ""): "object",
}
_SAMPLES: dict[str, Any] = {
    "date": "2026-11-20",
    "moment": "2026-11-20T08:30:00+00:00",
    "list": [],
    "whole number": 12,
    "number": 8.4,
    "true or false": False,
    "text": "…",
}
# what would otherwise look like nonsense; numbers that belong to nobody
_EXAMPLES: dict[str, Any] = {
    "urn": 999801,
    "school": 999801,
    "upn": "A999900115001",
    "year": 2026,
    "closed": None,
    "cleared": None,
    "withdrawn": None,
    "outcome": None,
    "why_cancelled": None,
    "merged_into": None,
    "end": None,
    "la_code": "999",
    "code": "/",
    "time": "09:30",
    "weeks": {"2026-11-16": "/ \\ / \\ I I / \\ - -"},
    "name": "Example School",
    "estab": "4001",
    "type": "Community school",
    "trust": None,
    "opened": "2026-09-07",
    "low_age": 11,
    "high_age": 16,
    "surname": "Example",
    "forename": "Alex",
    "known_as": None,
    "dob": "2013-03-04",
    "year_group": "8",
    "start": "2026-09-01",
    "session": "AM",
    "counted": True,
    "officer": "Olive Officer",
    "minutes": 60,
    "first": "2026-09-01",
    "possible": 120,
    "absent": 9,
    "absence_percent": 7.5,
}


@dataclass(frozen=True, slots=True)
class Row:
    """A parameter, or a field of an answer."""

    name: str
    kind: str
    words: str
    values: tuple[tuple[str, str], ...] = ()  # where it is one of a list: each with its meaning
    needed: bool = False
    parts: tuple[Row, ...] = ()

    @property
    def sample(self) -> Any:
        """A value such a field may hold."""
        if self.name in _EXAMPLES and (not self.values or _EXAMPLES[self.name] is None):
            return _EXAMPLES[self.name]
        if self.values:
            first = self.values[0][0]
            return int(first) if self.kind.startswith("one of a list of numbers") else first
        if self.parts:
            return [{part.name: part.sample for part in self.parts}]
        return next((value for kind, value in _SAMPLES.items() if self.kind.startswith(kind)), None)


@dataclass(frozen=True, slots=True)
class Operation:
    address: str
    words: str
    parameters: tuple[Row, ...]
    paged: bool


@dataclass(frozen=True, slots=True)
class Group:
    """What belongs together: a list, and one of it. `fields` are those of one row, which both answer."""

    code: str
    name: str
    operations: list[Operation] = field(default_factory=list)
    fields: tuple[Row, ...] = ()

    @property
    def example(self) -> str:
        """One row of an answer, with invented values of the right kinds."""
        return json.dumps({row.name: row.sample for row in self.fields}, indent=2, ensure_ascii=False)


def described(schema: Said) -> list[Group]:
    components = schema["components"]["schemas"]
    groups: dict[str, Group] = {}
    for address, methods in schema["paths"].items():
        code = address.removeprefix("/api/v1/").split("/{")[0].strip("/")
        said = methods["get"]
        fields, paged = _answer(said, components)
        if code not in groups:
            groups[code] = Group(code.replace("/", "-"), code.replace("/", ", ").capitalize(), fields=fields)
        words = said.get("description", "") if paged or not groups[code].operations else "One of them."
        groups[code].operations.append(Operation(address, words, _parameters(said, components), paged))
    return list(groups.values())


def fields_of(schema: Said, component: str) -> tuple[Row, ...]:
    components = schema["components"]["schemas"]
    return _fields(components[component], components)


def _answer(said: Said, components: Said) -> tuple[tuple[Row, ...], bool]:
    """The fields of one row of the answer, and whether it is a list of them."""
    answer = _follow(said["responses"]["200"]["content"]["application/json"]["schema"], components)
    rows = answer["properties"].get("results")
    one = _follow(rows["items"], components) if rows else answer
    return _fields(one, components), rows is not None


def _parameters(said: Said, components: Said) -> tuple[Row, ...]:
    found = [
        _row(one["name"], one["schema"] | {"description": one.get("description", "")}, components, needed=one.get("required", False))
        for one in said.get("parameters", [])
        if one["in"] == "query"
    ]
    return tuple(sorted(found, key=lambda row: (not row.needed, row.name in _PAGING)))


def _fields(thing: Said, components: Said) -> tuple[Row, ...]:
    return tuple(_row(name, said, components) for name, said in thing["properties"].items())


def _follow(said: Said, components: Said) -> Said:
    """A schema with what it refers to laid under what it says itself."""
    for reference in (said, *said.get("allOf", []), *said.get("oneOf", [])):
        name = reference.get("$ref", "").rpartition("/")[2]
        if name and name != "NullEnum":
            return components[name] | {"words_here": said.get("description", "")} | {k: v for k, v in said.items() if k == "nullable"}
    return said


def _row(name: str, said: Said, components: Said, *, needed: bool = False) -> Row:
    whole = _follow(said, components)
    words = whole.get("words_here", "") if "words_here" in whole else whole.get("description", "")
    meanings = tuple(_VALUE.findall(whole.get("description", ""))) or tuple((str(v), "") for v in whole.get("enum", ()))
    items = _follow(whole["items"], components) if "items" in whole else {}
    parts = _fields(items, components) if "properties" in items else ()
    return Row(name, _kind(whole, items), _VALUE.sub("", words).strip(), meanings, needed, parts)


def _kind(said: Said, items: Said) -> str:
    if said.get("enum"):
        kind = "one of a list of numbers" if said.get("type") == "integer" else "one of a list"
    elif said.get("type") == "array":
        kind = "list" if "properties" in items else f"list of {_kind(items, {})}"
    else:
        known = (said.get("type", ""), said.get("format", ""))
        kind = _KINDS.get(known, said.get("type", ""))
    low, high = said.get("minimum"), said.get("maximum")
    if high is not None and high < 10**6:
        kind += f", {low or 0} to {high}"
    return f"{kind}, or null" if said.get("nullable") else kind
