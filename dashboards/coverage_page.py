"""The grid of schools and school days: which registers have come, the worst first; and what is behind one day of one school."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import django_filters as filters
import numpy as np
from django import forms
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import clock
from accounts.access import user_of
from accounts.models import User
from attendance import matrix, register, supply
from attendance.codes import BLANK
from attendance.coverage import Silence, Status
from attendance.models import Delta, Extract, Load
from attendance.reports import coverage
from attendance.reports.coverage import CoverageDay, Grid, Received, Sent
from dashboards import reports
from dashboards.filters import SchoolFilter
from schools.calendar import Span, monday_of
from schools.forms.fields import say_plainly
from schools.models import Enrolment, PolicyValue, School

PER_PAGE = 50
MOST_DAYS = 190  # of a period: half a school year and its holidays; more cannot be read on a screen
_LEAST_HALF_TERM = 14  # days: without terms, a half term is taken as the last seven weeks
_WORST = (Status.MISSING, Status.AWAITED, Status.PARTIAL, Status.NOT_SUPPLYING)


class CoverageFilter(SchoolFilter):
    """Which schools, which days, and which of them by what has come. The days are asked for in `period_of`, not of the rows."""

    status = filters.ChoiceFilter(
        label="Show schools with",
        choices=[
            ("missing", "A day missing"),
            ("partial", "A day in part"),
            ("alarm", "An alarm now"),
            ("not-supplying", "No supply, as said"),
            ("complete", "Every day complete"),
        ],
        method="kept",
        empty_label="Anything",
    )
    period = filters.ChoiceFilter(
        label="Period", choices=[("half-term", "This half term"), ("dates", "Between two dates")], method="kept", empty_label="Last 2 weeks"
    )
    first = filters.DateFilter(label="First day", method="kept", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    last = filters.DateFilter(label="Last day", method="kept", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))

    class Meta:
        model = School
        fields = ["q", "phase", "officer", "status", "period", "first", "last"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        of_many = () if options["user"].as_role.in_authority else ("q", "phase", "officer")  # a school's own people see their school
        for name in ("area", "trust", "cohort", "silent", *of_many):
            del self.filters[name], self.form.fields[name]
        say_plainly(self.form)

    @property
    def chosen(self) -> dict[str, Any]:
        self.form.is_valid()
        return self.form.cleaned_data

    def period_of(self, terms: Sequence[Span]) -> tuple[dt.date, dt.date]:
        """First and last day to show, both inclusive."""
        chosen, today = self.chosen, self.today
        if chosen.get("period") == "half-term":
            return _half_term(terms, today), today
        if chosen.get("period") == "dates" or chosen.get("first") or chosen.get("last"):
            last = min(chosen.get("last") or today, today)
            first = min(chosen.get("first") or last - dt.timedelta(days=13), last)
            return max(first, last - dt.timedelta(days=MOST_DAYS)), last
        return monday_of(today) - dt.timedelta(weeks=1), today


def _half_term(terms: Sequence[Span], today: dt.date) -> dt.date:
    """The day on which most of the schools in a term today began it; seven weeks ago where none says."""
    begun = [term.first for term in terms if term.first <= today <= term.last + dt.timedelta(days=_LEAST_HALF_TERM)]
    if not begun:
        return monday_of(today) - dt.timedelta(weeks=6)
    return max(set(begun), key=lambda day: (begun.count(day), day))


@dataclass(frozen=True, slots=True)
class Line:
    """One school of the grid."""

    school: School
    row: int  # of the grid
    officer: str
    missing: int
    partial: int
    latest: dt.date | None  # what its registers reach
    silence: Silence | None
    gap: supply.Gap | None  # said to supply none today
    days: Sequence[CoverageDay] = ()
    received: Sequence[Received] = ()


def gather(request: HttpRequest, *, today: dt.date, at: dt.time, per_page: int = PER_PAGE) -> dict[str, Any]:
    """What the page shows: twelve queries, one more where the period reaches into another school year."""
    user = user_of(request)
    year_start = matrix.year_start(matrix.academic_year(today))
    mine = reports.with_roll(School.objects.visible_to(user).open_on(today), today=today)
    chosen = CoverageFilter(request.GET, user=user, today=today, queryset=mine.order_by("sort_name", "pk"))
    policy = PolicyValue.objects.in_force(today)
    long_ago = year_start - dt.timedelta(days=MOST_DAYS)
    schools = list(supply.with_supply(_chosen(chosen), long_ago, today))
    sent = coverage.sent([school.pk for school in schools], today=today)
    first, last = chosen.period_of([term for terms in sent.terms.values() for term in terms])
    grid = coverage.grid(schools, first, last, today=today, at=at, policy=policy, known=sent)
    every = _lines(grid, sent, today, at, policy)
    kept = [line for line in every if _keeps(chosen.chosen.get("status") or "", line, grid)]
    columns = grid.school_days()
    page = Paginator(_sorted(kept, request.GET.get("sort", "worst")), per_page).get_page(request.GET.get("page"))
    page.object_list = _filled(list(page.object_list), grid, columns, since=clock.start_of(min(first, year_start)))
    latest = {line.school.pk: line.latest for line in kept}
    lacking = supply.missing_from(supply.gaps(schools, first, last, today=today), lambda gap: _lacks(gap, grid))
    return {
        "filter": chosen,
        "page": page,
        "total": len(kept),
        "today": today,
        "first": first,
        "last": last,
        "dates": [grid.dates[column] for column in columns],
        "counts": _counts(kept, grid),
        "alarms": sum(line.silence is not None for line in kept),
        "not_supplied": [gap.under(latest[gap.school.pk]) for gap in lacking if gap.school.pk in latest],
        "hour": dt.time(policy["silent_hour"]),
        "sort_default": "worst",
        "one": schools[0] if len(schools) == 1 and not user.as_role.in_authority else None,
        "filtered": any(chosen.chosen.get(name) for name in chosen.filters),
        "left_out": bool(chosen.form.errors),
        "in_authority": user.as_role.in_authority,
    }


def _chosen(chosen: CoverageFilter) -> QuerySet[School]:
    return chosen.qs


def _lines(grid: Grid, sent: Sent, today: dt.date, at: dt.time, policy: Any) -> list[Line]:
    """One query: whose the schools are."""
    ids = [school.pk for school in grid.schools]
    officers = reports.officers_of(ids, today=today)
    said = supply.gaps(grid.schools, today, today, today=today)
    with_pupils = [school.pk for school in grid.schools if school.on_roll]  # type: ignore[attr-defined]
    year = supply.gaps(grid.schools, sent.first, today, today=today)
    silences = sent.silences(with_pupils, year, today=today, at=at, policy=policy)
    missing, partial = grid.counts(Status.MISSING).tolist(), grid.counts(Status.PARTIAL).tolist()
    gaps = {gap.school.pk: gap for gap in said}
    return [
        Line(
            school,
            row,
            next(iter(officers.get(school.pk, [])), ""),
            missing[row],
            partial[row],
            sent.latest[school.pk].date if school.pk in sent.latest else None,
            silences.get(school.pk),
            gaps.get(school.pk),
        )
        for row, school in enumerate(grid.schools)
    ]


def _keeps(status: str, line: Line, grid: Grid) -> bool:
    days = grid.status[line.row]
    if status == "complete":
        return bool((days == Status.COMPLETE).any()) and not np.isin(days, _WORST).any()
    kept = {
        "missing": line.missing > 0,
        "partial": line.partial > 0,
        "alarm": line.silence is not None,
        "not-supplying": line.gap is not None or bool((days == Status.NOT_SUPPLYING).any()),
    }
    return kept.get(status, True)


def _sorted(lines: list[Line], sort: str) -> list[Line]:
    """As they come by name; the worst first: an alarm, then days missing, then days in part."""
    key = sort.removeprefix("-")
    if key == "name":
        return lines[::-1] if sort.startswith("-") else lines
    if key == "latest":
        return sorted(lines, key=lambda line: line.latest or dt.date.min, reverse=sort.startswith("-"))
    return sorted(lines, key=lambda line: (line.silence is None, -line.missing, -line.partial))


def _filled(lines: list[Line], grid: Grid, columns: list[int], *, since: dt.datetime) -> list[Line]:
    """The lines of a page with their cells, and when something last came from where. One query."""
    received = coverage.last_received([line.school.pk for line in lines], since=since)
    return [
        Line(
            line.school, line.row, line.officer, line.missing, line.partial, line.latest, line.silence, line.gap,
            grid.days_of(line.row, columns), received.get(line.school.pk, []),
        )
        for line in lines
    ]  # fmt: skip


def _lacks(gap: supply.Gap, grid: Grid) -> bool:
    row = next(at for at, school in enumerate(grid.schools) if school.pk == gap.school.pk)
    return bool((grid.status[row] == Status.NOT_SUPPLYING).any())


def _counts(lines: list[Line], grid: Grid) -> list[tuple[str, str, int]]:
    """Days of the schools shown by status: its word, its name, how many."""
    status = grid.status[[line.row for line in lines]]
    named = ((Status.COMPLETE, "complete"), (Status.PARTIAL, "in part"), (Status.MISSING, "missing"))
    named += ((Status.NOT_SUPPLYING, "not supplying"), (Status.AWAITED, "not here yet"))
    return [(state.word, name, int((status == state).sum())) for state, name in named]


@dataclass(frozen=True, slots=True)
class Touched:
    """A load that spoke of the day."""

    load: Load
    marks: int
    pupils: int


def of_day(school: School, day: dt.date, user: User, *, today: dt.date, at: dt.time) -> dict[str, Any]:
    """What is behind one cell: how many are marked, who is not, and the extracts that spoke of the day."""
    policy = PolicyValue.objects.in_force(today)
    grid = coverage.grid([school], day, day, today=today, at=at, policy=policy)
    on_roll = Enrolment.objects.filter(school=school).on_roll(day).select_related("pupil").order_by("pupil__sort_name", "pk")
    rows = register.read(matrix.academic_year(day), schools=[school.pk])
    column = matrix.index_of(day)
    known = {
        pk: (bool(am), bool(pm)) for pk, am, pm in zip(rows.enrolments, *(rows.marks[:, column + n] != BLANK for n in (0, 1)), strict=True)
    }
    without = [(enrolment, *known.get(enrolment.pk, (False, False))) for enrolment in on_roll]
    without = [(enrolment, am, pm) for enrolment, am, pm in without if not (am and pm)]
    # counted whole, named where they may be seen: a school looks up no leavers of years gone by
    mine = set(Enrolment.objects.visible_to(user).filter(school=school).on_roll(day).values_list("pk", flat=True))
    spoke = touched(school, day)
    extracts = Extract.objects.visible_to(user).filter(pk__in=[one.load.extract_id for one in spoke])
    return {
        "school": school,
        "day": day,
        "cell": grid.days_of(0, [0])[0],
        "without": [row for row in without if row[0].pk in mine],
        "unnamed": sum(row[0].pk not in mine for row in without),
        "touched": spoke,
        "seen": set(extracts.values_list("pk", flat=True)),
        "gap": next(iter(supply.gaps([school], day, day, today=today)), None),
        "before": day - dt.timedelta(days=3 if day.weekday() == 0 else 1),
        "after": day + dt.timedelta(days=3 if day.weekday() == 4 else 1),
        "today": today,
        "hour": dt.time(policy["silent_hour"]),
    }


def touched(school: School, day: dt.date) -> list[Touched]:
    """Loads that said something of the day's sessions at the school, the newest first."""
    column = matrix.index_of(day)
    deltas = Delta.objects.filter(school=school, year=matrix.academic_year(day), first__lte=column + 1)
    found = []
    for delta in deltas.select_related("load__extract", "load__by", "load__undoes__extract").order_by("-load__received_at", "-load_id"):
        low, high = max(column - delta.first, 0), column + 2 - delta.first
        if low >= delta.width:
            continue
        said = register.unpack(delta, "new")[:, low:high] != register.UNTOUCHED
        if said.any():
            found.append(Touched(delta.load, int(said.sum()), int(said.any(axis=1).sum())))
    return found
