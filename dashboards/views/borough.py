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
from dashboards.described import AREAS, EQUALITY, MOVERS, OFFICERS, PHASES
from dashboards.described_groups import COHORTS
from dashboards.models import Paper
from dashboards.papers.offers import offer
from dashboards.reach import OF_ENROLMENTS, sources
from schools.models import PolicyValue

TABLES: dict[str, Table[Any]] = {table.name: table for table in (PHASES, AREAS, COHORTS, OFFICERS)}
FILES = TABLES | {MOVERS.name: MOVERS}


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
    context = equality_page.gather(user_of(request), today=clock.today(), at=clock.time_of_day())
    return render(request, "dashboards/equality.html", context | {"table": EQUALITY})


def _rows(request: HttpRequest, name: str, context: dict[str, Any]) -> list[Any]:
    """Of one of the page's tables, in the order that the address asks for. Everybody stands before the cohorts."""
    table = FILES[name]
    found = context["loads"] if table is OFFICERS else context["moved"].by_school.values() if table is MOVERS else context[name]
    ordered = table.ordered(found, request.GET.get(table.param, ""))
    return [context["everybody"], *ordered] if table is COHORTS else ordered


@require_safe
@needs(Permission.SEE_BOROUGH)
def download(request: HttpRequest, table: str, form: str) -> HttpResponseBase:
    """One of the borough's tables as a file, of movers every school compared; for publishing, those that count pupils and name nobody."""
    if table not in FILES or form not in downloads.FORMS:
        raise Http404
    today = clock.today()
    least = PolicyValue.objects.in_force(today)["publish_least"]
    context = borough_page.gather(user_of(request), today=today, at=clock.time_of_day())
    hidden: Hidden | None = None
    if downloads.for_publishing(request):
        if table in (OFFICERS.name, AREAS.name, MOVERS.name):  # neither is judged with schools and phases: nothing of them is published
            raise Http404
        hidden = protection.of_authority(today=today, least=least)
    rows = _rows(request, table, context)
    said = sources(context, *_more(table, context))
    return downloads.send(request, FILES[table], rows, Wanted(form, len(rows), said, hidden, least), back="borough")


def _more(table: str, context: dict[str, Any]) -> list[str]:
    """What a file says of itself beside what all do."""
    if table == MOVERS.name:
        moved = context["moved"]
        return [
            "Sessions missed from September to the week that each school’s registers reach, beside the same weeks of last year. "
            f"Schools compared: {moved.compared:,}. Schools with registers that are not, having under {context['least']:,} possible "
            f"sessions in one of the years, or registers that begin more than two weeks apart: {moved.left_out:,}."
        ]
    if table != PHASES.name:
        return [OF_ENROLMENTS]
    found = []
    if context["england"]:
        found.append(f"England, last whole year: {context['england'].period}. {context['england'].source}.")
    if context["then"]:
        found.append(f"England, same point of last year: to {context['then'].last:%-d %B %Y}. {context['then'].source}.")
    return found


@require_safe
@needs(Permission.SEE_AUTHORITY_FIGURES)
def officer(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    seen = officer_page.visible_to(user, borough=user.may(Permission.SEE_BOROUGH))
    found = get_object_or_404(seen, pk=pk)
    context = officer_page.gather(found, user, today=clock.today(), at=clock.time_of_day())
    return render(request, "dashboards/officer.html", context | {"oneself": found == user})
