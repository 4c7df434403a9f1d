"""What tests about minutes need: what a line of the page sends, and sending it."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

from meetings.models import Item

_WRITTEN = ("discussed", "decision", "lead", "planned", "note", "note_shared")


def line(item: Item, **typed: str) -> dict[str, str]:
    """A line as a browser sends it: made from the item as it is given, with `typed` over it."""
    stands = {name: getattr(item, name) for name in _WRITTEN}
    sent = {f"initial-i{item.pk}-{name}": str(value) for name, value in stands.items()}
    fields: dict[str, Any] = {"what": "", "owner": "school", "due": "2026-12-04", "owner_name": "", "success": "", "version": item.version}
    fields |= {name: value for name, value in stands.items() if value is not False} | typed
    return sent | {f"i{item.pk}-{name}": "on" if value is True else str(value) for name, value in fields.items()}


def page_of(item: Item) -> str:
    return reverse("minutes", args=[item.meeting_id])


def save(client: Client, item: Item, fields: dict[str, str]) -> Any:
    """Press the page's one button."""
    return client.post(page_of(item), fields, follow=True)
