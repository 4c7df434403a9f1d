"""What the frame of every page needs: where this user can go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from accounts.permissions import Permission as P


@dataclass(frozen=True, slots=True)
class Entry:
    """One place in the menu. `here` is for aria-current: this page, a page under it, or nothing."""

    text: str
    address: str
    here: str


_MENU: tuple[tuple[str, str, P | None], ...] = (
    ("Home", "home", None),
    ("Borough", "borough", P.SEE_BOROUGH),
    ("Schools", "school_list", P.SEE_SCHOOLS),
    ("Registers", "coverage", P.SEE_PUPILS),
    ("Pupils at risk", "pupils_at_risk", P.SEE_PUPILS),
    ("Ratings", "ratings", P.SEE_RATINGS),
    ("Meetings", "meetings", P.SEE_MEETINGS),
    ("Cases", "cases", P.SEE_CASES),
    ("Notices", "notices", P.SEE_NOTICES),
    ("Users", "users", P.MANAGE_USERS),
    ("Postings", "postings", P.MANAGE_POSTINGS),
    ("School contacts", "school_contacts", P.MANAGE_USERS),
    ("Feeds", "feeds", P.MANAGE_FEEDS),
    ("Sources", "sources", P.CHOOSE_SOURCES),
    ("Policy", "policy", P.SET_POLICY),
    ("Authority", "authority_settings", P.MANAGE_AUTHORITY),
    ("Audit trail", "audit", P.SEE_AUDIT),
)


def navigation(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"navigation": [], "may_search": False}
    return {
        "navigation": [
            Entry(text, address := reverse(name), _here(request.path, address))
            for text, name, permission in _MENU
            if permission is None or user.may(permission)
        ],
        "may_search": user.may(P.SEARCH),
    }


def _here(path: str, address: str) -> str:
    if path == address:
        return "page"
    return "true" if address != "/" and path.startswith(address) else ""
