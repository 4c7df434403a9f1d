"""The first number of every dashboard: severely absent children without a plan, of how many, and the list of them.

Guidance asks for a joint plan for every child who misses half or more of their sessions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.html import format_html

from accounts.models import User
from accounts.permissions import Permission
from attendance.models import Flag
from casework import reports as casework_reports
from dashboards.numbers import Listed, Number, list_of, numbers
from dashboards.reports import FlagCounts
from dashboards.templatetags import daymark
from dashboards.tiles import Tile
from schools.models import Pupil, School

SEVERE, UNPLANNED = "severe", "unplanned"


def lists(user: User, pupils: QuerySet[Any, Any] | None = None, **choices: Any) -> dict[str, Listed]:
    """The list of pupils at risk under these choices: severely absent ones, and those of them without a plan.

    `pupils`: their keys, as the choices leave them; None where nothing is chosen.
    """
    code = Flag.Code.SEVERE.value
    flagged = Flag.objects.open().well_founded().filter(code=code).values("pupil")
    severe = Pupil.objects.visible_to(user).filter(pk__in=flagged, merged_into=None)
    unplanned = casework_reports.severe_without_plan(user)
    if pupils is not None:
        severe, unplanned = severe.filter(pk__in=pupils), unplanned.filter(pk__in=pupils)
    return {
        SEVERE: Listed(severe, "flagged as severely absent,flagged as severely absent", list_of("pupils_at_risk", flag=code, **choices)),
        UNPLANNED: Listed(
            unplanned,
            "pupil severely absent and without a plan,pupils severely absent and without a plan",
            list_of("pupils_at_risk", flag=code, plan="without", **choices),
        ),
    }


def tile(number: Mapping[str, Number], where: str = "") -> Tile:
    """`where`: of whom it is, in words, where not of everybody the reader sees."""
    unplanned, severe = number[UNPLANNED], number[SEVERE]
    of = f", {where}" if where else ""
    return Tile(
        "Severely absent, no plan",
        daymark.number(unplanned),
        format_html("of {}{}", daymark.number(severe, words=True), of) if severe.value else f"nobody is flagged as severely absent{of}",
        [],
        alarm=bool(unplanned.value),
    )


def first(user: User, pupils: QuerySet[Any, Any] | None = None, **choices: Any) -> list[Tile]:
    """The tile by itself, for those who may see cases. One query."""
    return [tile(numbers(lists(user, pupils, **choices)))] if user.may(Permission.SEE_CASES) else []


def of_counts(counts: FlagCounts, user: User) -> list[Tile]:
    """The tile of a home, from what it has counted already."""
    if not user.may(Permission.SEE_CASES):
        return []
    counted = {SEVERE: counts.of_code[Flag.Code.SEVERE].pupils, UNPLANNED: counts.unplanned}
    return [_of(counted, lists(user))]


def _of(counted: Mapping[str, int], listed: Mapping[str, Listed]) -> Tile:
    return tile({name: Number(counted[name], listed[name].what, listed[name].address) for name in counted})


def of_school(school: School, user: User) -> list[Tile]:
    """The tile of one school that was read with its numbers (dashboards.school_work)."""
    if not user.may(Permission.SEE_CASES):
        return []
    counted = {SEVERE: school.severe_number, UNPLANNED: school.unplanned_number}  # type: ignore[attr-defined]
    return [_of(counted, lists(user, school=school.urn))]
