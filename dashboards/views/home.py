"""Home: what each role works from, newest and most urgent first."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Count, OuterRef, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.access import user_of
from accounts.models import AuditEvent, User
from accounts.permissions import Permission
from accounts.reports import in_words
from accounts.roles import ROLES
from attendance.matrix import academic_year
from attendance.models import Extract, Flag
from attendance.reports import schools as school_reports
from attendance.reports.national import national
from attendance.reports.schools import SchoolFigures, Sent
from dashboards import reports
from dashboards.reports import SchoolRow
from schools.models import Enrolment, School
from schools.reports import schools_without_contact

_NEW = dt.timedelta(days=7)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    user, today = user_of(request), clock.today()
    if not user.may(Permission.SEE_PUPILS):
        return render(request, "dashboards/home_administrator.html", _administrator(user, today, clock.now()))
    schools = list(School.objects.visible_to(user).open_on(today).select_related("cluster").order_by("sort_name"))
    # flags by school are for pages that list schools: not the authority's home, nor that of one school
    listed = not user.as_role.every_school and (user.as_role.in_authority or len(schools) > 1)
    sent = school_reports.sent([school.pk for school in schools], today=today)
    rows = reports.school_rows(schools, today=today, sent=sent, flags_too=listed)
    context = _common(user, rows, today=today)
    if not user.as_role.in_authority:
        return render(request, "dashboards/home_school.html", context | _school(rows, sent, today))
    if user.as_role.every_school:
        context |= {"phases": _by_phase(rows), "silent": [row for row in rows if row.silent]}
        return render(request, "dashboards/home_authority.html", context)
    return render(request, "dashboards/home_officer.html", context | {"silent": [row for row in rows if row.silent]})


def _common(user: User, rows: list[SchoolRow], *, today: dt.date) -> dict[str, Any]:
    since = clock.start_of(today - _NEW)
    counts, new = reports.flag_counts(user, since=since)
    fresh = Flag.objects.visible_to(user).open().well_founded().filter(noticed_at__gte=since)
    mine = Enrolment.objects.visible_to(user).on_roll(today).filter(pupil=OuterRef("pupil")).order_by("-start")
    fresh = fresh.annotate(
        at_school=ArraySubquery(mine.values("school__name")), in_year=ArraySubquery(mine.values("year_group"))
    ).select_related("pupil")
    urgency = Case(*(When(code=code, then=place) for place, code in enumerate(reports.FLAG_ORDER)))
    extracts = Extract.objects.visible_to(user).with_outcome().select_related("school", "received_by").order_by("-received_at")
    return {
        "today": today,
        "year": academic_year(today),
        "rows": rows,
        "total": sum((row.year for row in rows), SchoolFigures()),
        "flags": counts,
        "new_flags": list(fresh.order_by(urgency, "-opened", "pupil__sort_name")[:8]),
        "new_flags_total": new,
        "extracts": list(extracts[:6]),
        "may_upload": user.may(Permission.UPLOAD_REGISTER),
    }


def _by_phase(rows: list[SchoolRow]) -> list[dict[str, Any]]:
    """Figures by phase beside England's; sums of sessions, never averages of percentages."""
    found = []
    for phase in School.Phase:
        those = [row for row in rows if row.school.phase == phase]
        if those:
            total = sum((row.year for row in those), SchoolFigures())
            found.append({"phase": phase, "schools": len(those), "year": total, "england": national(phase)})
    return found


def _school(rows: list[SchoolRow], sent: Sent, today: dt.date) -> dict[str, Any]:
    """A school's own home: which days are still missing. Someone at several schools chooses one."""
    only = rows[0] if len(rows) == 1 else None
    if only is None:
        return {"only": None}
    days = school_reports.coverage(only.school, today=today, weeks=4, known=sent)
    return {
        "only": only,
        "gaps": [day for day in days if day.status in {"missing", "partial"}],
        "met": any(day.status != "closed" for day in days),
        "england": national(only.school.phase),
    }


def _administrator(user: User, today: dt.date, now: dt.datetime) -> dict[str, Any]:
    without = schools_without_contact(today=today)
    by_role = dict(User.objects.filter(is_active=True).values_list("role").annotate(n=Count("pk")))
    waiting = User.objects.filter(is_active=True, invited_at__isnull=False, last_login=None).order_by("-invited_at")
    return {
        "today": today,
        "roles": [(role.name, by_role.get(role.code, 0), role.sentence) for role in ROLES.values()],
        "users_total": sum(by_role.values()),
        "without_contact": list(without[:10]),
        "without_contact_total": without.count(),
        "waiting": list(waiting[:10]),
        "waiting_total": waiting.count(),
        "refused": AuditEvent.objects.filter(kind=AuditEvent.Kind.REFUSED, at__gte=now - _NEW).count(),
        "events": [in_words(event, user) for event in AuditEvent.objects.order_by("-at", "-pk")[:8]],
    }
