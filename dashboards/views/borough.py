"""The borough's page, and one officer's."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.access import needs, user_of
from accounts.permissions import Permission
from dashboards import borough as borough_page
from dashboards import officer as officer_page


@require_safe
@needs(Permission.SEE_BOROUGH)
def borough(request: HttpRequest) -> HttpResponse:
    return render(request, "dashboards/borough.html", borough_page.gather(user_of(request), today=clock.today(), at=clock.time_of_day()))


@require_safe
@needs(Permission.SEE_AUTHORITY_FIGURES)
def officer(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    seen = officer_page.visible_to(user, borough=user.may(Permission.SEE_BOROUGH))
    found = get_object_or_404(seen, pk=pk)
    context = officer_page.gather(found, user, today=clock.today())
    return render(request, "dashboards/officer.html", context | {"oneself": found == user})
