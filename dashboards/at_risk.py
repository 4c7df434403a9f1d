"""The list of pupils at risk, a page at a time: who stands on a page is found first, so that not everybody's year is added up."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence

from django.db.models import F, Min, OuterRef, QuerySet, Subquery

from accounts.models import User
from attendance.matrix import academic_year
from attendance.models import EnrolmentFigures, Flag
from attendance.reports.pupils import listed
from dashboards.counts import pupils_flagged
from dashboards.filters import EVERYONE, PupilFilter
from schools.models import Pupil

SORTS = {
    "name": ("sort_name",),
    "absence": ("absence_pct",),
    "missed": ("absent",),
    "unauthorised": ("unauthorised",),
    "since": ("since",),
}
DEFAULT = "-absence"
_SHORT = 2000  # pupils: the years of as many are soon added up
_MORE = 50  # enrolments looked at beyond those of the page: some pupils have two


def counted(chosen: PupilFilter, user: User, *, today: dt.date) -> tuple[Counter[str], int]:
    """How many pupils each flag would leave under the other choices, and how many are listed. One query, two where all pupils are."""
    flags = chosen.flags().visible_to(user).of_children_known_once()
    if chosen.narrowed:
        flags = flags.filter(pupil__in=_light(chosen, user, today).qs.order_by().values("pk"))
    by_code, anyone = pupils_flagged(flags)
    if chosen.code == EVERYONE:
        return by_code, _light(chosen, user, today).pupils().count()
    return by_code, by_code[chosen.code] if chosen.code else anyone


def keys(
    chosen: PupilFilter, rows: QuerySet[Pupil], user: User, *, sort: str, total: int, today: dt.date, first: int, size: int
) -> list[int]:
    """Of the pupils from number `first` on. `rows`: the list in that order."""
    rows = rows.prefetch_related(None)
    if sort in (DEFAULT, "") or sort.removeprefix("-") not in SORTS:
        found = _most_absent(chosen, rows, user, total=total, today=today, first=first, size=size)
        if found is not None:
            return [pupil.pk for pupil in found]
    return list(rows.values_list("pk", flat=True)[first : first + size])


def of_keys(rows: QuerySet[Pupil], keys: Sequence[int]) -> list[Pupil]:
    """Those of the list that have these keys, in their order."""
    found = {pupil.pk: pupil for pupil in rows.order_by().filter(pk__in=keys)}
    return [found[key] for key in keys if key in found]


def _most_absent(
    chosen: PupilFilter, rows: QuerySet[Pupil], user: User, *, total: int, today: dt.date, first: int, size: int
) -> list[Pupil] | None:
    """Of a long list, where it need not be added up whole: only pupils who missed a share or more at one of their schools.

    A pupil's share lies between those of their enrolments. So whoever missed `least` percent in all missed as much at some school;
    and where the last on the page missed as much, nobody left out comes before them. None: it must be added up whole.
    """
    if total <= _SHORT or chosen.sums or not user.as_role.in_authority:
        return None
    year = EnrolmentFigures.objects.filter(year=academic_year(today), band__isnull=False)
    listed = year.filter(pupil__in=_light(chosen, user, today).pupils().order_by().values("pk"))
    at = first + size + _MORE
    least = listed.order_by("-band").values_list("band", flat=True)[at : at + 1]
    if not least:
        return None
    found = list(rows.filter(pk__in=year.filter(band__gte=least[0]).values("pupil"))[first : first + size])
    if len(found) < size or (found[-1].absence_pct or 0) < least[0]:  # type: ignore[attr-defined]
        return None
    return found


def _light(chosen: PupilFilter, user: User, today: dt.date) -> PupilFilter:
    """The same choices over the same pupils without their sums, unless the share missed is asked for."""
    return chosen if chosen.sums else chosen.over(listed(user, today=today, flagged=chosen.code != EVERYONE))


def ordered(rows: QuerySet[Pupil], sort: str) -> QuerySet[Pupil]:
    key = sort.removeprefix("-")
    if key not in SORTS:
        sort, key = DEFAULT, DEFAULT.removeprefix("-")
    if key == "since":
        first = Flag.objects.open().filter(pupil=OuterRef("pk")).order_by().values("pupil").annotate(day=Min("opened"))
        rows = rows.annotate(since=Subquery(first.values("day")))
    fields = [F(name).desc(nulls_last=True) if sort.startswith("-") else F(name).asc(nulls_last=True) for name in SORTS[key]]
    return rows.order_by(*fields, "sort_name", "pk")
