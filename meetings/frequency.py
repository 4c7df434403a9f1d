"""How many targeting support meetings a school is due in a school year, and why in words. Pure.

"Working together to improve school attendance" (August 2024) asks for regular meetings by need. As lead officers present it to
schools: attendance below England's at least termly, the next group yearly, the strongest none but on request. The numbers are
policy (schools.policy_meetings); the order is ours to keep: within a phase never fewer meetings for lower attendance. Judged on
the last full school year, in whole sessions and never from a rounded percentage (case T1).
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from attendance.rag import PHASES
from attendance.words import plural, say_day

BELOW, AT, STRONGEST, UNKNOWN, ADVISORY, NONE = "below", "at", "strongest", "unknown", "advisory", "none"

_NO_FIGURE = {
    "pru": "England’s attendance is not published for pupil referral units",
    "all_through": "England’s attendance is not published for all-through schools",
}
_TOO_YOUNG_OR_OLD = {
    "nursery": "Nobody of compulsory school age is on roll at a nursery school",
    "sixteen_plus": "Nobody of compulsory school age is on roll at a school for pupils over 16",
}
_AUTUMN = (9, 30)  # a school that opens later than this has no full year


@dataclass(frozen=True, slots=True)
class LastYear:
    """A school's sessions of the last full school year, and in how many weeks it had any."""

    possible: int
    attended: int
    weeks: int

    @property
    def percent(self) -> Fraction:
        return Fraction(100 * self.attended, self.possible)


@dataclass(frozen=True, slots=True)
class England:
    """Attendance in England's schools of the phase in the same school year, in percent as published."""

    attendance_pct: Decimal
    source: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a school for the school year that begins in `year`. `last`: None without registers of the year before."""

    year: int
    phase: str
    independent: bool = False
    opened: dt.date | None = None
    closed: dt.date | None = None
    last: LastYear | None = None
    england: England | None = None
    as_good: int = 0  # of the authority's schools of the phase, those that attend as well or better, this one among them
    of_schools: int = 0


@dataclass(frozen=True, slots=True)
class Values:
    """What policy says, by the keys of schools.policy_meetings."""

    below: int = 3
    at: int = 1
    strongest: int = 0
    strongest_percent: int = 20
    unknown: int = 3
    independent: int = 1
    year_weeks: int = 30

    @classmethod
    def of(cls, policy: Mapping[str, int]) -> Values:
        return cls(**{name: policy[f"meetings_{name}"] for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class Due:
    """How many meetings in the school year. `floor`: nobody may set fewer."""

    number: int
    band: str
    reason: str
    floor: int = 0


def year_name(year: int) -> str:
    return f"{year}/{(year + 1) % 100:02d}"


def frequency(facts: Facts, values: Values, *, today: dt.date) -> Due:
    """Case T1, and what is done where nothing can be compared."""
    if facts.closed and facts.closed < today:
        return Due(0, NONE, f"The school closed on {say_day(facts.closed)}: no meeting is due.")
    if words := _TOO_YOUNG_OR_OLD.get(facts.phase):
        return Due(0, NONE, f"{words}: none is due, one is held on request.")
    if facts.independent:
        return Due(
            values.independent,
            ADVISORY,
            "An independent school: England’s figures are of state-funded schools, so nothing is compared. "
            f"{_meetings(values.independent)} offered, and the school need not take {'it' if values.independent == 1 else 'them'} up.",
        )
    if why := _not_compared(facts, values):
        return Due(values.unknown, UNKNOWN, f"{why} {_meetings(values.unknown)} due until that is known, as where attendance is below.")
    return _compared(facts, values)


def is_full_year(facts: Facts, values: Values) -> bool:
    """Do the registers of the last year tell of the whole of it? Only such a school is compared, and compared with."""
    return facts.last is not None and facts.last.possible > 0 and facts.last.weeks >= values.year_weeks


def _not_compared(facts: Facts, values: Values) -> str:
    last = year_name(facts.year - 1)
    if facts.phase not in PHASES:
        return f"{_NO_FIGURE.get(facts.phase, 'The phase of the school is not known, so there is no figure of England’s to compare with')}."
    if facts.opened and facts.opened > dt.date(facts.year - 1, *_AUTUMN):
        return f"The school opened on {say_day(facts.opened)}: it has no full school year yet."
    if facts.last is None or not facts.last.possible:
        return f"No registers of {last} are held."
    if not is_full_year(facts, values):
        return f"Registers of {last} are held for {plural(facts.last.weeks, 'week')} only; a full year has at least {values.year_weeks}."
    if facts.england is None:
        return f"England’s attendance for {last} is not held yet."
    return ""


def _compared(facts: Facts, values: Values) -> Due:
    if facts.last is None or facts.england is None:
        raise ValueError("nothing to compare")  # _not_compared has looked
    own, england = facts.last.percent, Fraction(facts.england.attendance_pct)
    figures = (
        f"Attendance in {year_name(facts.year - 1)} was {_percent(own, england)}% ({facts.last.attended:,} of {facts.last.possible:,} "
        f"sessions), {{}} England’s {facts.england.attendance_pct:.2f}% for {PHASES[facts.phase]}."
    )
    if own < england:
        termly = ", at least one a term" if values.below >= 3 else ""
        return Due(values.below, BELOW, f"{figures.format('below')} {_meetings(values.below)} due{termly}.", floor=values.below)
    figures = figures.format("above" if own > england else "the same as")
    in_band = strongest_places(facts.of_schools, values)
    attend = "attends" if facts.as_good == 1 else "attend"
    rank = f"{facts.as_good} of {plural(facts.of_schools, 'school')} with a full year {attend} as well or better"
    if own > england and facts.as_good <= in_band:
        number = min(values.strongest, values.at)
        return Due(
            number,
            STRONGEST,
            f"{figures} Among the strongest: {rank}, this one counted, and the best {in_band} are. "
            + (f"{_meetings(number)} due." if number else "None is due; one is held on request."),
        )
    return Due(values.at, AT, f"{figures} Not among the strongest {in_band}: {rank}, this one counted. {_meetings(values.at)} due.")


def strongest_places(of_schools: int, values: Values) -> int:
    """How many of the authority's schools of a phase the strongest band has room for: rounded down, so that of few none is."""
    return of_schools * values.strongest_percent // 100


def _percent(own: Fraction, england: Fraction) -> str:
    """To two places, as published; to more where it would look the same as England's and is not."""
    for places in (2, 3, 4, 5):
        said = f"{float(own):.{places}f}"
        if own == england or Fraction(said) != england:
            return said
    return said


def _meetings(number: int) -> str:
    return f"{plural(number, 'meeting')} a year {'is' if number == 1 else 'are'}"


def standing_of(schools: Sequence[tuple[int, LastYear]]) -> dict[int, int]:
    """By school: how many of these attend as well or better, itself counted. Schools of one phase with a full year."""
    shares = sorted((last.percent for _, last in schools), reverse=True)
    counts: dict[Fraction, int] = {}
    for place, share in enumerate(shares, start=1):
        counts[share] = place  # the last of those that are equal
    return {school: counts[last.percent] for school, last in schools}


def in_term(number: int, term: int, first: int = 1) -> int:
    """Of `number` meetings a year, how many are due in `term` (1 to 3): evenly, and what is left over from the `first` term on."""
    each, rest = divmod(number, 3)
    return each + (1 if (term - first) % 3 < rest else 0)


def first_terms(schools: Sequence[int], terms: Sequence[int]) -> dict[int, int]:
    """Spread schools that are not met every term over `terms`, those to be offered first in the earliest, so that no term has them all."""
    return {school: terms[place * len(terms) // len(schools)] for place, school in enumerate(schools)}


# How long a meeting should be: ours. The opening and the school's own figures, a child who misses half, and the many in groups.
_LENGTHS = (30, 45, 60, 90, 120, 180)
_TO_OPEN, _A_SEVERE, _A_GROUP, _IN_A_GROUP, _A_LARGE_ROLL, _ROLL = 15, 4, 3, 10, 5, 300


@dataclass(frozen=True, slots=True)
class Length:
    minutes: int
    words: str


def suggested_length(roll: int, persistent: int, severe: int) -> Length:
    """Of a meeting, from the roll and who is persistently absent; `severe` of these are severely absent."""
    groups = math.ceil(max(persistent - severe, 0) / _IN_A_GROUP)
    needed = _TO_OPEN + _A_SEVERE * severe + _A_GROUP * groups + _A_LARGE_ROLL * (roll // _ROLL)
    minutes = next((length for length in _LENGTHS if length >= needed), _LENGTHS[-1])
    more = "" if needed <= minutes else f" All of it would take about {needed}: agree which pupils to leave to a second meeting."
    of = f"{persistent:,} of {plural(roll, 'pupil')} persistently absent, {severe:,} of them severely"
    return Length(minutes, f"{minutes} minutes suggested: {of if roll else 'no figures this year yet'}.{more}")
