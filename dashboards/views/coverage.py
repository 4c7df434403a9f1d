"""Which registers have come: the grid of schools and days, and one day of one school."""

from __future__ import annotations

import datetime as dt

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.access import needs, user_of
from accounts.permissions import Permission
from dashboards import coverage_page
from schools.models import School


@require_safe
@needs(Permission.SEE_PUPILS)
def grid(request: HttpRequest) -> HttpResponse:
    context = coverage_page.gather(request, today=clock.today(), at=clock.time_of_day())
    return render(request, "dashboards/coverage.html", context)


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
