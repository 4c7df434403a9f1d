"""What ratings are made of, of every school at once: sessions between two days, last year's same weeks, and how good the data are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attendance import cuts, matrix, register
from attendance.codes import absent, classes, possible
from attendance.coverage import Status
from attendance.measures.unexplained import Unexplained, unexplained
from attendance.rag import Before, Own
from attendance.reports import coverage
from attendance.reports import cuts as cut_reports
from attendance.reports.coverage import Sent
from schools.models import School
from schools.policy import Policy


@dataclass(frozen=True, slots=True)
class Sessions:
    """One school's sessions of the year, all its pupils together: a number for each of the 732 columns."""

    possible: NDArray[np.int64]
    absent: NDArray[np.int64]
    half: NDArray[np.bool_]  # at least half of those on roll have a mark that counts: the school's register of it has come
    unexplained: Unexplained

    def latest(self, year: int, as_at: dt.date) -> dt.date | None:
        """The last day, up to `as_at`, of which a register has come; where none is as full, the last with any mark that counts."""
        upto = matrix.span(year, matrix.year_start(year), as_at).stop
        for known in (self.half, self.possible > 0):
            if len(columns := np.flatnonzero(known[:upto])):
                return matrix.session_at(year, int(columns[-1])).date
        return None

    def between(self, year: int, first: dt.date, last: dt.date) -> Own:
        span = matrix.span(year, first, last)
        half = self.half[span]
        days = int((half[::2] | half[1::2]).sum())
        return Own(first, last, int(self.possible[span].sum()), int(self.absent[span].sum()), days)

    def weeks(self, year: int, first: dt.date, last: dt.date) -> int:
        """Weeks from one Monday on with any possible session."""
        could = self.possible[matrix.span(year, first, last)]
        return len(np.unique(np.flatnonzero(could) // 14))


def sessions(year: int, schools: list[int], sent: Sent, *, as_at: dt.date, school_days: int) -> Iterator[tuple[int, Sessions]]:
    """Of each school that has registers in the year, in one pass over them. `school_days`: after which an N is overdue."""
    upto = matrix.span(year, matrix.year_start(year), as_at).stop
    for ours in register.each_school(year, schools):
        columns = np.flatnonzero(ours.marks.any(axis=0))  # about half of them: a school is closed on the others
        marks, on_roll = ours.marks[:, columns], matrix.within(year, ours.starts, ours.ends)[:, columns]
        kinds = classes(marks * on_roll)
        could, missed, there = (_by_column(which, columns) for which in (possible(kinds), absent(kinds), on_roll))
        full = np.zeros((len(marks), upto), np.uint8)
        full[:, columns[columns < upto]] = (marks * on_roll)[:, columns < upto]
        calendar = sent.calendar(ours.school, today=as_at)
        late = unexplained(full, matrix.year_start(year), calendar, day=as_at, school_days=school_days)
        yield ours.school, Sessions(could, missed, (could > 0) & (2 * could >= there), late)


def _by_column(which: NDArray[np.bool_], columns: NDArray[np.intp]) -> NDArray[np.int64]:
    """How many rows are meant in each of the 732 columns; `which` has those of `columns` only."""
    found = np.zeros(matrix.LENGTH, np.int64)
    found[columns] = np.add.reduce(which.view(np.uint8), axis=0, dtype=np.uint32)
    return found


class YearBefore:
    """Every school's own weeks of the year before, from the rollups: one query."""

    def __init__(self, schools: Sequence[int], year: int) -> None:
        self._year = year - 1
        self._found = cut_reports.read(schools, [year - 1])[year - 1]
        self._row = {school: row for row, school in enumerate(self._found.schools)}

    def same_weeks(self, school: int, first: dt.date, last: dt.date, of_weeks: int) -> Before:
        """`first` and `last`: a Monday and a Friday or so of that year; `of_weeks`: this year's with sessions."""
        row = self._row.get(school)
        if row is None:
            return Before(first, last, 0, 0, 0, of_weeks)
        span = slice(max(cuts.week_of(self._year, first), 0), cuts.week_of(self._year, last) + 1)
        by_week = self._found.weeks[row, span, : cuts.CODES].astype(np.int64)
        figures = cuts.figures_of(by_week.sum(axis=0))
        return Before(first, last, figures.possible, figures.absent, int(by_week[:, cuts.POSSIBLE].any(axis=1).sum()), of_weeks)


def quality(
    schools: Sequence[School], found: Mapping[int, Sessions], sent: Sent, *, as_at: dt.date, at: dt.time, policy: Policy
) -> dict[int, list[tuple[str, str]]]:
    """By school, in words: registers complete, in part and missing of the days due this year; overdue N; the last register."""
    year = sent.year
    days = coverage.grid(schools, matrix.year_start(year), as_at, today=as_at, at=at, policy=policy, known=sent)
    kinds = (Status.COMPLETE, Status.PARTIAL, Status.MISSING, Status.NOT_SUPPLYING)
    counts = np.stack([days.counts(kind) for kind in kinds], axis=1).tolist()
    said = {}
    for row, school in enumerate(schools):
        ours = found.get(school.pk)
        lines = [("Registers", _registers(*counts[row]))]
        latest = ours.latest(year, as_at) if ours else None
        lines.append(("Last register", f"{latest.day} {latest:%B %Y}." if latest else "None this school year."))
        if ours:
            late = ours.unexplained
            lines.append(
                (
                    "Reason not yet established (N)",
                    f"{late.overdue:,} of {late.standing:,} N marks not replaced within {policy['n_school_days']} school days.",
                )
            )
        said[school.pk] = lines
    return said


def _registers(complete: int, partial: int, missing: int, not_supplied: int) -> str:
    of = complete + partial + missing
    excused = f" On {not_supplied} more the school supplies none, as said." if not_supplied else ""
    if not of:
        return f"No register was due yet this school year.{excused}"
    days = f"{of} school day{'' if of == 1 else 's'}"
    return f"Complete on {complete} of {days} this school year, in part on {partial}, missing on {missing}.{excused}"
