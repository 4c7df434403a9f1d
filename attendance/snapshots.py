"""What a school's own totals say beside what its register says. Pure.

A snapshot never becomes marks and the register never becomes a snapshot: the two are set side by side whenever somebody looks,
and what differs is a question to the school. What the register does not hold is unknown, never 0.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from attendance.codes import BY_CODE, Class
from attendance.rates import Figures

# in the order in which a person would ask
MEASURES: dict[str, str] = {
    "possible": "possible sessions",
    "attended": "attended",
    "authorised": "authorised",
    "unauthorised": "unauthorised",
    "late": "late",
}
_ABSENCE = frozenset({Class.AUTHORISED, Class.UNAUTHORISED})


class Standing(StrEnum):
    """How a pupil's totals stand to the register, the first the most urgent to ask about."""

    DIFFERS = "differs"
    NOT_ON_ROLL = "not_on_roll"  # totals for a pupil whom our roll does not have in the period
    NO_MARKS = "no_marks"  # totals, and no mark in the register: unknown
    NOT_SAID = "not_said"  # marks in the register, and no totals
    AGREES = "agrees"


@dataclass(frozen=True, slots=True)
class Said:
    """A pupil's totals as the school says them. `late` None and `reasons` {} where it does not say."""

    possible: int
    attended: int
    authorised: int
    unauthorised: int
    late: int | None = None
    reasons: Mapping[str, int] | None = None
    persistent: bool | None = None  # the school's own word
    severe: bool | None = None

    @property
    def figures(self) -> Figures:
        return Figures(self.possible, self.attended, self.authorised, self.unauthorised, self.late or 0)

    def __add__(self, other: Said) -> Said:
        """Of two spells at one school. What only one of them says is not said of both; neither is a word about one alone."""
        late = None if self.late is None or other.late is None else self.late + other.late
        reasons = None
        if self.reasons is not None and other.reasons is not None:
            reasons = {code: self.reasons.get(code, 0) + other.reasons.get(code, 0) for code in {*self.reasons, *other.reasons}}
        return Said(
            self.possible + other.possible,
            self.attended + other.attended,
            self.authorised + other.authorised,
            self.unauthorised + other.unauthorised,
            late,
            reasons,
        )


@dataclass(frozen=True, slots=True)
class Held:
    """What the register holds of the same spells and days: only where it holds any mark at all."""

    figures: Figures
    codes: Mapping[str, int]  # sessions by code
    first: dt.date  # of the marks
    last: dt.date


@dataclass(frozen=True, slots=True)
class Difference:
    """One measure on which the two differ. `measure` is a key of MEASURES, or a code of absence."""

    measure: str
    said: int
    held: int

    @property
    def words(self) -> str:
        return MEASURES.get(self.measure) or f"of code {self.measure}"

    @property
    def size(self) -> int:
        return abs(self.said - self.held)


def differences(said: Said, held: Held) -> tuple[Difference, ...]:
    """By measure, and by reason where the school gives reasons: in the order of MEASURES, then of codes."""
    found = []
    for measure in MEASURES:
        theirs, ours = getattr(said, measure), getattr(held.figures, measure)
        if theirs is not None and theirs != ours:
            found.append(Difference(measure, theirs, ours))
    if said.reasons:
        absent = {code for code in held.codes if code in BY_CODE and BY_CODE[code].klass in _ABSENCE}
        for code in sorted({*said.reasons, *absent}):
            theirs, ours = said.reasons.get(code, 0), held.codes.get(code, 0)
            if theirs != ours:
                found.append(Difference(code, theirs, ours))
    return tuple(found)


def standing(said: Said | None, held: Held | None, *, on_roll: bool = True) -> Standing:
    if said is None:
        return Standing.NOT_SAID
    if not on_roll:
        return Standing.NOT_ON_ROLL
    if held is None:
        return Standing.NO_MARKS
    return Standing.DIFFERS if differences(said, held) else Standing.AGREES


def wrong_words(said: Said) -> list[str]:
    """What the file calls the pupil that its own sessions do not bear out: compared, never believed."""
    figures, found = said.figures, []
    for name, theirs, ours in (("persistently", said.persistent, figures.persistent), ("severely", said.severe, figures.severe)):
        if theirs is not None and theirs != ours:
            calls = "calls the pupil" if theirs else "does not call the pupil"
            found.append(
                f"The file {calls} {name} absent; {figures.absent} of {figures.possible} sessions missed "
                f"{'is' if ours else 'is not'} {name} absent."
            )
    return found


def question(name: str, source: str, said: Said | None, held: Held | None, *, first: dt.date, last: dt.date, on_roll: bool = True) -> str:
    """What to ask the school about this pupil, as a sentence; "" where the two agree. `source`: "census" or "summary"."""
    days = f"{_day(first)} to {_day(last)}"
    which = standing(said, held, on_roll=on_roll)
    if said is None:
        if held is None:
            return ""
        return (
            f"The register has {_sessions(held.figures.possible)} for {name} by {_day(held.last)}, and {name} is not in your {source}. "
            "Was the pupil left out?"
        )
    if which == Standing.NOT_ON_ROLL:
        theirs = f"Your {source} says {_sessions(said.possible)} for {name}"
        return f"{theirs}, who is not on your roll here from {days}. When did the pupil join and leave?"
    if held is None:
        return f"Your {source} says {_sessions(said.possible)} for {name}; the register has no marks from {days}. Can you send them?"
    found = differences(said, held)
    if not found:
        return ""
    theirs = _list([f"{one.said} {_measure(one)}" for one in found])
    ours = _list([str(one.held) for one in found])
    began = f" (its marks begin on {_day(held.first)})" if (held.first - first).days > 45 else ""
    return f"Your {source} says {theirs} for {name}; the register has {ours} by {_day(held.last)}{began}. Which is right?"


def _measure(one: Difference) -> str:
    if one.measure == "possible":
        return "possible session" if one.said == 1 else "possible sessions"
    return one.words


def _sessions(number: int) -> str:
    return f"{number} possible session{'' if number == 1 else 's'}"


def _day(day: dt.date) -> str:
    return f"{day.day} {day:%B %Y}"


def _list(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]
