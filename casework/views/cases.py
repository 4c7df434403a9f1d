"""The caseload and a case's page; opening a case. Every look at a case is recorded."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent, User
from accounts.permissions import Permission
from attendance.matrix import academic_year
from attendance.reports.schools import latest_sessions
from casework import actions, case_page, reasons, reports, stages
from casework.actions import CaseProblem
from casework.filters import CLOSED, CaseFilter
from casework.forms.cases import OpenForm
from casework.models import Case, CaseQuerySet, Entry, Visit
from schools.forms.fields import show
from schools.models import Enrolment, Posting, Pupil, School

_PAGE = 50
_SORTS = {
    "name": ("pupil__sort_name",),
    "school": ("school__sort_name",),
    "stage": ("stage_since",),
    "officer": ("officer__name",),
    "review": ("plan_review",),
    "contact": ("last_contact",),
    "missed": ("absent",),
}
_DEFAULT = "review"


@require_safe
@needs(Permission.SEE_CASES)
def cases(request: HttpRequest) -> HttpResponse:
    user, today = user_of(request), clock.today()
    every = reports.with_figures(reports.with_work(Case.objects.visible_to(user), today=today), user, today=today)
    chosen = CaseFilter(request.GET, user=user, today=today, queryset=every)
    sort = request.GET.get("sort", _DEFAULT)
    if sort.removeprefix("-") == "contact" and not user.as_role.in_authority:
        sort = _DEFAULT  # a school is not told of contacts, by their order neither
    counts = Counter(dict(chosen.qs.order_by().values_list("stage").annotate(n=Count("pk"))))
    stage = chosen.form.cleaned_data.get("stage") or ""
    pages = Paginator(_ordered(chosen.cases(), sort, today), _PAGE)
    pages.count = counts[stage] if stage else counts.total() - counts[CLOSED]
    page = pages.get_page(request.GET.get("page"))
    latest = latest_sessions({case.school_id for case in page}, today=today)
    for case in page:
        case.latest = latest.get(case.school_id)
    context = {
        "filter": chosen,
        "page": page,
        "total": pages.count,
        "open_total": counts.total() - counts[CLOSED],
        "stages": [(one.code, one.name, counts[one.code]) for one in stages.STAGES],
        "stage": stage,
        "sort_default": _DEFAULT,
        "today": today,
        "year": academic_year(today),
        "whole": user.as_role.in_authority,
        "may_work": user.may(Permission.WORK_CASES),
        "may_see_moved": user.may(Permission.SEE_MOVED_ENTRIES),
        "latest": max((session.date for session in latest.values()), default=None),
        "ours": chosen.form.cleaned_data.get("officer") == "ours",
        "filtered": any(chosen.form.cleaned_data.get(name) for name in chosen.filters),
        "left_out": bool(chosen.form.errors),
    }
    return render(request, "casework/cases.html", context)


def _ordered(rows: QuerySet[Case], sort: str, today: Any) -> QuerySet[Case]:
    key = sort.removeprefix("-")
    if key not in _SORTS:
        sort, key = _DEFAULT, _DEFAULT
    down = sort.startswith("-")
    fields = [F(name).desc(nulls_last=True) if down else F(name).asc(nulls_last=True) for name in _SORTS[key]]
    spell = Enrolment.objects.on_roll(today).filter(pupil=OuterRef("pupil"), school=OuterRef("school")).order_by("-start")
    rows = rows.annotate(year_group=Subquery(spell.values("year_group")[:1]))
    return rows.select_related("pupil", "school", "officer").order_by(*fields, "pupil__sort_name", "pk")


@require_safe
@needs(Permission.SEE_CASES)
def case(request: HttpRequest, pk: int) -> HttpResponse:
    user, today = user_of(request), clock.today()
    visible = case_page.with_rows(reports.with_work(Case.objects.visible_to(user), today=today), user, today=today).select_related(
        "pupil", "school", "officer", "opened_by", "closed_by", "flag"
    )
    coming = Visit.objects.visible_to(user).open().filter(case=OuterRef("pk")).order_by("day", "time", "pk")
    found = get_object_or_404(
        visible.annotate(next_visit=Subquery(coming.values("pk")[:1]), visit_day=Subquery(coming.values("day")[:1])), pk=pk
    )
    context = case_page.gather(found, user, today=today, kind=request.GET.get("kind", ""), page=request.GET.get("page"))
    audit.record("looked at a case", by=user, subject=found, kind=AuditEvent.Kind.VIEW)
    return render(request, "casework/case.html", context)


def pupil_for(request: HttpRequest, pk: int) -> Pupil:
    pupil = get_object_or_404(Pupil.objects.visible_to(user_of(request)), pk=pk)
    if request.method == "GET":
        audit.record("looked at a pupil", by=user_of(request), subject=pupil, kind=AuditEvent.Kind.VIEW, form=request.path[:200])
    return pupil


def standing_in_the_way(pupil: Pupil, user: User) -> dict[str, Any]:
    """The open case that stands in the way of another, as far as the user may know of it."""
    open_cases: CaseQuerySet = Case.objects.open().filter(pupil=pupil)
    return {"standing": reports.case_of(pupil, user), "stands_elsewhere": open_cases.exists()}


def _sent_twice(standing: Case | None, user: User, today: Any, asked: dict[str, Any]) -> bool:
    """Is the case that stands in the way what this very form has opened?"""
    if standing is None or (standing.opened_by, standing.opened) != (user, today):
        return False
    same = (standing.reason, standing.school) == (asked["reason"], asked["school"])
    return same and standing.entries.filter(kind=Entry.Kind.OPENED, words__endswith=asked.get("words", "")).exists()


@needs(Permission.WORK_CASES)
def case_open(request: HttpRequest, pk: int) -> HttpResponse:
    user, today = user_of(request), clock.today()
    pupil = pupil_for(request, pk)
    schools = [spell.school for spell in case_page.rolls_of(pupil, user, today=today)]
    officers = reports.officers_for([school.pk for school in schools], today=today)
    flags = case_page.open_flags(pupil)
    flag = next((one for one in flags if str(one.pk) == request.GET.get("flag")), None)
    start = {
        "school": schools[0].pk if schools else None,
        "officer": _first_choice(user, schools, today),
        "reason": reasons.of_flag(flag),
    }
    form = OpenForm(request.POST or None, schools=schools, officers=officers, initial=start)
    found = standing_in_the_way(pupil, user)
    if request.method == "POST" and form.is_valid() and _sent_twice(found["standing"], user, today, form.cleaned_data):
        return redirect("case", pk=found["standing"].pk)
    if request.method == "POST" and form.is_valid() and not found["stands_elsewhere"]:
        try:
            opened, new = actions.open_case(
                by=user,
                today=today,
                now=clock.now(),
                pupil=pupil,
                origin=Case.Origin.FLAG if flag else Case.Origin.OFFICER,
                flag=flag,
                **form.cleaned_data,
            )
        except CaseProblem as problem:
            show(form, problem)
        else:
            if new:
                messages.success(request, f"A case is open for {pupil}.")
                return redirect("case", pk=opened.pk)
            found = standing_in_the_way(pupil, user)
    return render(request, "casework/open.html", {"form": form, "pupil": pupil, "schools": schools, "flag": flag, "flags": flags, **found})


def _first_choice(user: User, schools: list[School], today: Any) -> int | None:
    """An officer opens a case for themselves; a manager for the officer who leads at the school."""
    if not user.as_role.every_school:
        return user.pk
    leads = Posting.objects.on(today).filter(school__in=schools, part=Posting.Part.LEAD, user__is_active=True)
    return leads.order_by("pk").values_list("user", flat=True).first()
