"""A number on a page is the length of a list: it leads to that list, with the same choices in the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import get_script_prefix, reverse

from dashboards.counts import count_all


class Number(NamedTuple):
    """`value` things, as the list at `address` shows them. `what` says of what, for those who hear the link alone.

    A tuple, because pages keep thousands of them, and Python packs a dataclass with slots at half that speed.
    """

    value: int
    what: str  # "open case", or "person,people": as `plural_of` takes it
    address: str


def list_of(name: str, /, **choices: Any) -> str:
    """The address of a list under these choices."""
    chosen = "&".join(_choice(key, value) for key, value in choices.items() if value is not None)
    address = _address(get_script_prefix(), name)
    return f"{address}?{chosen}" if chosen else address


def _choice(key: str, value: Any) -> str:
    """As `urlencode` writes it, which takes three times as long: most choices are a number or a code."""
    return (
        f"{key}={value}"
        if type(value) is int or (type(value) is str and value.isidentifier() and value.isascii())
        else urlencode({key: value})
    )


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
