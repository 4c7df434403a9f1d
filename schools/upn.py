"""The unique pupil number: its shape and its check letter.

Source: DfE, Unique pupil numbers guide: a check letter, the authority's three digits, the school's four, two for the year,
and three serial characters of which the last may be a letter (a temporary number).
"""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_SHAPE = re.compile(r"[A-HJ-NP-RT-Z]\d{11}[0-9A-HJ-NP-RT-Z]")
LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"  # no I, O or S
_LENGTH = 13
_VALUE_OF = np.full(128, -1)  # by character; those of ASCII alone, and -1 for what stands in no UPN
for _characters in ("0123456789", LETTERS):
    _VALUE_OF[[ord(character) for character in _characters]] = np.arange(len(_characters))


def tidy(text: str) -> str:
    return "".join(text.upper().split())


def well_formed(upn: str) -> bool:
    return _SHAPE.fullmatch(upn) is not None


def check_letters(upns: Sequence[str]) -> list[str]:
    """The letter that should begin each UPN: the others weighted 2 to 13, remainder by 23; "" where one is no letter of UPNs."""
    if not len(upns):
        return []
    letters = np.array(upns, f"U{_LENGTH}").view(np.uint32).reshape(len(upns), _LENGTH)[:, 1:]
    values = _VALUE_OF[np.minimum(letters, len(_VALUE_OF) - 1)]
    remainders = (values @ np.arange(2, _LENGTH + 1)) % len(LETTERS)
    fit: NDArray[np.bool_] = np.all(values >= 0, axis=1)
    return [LETTERS[remainder] if known else "" for remainder, known in zip(remainders.tolist(), fit.tolist(), strict=True)]


def check_letter(upn: str) -> str:
    """The same of one."""
    return check_letters([upn])[0]


def why_not(upn: str) -> str:
    """What is wrong with a number a person typed; "" when nothing is."""
    if not well_formed(upn):
        return "Enter a UPN as a letter, 11 digits and a digit or letter, like A123456789012"
    if check_letter(upn) != upn[0]:
        return f"The first letter of {upn} does not fit its digits: one of them was mistyped"
    return ""
