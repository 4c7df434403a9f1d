"""Areas, trusts and cohorts. Whoever does not see every school sees their own schools' part of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.access import needs, user_of
from accounts.permissions import Permission
from attendance import downloads
from attendance.downloads import Wanted
from attendance.tables import Table
from dashboards import groups
from dashboards.described import AREAS, PHASES_OF_GROUP, SCHOOLS_OF_GROUP, TRUSTS, WARDS
from dashboards.described_groups import GROUPS, YEAR_GROUPS
from dashboards.filters import lies_in
from dashboards.reach import OF_ENROLMENTS, sources
from schools.models import Area, Characteristic, School, Trust

_PAGE = 50
Files = Mapping[str, tuple[Table[Any], str]]  # by its name, a table that can be taken away and where its rows stand in the context


def _files(*tables: tuple[Table[Any], str]) -> Files:
    return {table.name: (table, rows) for table, rows in tables}


_EVERY = _files((AREAS, "clusters"), (WARDS, "wards"), (TRUSTS, "trusts"))
_COHORTS = _files((GROUPS, "cohorts"))
_OF_SCHOOLS = _files((SCHOOLS_OF_GROUP, "lines"), (YEAR_GROUPS, "year_groups"), (GROUPS, "cohorts"))
_OF_COHORT = _files((PHASES_OF_GROUP, "phases"), (SCHOOLS_OF_GROUP, "lines"))


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
def areas_download(request: HttpRequest, table: str, form: str) -> HttpResponseBase:
    """Clusters, wards or trusts as a file."""
    _known(_EVERY, table, form)
    return _file(request, _EVERY, table, form, groups.every_area(user_of(request), **_now()), "")


@require_safe
@needs(Permission.SEE_AUTHORITY_FIGURES)
def area(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Area, pk=pk)
    said = {"name": found.name, "what": found.get_kind_display().lower(), "back": "areas", "files": "area_download", "pk": pk}
    return _page(request, _of_area(request, found) | said)


@require_safe
@needs(Permission.SEE_AUTHORITY_FIGURES)
def area_download(request: HttpRequest, pk: int, table: str, form: str) -> HttpResponseBase:
    _known(_OF_SCHOOLS, table, form)
    found = get_object_or_404(Area, pk=pk)
    return _file(request, _OF_SCHOOLS, table, form, _of_area(request, found), found.name)


@require_safe
@needs(Permission.SEE_AUTHORITY_FIGURES)
def trust(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Trust, pk=pk)
    said = {"name": found.name, "what": "trust", "back": "trusts", "files": "trust_download", "pk": pk}
    return _page(request, _of_trust(request, found) | said)


@require_safe
@needs(Permission.SEE_AUTHORITY_FIGURES)
def trust_download(request: HttpRequest, pk: int, table: str, form: str) -> HttpResponseBase:
    _known(_OF_SCHOOLS, table, form)
    found = get_object_or_404(Trust, pk=pk)
    return _file(request, _OF_SCHOOLS, table, form, _of_trust(request, found), found.name)


def _of_area(request: HttpRequest, area: Area) -> dict[str, Any]:
    return _of_schools(request, School.objects.filter(lies_in(area)), {"area": area.pk})


def _of_trust(request: HttpRequest, trust: Trust) -> dict[str, Any]:
    return _of_schools(request, School.objects.filter(trust=trust), {"trust": trust.pk})


def _of_schools(request: HttpRequest, schools: QuerySet[School], choices: dict[str, int]) -> dict[str, Any]:
    user, now = user_of(request), _now()
    every = schools.open_on(now["today"])  # type: ignore[attr-defined]
    context = groups.of_schools(user, every, choices=choices, **now)
    if not context["lines"] and not user.as_role.every_school:
        raise Http404  # none of the user's schools is in it
    return context


def _page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    return render(request, "dashboards/group.html", context | _tables(request, context))


def _known(files: Files, table: str, form: str) -> None:
    if table not in files or form not in downloads.FORMS:
        raise Http404


def _file(request: HttpRequest, files: Files, table: str, form: str, context: dict[str, Any], of: str) -> HttpResponseBase:
    """One table of a page, for work inside the authority: nothing of areas or cohorts of one is judged for publication. `of`: whose."""
    found, rows = files[table]
    if of:
        found = replace(found, name=f"{slugify(of)}-{found.name}", title=f"{of}, {found.title[0].lower()}{found.title[1:]}")
    listed = _ordered(request, found, context[rows])
    if files is _COHORTS:
        listed = [context["everybody"], *listed]
    user = user_of(request)
    part = () if user.as_role.every_school else (f"Only the schools that {user.name} is posted to.",)
    return downloads.send(request, found, listed, Wanted(form, len(listed), sources(context, *part, OF_ENROLMENTS)), back="areas")


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
def cohorts_download(request: HttpRequest, form: str) -> HttpResponseBase:
    _known(_COHORTS, GROUPS.name, form)
    return _file(request, _COHORTS, GROUPS.name, form, groups.every_cohort(user_of(request), **_now()), "")


@require_safe
@needs(Permission.SEE_AUTHORITY_FIGURES)
def cohort(request: HttpRequest, kind: str) -> HttpResponse:
    context = _of_cohort(request, kind)
    every = user_of(request).as_role.every_school
    tables = _tables(request, context)
    page = Paginator(tables["schools_of_it"], _PAGE).get_page(request.GET.get("page"))
    return render(request, "dashboards/cohort.html", context | tables | {"page": page, "every_school": every})


@require_safe
@needs(Permission.SEE_AUTHORITY_FIGURES)
def cohort_download(request: HttpRequest, kind: str, table: str, form: str) -> HttpResponseBase:
    _known(_OF_COHORT, table, form)
    context = _of_cohort(request, kind)
    return _file(request, _OF_COHORT, table, form, context, context["kind"].label)


def _of_cohort(request: HttpRequest, kind: str) -> dict[str, Any]:
    if kind not in Characteristic.Kind.values:
        raise Http404
    return groups.of_cohort(user_of(request), Characteristic.Kind(kind), **_now())
