"""Schools: the list with its figures, and one school's page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import partial
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.access import needs, user_of
from accounts.models import User
from accounts.permissions import Permission
from attendance import downloads, sourcing
from attendance.cuts import Cut
from attendance.downloads import Wanted
from attendance.matrix import academic_year
from attendance.measures.judged import Count
from attendance.models import Extract
from attendance.rates import apart
from attendance.reports import coverage as coverage_reports
from attendance.reports import cuts as cut_reports
from attendance.reports import peers
from attendance.reports import periods as period_reports
from attendance.reports import schools as school_reports
from attendance.reports.coverage import CoverageDay
from attendance.reports.cuts import Line
from attendance.reports.national import National, comparators
from attendance.reports.periods import Sums
from attendance.reports.schools import SchoolFigures
from dashboards import charts, protection, reports, school_groups, school_work, trends
from dashboards.comparison import Mixed, mixed
from dashboards.described import SCHOOLS
from dashboards.described_groups import beside_phase
from dashboards.each_school import each_school
from dashboards.filters import SchoolFilter
from dashboards.kept import Stamp, kept, stamp
from dashboards.models import Paper
from dashboards.papers.offers import offer
from dashboards.reports import SchoolRow
from schools.models import PolicyValue, Posting, School, SchoolLink
from schools.models.places import SchoolQuerySet

_PAGE = 50


def _listed(request: HttpRequest, today: dt.date) -> tuple[SchoolFilter, list[SchoolRow]]:
    """The schools that the address asks for, in the order it asks for."""
    user = user_of(request)
    at = clock.time_of_day()
    now = stamp()
    every = kept("school_list", partial(_every, user, today, at, now), user=user, choices=(today, at.hour), now=now)
    chosen = SchoolFilter(request.GET, user=user, today=today, queryset=_mine(user, today))
    chosen.form.full_clean()
    narrowed = any(chosen.form.cleaned_data.get(name) for name in chosen.filters)
    rows = [every[pk] for pk in chosen.qs.values_list("pk", flat=True) if pk in every] if narrowed else list(every.values())
    if chosen.form.cleaned_data.get("silent"):
        rows = [row for row in rows if row.silent]
    return chosen, SCHOOLS.ordered(rows, request.GET.get("sort", ""))


def _mine(user: User, today: dt.date) -> SchoolQuerySet:
    return School.objects.visible_to(user).open_on(today).order_by("sort_name", "pk")


def _every(user: User, today: dt.date, at: dt.time, now: Stamp) -> dict[int, SchoolRow]:
    """All that the user may list, by their keys, with flags and officers."""
    each = each_school(user, today=today, at=at, now=now)
    return {row.school.pk: row for row in reports.with_flags_and_officers(each.rows, today=today)}


@require_safe
@needs(Permission.SEE_SCHOOLS)
def school_list(request: HttpRequest) -> HttpResponse:
    today = clock.today()
    chosen, rows = _listed(request, today)
    context = {
        "table": SCHOOLS,
        "filter": chosen,
        "page": Paginator(rows, _PAGE).get_page(request.GET.get("page")),
        "total": len(rows),
        "year": academic_year(today),
        "sum": sum((row.year for row in rows), SchoolFigures()),
        "not_supplied": reports.not_supplied(rows),
        "filtered": any(chosen.form.cleaned_data.get(name) for name in chosen.filters),
        "left_out": bool(chosen.form.errors),
    }
    return render(request, "dashboards/school_list.html", context)


@require_safe
@needs(Permission.SEE_SCHOOLS)
def download(request: HttpRequest, form: str) -> HttpResponseBase:
    """The list of schools as a file, under the filters of the address."""
    if form not in downloads.FORMS:
        raise Http404
    today = clock.today()
    chosen, rows = _listed(request, today)
    said = [
        reports.reach_in_words(sum((row.year for row in rows), SchoolFigures()), academic_year(today)),
        *reports.not_supplied_in_words(reports.not_supplied(rows)),
        downloads.filters_in_words(chosen.form),
        "Source: the registers of the authority’s schools, as loaded.",
    ]
    least = PolicyValue.objects.in_force(today)["publish_least"]
    hidden = protection.of_authority(today=today, least=least) if downloads.for_publishing(request) else None
    return downloads.send(request, SCHOOLS, rows, Wanted(form, len(rows), said, hidden, least), back="school_list")


@require_safe
@needs(Permission.SEE_SCHOOLS)
def school(request: HttpRequest, urn: int) -> HttpResponse:
    today = clock.today()
    user = user_of(request)
    known = reports.with_roll_and_supply(School.objects.visible_to(user).select_related("trust", "cluster", "ward"), today=today)
    found = get_object_or_404(peers.with_range_of_schools(school_work.with_work(known, user, today=today), today=today), urn=urn)
    year = academic_year(today)
    sent, policy, at = coverage_reports.sent([found.pk], today=today), PolicyValue.objects.in_force(today), clock.time_of_day()
    cuts = cut_reports.of_school(found.pk, (year, year - 1), school_groups.KINDS)
    figures = school_reports.figures_of(cuts.weeks[year], [found.pk], sent.latest)
    row = reports.school_rows([found], today=today, at=at, sent=sent, policy=policy, known=figures, officers_too=False)[0]
    days = coverage_reports.of_school(found, today=today, at=at, policy=policy, weeks=6, known=sent)
    extracts = Extract.objects.visible_to(user).of_school(found).with_outcome()
    published = comparators()
    england = published.national(found.phase)
    then = mixed([row], row.year.latest.date, published) if row.year.latest else None
    before = period_reports.before(cuts.weeks[year - 1], row.year.latest.date) if row.year.latest else None
    context = {
        "school": found,
        "row": row,
        "year": year,
        "today": today,
        "england": england,
        "then": then,
        "measures": _measures(row.year, england, then, before),
        "before": before,
        "beside": peers.of_school(found, cuts.weeks[year]),
        "chart": trends.trend({y: trends.weeks(of_year) for y, of_year in cuts.weeks.items()}, year),
        "weeks": _weeks(days),
        "met": any(day.status != "closed" for day in days),
        "source": sourcing.words_in_force(found, today),
        "extracts": list(extracts.select_related("received_by")[:6]),
        "contacts": _contacts(found, today),
        "links": _links(found, user),
        **school_work.gather(found, user, today=today),
        **_groups_of(found, cuts.lines, user, today),
        "ask": offer(Paper.Kind.PROFILE, user, today=today),
    }
    return render(request, "dashboards/school.html", context | _acts(user))


def _groups_of(found: School, lines: Mapping[Cut, Line], user: User, today: dt.date) -> dict[str, Any]:
    """Its year groups and cohorts, for those who may see its pupils: one of them may be a single child."""
    if not user.may(Permission.SEE_PUPILS):
        return {}
    phase = f"All {found.get_phase_display().lower()} schools"
    return {
        **school_groups.gather(found, lines, in_authority=user.as_role.in_authority, today=today),
        "year_group_table": beside_phase(phase, "year-groups", "By year group", "Year group", "year-group"),
        "cohort_table": beside_phase(phase, "cohorts", "By cohort", "Cohort", "cohort"),
    }


def _acts(user: User) -> dict[str, bool]:
    return {
        "may_upload": user.may(Permission.UPLOAD_REGISTER),
        "may_set_supply": user.may(Permission.SET_SUPPLY),
        "may_edit": user.may(Permission.EDIT_PEOPLE),
        "may_set_calendar": user.may(Permission.EDIT_CALENDAR),
        "may_see_pupils": user.may(Permission.SEE_PUPILS),
        "may_convert": user.may(Permission.CONVERT_SCHOOLS),
        "may_see_meetings": user.may(Permission.SEE_MEETINGS),
    }


def _links(found: School, user: User) -> list[dict[str, Any]]:
    """The schools this one follows and those that follow it; of those the user may see, where their history is."""
    links = list(SchoolLink.objects.filter(Q(predecessor=found) | Q(successor=found)).select_related("predecessor", "successor"))
    others = [link.predecessor_id if link.successor_id == found.pk else link.successor_id for link in links]
    visible = set(School.objects.visible_to(user).filter(pk__in=others).values_list("pk", flat=True)) if links else set()
    return [
        {
            "link": link,
            "follows": link.successor_id == found.pk,
            "other": link.predecessor if link.successor_id == found.pk else link.successor,
            "visible": other in visible,
        }
        for link, other in sorted(zip(links, others, strict=True), key=lambda pair: (pair[0].since or dt.date.min, pair[0].pk))
    ]


def _contacts(found: School, today: dt.date) -> list[Posting]:
    current = Posting.objects.on(today).filter(school=found, user__is_active=True)
    return list(current.select_related("user").order_by("-part", "user__name"))


def _measures(year: SchoolFigures, england: National | None, then: Mixed | None, before: Sums | None) -> list[dict[str, Any]]:
    """Its figures beside its own of the same weeks of last year and England's for its phase: at the same point of last year, which
    is what it differs from, and of the whole of it. Higher is better for attendance only.
    """
    f = year.figures
    sessions, enrolments = "session", "enrolment"
    known: tuple[tuple[str, float | None, int, int, str, str], ...] = (
        ("Attendance", f.attendance_pct, f.attended, f.possible, sessions, "attendance"),
        ("Absence", f.absence_pct, f.absent, f.possible, sessions, "absence"),
        ("Authorised absence", f.authorised_pct, f.authorised, f.possible, sessions, "authorised"),
        ("Unauthorised absence", f.unauthorised_pct, f.unauthorised, f.possible, sessions, "unauthorised"),
        ("Persistent absence", year.persistent_pct, year.persistent, year.enrolments, enrolments, "persistent"),
        ("Severe absence", year.severe_pct, year.severe, year.enrolments, enrolments, ""),
    )
    absences = [v for name, v, *_ in known if v is not None and name != "Attendance"]
    top = 1.1 * max([*absences, then.absence_pct if then else 0, 1])  # one scale, or the bars would lie
    rows = []
    for name, value, part, whole, unit, published in known:
        whole_year = getattr(england, f"{published}_pct") if england and published else None
        theirs = then.value(published) if then and unit == sessions else None  # of enrolments nothing is published through the year
        rows.append(
            {
                "name": name,
                "value": value,
                "of": (part, whole, unit if whole == 1 else f"{unit}s"),
                "then": theirs,
                "england": whole_year,
                "before": _before(name, before),
                "words": _difference(value, theirs),
                "bar": "" if name == "Attendance" else charts.comparison_bar(value, theirs, top),
            }
        )
    return rows


def _before(name: str, before: Sums | None) -> tuple[float | None, int, int] | None:
    """The same measure a year ago: its percentage, and so many of so many."""
    if before is None:
        return None
    f, count = before.figures, before.count or Count()
    of_sessions = {
        "Attendance": (f.attendance_pct, f.attended),
        "Absence": (f.absence_pct, f.absent),
        "Authorised absence": (f.authorised_pct, f.authorised),
        "Unauthorised absence": (f.unauthorised_pct, f.unauthorised),
    }
    if name in of_sessions:
        return (*of_sessions[name], f.possible)
    pct, part = (count.persistent_pct, count.persistent) if name == "Persistent absence" else (count.severe_pct, count.severe)
    return pct, part, count.judged


def _difference(value: float | None, theirs: float | None) -> str:
    if value is None:
        return "no sessions yet"
    if theirs is None:
        return "nothing published of that point"
    points = apart(theirs, value)
    return f"{abs(points):.1f} points {'above' if points > 0 else 'below'} England" if points else "the same as England"


def _weeks(days: list[CoverageDay]) -> list[dict[str, Any]]:
    """Coverage by week, newest first, Monday to Friday."""
    weeks: dict[dt.date, list[CoverageDay | None]] = {}
    for found in days:
        monday = found.date - dt.timedelta(days=found.date.weekday())
        weeks.setdefault(monday, [None] * 5)[found.date.weekday()] = found
    return [{"monday": monday, "days": week} for monday, week in sorted(weeks.items(), reverse=True)]
