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
    ("Areas and cohorts", "areas", P.SEE_AUTHORITY_FIGURES),
    ("Registers", "coverage", P.SEE_PUPILS),
    ("Pupils at risk", "pupils_at_risk", P.SEE_PUPILS),
    ("Ratings", "ratings", P.SEE_RATINGS),
    ("Meetings", "meetings", P.SEE_MEETINGS),
    ("Cases", "cases", P.SEE_CASES),
    ("Tasks", "tasks", P.SEE_CASES),
    ("Letters", "letters", P.SEE_LETTERS),
    ("Children missing", "missing", P.SEE_CASES),
    ("Legal", "legal", P.SEE_NOTICES),
    ("Keeping in touch", "touch", P.KEEP_IN_TOUCH),
    ("From the authority", "touch", P.READ_GUIDANCE),  # the same place, for those whom the authority speaks to
    ("Users", "users", P.MANAGE_USERS),
    ("Postings", "postings", P.MANAGE_POSTINGS),
    ("School contacts", "school_contacts", P.MANAGE_USERS),
    ("Policy", "policy", P.SET_POLICY),
    ("Authority", "authority_settings", P.MANAGE_AUTHORITY),
    ("Audit trail", "audit", P.SEE_AUDIT),
)
# under Registers; whoever may not see pupils finds what is left of it in the menu itself
_REGISTERS: tuple[tuple[str, str, P], ...] = (
    ("Day by day", "coverage", P.SEE_PUPILS),
    ("All extracts", "extracts", P.SEE_PUPILS),
    ("Questions to schools", "questions", P.SEE_PUPILS),
    ("Pupils to match", "held", P.EDIT_PEOPLE),
    ("Sources", "sources", P.CHOOSE_SOURCES),
    ("Feeds", "feeds", P.MANAGE_FEEDS),
)

_ALSO_UNDER = {"legal": ("/notices/", "/notice-requests/", "/notice-decisions/")}  # pages that keep addresses of their own


def navigation(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"navigation": [], "registers_menu": [], "may_search": False}
    registers = [entry for entry in _REGISTERS if user.may(entry[2])]
    menu = _MENU if user.may(P.SEE_PUPILS) else (*_MENU, *registers)
    places: dict[str, str] = {}
    for text, name, permission in menu:
        if permission is None or user.may(permission):
            places.setdefault(name, text)  # a place has one name for each reader: the first that is theirs
    return {
        "navigation": _entries(request, [(text, name) for name, text in places.items()]),
        "registers_menu": _entries(request, [(text, name) for text, name, _ in registers]),
        "may_search": user.may(P.SEARCH),
    }


def _entries(request: HttpRequest, places: list[tuple[str, str]]) -> list[Entry]:
    return [Entry(text, address := reverse(name), _here(request.path, (address, *_ALSO_UNDER.get(name, ())))) for text, name in places]


def _here(path: str, under: tuple[str, ...]) -> str:
    if path == under[0]:
        return "page"
    return "true" if under[0] != "/" and path.startswith(under) else ""
