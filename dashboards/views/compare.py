"""The authority beside other authorities, and a school beside those like it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.access import needs, user_of
from accounts.permissions import Permission
from attendance.matrix import academic_year
from attendance.reports.similar import similar_to
from dashboards import compare as compare_page
from schools.models import School


@require_safe
@needs(Permission.SEE_AUTHORITY_FIGURES)
def compare(request: HttpRequest) -> HttpResponse:
    context = compare_page.gather(request.GET, today=clock.today())
    return render(request, "dashboards/compare.html", context | {"may_see_borough": user_of(request).may(Permission.SEE_BOROUGH)})


@require_safe
@needs(Permission.SEE_SCHOOLS)
def similar(request: HttpRequest, urn: int) -> HttpResponse:
    """Names and figures of other schools are for the authority; anybody else sees between which figures they lie."""
    user, today = user_of(request), clock.today()
    school = get_object_or_404(School.objects.visible_to(user), urn=urn)
    found = similar_to(school, today=today)
    named = user.may(Permission.SEE_AUTHORITY_FIGURES)
    context = {
        "school": school,
        "year": academic_year(today),
        "found": found,
        "named": named,
        "lines": compare_page.alike_lines(found, user) if named else [],
        "may_set": user.may(Permission.SET_POLICY),
    }
    return render(request, "dashboards/similar.html", context)
