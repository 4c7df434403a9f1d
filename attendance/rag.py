"""The rating of a school: its absence beside that of England's schools of its phase at the same point of last year. Pure.

Nothing national says how a school is rated red, amber or green: this is our own default (case R1), and an authority may set the
bands for itself (schools.policy). Red: absence worse than England's by more than 1.0 percentage point. Amber: worse by more
than 0 and up to 1.0. Green: equal or better. Compared as exact fractions; only the words are rounded.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

RED, AMBER, GREEN, NOT_RATED = "red", "amber", "green", "not_rated"

# the phases of which DfE publishes figures through the year; nothing is known to compare any other with
PHASES = {"primary": "primary schools", "secondary": "secondary schools", "special": "special schools"}
_NO_COMPARATOR = {
    "pru": "pupil referral units",
    "nursery": "nursery schools",
    "all_through": "all-through schools",
    "sixteen_plus": "schools for pupils over 16",
}


@dataclass(frozen=True, slots=True)
class Own:
    """A school's sessions between two dates. `school_days`: of these days, how many its registers tell of."""

    first: dt.date
    last: dt.date
    possible: int
    absent: int
    school_days: int


@dataclass(frozen=True, slots=True)
class England:
    """England's state-funded schools of one phase: absence in percent of possible sessions, as published on a day."""

    phase: str
    absence_pct: Decimal
    first: dt.date
    last: dt.date
    published: dt.date
    source: str


@dataclass(frozen=True, slots=True)
class Bands:
    """How much worse is red, and how much is amber, in tenths of a percentage point; and the school days that a rating needs."""

    red_tenths: int
    amber_tenths: int
    least_days: int


@dataclass(frozen=True, slots=True)
class Verdict:
    colour: str
    reasons: tuple[str, ...]  # sentences


def no_comparator(phase: str, *, independent: bool) -> str:
    """Why a school of this kind is never rated, in words; "" if it can be."""
    if independent:
        return "Not rated, no comparator: England’s figures are of state-funded schools, and this is an independent school."
    if phase in PHASES:
        return ""
    if phase in _NO_COMPARATOR:
        return f"Not rated, no comparator: England’s figures through the year do not tell of {_NO_COMPARATOR[phase]}."
    return "Not rated, no comparator: the school’s phase is not known."


def not_rated(*reasons: str) -> Verdict:
    return Verdict(NOT_RATED, reasons)


def rate(own: Own, england: England, bands: Bands) -> Verdict:
    """The colour of a school, with the sentences that bear it. The caller has cut both to the same weeks of the year."""
    theirs = (
        f"England’s {PHASES[england.phase]} at the same point of last year ({days(england.first, england.last)}): "
        f"{england.absence_pct:.2f}%."
    )
    if own.school_days < bands.least_days or not own.possible:
        few = f"{own.school_days} school day{'' if own.school_days == 1 else 's'}"
        return not_rated(
            f"Not rated, too few sessions: between {days(own.first, own.last)} there are registers of {few}, and a rating needs "
            f"{bands.least_days}.",
            theirs,
        )
    share = Fraction(100 * own.absent, own.possible)
    apart = share - Fraction(england.absence_pct)
    colour = _colour(apart, bands)
    digits = _digits(apart, bands)
    ours = (
        f"Absence {_number(share, digits)}% of {own.possible:,} possible sessions ({own.absent:,} missed), {days(own.first, own.last)}, "
        f"from registers of {own.school_days} school days."
    )
    return Verdict(colour, (ours, theirs, _words(apart, colour, bands, digits)))


def _colour(apart: Fraction, bands: Bands) -> str:
    if apart > Fraction(bands.red_tenths, 10):
        return RED
    return AMBER if apart > Fraction(bands.amber_tenths, 10) else GREEN


def _digits(apart: Fraction, bands: Bands) -> int:
    """Two, as England's figures have, or as many as it takes for the rounded words to bear the colour."""
    for digits in range(2, 9):
        rounded = Fraction(_number(apart, digits))
        if _colour(rounded, bands) == _colour(apart, bands) and (rounded == 0) == (apart == 0):
            return digits
    return 9


def _number(value: Fraction, digits: int) -> str:
    return f"{Decimal(value.numerator) / Decimal(value.denominator):.{digits}f}"


def _words(apart: Fraction, colour: str, bands: Bands, digits: int) -> str:
    if apart == 0:
        return f"The same: {colour}."
    by = f"{_number(abs(apart), digits)} percentage points"
    if apart < 0:
        return f"Better by {by}: {colour}."
    red, amber = f"{bands.red_tenths / 10:.1f}", f"{bands.amber_tenths / 10:.1f}"
    if colour == RED:
        return f"Worse by {by}, which is more than {red}: red."
    return f"Worse by {by}, which is not more than {red if colour == AMBER else amber}: {colour}."


def days(first: dt.date, last: dt.date) -> str:
    """ "8 September to 13 November 2026"."""
    year = "" if first.year == last.year else f" {first.year}"
    return f"{first.day} {first:%B}{year} to {last.day} {last:%B} {last.year}"
