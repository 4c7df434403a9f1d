"""Sources of a school's marks: which counts from when, what each sent last, how their files are read, what own codes mean."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import clock
from accounts.access import needs, user_of
from accounts.permissions import Permission
from attendance import remembering, sources, sourcing
from attendance.models import Alias, SourceChoice
from attendance.source_forms import AliasForm, ChooseSourceForm, SourceFilter
from attendance.sources import Choice, Period
from attendance.sourcing import Seen, SourceProblem
from schools.forms.fields import show
from schools.models import School

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Row:
    """One school of the manager's list."""

    school: School
    now: str  # the authoritative source today, in words; "" before the first load
    periods: list[Period]
    seen: list[Seen]


def _school(request: HttpRequest, urn: int) -> School:
    return get_object_or_404(School.objects.visible_to(user_of(request)), urn=urn)


def _periods(choices: list[SourceChoice]) -> list[Period]:
    return sources.periods(Choice(choice.source, choice.start) for choice in choices)


def _now(choices: list[SourceChoice], seen: list[Seen], today: dt.date) -> str:
    """The name of the source in force; of a school loaded before sources were kept, the one that its next load will settle."""
    return sources.in_force([Choice(choice.source, choice.start) for choice in choices], today) or (seen[-1].source if seen else "")


@needs(Permission.CHOOSE_SOURCES)
@require_safe
def all_schools(request: HttpRequest) -> HttpResponse:
    """Every school with the source whose marks count, and what else has come."""
    today = clock.today()
    mine = School.objects.visible_to(user_of(request)).open_on(today).order_by("sort_name", "pk")
    chosen = SourceFilter(request.GET, queryset=mine)
    page = Paginator(chosen.qs, PER_PAGE).get_page(request.GET.get("page"))
    schools = list(page.object_list)
    choices, seen = sourcing.choices_of(schools), sourcing.seen(schools)
    rows = []
    for school in schools:
        now = _now(choices[school.pk], seen[school.pk], today)
        rows.append(Row(school, sources.label(now) if now else "", _periods(choices[school.pk]), seen[school.pk]))
    chosen.form.is_valid()
    filtered = any(chosen.form.cleaned_data.get(name) for name in chosen.filters)
    return render(request, "attendance/sources.html", {"filter": chosen, "page": page, "rows": rows, "filtered": filtered})


@needs(Permission.UPLOAD_REGISTER)
@require_safe
def of_school(request: HttpRequest, urn: int) -> HttpResponse:
    user, today = user_of(request), clock.today()
    school = _school(request, urn)
    choices, seen = sourcing.choices_of([school])[school.pk], sourcing.seen([school])[school.pk]
    context = {
        "school": school,
        "periods": [(sources.label(period.source), period) for period in _periods(choices)[::-1]],
        "history": [(sources.label(choice.source), choice) for choice in choices[::-1]],
        "seen": seen,
        "now": _now(choices, seen, today),
        "remembered": [(sources.label(one.source), one) for one in school.remembered_columns.select_related("confirmed_by")],
        "aliases": [(sources.label(one.source), _meaning(one.code), one) for one in school.aliases.select_related("set_by")],
        "may_choose": user.may(Permission.CHOOSE_SOURCES),
    }
    return render(request, "attendance/school_sources.html", context)


def _meaning(code: str) -> str:
    return next((known.meaning for known in remembering.IN_FORCE if known.code == code), "")


def _seen(school: School) -> list[str]:
    return [one.source for one in sourcing.seen([school])[school.pk]]


@needs(Permission.CHOOSE_SOURCES)
@require_http_methods(["GET", "POST"])
def choose(request: HttpRequest, urn: int) -> HttpResponse:
    school = _school(request, urn)
    form = ChooseSourceForm(request.POST or None, seen=_seen(school), today=clock.today(), initial={"start": clock.today()})
    if request.method == "POST" and form.is_valid():
        try:
            done = sourcing.choose_source(by=user_of(request), today=clock.today(), now=clock.now(), school=school, **form.cleaned())
        except SourceProblem as problem:
            show(form, problem)
        else:
            since = f"from {done.start:%-d %B %Y}" if done.start else "for all days"
            messages.success(request, f"{sources.label(done.source)}: its marks count {since}.")
            return redirect("school_sources", urn=urn)
    return render(request, "attendance/source_choose.html", {"school": school, "form": form})


@needs(Permission.UPLOAD_REGISTER)
@require_http_methods(["GET", "POST"])
def alias_add(request: HttpRequest, urn: int) -> HttpResponse:
    school = _school(request, urn)
    form = AliasForm(request.POST or None, seen=_seen(school))
    if request.method == "POST" and form.is_valid():
        try:
            made = remembering.set_alias(by=user_of(request), today=clock.today(), now=clock.now(), school=school, **form.cleaned_data)
        except SourceProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"“{made.own}” stands for {made.code}, from the next file on.")
            return redirect("school_sources", urn=urn)
    return render(request, "attendance/alias.html", {"school": school, "form": form})


@needs(Permission.UPLOAD_REGISTER)
@require_http_methods(["GET", "POST"])
def alias_edit(request: HttpRequest, urn: int, pk: int) -> HttpResponse:
    school = _school(request, urn)
    alias = get_object_or_404(school.aliases, pk=pk)
    form = AliasForm(request.POST or None, fixed=True, initial={"code": alias.code})
    if request.method == "POST" and form.is_valid():
        try:
            made = remembering.set_alias(
                by=user_of(request),
                today=clock.today(),
                now=clock.now(),
                school=school,
                source=alias.source,
                own=alias.own,
                **form.cleaned_data,
            )
        except SourceProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"“{made.own}” stands for {made.code}, from the next file on.")
            return redirect("school_sources", urn=urn)
    context = {"school": school, "form": form, "alias": alias, "source": sources.label(alias.source)}
    return render(request, "attendance/alias.html", context)


@needs(Permission.UPLOAD_REGISTER)
@require_POST
def alias_remove(request: HttpRequest, urn: int, pk: int) -> HttpResponse:
    alias = get_object_or_404(Alias.objects.select_related("school"), school=_school(request, urn), pk=pk)
    remembering.remove_alias(by=user_of(request), today=clock.today(), alias=alias)
    messages.success(request, f"“{alias.own}” has no meaning any more: rows with it come back to their sender.")
    return redirect("school_sources", urn=urn)


@needs(Permission.UPLOAD_REGISTER)
@require_POST
def columns_forget(request: HttpRequest, urn: int, pk: int) -> HttpResponse:
    remembered = get_object_or_404(_school(request, urn).remembered_columns.select_related("school"), pk=pk)
    remembering.forget_columns(by=user_of(request), today=clock.today(), remembered=remembered)
    messages.success(request, "Forgotten: the next file of these headings is shown to its sender before it is loaded.")
    return redirect("school_sources", urn=urn)
