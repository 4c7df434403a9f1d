"""Figures of a period in groups: from the rollups where these keep them, else from the registers. One answer, wherever it came from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from attendance.cuts import WHOLE, Cut, Kind
from attendance.grouping import OF_PUPILS, Group, keys, leads
from attendance.measures.judged import Count
from attendance.measures.values import as_values
from attendance.measures.weekdays import HalfDay
from attendance.measuring import Answer, Asked, Measured, Progress, measured, quiet
from attendance.periods import Period
from attendance.rates import Figures
from attendance.reports import periods as reports
from attendance.reports.periods import Line, Reach, Sums
from schools.models import PolicyValue, School
from schools.policy import Policy


@dataclass(frozen=True, slots=True)
class Question:
    """Which figures are wanted of some schools."""

    period: Period
    group: Group = Group.PHASE
    cuts: tuple[Cut, ...] = ()
    by_pupil: bool = False

    @property
    def kept(self) -> bool:
        """Do the rollups hold the answer? They keep standard periods, one cut at a time, by enrolment."""
        together = len(self.cuts) + (self.group in OF_PUPILS)
        return self.period.standard and together <= 1 and not self.by_pupil and self.group != Group.WEEKDAY

    def as_values(self) -> dict[str, Any]:
        p = self.period
        return {
            "period": [p.key, p.year, p.first.isoformat(), p.last.isoformat()],
            "group": self.group.value,
            "cuts": [[cut.kind.value, cut.value] for cut in self.cuts],
            "by_pupil": self.by_pupil,
        }


def question_of(said: Mapping[str, Any]) -> Question:
    key, year, first, last = said["period"]
    cuts = tuple(Cut(Kind(kind), value) for kind, value in said["cuts"])
    return Question(Period(key, year, _day(first), _day(last)), Group(said["group"]), cuts, said["by_pupil"])


@dataclass(frozen=True, slots=True)
class Found:
    """An answer. `more`: the measures beyond rates (attendance.measures.values), where registers were read."""

    lines: list[Line]
    whole: Line
    more: dict[str, Any] | None = None
    missing: list[int] = field(default_factory=list)  # URNs of schools without a mark in the period
    without_period: list[int] = field(default_factory=list)  # URNs of schools that have not said when their terms are
    latest: dt.date | None = None  # to which day the registers of the year reach


def answer(
    schools: Sequence[School],
    question: Question,
    *,
    today: dt.date,
    registers: bool,
    policy: Policy | None = None,
    officers: dict[int, list[tuple[int, str]]] | None = None,
    progress: Progress = quiet,
) -> Found:
    """`registers`: read them, whether the rollups hold the answer or not, by this policy or that of today. `officers`: as
    `grouping.leads` gives them, if known.
    """
    if officers is None:
        officers = leads(schools, today=today) if question.group == Group.OFFICER else {}
    known = reports.reach([school.pk for school in schools], question.period)
    groups = keys(schools, question.group, officers)
    if registers:
        return _from_registers(schools, question, known, groups, today, policy or PolicyValue.objects.in_force(today), progress)
    return _from_rollups(schools, question, known, groups)


def _from_rollups(schools: Sequence[School], question: Question, known: Reach, groups: Mapping[int, list[str]]) -> Found:
    ids = [school.pk for school in schools]
    cut = question.cuts[0] if question.cuts else WHOLE
    kind = OF_PUPILS.get(question.group)
    if kind is None:
        found = reports.lines(ids, question.period, known, kind=cut.kind, value=cut.value, keys=groups)
        every = (
            reports.lines(ids, question.period, known, kind=cut.kind, value=cut.value, keys={pk: [""] for pk in ids})
            if (question.group == Group.OFFICER)
            else found
        )
    else:
        found = reports.lines(ids, question.period, known, kind=kind, value=None, keys=groups)
        every = reports.lines(ids, question.period, known, keys=groups)
    whole = reports.together(every)
    if question.group == Group.CODE:
        found = reports.by_code(whole)
    return _found(schools, question, known, found, whole, None)


def _from_registers(
    schools: Sequence[School],
    question: Question,
    known: Reach,
    groups: Mapping[int, list[str]],
    today: dt.date,
    policy: Policy,
    progress: Progress,
) -> Found:
    spans = known.spans
    now = {pk: span.now for pk, span in spans.items() if span.now}
    then = {pk: span.then for pk, span in spans.items() if span.then}
    asked = Asked(OF_PUPILS.get(question.group, Kind.ALL), question.cuts, question.by_pupil)
    this, last = measured(schools, [now, then], asked, day=today, policy=policy, keys=groups, progress=progress)
    whole = _line("", "", this.whole, last.whole)
    if question.group == Group.CODE:
        found = reports.by_code(whole)
    elif question.group == Group.WEEKDAY:
        found = _by_weekday(this, last)
    else:
        found = [_line(*key, this.groups[key], last.groups.get(key, Measured())) for key in sorted(this.groups)]
    return _found(schools, question, known, found, whole, as_values(this.whole.measures, this.whole.mobility), this)


def _found(
    schools: Sequence[School],
    question: Question,
    known: Reach,
    found: list[Line],
    whole: Line,
    more: dict[str, Any] | None,
    read: Answer | None = None,
) -> Found:
    without = [school for school in schools if question.period.own and known.spans[school.pk].now is None and school.pk in known.latest]
    sent = set(known.latest) if read is None else read.with_marks
    left_out = {school.pk for school in without}
    missing = sorted(school.urn for school in schools if school.pk not in sent and school.pk not in left_out)
    return Found(found, whole, more, missing, sorted(s.urn for s in without), max(known.latest.values(), default=None))


def _line(key: str, value: str, now: Measured, then: Measured) -> Line:
    before = _sums(then) if then.measures.figures.possible else None
    return Line(key, value, _sums(now), before, int(bool(now.measures.figures.possible)))


def _sums(one: Measured) -> Sums:
    return Sums(one.measures.figures, one.measures.count, one.measures.by_code)


def _by_weekday(this: Answer, last: Answer) -> list[Line]:
    before = {half.name: half for half in last.whole.measures.pattern.half_days()}
    return [
        Line("", half.name, _half(half), _half(before[half.name]) if half.name in before else None, 0)
        for half in this.whole.measures.pattern.half_days()
    ]


def _half(half: HalfDay) -> Sums:
    return Sums(Figures(half.possible, half.possible - half.absent, half.authorised, half.unauthorised, 0), None, {})


# --- as it is kept ---------------------------------------------------------------------------------------------------


def to_values(found: Found) -> dict[str, Any]:
    return {
        "lines": [_line_values(line) for line in found.lines],
        "whole": _line_values(found.whole),
        "more": found.more,
        "missing": found.missing,
        "without_period": found.without_period,
        "latest": found.latest.isoformat() if found.latest else None,
    }


def of_values(said: Mapping[str, Any]) -> Found:
    return Found(
        [_line_of(line) for line in said["lines"]],
        _line_of(said["whole"]),
        said["more"],
        said["missing"],
        said["without_period"],
        _day(said["latest"]) if said["latest"] else None,
    )


def _line_values(line: Line) -> list[Any]:
    return [line.key, line.value, _sums_values(line.now), _sums_values(line.then) if line.then else None, line.schools]


def _line_of(said: Sequence[Any]) -> Line:
    key, value, now, then, schools = said
    return Line(key, value, _sums_of(now), _sums_of(then) if then else None, schools)


def _sums_values(sums: Sums) -> list[Any]:
    f = sums.figures
    figures = [f.possible, f.attended, f.authorised, f.unauthorised, f.late]
    return [figures, list(sums.count) if sums.count is not None else None, dict(sums.codes)]


def _sums_of(said: Sequence[Any]) -> Sums:
    figures, count, codes = said
    return Sums(Figures(*figures), Count(*count) if count is not None else None, codes)


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


__all__ = ["Found", "Question", "answer", "of_values", "question_of", "to_values"]
