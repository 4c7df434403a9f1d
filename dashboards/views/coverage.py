"""Which registers have come: the grid of schools and days, and one day of one school."""

from __future__ import annotations

import datetime as dt

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.access import needs, user_of
from accounts.permissions import Permission
from attendance import downloads
from attendance.downloads import Wanted
from dashboards import coverage_page, described_lists
from schools.models import School


@require_safe
@needs(Permission.SEE_PUPILS)
def grid(request: HttpRequest) -> HttpResponse:
    context = coverage_page.gather(request, today=clock.today(), at=clock.time_of_day())
    return render(request, "dashboards/coverage.html", context)


@require_safe
@needs(Permission.SEE_PUPILS)
def download(request: HttpRequest, form: str) -> HttpResponseBase:
    """The grid as a file, every school that the filters leave."""
    if form not in downloads.FORMS or downloads.for_publishing(request):
        raise Http404
    context = coverage_page.gather(request, today=clock.today(), at=clock.time_of_day(), per_page=downloads.MOST_IN_WORKBOOK)
    rows = list(context["page"].object_list)
    said = [
        f"{context['first']:%-d %B %Y} to {context['last']:%-d %B %Y}. Marks of today are expected by {context['hour']:%H:%M}.",
        downloads.filters_in_words(context["filter"].form),
        "In part: so many marked in the morning and in the afternoon, of those on roll.",
        "Source: the registers of the authority’s schools, as loaded.",
    ]
    return downloads.send(request, described_lists.coverage(context["dates"]), rows, Wanted(form, len(rows), said), back="coverage")


@require_safe
@needs(Permission.SEE_PUPILS)
def day(request: HttpRequest, urn: int, day: str) -> HttpResponse:
    school = get_object_or_404(School.objects.visible_to(user_of(request)), urn=urn)
    today = clock.today()
    try:
        asked = dt.date.fromisoformat(day)
    except ValueError:
        raise Http404 from None
    if not dt.date(1990, 1, 1) <= asked <= today:
        raise Http404
    context = coverage_page.of_day(school, asked, user_of(request), today=today, at=clock.time_of_day())
    return render(request, "dashboards/coverage_day.html", context)
