"""A number on a page is the length of a list: it leads to that list, with the same choices in the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import get_script_prefix, reverse

from dashboards.counts import count_all


@dataclass(frozen=True, slots=True)
class Number:
    """`value` things, as the list at `address` shows them. `what` says of what, for those who hear the link alone."""

    value: int
    what: str  # "open case", or "person,people": as `plural_of` takes it
    address: str


def list_of(name: str, /, **choices: Any) -> str:
    """The address of a list under these choices."""
    chosen = {key: value for key, value in choices.items() if value is not None}
    address = _address(get_script_prefix(), name)
    return f"{address}?{urlencode(chosen)}" if chosen else address


@lru_cache(maxsize=512)  # a page of many schools names thousands of lists, of a handful of kinds
def _address(prefix: str, name: str) -> str:
    """`prefix`: under which the application is mounted; all that an address without arguments depends on."""
    return reverse(name)


@dataclass(frozen=True, slots=True)
class Listed:
    """A list that a number will be the length of."""

    rows: QuerySet[Any]
    what: str
    address: str


def numbers(lists: Mapping[str, Listed]) -> dict[str, Number]:
    """The length of each list. One query, however many lists there are."""
    found = count_all({name: listed.rows for name, listed in lists.items()})
    return {name: Number(found[name], listed.what, listed.address) for name, listed in lists.items()}
