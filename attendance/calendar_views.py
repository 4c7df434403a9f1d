"""The calendar that a school's registers show, to be confirmed as its own in one step."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts import clock
from accounts.access import needs, user_of
from accounts.permissions import Permission
from attendance import matrix
from attendance.models import SchoolYear
from attendance.rollups import SEEN_OPEN
from schools import calendar
from schools.actions import calendar as actions
from schools.actions.calendar import CalendarProblem
from schools.calendar import SeenTerm
from schools.models import School, Term


@needs(Permission.EDIT_CALENDAR)
@require_http_methods(["GET", "POST"])
def calendar_seen(request: HttpRequest, urn: int) -> HttpResponse:
    """The terms of this academic year as registers show them; confirmed, they are the school's own word."""
    school = get_object_or_404(School.objects.visible_to(user_of(request)), urn=urn)
    today = clock.today()
    year = matrix.academic_year(today)
    seen = _seen(school, year, today)
    own = Term.objects.filter(school=school, end__gte=matrix.year_start(year), start__lte=matrix.year_end(year)).exists()
    ended = [term for term in seen if not term.running]
    shown = " ".join(f"{term.span.first}/{term.span.last}" for term in ended)
    problem = ""
    if request.method == "POST":
        closed = set(request.POST.getlist("closed"))
        if request.POST.get("shown") != shown:
            problem = "The registers have changed since this page was made. Look at the terms again, then confirm them."
        else:
            try:
                _confirm(request, school, ended, closed)
            except CalendarProblem as refused:
                problem = str(refused)
            else:
                return redirect("calendar", urn=urn)
    context: dict[str, Any] = {
        "school": school,
        "year": year,
        "own": own,
        "seen": seen,
        "ended": ended,
        "days": [day for term in ended for day in term.without_marks],
        "shown": shown,
        "problem": problem,
    }
    return render(request, "attendance/calendar_seen.html", context)


def _seen(school: School, year: int, today: dt.date) -> list[SeenTerm]:
    found = SchoolYear.objects.filter(school=school, year=year).first()
    if found is None:
        return []
    sessions = np.frombuffer(found.seen, np.uint8) & SEEN_OPEN
    return calendar.seen_terms(matrix.year_start(year), sessions.reshape(-1, 2).any(axis=1), as_of=today)


def _confirm(request: HttpRequest, school: School, ended: list[SeenTerm], closed: set[str]) -> None:
    days = [day for term in ended for day in term.without_marks if day.isoformat() in closed]
    actions.confirm_seen(by=user_of(request), today=clock.today(), school=school, terms=ended, closed=days)
    terms = f"{len(ended)} term{'' if len(ended) == 1 else 's'}"
    messages.success(request, f"{terms} confirmed as the school’s own{f', with {len(days)} closed' if days else ''}.")
