"""The front page of legal."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.access import needs, user_of
from accounts.permissions import Permission
from legal import front


@require_safe
@needs(Permission.SEE_NOTICES)
def legal_front(request: HttpRequest) -> HttpResponse:
    return render(request, "legal/front.html", {"groups": front.groups_of(user_of(request), today=clock.today())})
