"""The plan of a term: who is due a meeting and how it stands; setting and revising the year, and adjusting one school."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.access import needs, user_of
from accounts.models import User
from accounts.permissions import Permission
from attendance import downloads
from attendance.downloads import Wanted
from meetings import actions, measured, plan_table, planning, term_plan
from meetings.actions import MeetingProblem
from meetings.filters import HOLDING
from meetings.forms import AdjustForm, HoursForm
from meetings.frequency import year_name
from meetings.models import OfficerHours, YearPlan
from meetings.plan_filter import NOBODY, PlanFilter
from meetings.planning import Proposed
from meetings.term_plan import STATES, TermRow
from meetings.terms import Term, find, term_of
from meetings.views.meetings import show_moved_on
from schools.forms.fields import show
from schools.models import School

_PAGE = 50


@dataclass(frozen=True, slots=True)
class _Asked:
    filter: PlanFilter
    term: Term
    every: list[TermRow]  # of any state
    rows: list[TermRow]  # in the order asked for


def _asked(request: HttpRequest) -> _Asked:
    today = clock.today()
    schools = School.objects.visible_to(user_of(request)).order_by("sort_name", "pk")
    chosen = PlanFilter(request.GET, today=today, queryset=schools)
    term = chosen.term_shown
    open_then = chosen.qs.open_within(term.first, term.last)
    every = chosen.kept(term_plan.term_rows(list(open_then), term, today=today))
    rows = plan_table.table_of(term, may_plan=False).ordered(chosen.of_state(every), request.GET.get("sort", ""))
    return _Asked(chosen, term, every, rows)


@require_safe
@needs(Permission.SEE_TERM_PLAN)
def plan(request: HttpRequest) -> HttpResponse:
    user, found = user_of(request), _asked(request)
    states = Counter(row.state for row in found.every)
    page = Paginator(found.rows, _PAGE).get_page(request.GET.get("page"))
    context = {
        "filter": found.filter,
        "term": found.term,
        "terms": [Term(found.term.year, number) for number in (1, 2, 3)],
        "year": year_name(found.term.year),
        "page": page,
        "total": len(found.rows),
        "of": len(found.every),
        "states": [(state.value, name, states[state]) for state, name in STATES.items() if states[state]],
        "state": found.filter.chosen.get("state") or "",
        "table": plan_table.table_of(found.term, may_plan=user.may(Permission.PLAN_MEETINGS)),
        "sums": _sums(found.every),
        "capacity": term_plan.capacity(found.every, found.term),
        "may_set_hours": user.may(Permission.SET_TERM_PLAN) and found.term.last >= clock.today(),
        "left_out": bool(found.filter.form.errors),
        "may_set": user.may(Permission.SET_TERM_PLAN),
        "settable": found.term.year in _settable(),
        "sort_default": "",
    }
    return render(request, "meetings/plan/plan.html", context)


def _settable() -> tuple[int, int]:
    year = term_of(clock.today()).year
    return year, year + 1


def _sums(rows: list[TermRow]) -> dict[str, int]:
    return {
        "due": sum(row.due for row in rows),
        "held": sum(row.held for row in rows),
        "planned": sum(row.planned for row in rows),
        "excused": sum(row.excused for row in rows),
        "to_plan": sum(row.to_plan for row in rows),
    }


@require_safe
@needs(Permission.SEE_TERM_PLAN)
def measured_page(request: HttpRequest) -> HttpResponse:
    """How a term's meetings go, by officer and by rating, under the plan's own filters."""
    found = _asked(request)
    of = measured.by_school(found.every, found.term, today=clock.today())
    context = {
        "filter": found.filter,
        "term": found.term,
        "terms": [Term(found.term.year, number) for number in (1, 2, 3)],
        "total": measured.total(of),
        "groups": [
            ("Officer", measured.by_officer(found.every, of, nobody=NOBODY)),
            ("Rating", measured.by_colour(found.every, of)),
        ],
        "left_out": bool(found.filter.form.errors),
        "today": clock.today(),
    }
    return render(request, "meetings/plan/measured.html", context)


@require_safe
@needs(Permission.SEE_TERM_PLAN)
def plan_download(request: HttpRequest, form: str) -> HttpResponseBase:
    if form not in downloads.FORMS or downloads.for_publishing(request):
        raise Http404
    found = _asked(request)
    said = [
        f"The term of {found.term.first:%-d %B %Y} to {found.term.last:%-d %B %Y}. Whoever is to be offered a meeting first stands first.",
        downloads.filters_in_words(found.filter.form),
        "England: Department for Education, Pupil attendance in schools, state-funded schools, Open Government Licence v3.0.",
    ]
    table = plan_table.table_of(found.term, may_plan=False)
    return downloads.send(request, table, found.rows, Wanted(form, len(found.rows), said), back="term_plan")


@needs(Permission.SET_TERM_PLAN)
def plan_set(request: HttpRequest) -> HttpResponse:
    """What the rule says now beside what stands; accepted by a manager, for new schools together and for others one by one."""
    today, user = clock.today(), user_of(request)
    year = _year(request)
    if request.method == "POST":
        wanted = {int(pk) for pk in request.POST.getlist("school") if pk.isdecimal() and len(pk) < 18}
        seen = request.POST.get("seen", "")
        try:
            made, revised = actions.set_plan(by=user, today=today, now=clock.now(), year=year, seen=seen, schools=wanted)
        except MeetingProblem as problem:
            messages.error(request, str(problem))
        else:
            messages.success(request, _said(made, revised, year))
            return redirect(f"{reverse('term_plan')}?term={_term_to_show(year).key}")
    found = planning.proposed(year, today=today)
    context = {
        "found": found,
        "year": year_name(year),
        "year_key": year,
        "years": [(y, year_name(y)) for y in _settable()],
        "by_band": _by_band(found),
        "total": sum(one.number_after for one in found.proposals),
        "stands": sum(one.plan is not None for one in found.proposals),
    }
    return render(request, "meetings/plan/set.html", context)


def _year(request: HttpRequest) -> int:
    """Of the address, if it can be planned; else this school year."""
    asked = (request.POST if request.method == "POST" else request.GET).get("year", "")
    return next((year for year in _settable() if str(year) == asked), _settable()[0])


def _term_to_show(year: int) -> Term:
    now = term_of(clock.today())
    return now if now.year == year else Term(year, 1)


def _said(made: int, revised: int, year: int) -> str:
    if not made and not revised:
        return f"Nothing was to be changed: the plan of {year_name(year)} stands as it was."
    parts = [f"{made} school{'' if made == 1 else 's'} set"] if made else []
    parts += [f"{revised} revised"] if revised else []
    return f"The plan of {year_name(year)}: {' and '.join(parts)}."


def _by_band(found: Proposed) -> list[dict[str, Any]]:
    """Of the schools that have no number yet: how many schools and meetings a year in each band."""
    counts: Counter[tuple[str, int]] = Counter((one.due.band, one.due.number) for one in found.new)
    names = dict(YearPlan.Band.choices)
    order = list(names)
    return [
        {"name": names[band], "number": number, "schools": n, "meetings": n * number}
        for (band, number), n in sorted(counts.items(), key=lambda pair: (order.index(pair[0][0]), pair[0][1]))
    ]


@needs(Permission.SEE_TERM_PLAN)
def year_plan(request: HttpRequest, pk: int) -> HttpResponse:
    """One school's number for a year: why, on which figures, and what was made of it; a manager adjusts it here."""
    user, today = user_of(request), clock.today()
    found = get_object_or_404(YearPlan.objects.visible_to(user).select_related("school", "set_by"), pk=pk)
    may_set = user.may(Permission.SET_TERM_PLAN)
    if request.method == "POST" and not may_set:
        raise PermissionDenied
    form = AdjustForm(request.POST or None, plan=found) if may_set else None
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            actions.adjust_plan(by=user, today=today, now=clock.now(), plan=found, **form.cleaned_data)
        except MeetingProblem as problem:
            found.refresh_from_db()
            show_moved_on(form, problem, found.version)
        else:
            messages.success(request, "The number of meetings is changed.")
            return redirect("year_plan", pk=pk)
    context = {
        "plan": found,
        "form": form,
        "changes": found.changes.select_related("by").order_by("-pk"),
        "terms": [(Term(found.year, number), found.in_term(number)) for number in (1, 2, 3)],
        "attendance": 100 * found.attended / found.possible if found.possible else None,
        "plan_term": _term_to_show(found.year),
    }
    return render(request, "meetings/plan/year_plan.html", context)


@needs(Permission.SET_TERM_PLAN)
def officer_hours(request: HttpRequest, pk: int, term: str) -> HttpResponse:
    """How many hours an officer has for the meetings of a term."""
    officer, of = get_object_or_404(User, pk=pk, role__in=HOLDING), find(term)
    if of is None:
        raise Http404
    stands = OfficerHours.objects.filter(officer=officer, year=of.year, term=of.number).select_related("set_by").first()
    initial = {"hours": stands.hours, "reason": stands.reason} if stands else {}
    form = HoursForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_hours(by=user_of(request), today=clock.today(), now=clock.now(), officer=officer, term=of, **form.cleaned_data)
        except MeetingProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"The hours of {officer.name} are set.")
            return redirect(f"{reverse('term_plan')}?term={of.key}#capacity")
    return render(request, "meetings/plan/hours.html", {"form": form, "officer": officer, "term": of, "stands": stands})
