"""Children whose marks say that they are on a part-time timetable, and whom no plan covers."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent
from accounts.permissions import Permission
from casework import part_time
from schools.models import PolicyValue

_PAGE = 50


@require_safe
@needs(Permission.WORK_CASES)
def part_time_uncovered(request: HttpRequest) -> HttpResponse:
    user, today = user_of(request), clock.today()
    lines = part_time.uncovered(user, today=today)
    page = Paginator(lines, _PAGE).get_page(request.GET.get("page"))
    seen = [line.enrolment.pupil_id for line in page]
    audit.record("looked at part-time timetables without a plan", by=user, kind=AuditEvent.Kind.VIEW, count=len(seen), pupils=seen)
    context = {"page": page, "total": len(lines), "days": PolicyValue.objects.in_force(today)["part_time_recent_days"]}
    return render(request, "casework/part_time.html", context)
