"""The authority's own colours as a stylesheet of custom properties: no inline styles, so a strict policy can hold.

A council has its own brand; GOV.UK's typeface, crown and logo are not ours to use.
"""

from __future__ import annotations

import hashlib

from schools.colours import TEXT, contrast
from schools.models import Authority

_COLOUR, _ACCENT = "#0f4c5c", "#e36414"
_WHITE, _BLACK = "#ffffff", "#0b0c0c"


def version(authority: Authority | None) -> str:
    return hashlib.sha256(stylesheet(authority).encode()).hexdigest()[:12]


def stylesheet(authority: Authority | None) -> str:
    """Text on the brand colour is white or black, whichever reads better; text takes the brand only where it is legible."""
    brand, accent = (authority.colour, authority.accent) if authority else (_COLOUR, _ACCENT)
    on_brand = _WHITE if contrast(brand, _WHITE) >= contrast(brand, _BLACK) else _BLACK
    values = {
        "--govuk-brand-colour": brand,
        "--dm-brand": brand,
        "--dm-on-brand": on_brand,
        "--dm-accent": accent,
        "--dm-ink": brand if contrast(brand, _WHITE) >= TEXT else _BLACK,
    }
    return ":root{" + "".join(f"{name}:{value};" for name, value in values.items()) + "}\n"
