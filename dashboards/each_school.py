"""What every page of many schools begins with: a line of each school and the weeks of its years, made once for everybody.

It is made of all schools and kept for nobody in particular (`user=None`), so that an area's page, a trust's or a cohort's is a part of
what is there already. Whoever asks is given the schools they may see and no others.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from accounts.models import User
from attendance.matrix import Session, academic_year
from attendance.reports import coverage as coverage_reports
from attendance.reports import cuts as cut_reports
from attendance.reports.cuts import Year
from attendance.reports.schools import figures_of
from dashboards import reports
from dashboards.kept import Stamp, kept
from dashboards.reports import SchoolRow
from schools.models import PolicyValue, School
from schools.policy import Policy


@dataclass(frozen=True, slots=True)
class Each:
    """Schools open on a day, by name. Their lines are without flags and officers."""

    rows: list[SchoolRow]
    every: tuple[int, ...]  # the keys of all schools, whoever asks: for what is read of all at once
    latest: Mapping[int, Session]  # what the registers of each are said to reach; those without any left out
    policy: Policy
    years: Mapping[int, Year] | None = None  # what they were made of, where this process made them

    def __reduce__(self) -> tuple[Any, ...]:
        """Into the cache without the weeks: they are too large for it."""
        return Each, (self.rows, self.every, self.latest, self.policy)

    @property
    def ids(self) -> list[int]:
        return [row.school.pk for row in self.rows]

    @property
    def reach(self) -> dict[int, dt.date]:
        """By school, the last day of its registers."""
        return {pk: self.latest[pk].date for pk in self.ids if pk in self.latest}

    def of(self, schools: Collection[int]) -> Each:
        return replace(self, rows=[row for row in self.rows if row.school.pk in schools])


def each_school(user: User, *, today: dt.date, at: dt.time, now: Stamp | None = None) -> Each:
    """The schools that `user` sees."""
    every = kept("each_school", partial(_made, today, at, now), user=None, choices=(today, at.hour), now=now)
    if user.is_active and user.as_role.every_school:
        return every
    return every.of(set(School.objects.visible_to(user).open_on(today).values_list("pk", flat=True)))


def years_of(each: Each, *, today: dt.date, now: Stamp | None = None) -> dict[int, Year]:
    """This academic year and the last of these schools, week by week."""
    ids = set(each.ids)
    known = each.years or _years(each.every, today, now)
    return {year: found.some(found.rows_of(ids)) for year, found in known.items()}


def _years(schools: tuple[int, ...], today: dt.date, now: Stamp | None) -> dict[int, Year]:
    """Some megabytes, of which a process that has read them reads again only what has changed (attendance.reports.cuts)."""
    years = (academic_year(today), academic_year(today) - 1)
    return kept("years", partial(cut_reports.read, schools, years), user=None, choices=(years, schools), now=now, packed=False)


def _made(today: dt.date, at: dt.time, now: Stamp | None) -> Each:
    schools = School.objects.open_on(today).select_related("cluster").order_by("sort_name", "pk")
    listed = list(reports.with_roll_and_supply(schools, today=today))
    ids = tuple(school.pk for school in listed)
    sent, policy = coverage_reports.sent(ids, today=today), PolicyValue.objects.in_force(today)
    years = _years(ids, today, now)
    known = figures_of(years[academic_year(today)], ids, sent.latest)
    rows = reports.school_rows(listed, today=today, at=at, sent=sent, policy=policy, known=known, flags_too=False, officers_too=False)
    return Each(rows, ids, sent.latest, policy, years)
