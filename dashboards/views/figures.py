"""Figures of any period and cut, and having those worked out that no rollup keeps."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts import clock
from accounts.access import needs, user_of
from accounts.permissions import Permission
from attendance import asking, downloads
from attendance.downloads import Wanted
from attendance.imports.progress import last_report
from attendance.models import FiguresAsked
from dashboards import figures_page
from dashboards.figures_table import table_of

_PAGE = 50  # rows


@require_safe
@needs(Permission.SEE_PUPILS)
def figures(request: HttpRequest) -> HttpResponse:
    context = figures_page.gather(request.GET, user_of(request), today=clock.today())
    table = table_of(context["chosen"], context["rows"], context["group_name"])
    context["rows"] = table.ordered(context["rows"], request.GET.get("sort", ""))
    page = Paginator(context["rows"], _PAGE).get_page(request.GET.get("page"))
    return render(request, "dashboards/figures.html", context | {"table": table, "page": page, "sort_default": "name"})


@require_safe
@needs(Permission.SEE_PUPILS)
def download(request: HttpRequest, form: str) -> HttpResponseBase:
    """The table as a file, under the choices of the address. Small numbers of any cut are not judged: nothing of it is published."""
    if form not in downloads.FORMS or downloads.for_publishing(request):
        raise Http404
    context = figures_page.gather(request.GET, user_of(request), today=clock.today())
    table = table_of(context["chosen"], context["rows"], context["group_name"])
    rows = table.ordered(context["rows"], request.GET.get("sort", ""))
    latest = context["found"].latest if context["found"] else None
    said = [
        f"Registers to {latest:%-d %B %Y}." if latest else "No register of these days has been loaded.",
        context["measure_words"],
        *(f"No register: {school.name} ({school.urn})." for school in context["missing"]),
        downloads.filters_in_words(context["form"]),
        "Source: the registers of the authority’s schools, as loaded.",
    ]
    return downloads.send(request, table, rows, Wanted(form, len(rows), said), back="figures")


@require_POST
@needs(Permission.SEE_PUPILS)
def ask(request: HttpRequest) -> HttpResponse:
    """Have the figures of an address worked out from the registers; back to that address, where they appear."""
    query = QueryDict(request.POST.get("query", "")[:2000])
    user = user_of(request)
    chosen, schools = figures_page.asked_for(query, user, today=clock.today())
    if schools and not chosen.problem:
        asking.ask(by=user, now=clock.now(), question=chosen.question, schools=schools)
    return redirect(f"{reverse('figures')}?{query.urlencode()}" if query else "figures")


@require_safe
@needs(Permission.SEE_PUPILS)
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """A piece of the page, asked for every second while figures are worked out; the whole page anew when they are."""
    asked = get_object_or_404(FiguresAsked.objects.visible_to(user_of(request)), pk=pk)
    running = asked.status == FiguresAsked.Status.RUNNING
    context = {"asked": asked, "progress": last_report(asked.pk, "figures") if running else None}
    response = render(request, "dashboards/_figures_progress.html", context)
    if not asked.busy:
        response["HX-Refresh"] = "true"
    return response
