"""Reads for the pages that lie over all apps: schools with their figures, flags and freshness. A few queries, however many schools."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from accounts.models import User
from attendance.models import Flag
from attendance.reports import schools as figures
from attendance.reports.schools import SchoolFigures, Sent
from schools.models import Enrolment, Posting, School

BEHIND = 2  # school days without a register before a school is said to be missing
FLAG_NAMES = dict(Flag.Code.choices)
FLAG_COLOURS: dict[str, str] = {
    Flag.Code.SEVERE: "red",
    Flag.Code.THRESHOLD: "orange",
    Flag.Code.CONTINUOUS: "magenta",
    Flag.Code.PERSISTENT: "yellow",
}
# what an officer must look at first, first
FLAG_ORDER = (Flag.Code.SEVERE, Flag.Code.CONTINUOUS, Flag.Code.THRESHOLD, Flag.Code.PERSISTENT)


@dataclass(frozen=True, slots=True)
class SchoolRow:
    """One school as a line of a list."""

    school: School
    year: SchoolFigures
    flags: Counter[str]  # open flags of pupils on roll, by code; those resting on little data left out
    officers: list[str]
    pupils: int  # on roll today
    behind: int  # school days gone by since its last register; 0 when up to date

    @property
    def silent(self) -> bool:
        """Pupils on roll but no register of a year in which the school has met, or none for `BEHIND` school days."""
        return self.pupils > 0 and self.behind >= (BEHIND if self.year.latest else 1)

    @property
    def flags_total(self) -> int:
        return sum(self.flags.values())

    @property
    def flags_in_order(self) -> list[tuple[str, str, int]]:
        return [(code, FLAG_NAMES[code], self.flags[code]) for code in FLAG_ORDER if self.flags[code]]


def with_roll(schools: QuerySet[School], *, today: dt.date) -> QuerySet[School]:
    """Adds `on_roll`, the pupils on roll today, to a list of schools: `school_rows` need not ask for it then."""
    there = Enrolment.objects.filter(school=OuterRef("pk")).on_roll(today).order_by().values("school")
    return schools.annotate(on_roll=Coalesce(Subquery(there.annotate(n=Count("pupil", distinct=True)).values("n")), 0))


def with_flagged(schools: QuerySet[School], *, today: dt.date) -> QuerySet[School]:
    """Adds `flagged`: pupils on roll today who have an open flag that rests on enough sessions."""
    flags = Flag.objects.open().well_founded().filter(pupil__merged_into=None).values("pupil")
    there = Enrolment.objects.filter(school=OuterRef("pk"), pupil__in=flags).on_roll(today).order_by().values("school")
    return schools.annotate(flagged=Coalesce(Subquery(there.annotate(n=Count("pupil", distinct=True)).values("n")), 0))


def school_rows(
    schools: Sequence[School], *, today: dt.date, sent: Sent | None = None, flags_too: bool = True, officers_too: bool = True
) -> list[SchoolRow]:
    """Six queries, fewer where a page has no use for flags by school or for officers, or has counted the roll already."""
    ids = [school.pk for school in schools]
    sent = sent or figures.sent(ids, today=today)
    year = figures.school_figures(ids, today=today, latest=sent.latest)
    behind = sent.behind(ids, today=today)
    flags = open_flags(ids, today=today) if flags_too else {}
    officers = officers_of(ids, today=today) if officers_too else {}
    on_roll = _on_roll(schools, today)
    return [
        SchoolRow(
            school,
            year[school.pk],
            flags.get(school.pk, Counter()),
            officers.get(school.pk, []),
            on_roll.get(school.pk, 0),
            behind[school.pk],
        )
        for school in schools
    ]


def _on_roll(schools: Sequence[School], today: dt.date) -> dict[int, int]:
    if all(hasattr(school, "on_roll") for school in schools):
        return {school.pk: school.on_roll for school in schools}  # type: ignore[attr-defined]
    there = Enrolment.objects.filter(school__in=[school.pk for school in schools]).on_roll(today)
    return dict(there.values_list("school").annotate(n=Count("pupil", distinct=True)))


def open_flags(school_ids: Iterable[int], *, today: dt.date) -> dict[int, Counter[str]]:
    """Open flags of the pupils on roll today, by school and code. One query."""
    ids = list(school_ids)
    on_roll = Q(pupil__enrolments__start__lte=today) & (Q(pupil__enrolments__end__isnull=True) | Q(pupil__enrolments__end__gte=today))
    counts = (
        Flag.objects.open()
        .well_founded()
        .filter(on_roll, pupil__enrolments__school__in=ids, pupil__merged_into=None)
        .values(school=F("pupil__enrolments__school"), what=F("code"))
        .annotate(n=Count("pupil", distinct=True))
    )
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for row in counts:
        found[row["school"]][row["what"]] += row["n"]
    return found


def officers_of(school_ids: Iterable[int], *, today: dt.date) -> dict[int, list[str]]:
    """Names of those who are each school's contact in the authority today, the lead first. One query."""
    found: dict[int, list[str]] = defaultdict(list)
    current = Posting.objects.on(today).filter(school__in=list(school_ids), part__in=[Posting.Part.LEAD, Posting.Part.COVER])
    for school, name in current.order_by("-part", "user__name").values_list("school", "user__name"):
        found[school].append(name)
    return found


@dataclass(frozen=True, slots=True)
class FlagCounts:
    """Open flags by urgency; of how many pupils some were noticed lately, and how many those are: one pupil may have several."""

    by_code: list[tuple[str, str, int]]  # code, name, pupils
    new: int
    new_pupils: int


def flag_counts(user: User, *, since: dt.datetime) -> FlagCounts:
    """Of the pupils the user may see; flags that rest on little data are left out. One query."""
    lately = Q(noticed_at__gte=since)
    flags = Flag.objects.visible_to(user).open().well_founded().filter(pupil__merged_into=None)
    rows = list(flags.values_list("code").annotate(n=Count("pk"), new=ArrayAgg("pupil", filter=lately, default=Value([]))))
    counts = {code: n for code, n, _ in rows}
    new = [pupil for _, _, pupils in rows for pupil in pupils]
    return FlagCounts([(code, FLAG_NAMES[code], counts.get(code, 0)) for code in FLAG_ORDER], len(new), len(set(new)))


def by_urgency(flags: Iterable[Flag]) -> list[Flag]:
    return sorted(flags, key=lambda flag: FLAG_ORDER.index(Flag.Code(flag.code)))
