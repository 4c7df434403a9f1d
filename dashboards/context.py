"""What the frame of every page needs: where this user can go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User
from accounts.permissions import Permission as P


@dataclass(frozen=True, slots=True)
class Entry:
    """One place in the menu. `here` is for aria-current: this page, a page under it, or nothing."""

    text: str
    address: str
    here: str


@dataclass(frozen=True, slots=True)
class _Place:
    text: str
    name: str
    permission: P | None


@dataclass(frozen=True, slots=True)
class _Section:
    text: str
    places: tuple[_Place, ...]
    always: bool = False  # folded for whoever has more than one of its places, however short their menu


# A section's name leads to the first of its places that this reader may open; in the section, the others stand in a row below.
_SECTIONS: tuple[_Section, ...] = (
    _Section("Home", (_Place("Home", "home", None),)),
    _Section("Borough", (_Place("Borough", "borough", P.SEE_BOROUGH), _Place("Areas and cohorts", "areas", P.SEE_AUTHORITY_FIGURES))),
    _Section(
        "Schools",
        (
            _Place("Schools", "school_list", P.SEE_SCHOOLS),
            _Place("Ratings", "ratings", P.SEE_RATINGS),
            _Place("Keeping in touch", "touch", P.KEEP_IN_TOUCH),
        ),
    ),
    _Section(
        "Registers",
        (
            _Place("Day by day", "coverage", P.SEE_PUPILS),
            _Place("All extracts", "extracts", P.SEE_PUPILS),
            _Place("Questions to schools", "questions", P.SEE_PUPILS),
            _Place("Pupils to match", "held", P.EDIT_PEOPLE),
            _Place("Sources", "sources", P.CHOOSE_SOURCES),
            _Place("Feeds", "feeds", P.MANAGE_FEEDS),
        ),
        always=True,
    ),
    _Section("Pupils", (_Place("Pupils at risk", "pupils_at_risk", P.SEE_PUPILS), _Place("Children missing", "missing", P.SEE_CASES))),
    _Section("Meetings", (_Place("Meetings", "meetings", P.SEE_MEETINGS),)),
    _Section(
        "Cases",
        (_Place("Cases", "cases", P.SEE_CASES), _Place("Tasks", "tasks", P.SEE_CASES), _Place("Letters", "letters", P.SEE_LETTERS)),
    ),
    _Section("Legal", (_Place("Legal", "legal", P.SEE_NOTICES),)),  # its front page has places of its own
    # the same place as Keeping in touch, for those whom the authority speaks to
    _Section("From the authority", (_Place("From the authority", "touch", P.READ_GUIDANCE),)),
    _Section(
        "Settings",
        (
            _Place("Users", "users", P.MANAGE_USERS),
            _Place("Postings", "postings", P.MANAGE_POSTINGS),
            _Place("School contacts", "school_contacts", P.MANAGE_USERS),
            _Place("Policy", "policy", P.SET_POLICY),
            _Place("Authority", "authority_settings", P.MANAGE_AUTHORITY),
            _Place("Audit trail", "audit", P.SEE_AUDIT),
        ),
    ),
)
_ROOM = 9  # places that stand in one row beside the search box at 1280 px; whoever has more finds them by section

_ALSO_UNDER = {  # pages that keep addresses of their own
    "areas": ("/trusts/", "/cohorts/"),
    "borough": ("/figures/",),
    "extracts": ("/extracts/", "/snapshots/"),
    "meetings": ("/actions/", "/agenda-items/", "/minutes/"),
    "legal": ("/notices/", "/notice-requests/", "/notice-decisions/"),
}


def navigation(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"navigation": [], "menu_section": None, "section_menu": [], "may_search": False}
    sections = _sections_of(user)
    here = _nearest(request.path, [place for section in sections for place in section.places])
    current = next((section for section in sections if here in section.places), None)
    return {
        "navigation": [
            Entry(one.text, address := reverse(one.places[0].name), _mark(request.path == address, one is current)) for one in sections
        ],
        "menu_section": current,
        "section_menu": [
            Entry(place.text, address := reverse(place.name), _mark(request.path == address, place is here))
            for place in (current.places if current and len(current.places) > 1 else ())
        ],
        "may_search": user.may(P.SEARCH),
    }


def _sections_of(user: User) -> list[_Section]:
    """The menu of this reader: a place for each entry where all stand in one row, sections where they do not."""
    met: set[str] = set()
    sections, row = [], []
    for section in _SECTIONS:
        mine = tuple(p for p in section.places if p.name not in met and (p.permission is None or user.may(p.permission)))
        met.update(place.name for place in mine)  # a place has one name for each reader: the first that is theirs
        apart = [_Section(place.text, (place,)) for place in mine]
        folded = [_Section(section.text, mine)] if len(mine) > 1 else apart
        sections += folded
        row += folded if section.always else apart
    return row if len(row) <= _ROOM else sections


def _nearest(path: str, places: list[_Place]) -> _Place | None:
    """The place whose address begins this page's own with the most letters."""
    begun = [
        (len(start), place)
        for place in places
        for start in (reverse(place.name), *_ALSO_UNDER.get(place.name, ()))
        if path == start or (start != "/" and path.startswith(start))
    ]
    return max(begun, key=lambda one: one[0])[1] if begun else None


def _mark(page: bool, under: bool) -> str:
    return "page" if page else "true" if under else ""
