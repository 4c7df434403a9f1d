"""The yearly return of parental responsibility measures: its figures, the rows behind each, and the file."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent
from accounts.permissions import Permission
from attendance import downloads
from attendance.downloads import Wanted
from attendance.matrix import academic_year
from casework.models import Case
from legal import prm as rules
from legal import prm_reads
from legal.models import Notice, Order, Party
from schools.models import PolicyValue

_PAGE = 100


def _year(request: HttpRequest, today: dt.date) -> int:
    """As the address says; else this one."""
    sent = request.GET.get("year", "")
    this = academic_year(today)
    return int(sent) if sent.isdecimal() and len(sent) == 4 and prm_reads.first_year(today) <= int(sent) <= this else this


@require_safe
@needs(Permission.SEE_BOROUGH)
def prm(request: HttpRequest) -> HttpResponse:
    today = clock.today()
    year = _year(request, today)
    context = {
        "year": year,
        "found": prm_reads.of_year(year),
        "years": range(academic_year(today), prm_reads.first_year(today) - 1, -1),
        "today": today,
        "this": academic_year(today),
        "loaded": prm_reads.loaded(year),
    }
    return render(request, "legal/prm.html", context)


@require_safe
@needs(Permission.SEE_BOROUGH)
def prm_rows(request: HttpRequest, key: str) -> HttpResponse:
    """What a figure counts, one by one."""
    line = rules.BY_KEY.get(key)
    if line is None:
        raise Http404
    year = _year(request, clock.today())
    pks = prm_reads.of_year(year).rows[key]
    page = Paginator(pks or (), _PAGE).get_page(request.GET.get("page"))
    rows: list[Any] = []
    if line.of == rules.NOTICE:
        rows = list(Notice.objects.filter(pk__in=list(page)).select_related("pupil", "school").order_by("number"))
    elif line.of == rules.PARTY:
        rows = list(
            Party.objects.filter(pk__in=list(page))
            .select_related("contract__pupil", "contract__school", "parent")
            .order_by("offered", "pk")
        )
    elif line.of == rules.CASE:
        rows = list(Case.objects.filter(pk__in=list(page)).select_related("pupil", "school").order_by("pk"))
    elif line.of == rules.ORDER:
        rows = list(Order.objects.filter(pk__in=list(page)).select_related("pupil").order_by("start", "pk"))
    audit.record("looked at the rows of the return", by=user_of(request), kind=AuditEvent.Kind.VIEW, line=key, year=year, count=len(rows))
    context = {"line": line, "year": year, "page": page, "rows": rows, "recorded": pks is not None, "total": len(pks or ())}
    return render(request, "legal/prm_rows.html", context)


@require_safe
@needs(Permission.SEE_BOROUGH)
def prm_download(request: HttpRequest, form: str) -> HttpResponseBase:
    if form not in downloads.FORMS:
        raise Http404
    today = clock.today()
    found = prm_reads.of_year(_year(request, today))
    least = PolicyValue.objects.in_force(today)["publish_least"]
    hidden = found.hidden(least) if downloads.for_publishing(request) else None
    said = [
        f"Notices issued, cases and contracts of the school year {found.year}/{(found.year + 1) % 100:02d}, with what has become of them "
        f"by {today:%-d %B %Y}.",
        "x: not recorded in Daymark.",
    ]
    if any(before := prm_reads.loaded(found.year)):
        said.append(f"Not counted: {before[0]} notices and {before[1]} contracts of the year known from loaded history alone.")
    return downloads.send(request, prm_reads.table(found), rules.LINES, Wanted(form, len(rules.LINES), said, hidden, least), back="prm")
