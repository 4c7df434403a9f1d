"""The authority's own colours as a stylesheet of custom properties: no inline styles, so a strict policy can hold.

A council has its own brand; GOV.UK's typeface, crown and logo are not ours to use.
"""

from __future__ import annotations

import hashlib

from schools.models import Authority

COLOUR, ACCENT = "#0f4c5c", "#e36414"
_WHITE, _BLACK = "#ffffff", "#0b0c0c"
_AA = 4.5  # WCAG 2.2 success criterion 1.4.3


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def colours(authority: Authority | None) -> tuple[str, str]:
    return (authority.colour, authority.accent) if authority else (COLOUR, ACCENT)


def version(authority: Authority | None) -> str:
    return hashlib.sha256(stylesheet(authority).encode()).hexdigest()[:12]


def stylesheet(authority: Authority | None) -> str:
    """Text on the brand colour is white or black, whichever reads better; links take the brand only where it is legible."""
    brand, accent = colours(authority)
    on_brand = _WHITE if contrast(brand, _WHITE) >= contrast(brand, _BLACK) else _BLACK
    legible = contrast(brand, _WHITE) >= _AA
    lines = {
        "--govuk-brand-colour": brand,
        "--dm-brand": brand,
        "--dm-on-brand": on_brand,
        "--dm-accent": accent,
        "--dm-ink": brand if legible else _BLACK,
    }
    return ":root{" + "".join(f"{name}:{value};" for name, value in lines.items()) + "}\n"
