"""What a letter tells of a child: sessions of the school year and of its last four weeks, each with their days. Read from registers."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from django.db.models import Q

from attendance import matrix, rates, register
from attendance.codes import classes
from attendance.rates import Figures
from attendance.words import say_day
from schools.models import Enrolment, School

RECENT = dt.timedelta(weeks=4)
NONE = Figures()
_POSSIBLE = (1, 2, 3, 4)  # attendance.codes.Class


@dataclass(frozen=True, slots=True)
class Facts:
    """Counts of one child over all schools of the year; `first` and `last`: days of the sessions counted, None where there are none."""

    year: Figures = NONE
    first: dt.date | None = None
    last: dt.date | None = None
    recent: Figures = NONE
    recent_first: dt.date | None = None
    school: School | None = None  # where the child is on roll today, the main one first

    @property
    def improved(self) -> bool:
        """Was a smaller share missed in the last four weeks than in the year?"""
        return self.recent.possible > 0 and self.recent.absent * self.year.possible < self.year.absent * self.recent.possible

    def values(self) -> dict[str, str]:
        """Of the fields of a letter; "" where nothing was possible."""
        known, lately = self.year.possible > 0, self.recent.possible > 0
        return {
            "school": str(self.school or ""),
            "missed": str(self.year.absent) if known else "",
            "possible": str(self.year.possible) if known else "",
            "unauthorised": str(self.year.unauthorised) if known else "",
            "period": _between(self.first, self.last),
            "recent_missed": str(self.recent.absent) if lately else "",
            "recent_possible": str(self.recent.possible) if lately else "",
            "recent_period": _between(self.recent_first, self.last) if lately else "",
        }


def _between(first: dt.date | None, last: dt.date | None) -> str:
    if first is None or last is None:
        return ""
    return f"on {say_day(last)}" if first == last else f"between {say_day(first)} and {say_day(last)}"


def of_pupils(pupils: Iterable[int], *, today: dt.date) -> Mapping[int, Facts]:
    """By pupil; one without a session this year has empty facts. Two queries, whatever the number."""
    year = matrix.academic_year(today)
    asked = set(pupils)
    theirs = Q(pupil__in=asked) | Q(pupil__merged_into__in=asked)  # another record of the child may have had part of the year
    spells = Enrolment.objects.filter(theirs, start__lte=today).touching(matrix.year_start(year), today)
    ours = {spell.pk: spell for spell in spells.select_related("school", "pupil").order_by("kind", "-start", "pk")}
    by_pupil: dict[int, list[Enrolment]] = defaultdict(list)
    for spell in ours.values():
        if spell.pupil_id in asked:
            by_pupil[spell.pupil_id].append(spell)
        if spell.pupil.merged_into_id in asked:
            by_pupil[spell.pupil.merged_into_id].append(spell)
    rows = register.read(year, enrolments=list(ours))
    counted = matrix.inside(year, [ours[pk].start for pk in rows.enrolments.tolist()], [ours[pk].end for pk in rows.enrolments.tolist()])
    counted[:, matrix.index_of(today) + 2 :] = False
    possible = np.isin(classes(rows.marks), _POSSIBLE) & counted
    at = {pk: position for position, pk in enumerate(rows.enrolments.tolist())}
    return {pupil: _of_one(year, of, rows, possible, at, today) for pupil, of in by_pupil.items()}


def _of_one(year: int, spells: list[Enrolment], rows: register.Rows, possible: np.ndarray, at: dict[int, int], today: dt.date) -> Facts:
    school = next((spell.school for spell in spells if spell.end is None or spell.end >= today), None)
    mine = [at[spell.pk] for spell in spells if spell.pk in at]
    days = np.flatnonzero(possible[mine].any(axis=0)) if mine else np.arange(0)
    if not len(days):
        return Facts(school=school)
    first, last = (matrix.session_at(year, int(days[end])).date for end in (0, -1))
    recently = matrix.span(year, last - RECENT + dt.timedelta(days=1), last)
    lately = days[days >= recently.start]

    def sums(columns: slice) -> Figures:
        return rates.figures(rates.count(rows.marks[mine][:, columns], possible[mine][:, columns]).sum(axis=0))

    return Facts(sums(slice(0, matrix.LENGTH)), first, last, sums(recently), matrix.session_at(year, int(lately[0])).date, school)
