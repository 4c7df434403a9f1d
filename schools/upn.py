"""The unique pupil number: its shape and its check letter.

Source: DfE, Unique pupil numbers guide: a check letter, the authority's three digits, the school's four, two for the year,
and three serial characters of which the last may be a letter (a temporary number).
"""

import re

_SHAPE = re.compile(r"[A-HJ-NP-RT-Z]\d{11}[0-9A-HJ-NP-RT-Z]")
LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"  # no I, O or S
_VALUES = {character: value for characters in ("0123456789", LETTERS) for value, character in enumerate(characters)}


def tidy(text: str) -> str:
    return "".join(text.upper().split())


def well_formed(upn: str) -> bool:
    return _SHAPE.fullmatch(upn) is not None


def check_letter(upn: str) -> str:
    """The letter that should begin a UPN: the others weighted 2 to 13, remainder by 23; "" where one is no letter of UPNs."""
    total = 0
    for weight, character in enumerate(upn[1:], 2):
        value = _VALUES.get(character)
        if value is None:
            return ""
        total += value * weight
    return LETTERS[total % 23]


def why_not(upn: str) -> str:
    """What is wrong with a number a person typed; "" when nothing is."""
    if not well_formed(upn):
        return "Enter a UPN as a letter, 11 digits and a digit or letter, like A123456789012"
    if check_letter(upn) != upn[0]:
        return f"The first letter of {upn} does not fit its digits: one of them was mistyped"
    return ""
