"""Enrolments with what was missed of each: the list behind the figures that count enrolments."""

from __future__ import annotations

import datetime as dt
from functools import partial

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.access import needs, user_of
from accounts.permissions import Permission
from attendance import downloads
from attendance.downloads import Wanted
from attendance.matrix import academic_year
from attendance.models import EnrolmentFigures
from attendance.rates import percentage
from dashboards import enrolments, reports
from dashboards.described_lists import ENROLMENTS
from dashboards.enrolments import EnrolmentFilter
from dashboards.kept import kept

_PAGE = 50
_AT_ONCE = 2000
# the band goes with the share and has an index: the first page of a long list is found without the rest
_SORTS = {
    "name": ["pupil__sort_name"],
    "school": ["school__sort_name"],
    "missed": ["band", "share"],
    "unauthorised": ["unauthorised"],
}


def _listed(request: HttpRequest, today: dt.date) -> tuple[EnrolmentFilter, QuerySet[EnrolmentFigures]]:
    user = user_of(request)
    chosen = EnrolmentFilter(request.GET, queryset=enrolments.of(user, today=today), user=user, today=today)
    asked = request.GET.get("sort", "")
    asked = asked if asked.removeprefix("-") in _SORTS else ENROLMENTS.order
    fields = _SORTS[asked.removeprefix("-")]
    rows = enrolments.with_share(chosen.missed())
    return chosen, rows.order_by(*(f"-{field}" if asked.startswith("-") else field for field in fields), "pupil__sort_name", "pk")


@require_safe
@needs(Permission.SEE_PUPILS)
def listing(request: HttpRequest) -> HttpResponse:
    today = clock.today()
    chosen, rows = _listed(request, today)
    pages = Paginator(rows, _PAGE)
    narrowed = bool(chosen.chosen.get("absence"))
    counted = kept("enrolments", partial(_counted, chosen, narrowed), user=user_of(request), choices=(today, sorted(request.GET.lists())))
    pages.count, of = counted
    context = {
        "table": ENROLMENTS,
        "filter": chosen,
        "page": pages.get_page(request.GET.get("page")),
        "total": pages.count,
        "of": of,
        "narrowed": narrowed,
        "pct": percentage(pages.count, of),
        "year": academic_year(today),
        "filtered": any(chosen.chosen.get(name) for name in chosen.filters),
        "left_out": bool(chosen.form.errors),
    }
    return render(request, "dashboards/enrolments.html", context)


def _counted(chosen: EnrolmentFilter, narrowed: bool) -> tuple[int, int]:
    """How many are listed, and of how many where those that missed so much were asked for."""
    listed = chosen.missed().order_by().count()
    return listed, chosen.qs.order_by().count() if narrowed else listed


@require_safe
@needs(Permission.SEE_PUPILS)
def download(request: HttpRequest, form: str) -> HttpResponseBase:
    """The list as a file. It names children: there is nothing of it to publish."""
    if form not in downloads.FORMS or downloads.for_publishing(request):
        raise Http404
    today, user = clock.today(), user_of(request)
    chosen, rows = _listed(request, today)
    said = reports.of_children_in_words(user, chosen.form, today=today)
    found = rows.iterator(chunk_size=_AT_ONCE)
    return downloads.send(request, ENROLMENTS, found, Wanted(form, chosen.missed().order_by().count(), said), back="enrolments")
