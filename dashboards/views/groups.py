"""Areas, trusts and cohorts. Whoever does not see every school sees their own schools' part of them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.access import needs, user_of
from accounts.models import User
from accounts.permissions import Permission
from attendance.tables import Table
from dashboards import groups
from dashboards.described import AREAS, GROUPS, PHASES_OF_GROUP, SCHOOLS_OF_GROUP, TRUSTS, WARDS, YEAR_GROUPS
from dashboards.filters import lies_in
from schools.models import Area, Characteristic, School, Trust


def _now() -> dict[str, Any]:
    return {"today": clock.today(), "at": clock.time_of_day()}


def _ordered(request: HttpRequest, table: Table[Any], rows: list[Any]) -> list[Any]:
    return table.ordered(rows, request.GET.get(table.param, ""))


@require_safe
@needs(Permission.SEE_AUTHORITY_FIGURES)
def areas(request: HttpRequest) -> HttpResponse:
    context = groups.every_area(user_of(request), **_now())
    tables = [
        (table, _ordered(request, table, rows), none)
        for table, rows, none in (
            (AREAS, context["clusters"], "No school is in a cluster."),
            (WARDS, context["wards"], "No school is in a ward: wards come with the national register of schools."),
        )
    ]
    return render(request, "dashboards/areas.html", context | {"tables": tables, "title": "Clusters and wards"})


@require_safe
@needs(Permission.SEE_AUTHORITY_FIGURES)
def trusts(request: HttpRequest) -> HttpResponse:
    context = groups.every_area(user_of(request), **_now())
    none = "No school is in a trust: trusts come with the national register of schools."
    tables = [(TRUSTS, _ordered(request, TRUSTS, context["trusts"]), none)]
    return render(request, "dashboards/areas.html", context | {"tables": tables, "title": "Trusts"})


@require_safe
@needs(Permission.SEE_AUTHORITY_FIGURES)
def area(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Area, pk=pk)
    context = {"name": found.name, "what": found.get_kind_display().lower(), "back": "areas"}
    return _page(request, School.objects.filter(lies_in(found)), {"area": found.pk}, context)


@require_safe
@needs(Permission.SEE_AUTHORITY_FIGURES)
def trust(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Trust, pk=pk)
    context = {"name": found.name, "what": "trust", "back": "trusts"}
    return _page(request, School.objects.filter(trust=found), {"trust": found.pk}, context)


def _page(request: HttpRequest, schools: QuerySet[School], choices: dict[str, int], said: dict[str, Any]) -> HttpResponse:
    user, now = user_of(request), _now()
    every = schools.open_on(now["today"])  # type: ignore[attr-defined]
    mine = _seen(every, user)
    context = groups.of_schools(user, mine, every.count(), choices=choices, **now)
    if not context["lines"] and not user.as_role.every_school:
        raise Http404  # none of the user's schools is in it
    return render(request, "dashboards/group.html", context | said | _tables(request, context))


def _seen(schools: QuerySet[School], user: User) -> QuerySet[School]:
    return schools.filter(pk__in=School.objects.visible_to(user).values("pk"))


def _tables(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    return {
        "school_table": SCHOOLS_OF_GROUP,
        "schools_of_it": _ordered(request, SCHOOLS_OF_GROUP, context["lines"]),
        "year_group_table": YEAR_GROUPS,
        "group_table": GROUPS,
        "phase_table": PHASES_OF_GROUP,
    }


@require_safe
@needs(Permission.SEE_AUTHORITY_FIGURES)
def cohorts(request: HttpRequest) -> HttpResponse:
    context = groups.every_cohort(user_of(request), **_now())
    rows = [context["everybody"], *_ordered(request, GROUPS, context["cohorts"])]
    return render(request, "dashboards/cohorts.html", context | {"table": GROUPS, "rows": rows})


@require_safe
@needs(Permission.SEE_AUTHORITY_FIGURES)
def cohort(request: HttpRequest, kind: str) -> HttpResponse:
    if kind not in Characteristic.Kind.values:
        raise Http404
    user = user_of(request)
    context = groups.of_cohort(user, Characteristic.Kind(kind), **_now())
    return render(request, "dashboards/cohort.html", context | _tables(request, context) | {"every_school": user.as_role.every_school})
