"""The page from which everything about keeping in touch is reached; for a school, what comes from the authority."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.access import needs, user_of
from accounts.permissions import Permission
from meetings.models import Event
from meetings.touch import inbox, reports
from schools.models import School

_UNREAD = 10


@require_safe
@needs(Permission.READ_GUIDANCE)
def touch(request: HttpRequest) -> HttpResponse:
    user, today = user_of(request), clock.today()
    waiting = reports.advice_waiting(user, today=today)
    if not user.as_role.in_authority:
        found: dict[str, Any] = {
            "letters": reports.letters_of(user),
            "unread": reports.unread(user, today=today, most=_UNREAD),
            "waiting": waiting,
        }
        found["events"] = Event.objects.visible_to(user, day=today).filter(day__gte=today, cancelled_why="").order_by("day", "time")[:5]
        found["schools"] = list(School.objects.visible_to(user).open_on(today).order_by("sort_name"))
        return render(request, "touch/from_authority.html", found | {"may_ask": user.may(Permission.SPEAK_FOR_SCHOOL)})
    context = {
        "waiting": waiting,
        "plan": reports.schedule(today=today),
        "today": today,
        "may_see_mail": user.may(Permission.SEE_SENT_MAIL) and settings.EMAIL_BACKEND in (inbox.FILES, inbox.CONSOLE),
    }
    return render(request, "touch/home.html", context)
