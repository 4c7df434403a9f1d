"""Everything that sessions of a period tell of some enrolments of one school: one call, one small answer. Pure.

Answers of several schools are added up; those that count pupils over their schools are judged again from the rows (`Rows`).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from attendance import rates
from attendance.codes import BLANK, BY_BYTE, BY_CODE
from attendance.matrix import Marks
from attendance.measures import holidays_in_term, medical, runs, unexplained, weekdays
from attendance.measures.holidays_in_term import Holidays
from attendance.measures.judged import Count, judge
from attendance.measures.medical import Medical
from attendance.measures.runs import Runs
from attendance.measures.unexplained import Unexplained
from attendance.measures.weekdays import Pattern
from attendance.rates import Figures
from schools.calendar import Calendar

_E = BY_CODE["E"].byte


@dataclass(frozen=True, slots=True)
class Measures:
    figures: Figures = field(default_factory=Figures)
    count: Count = field(default_factory=Count)
    by_code: Mapping[str, int] = field(default_factory=dict)
    suspended_sessions: int = 0  # coded E: suspended or permanently excluded, with no alternative provision made
    suspended: int = 0  # pupils with at least one
    medical: Medical = field(default_factory=Medical)
    holidays: Holidays = field(default_factory=Holidays)
    pattern: Pattern = field(default_factory=weekdays.no_pattern)
    absences: Runs = field(default_factory=Runs)
    illnesses: Runs = field(default_factory=Runs)
    unexplained: Unexplained = field(default_factory=Unexplained)

    def __add__(self, other: Measures) -> Measures:
        return Measures(
            self.figures + other.figures,
            self.count.plus(other.count),
            dict(sorted((Counter(self.by_code) + Counter(other.by_code)).items())),
            self.suspended_sessions + other.suspended_sessions,
            self.suspended + other.suspended,
            self.medical + other.medical,
            self.holidays + other.holidays,
            self.pattern + other.pattern,
            self.absences + other.absences,
            self.illnesses + other.illnesses,
            self.unexplained + other.unexplained,
        )


@dataclass(frozen=True, slots=True)
class Rows:
    """What is kept of each row so that pupils on several rolls can be judged together: `counts` as `rates.count` gives them."""

    who: NDArray[np.int64]
    counts: NDArray[np.int32]
    suspended: NDArray[np.bool_]


def rows(marks: Marks, who: NDArray[np.int64]) -> Rows:
    return Rows(who, rates.count(marks), (marks == _E).any(axis=1))


def measure(
    marks: Marks, first: dt.date, *, calendar: Calendar, near: NDArray[np.bool_], day: dt.date, school_days: int, known: Rows
) -> Measures:
    """Of one school's rows. `first`: the day of the first two columns; `near`: which of its days lie round a break; `day`: asked
    on; `school_days`: within which an N must be settled; `known`: `rows` of the same marks."""
    found = np.bincount(marks.ravel(), minlength=256)
    return Measures(
        figures=rates.figures(known.counts.sum(axis=0)),
        count=judge(known.counts),
        by_code=dict(sorted((BY_BYTE[b].code, int(found[b])) for b in np.flatnonzero(found).tolist() if b != BLANK)),
        suspended_sessions=int(found[_E]),
        suspended=len(np.unique(known.who[known.suspended])),
        medical=medical.medical(marks),
        holidays=holidays_in_term.holidays_in_term(marks, near),
        pattern=weekdays.weekdays(marks, first),
        absences=runs.absences(marks),
        illnesses=runs.illnesses(marks),
        unexplained=unexplained.unexplained(marks, first, calendar, day=day, school_days=school_days),
    )
