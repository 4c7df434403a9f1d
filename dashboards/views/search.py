"""The search box on every page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.access import needs, user_of
from accounts.permissions import Permission
from dashboards import search


@require_safe
@needs(Permission.SEARCH)
def results(request: HttpRequest) -> HttpResponse:
    query = search.understand(request.GET.get("q", ""))
    groups = search.find(user_of(request), query, today=clock.today())
    total = sum(len(group.hits) for group in groups)
    context = {"searched": request.GET.get("q", "").strip()[:100], "query": query, "groups": groups, "total": total, "most": search.MOST}
    return render(request, "dashboards/search.html", context)
