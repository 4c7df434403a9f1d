"""Home: what each role works from, newest and most urgent first."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.access import user_of
from accounts.models import AuditEvent, User
from accounts.permissions import Permission
from accounts.reports import in_words
from accounts.roles import ROLES
from attendance import waiting
from attendance.matrix import academic_year
from attendance.models import Extract
from attendance.reports import coverage as coverage_reports
from attendance.reports.coverage import Sent
from attendance.reports.national import comparators
from attendance.reports.schools import SchoolFigures
from casework import considering, triage
from dashboards import needs, reports, school_home, severe
from dashboards.comparison import mixed
from dashboards.described import SCHOOLS
from dashboards.kept import kept, stamp
from dashboards.reports import FlagCounts, SchoolRow
from meetings.touch import reports as touch_reports
from schools.models import Enrolment, PolicyValue, School
from schools.policy import Policy
from schools.reports import schools_without_contact

_NEW = dt.timedelta(days=7)
_SHOWN = 8  # new flags


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    user, today = user_of(request), clock.today()
    if not user.may(Permission.SEE_PUPILS):
        return render(request, "dashboards/home_administrator.html", _administrator(user, today, clock.now()))
    if user.as_role.every_school:
        return render(request, "dashboards/home_authority.html", _authority(request, user, today))
    mine = reports.with_roll_and_supply(School.objects.visible_to(user).open_on(today).select_related("cluster"), today=today)
    if user.as_role.in_authority:
        mine = triage.with_waiting(touch_reports.with_questions(reports.with_contact(mine, today=today)))
    else:
        mine = school_home.with_work(mine, user, today=today)
    schools = list(mine.order_by("sort_name"))
    # flags and officers by school are for pages that list schools, and for the one school of a contact
    one = not user.as_role.in_authority
    sent = coverage_reports.sent([school.pk for school in schools], today=today)
    at, policy = clock.time_of_day(), PolicyValue.objects.in_force(today)
    flags_too = one and len(schools) > 1
    rows = reports.school_rows(schools, today=today, at=at, sent=sent, policy=policy, flags_too=flags_too, officers_too=one)
    if one:
        return render(
            request, "dashboards/home_school.html", _common(user, rows, today=today) | _school(user, rows, sent, policy, today, at)
        )
    counts = reports.flag_counts(user, today=today)
    context = _totals(rows) | _flags(user, counts, today) | {"silent": reports.to_ring(rows)}
    work = needs.of(user, today=today, at=at, flags=counts, schools=schools, policy=policy)
    return render(request, "dashboards/home_officer.html", context | {"work": work, "whose": user, "may_dismiss": True})


def _authority(request: HttpRequest, user: User, today: dt.date) -> dict[str, Any]:
    """Of every school: what names no child is kept."""
    at = clock.time_of_day()
    now = stamp()
    context = dict(kept("home", partial(_overview, user, today, at), user=user, choices=(today, at.hour), now=now))
    # by itself: every contact changes it
    policy: Policy = context["policy"]
    missing = kept(
        "considerations",
        partial(considering.number_missing, user, today=today, policy=policy),
        user=user,
        choices=(today, sorted(policy.values.items())),
        now=now,
    )
    context |= _new(user, context["flag_counts"], today)
    also = needs.to_consider(*missing)
    work = needs.of(user, today=today, at=at, flags=context["flag_counts"], schools=context["asking"], policy=policy, also=also)
    return context | {"work": work, "whose": user, "may_dismiss": user.may(Permission.WORK_CASES)}


def _overview(user: User, today: dt.date, at: dt.time) -> dict[str, Any]:
    mine = School.objects.visible_to(user).open_on(today)
    mine = touch_reports.with_questions(reports.with_contact(reports.with_roll_and_supply(mine, today=today), today=today))
    schools = list(reports.with_year(mine, today=today).order_by("sort_name"))
    sent = coverage_reports.sent([school.pk for school in schools], today=today)
    known = reports.years_of(schools, sent.latest)
    policy = PolicyValue.objects.in_force(today)
    rows = reports.school_rows(schools, today=today, at=at, sent=sent, policy=policy, known=known, flags_too=False, officers_too=False)
    return {
        "policy": policy,
        "schools_open": len(schools),
        "total": sum((row.year for row in rows), SchoolFigures()),
        "not_supplied": reports.not_supplied(rows),
        "silent": reports.to_ring(rows),
        "flag_counts": reports.flag_counts(user, today=today),
        "asking": [school for school in schools if school.advice_waiting],  # type: ignore[attr-defined]
    }


def _common(user: User, rows: list[SchoolRow], *, today: dt.date) -> dict[str, Any]:
    return _totals(rows) | _new(user, reports.flag_counts(user, today=today), today)


def _totals(rows: list[SchoolRow]) -> dict[str, Any]:
    return {"rows": rows, "total": sum((row.year for row in rows), SchoolFigures()), "not_supplied": reports.not_supplied(rows)}


def _flags(user: User, counts: FlagCounts, today: dt.date) -> dict[str, Any]:
    first = severe.of_counts(counts, user)
    return {"today": today, "year": academic_year(today), "flag_counts": counts, "first": first, "flags": counts.by_code}


def _new(user: User, counts: FlagCounts, today: dt.date) -> dict[str, Any]:
    """Flags, and those noticed lately. One query."""
    mine = Enrolment.objects.visible_to(user).on_roll(today).filter(pupil=OuterRef("pupil")).order_by("-start")
    fresh = reports.new_flags(user, counts, today=today, most=_SHOWN).annotate(
        at_school=ArraySubquery(mine.values("school__name")), in_year=ArraySubquery(mine.values("year_group"))
    )
    return _flags(user, counts, today) | {
        "new_flags": list(fresh.select_related("pupil")[:_SHOWN]),
        "new_flags_total": counts.new,
        "new_flags_pupils": counts.new_pupils,
        "may_upload": user.may(Permission.UPLOAD_REGISTER),
    }


def _school(user: User, rows: list[SchoolRow], sent: Sent, policy: Policy, today: dt.date, at: dt.time) -> dict[str, Any]:
    """A school's own home: what was agreed with it, and which days are still missing. Someone at several schools chooses one."""
    extracts = Extract.objects.visible_to(user).with_outcome().select_related("school", "received_by").order_by("-received_at")
    context = {"table": SCHOOLS} | school_home.gather([row.school for row in rows], user, today=today)
    context |= {"extracts": list(extracts[:6]), "waits": waiting.waits(user) if user.may(Permission.EDIT_PEOPLE) else []}
    only = rows[0] if len(rows) == 1 else None
    if only is None:
        return context | {"only": None}
    days = coverage_reports.of_school(only.school, today=today, at=at, policy=policy, weeks=4, known=sent)
    published = comparators()
    return context | {
        "only": only,
        "gaps": [day for day in days if day.status in {"missing", "partial"}],
        "met": any(day.status != "closed" for day in days),
        "england": published.national(only.school.phase),
        "then": mixed([only], only.year.latest.date, published) if only.year.latest else None,
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
