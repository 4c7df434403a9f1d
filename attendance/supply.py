"""Schools that supply no registers for a time: said and ended by the authority, and named under every total they are missing from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject

from accounts import audit
from accounts.models import User
from attendance.models import NotSupplying
from schools.locks import hold_school
from schools.models import School

LONGEST = 366  # days: nobody silences an alarm for ever


class SupplyProblem(ValueError):
    """Why it cannot be said so; in words for the person who says it."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Gap:
    """A school that supplies, or supplied, no registers from `start` to `last`."""

    school: School
    start: dt.date
    last: dt.date
    reason: str
    now: bool  # in force on the day asked about
    in_part: bool = False  # registers of other days of the school are in the figures under which this is said
    reach: dt.date | None = None  # the last of those days, where it is known

    def under(self, reach: dt.date | None) -> Gap:
        """The same, as it is said under figures to date in which the school's registers reach this day; None: it is not in them."""
        return replace(self, in_part=reach is not None, reach=reach)

    @property
    def ends(self) -> bool:
        """Do the school's registers end where it ceased to supply them? What it sent all the same, or sends again, is no end."""
        return self.now and self.reach is not None and self.reach < self.start


@transaction.atomic
def say_not_supplying(
    *, by: User | None, today: dt.date, now: dt.datetime, school: School, start: dt.date, until: dt.date, reason: str
) -> NotSupplying:
    """From `start` to `until`, both inclusive, the school supplies no registers. The same words sent twice are one."""
    hold_school(school.pk)
    reason = reason.strip()
    if not reason:
        raise SupplyProblem("Say why the school supplies no registers", "reason")
    if until < max(start, today):
        raise SupplyProblem("The last day must be today or later, and not before the first day", "until")
    if (until - start).days >= LONGEST:
        raise SupplyProblem("Choose a last day within a year of the first: then somebody looks at it again", "until")
    clash = NotSupplying.objects.filter(school=school).touching(start, until).first()
    if clash is not None:
        if (clash.start, clash.until, clash.reason) == (start, until, reason):
            return clash
        raise SupplyProblem(f"It is said already, from {clash.start:%-d %B %Y} to {clash.last:%-d %B %Y}. End that first.", "start")
    said = NotSupplying.objects.create(school=school, start=start, until=until, last=until, reason=reason, set_by=by, set_at=now)
    audit.record(
        "School said to supply no registers", by=by, subject=school, start=start.isoformat(), until=until.isoformat(), reason=reason
    )
    return said


@transaction.atomic
def end_not_supplying(*, by: User | None, today: dt.date, now: dt.datetime, said: NotSupplying, why: str) -> NotSupplying:
    """The school supplies registers again from today on. Ended twice, it was ended the first time."""
    hold_school(said.school_id)
    said = NotSupplying.objects.select_for_update(of=("self",)).get(pk=said.pk)
    if said.ended_at is not None or said.last < today:
        return said
    if not why.strip():
        raise SupplyProblem("Say why it ends", "why")
    said.last = min(said.last, today - dt.timedelta(days=1))
    said.ended_by, said.ended_at, said.ended_why = by, now, why.strip()
    said.save()
    audit.record("School said to supply registers again", by=by, subject=said.school, start=said.start.isoformat(), reason=said.ended_why)
    return said


def with_supply(schools: QuerySet[School], first: dt.date, last: dt.date) -> QuerySet[School]:
    """Adds what is said of each school's supply between two days to the query that reads the schools: `gaps` asks no more."""
    said = NotSupplying.objects.touching(first, last).filter(school=OuterRef("pk")).order_by("start")
    return schools.annotate(supply_rows=ArraySubquery(said.values(row=JSONObject(start="start", last="last", reason="reason"))))


def gaps(schools: Sequence[School], first: dt.date, last: dt.date, *, today: dt.date) -> list[Gap]:
    """When these schools supplied no registers between two days, in their order. No query where they were read `with_supply`."""
    if all(hasattr(school, "supply_rows") for school in schools):
        rows = [(school, _gap(school, row, today)) for school in schools for row in school.supply_rows or []]  # type: ignore[attr-defined]
        return [gap for _, gap in rows if gap.start <= last and gap.last >= first]
    by_pk = {school.pk: school for school in schools}
    said = NotSupplying.objects.touching(first, last).filter(school__in=list(by_pk)).order_by("school__sort_name", "start")
    return [Gap(by_pk[one.school_id], one.start, one.last, one.reason, one.start <= today <= one.last) for one in said]


def _gap(school: School, row: dict[str, Any], today: dt.date) -> Gap:
    start, last = dt.date.fromisoformat(row["start"]), dt.date.fromisoformat(row["last"])
    return Gap(school, start, last, row["reason"], start <= today <= last)


def missing_from(found: Iterable[Gap], lacks: Callable[[Gap], bool]) -> list[Gap]:
    """Which of these to name under a total: whoever supplies none now, and whoever's marks of such a time never came."""
    return [gap for gap in found if gap.now or lacks(gap)]
