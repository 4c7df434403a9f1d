"""The borough's page, and one officer's."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.access import needs, user_of
from accounts.permissions import Permission
from attendance import downloads
from attendance.downloads import Wanted
from attendance.tables import Hidden, Table
from dashboards import borough as borough_page
from dashboards import equality as equality_page
from dashboards import officer as officer_page
from dashboards import protection
from dashboards.described import AREAS, COHORTS, EQUALITY, MOVERS, OFFICERS, PHASES
from dashboards.models import Paper
from dashboards.papers.offers import offer
from schools.models import PolicyValue

TABLES: dict[str, Table[Any]] = {table.name: table for table in (PHASES, AREAS, COHORTS, OFFICERS)}


@require_safe
@needs(Permission.SEE_BOROUGH)
def borough(request: HttpRequest) -> HttpResponse:
    context = borough_page.gather(user_of(request), today=clock.today(), at=clock.time_of_day())
    rows = {name: _rows(request, name, context) for name in TABLES}
    tables = {"phase_table": PHASES, "area_table": AREAS, "cohort_table": COHORTS, "officer_table": OFFICERS, "mover_table": MOVERS}
    asks = {f"ask_{kind.value}": offer(kind, user_of(request), today=clock.today()) for kind in (Paper.Kind.REPORT, Paper.Kind.PROFILES)}
    return render(request, "dashboards/borough.html", context | rows | tables | asks)


@require_safe
@needs(Permission.SEE_BOROUGH)
def equality(request: HttpRequest) -> HttpResponse:
    context = equality_page.gather(user_of(request), today=clock.today())
    return render(request, "dashboards/equality.html", context | {"table": EQUALITY})


def _rows(request: HttpRequest, name: str, context: dict[str, Any]) -> list[Any]:
    """Of one of the page's tables, in the order that the address asks for. Everybody stands before the cohorts."""
    table = TABLES[name]
    found = context["loads" if table is OFFICERS else name]
    ordered = table.ordered(found, request.GET.get(table.param, ""))
    return [context["everybody"], *ordered] if table is COHORTS else ordered


@require_safe
@needs(Permission.SEE_BOROUGH)
def download(request: HttpRequest, table: str, form: str) -> HttpResponseBase:
    """One of the borough's tables as a file; for publishing, those that count pupils and name nobody."""
    if table not in TABLES or form not in downloads.FORMS:
        raise Http404
    today = clock.today()
    least = PolicyValue.objects.in_force(today)["publish_least"]
    context = borough_page.gather(user_of(request), today=today, at=clock.time_of_day())
    hidden: Hidden | None = None
    if downloads.for_publishing(request):
        if table in (OFFICERS.name, AREAS.name):  # areas are not judged with schools and phases, so nothing of them is published
            raise Http404
        hidden = protection.of_authority(today=today, least=least)
    rows = _rows(request, table, context)
    said = borough_page.sources(context, phases=table == PHASES.name)
    return downloads.send(request, TABLES[table], rows, Wanted(form, len(rows), said, hidden, least), back="borough")


@require_safe
@needs(Permission.SEE_AUTHORITY_FIGURES)
def officer(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    seen = officer_page.visible_to(user, borough=user.may(Permission.SEE_BOROUGH))
    found = get_object_or_404(seen, pk=pk)
    context = officer_page.gather(found, user, today=clock.today())
    return render(request, "dashboards/officer.html", context | {"oneself": found == user})
