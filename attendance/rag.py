"""The rating of a school: its absence beside that of England's schools of its phase at the same point of last year. Pure.

Nothing national says how a school is rated red, amber or green: this is our own default (case R1), and an authority may set the
bands for itself (schools.policy). Red: absence worse than England's by more than 1.0 percentage point. Amber: worse by more
than 0 and up to 1.0. Green: equal or better. Compared as exact fractions; only the words are rounded.

Two contributions stand beside that band with their numbers: the school's own trend, and severely absent pupils without a plan.
As shipped they move nothing. An authority may let either move the colour: one band worse, never two, and never to a better one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from attendance.rates import PERSISTENT as PERSISTENT_PERCENT
from attendance.rates import SEVERE as SEVERE_PERCENT
from attendance.rates import misses

RED, AMBER, GREEN, NOT_RATED = "red", "amber", "green", "not_rated"
_ONE_WORSE = {GREEN: AMBER, AMBER: RED, RED: RED}
TREND, SEVERE = "Own trend", "Severe absence without a plan"  # what may move the colour

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
class Before:
    """The school's own sessions in the same weeks of the year before; `weeks` of its `of_weeks` of this year were open then too."""

    first: dt.date
    last: dt.date
    possible: int
    absent: int
    weeks: int
    of_weeks: int

    @property
    def known(self) -> bool:
        """Not where registers of more than one week are wanting (a half term may lie in another week): unlike would be compared."""
        return self.possible > 0 and self.weeks >= self.of_weeks - 1


@dataclass(frozen=True, slots=True)
class Severe:
    """Pupils on roll who are severely absent on the day judged, and how many of them have no plan. Told by whoever knows plans."""

    pupils: int
    without_plan: int


@dataclass(frozen=True, slots=True)
class Bands:
    """How much worse is red, and how much is amber, in tenths of a percentage point; and the school days that a rating needs.

    `trend_tenths` worse than the school's own last year, or `severe_pupils` without a plan, move the colour one band; 0: they do not.
    """

    red_tenths: int
    amber_tenths: int
    least_days: int
    trend_tenths: int = 0
    severe_pupils: int = 0

    def moving_nothing(self) -> Bands:
        return replace(self, trend_tenths=0, severe_pupils=0)


@dataclass(frozen=True, slots=True)
class Contribution:
    """What stands beside the band with its numbers. `moves`: by the bands in force it makes the colour one worse."""

    name: str
    words: str
    moves: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    colour: str
    reasons: tuple[str, ...]  # sentences
    band: str = ""  # the colour by absence beside England's alone; "" where nothing was compared
    contributions: tuple[Contribution, ...] = ()


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


def too_little(own: Own, bands: Bands) -> bool:
    return own.school_days < bands.least_days or not own.possible


def band_of(own: Own, national_pct: Decimal, bands: Bands) -> str:
    """Case R1, by numbers alone."""
    return NOT_RATED if too_little(own, bands) else _colour(_share(own) - Fraction(national_pct), bands)


def moving(own: Own, bands: Bands, before: Before | None, severe: Severe | None) -> list[str]:
    """Which contributions move the colour: each by itself is enough, and both together move it no further."""
    found = []
    if bands.trend_tenths and before and before.known and own.possible:
        found += [TREND] if _share(own) - _share(before) >= Fraction(bands.trend_tenths, 10) else []
    if bands.severe_pupils and severe and severe.without_plan >= bands.severe_pupils:
        found.append(SEVERE)
    return found


def moved(band: str, by: list[str]) -> str:
    return _ONE_WORSE.get(band, band) if by else band


def rate(own: Own, england: England, bands: Bands, before: Before | None = None, severe: Severe | None = None) -> Verdict:
    """The colour of a school, with the sentences that bear it. The caller has cut all sides to the same weeks of the year."""
    theirs = (
        f"England’s {PHASES[england.phase]} at the same point of last year ({days(england.first, england.last)}): "
        f"{england.absence_pct:.2f}%."
    )
    if too_little(own, bands):
        few = f"{own.school_days} school day{'' if own.school_days == 1 else 's'}"
        why = f"Not rated, too few sessions: between {days(own.first, own.last)} there are registers of {few}, and a rating needs "
        return Verdict(NOT_RATED, (f"{why}{bands.least_days}.", theirs), "", contributions(own, bands.moving_nothing(), before, severe))
    share = _share(own)
    apart = share - Fraction(england.absence_pct)
    band = _colour(apart, bands)
    digits = _digits(apart, lambda value: _colour(value, bands))
    ours = (
        f"Absence {_number(share, digits)}% of {own.possible:,} possible sessions ({own.absent:,} missed), {days(own.first, own.last)}, "
        f"from registers of {own.school_days} school days."
    )
    reasons: tuple[str, ...] = (ours, theirs, _words(apart, band, bands, digits))
    by = moving(own, bands, before, severe)
    colour = moved(band, by)
    if by:
        why = " and ".join(name.lower() for name in by)
        reasons += (f"Because of {why}: {f'one band worse, {colour}' if colour != band else 'red already, and nothing is worse'}.",)
    return Verdict(colour, reasons, band, contributions(own, bands, before, severe))


def contributions(own: Own, bands: Bands, before: Before | None, severe: Severe | None) -> tuple[Contribution, ...]:
    """What stands beside the band, each in a sentence with its numbers; what was not asked for is left out."""
    by = moving(own, bands, before, severe)
    found = []
    if before is not None:
        found.append(Contribution(TREND, _trend(own, before, bands), TREND in by))
    if severe is not None:
        found.append(Contribution(SEVERE, _severe(severe, bands), SEVERE in by))
    return tuple(found)


def _trend(own: Own, before: Before, bands: Bands) -> str:
    then = f"in the same weeks of last year ({days(before.first, before.last)})"
    if not before.possible:
        return f"Not known: there are no registers of this school {then}."
    if not before.known or not own.possible:
        return f"Not compared: the registers {then} cover {before.weeks} of this year’s {before.of_weeks} school weeks."
    apart = _share(own) - _share(before)

    def far(value: Fraction) -> str:
        return str(bool(bands.trend_tenths) and value >= Fraction(bands.trend_tenths, 10))

    digits = _digits(apart, far)
    theirs = f"Its own absence {then}: {_number(_share(before), digits)}% of {before.possible:,} possible sessions. This year it is "
    if apart == 0:
        return theirs + "the same."
    by = f"by {_number(abs(apart), digits)} percentage points"
    limit = ""
    if bands.trend_tenths and apart > 0:
        limit = f", which is {'at least' if far(apart) == 'True' else 'less than'} {bands.trend_tenths / 10:.1f}"
    return f"{theirs}{'worse' if apart > 0 else 'better'} {by}{limit}."


def _severe(severe: Severe, bands: Bands) -> str:
    if not severe.pupils:
        return "No pupil on roll is flagged as severely absent."
    of = f"{severe.pupils} pupil{'' if severe.pupils == 1 else 's'} flagged as severely absent"
    least = f"; from {bands.severe_pupils} the colour moves" if bands.severe_pupils else ""
    return f"{severe.without_plan} of {of} {'has' if severe.without_plan == 1 else 'have'} no current plan{least}."


def _share(counted: Own | Before) -> Fraction:
    """In percent."""
    return Fraction(100 * counted.absent, counted.possible)


def _colour(apart: Fraction, bands: Bands) -> str:
    if apart > Fraction(bands.red_tenths, 10):
        return RED
    return AMBER if apart > Fraction(bands.amber_tenths, 10) else GREEN


def _digits(apart: Fraction, judged: Callable[[Fraction], str]) -> int:
    """Two, as England's figures have, or as many as it takes for the rounded words to bear what was `judged`."""
    for digits in range(2, 9):
        rounded = Fraction(_number(apart, digits))
        if judged(rounded) == judged(apart) and (rounded == 0) == (apart == 0):
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


# --- pupils ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Steps:
    """From which share of their own possible sessions missed, in percent, a pupil is red, and amber; below how many, little is known."""

    red_percent: int
    amber_percent: int
    few_sessions: int


@dataclass(frozen=True, slots=True)
class PupilVerdict:
    """A pupil's colour for the year so far, with the words that go with it wherever it is shown."""

    colour: str
    words: str
    little_data: bool = False

    @property
    def word(self) -> str:
        """The colour's."""
        return self.colour.replace("_", " ").capitalize()


def rate_pupil(absent: int, possible: int, steps: Steps) -> PupilVerdict:
    """Case R1: red if severely absent, amber if persistently absent, green otherwise. Whole numbers only, as for both shares."""
    if not possible:
        return PupilVerdict(NOT_RATED, "no possible session this year")
    little = possible < steps.few_sessions
    if misses(absent, possible, steps.red_percent):
        return PupilVerdict(RED, _missed(steps.red_percent), little)
    if misses(absent, possible, steps.amber_percent):
        return PupilVerdict(AMBER, _missed(steps.amber_percent), little)
    return PupilVerdict(GREEN, f"missed less than {steps.amber_percent}%", little)


def _missed(percent: int) -> str:
    known = {SEVERE_PERCENT: "severely absent", PERSISTENT_PERCENT: "persistently absent"}
    return known.get(percent, f"missed {percent}% or more")
