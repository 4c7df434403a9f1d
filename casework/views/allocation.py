"""The waiting list, the team and what each carries, cover, specialists, and many cases moved at once."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts import clock
from accounts.access import needs, user_of
from accounts.models import User
from accounts.permissions import Permission
from attendance.words import plural
from casework import reports, workload
from casework.actions import CaseProblem
from casework.actions import allocation as actions
from casework.allocation import NAMES, said_weight
from casework.forms.allocation import CoverForm, MoveForm, SpecialistForm
from casework.models import Case, Cover, Specialist
from casework.workload import Team
from schools.actions.postings import PostingProblem
from schools.forms.fields import show

_PAGE = 50
_NAMED = 5


@needs(Permission.WORK_CASES)
def cases_waiting(request: HttpRequest) -> HttpResponse:
    """Cases taken on that nobody holds, by age. Many are given out at once, each to whom the rule suggests or all to one."""
    user, today = user_of(request), clock.today()
    known = workload.team(today=today)
    page = Paginator(workload.waiting(user, today=today), _PAGE).get_page(request.GET.get("page"))
    return _move(request, user, known, page, today, template="casework/waiting.html", onward=("cases_waiting", None))


@needs(Permission.ALLOCATE_CASES)
def cases_move(request: HttpRequest, pk: int) -> HttpResponse:
    """The cases of one officer who leaves, or has too many."""
    user, today = user_of(request), clock.today()
    officer = get_object_or_404(User, pk=pk, role__in=[role.code for role in reports.WORKERS])
    known = workload.team(today=today)
    known.officers.pop(officer.pk, None)  # nobody is suggested to follow themselves
    theirs = reports.with_work(Case.objects.visible_to(user).open().filter(officer=officer), today=today)
    page = Paginator(theirs.select_related("pupil", "school", "officer").order_by("school__sort_name", "opened", "pk"), _PAGE).get_page(
        request.GET.get("page")
    )
    return _move(
        request, user, known, page, today, template="casework/move.html", onward=("cases_move", officer.pk), officer=officer, ticked=True
    )


def _move(
    request: HttpRequest,
    user: User,
    known: Team,
    page: Any,
    today: dt.date,
    *,
    template: str,
    onward: tuple[str, int | None],
    **context: Any,
) -> HttpResponse:
    cases = list(page)
    suggested = workload.suggestions(cases, known, today=today, in_turn=True)
    # what is sent may name anybody of the team: which case they cannot take is told case by case
    choosable = list(_officers() if request.method == "POST" else workload.choosable([c.school_id for c in cases], user, today=today))
    form = MoveForm(request.POST or None, officers=choosable, cases=cases)
    if request.method == "POST" and form.is_valid():
        to = form.cleaned_data["to"]
        one = next((officer for officer in choosable if str(officer.pk) == to), None)
        pairs = [
            (case, known.officers.get(suggested[case.pk].key or 0) if to == form.SUGGESTED else one, version)
            for case, version in form.ticked
        ]
        _say(request, actions.allocate_many(by=user, today=today, now=clock.now(), pairs=pairs), form.gone)
        return redirect(onward[0], *([onward[1]] if onward[1] else []))
    for case in cases:
        case.suggested = suggested[case.pk]  # type: ignore[attr-defined]
        case.age = (today - case.opened).days  # type: ignore[attr-defined]
    rows = [(known.officers[key], load, said_weight(known.carried(key))) for key, load in known.loads.items() if key in known.officers]
    context |= {"form": form, "page": page, "total": page.paginator.count, "today": today, "full": said_weight(known.full), "rows": rows}
    context["may_allocate"] = user.may(Permission.ALLOCATE_CASES)
    return render(request, template, context)


def _say(request: HttpRequest, moved: actions.Moved, gone: int) -> None:
    if moved.done:
        messages.success(request, f"{plural(len(moved.done), 'case')} given out.")
    by_reason: dict[str, list[str]] = defaultdict(list)
    for case, why in moved.left:
        by_reason[why].append(str(case.pupil))
    for why, names in by_reason.items():
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        messages.warning(request, f"{', '.join(names[:_NAMED])}{more}: not given out. {why}")
    if gone:
        were = "was" if gone == 1 else "were"
        messages.warning(request, f"{plural(gone, 'case')} you ticked {were} given out by somebody else in the meantime.")


@require_safe
@needs(Permission.ALLOCATE_CASES)
def case_team(request: HttpRequest) -> HttpResponse:
    """What each officer carries; who is away, and who knows which children best."""
    today = clock.today()
    known = workload.team(today=today)
    rows = [
        {
            "user": user,
            "load": known.loads[key],
            "weight": said_weight(known.loads[key].weight),
            "carried": said_weight(known.carried(key)),
            "is_full": known.carried(key) >= known.full,
            "cohorts": [NAMES[cohort] for cohort in known.loads[key].cohorts],
        }
        for key, user in known.officers.items()
    ]
    context = {
        "rows": rows,
        "full": said_weight(known.full),
        "today": today,
        "covers": list(Cover.objects.standing(today).select_related("officer", "cover").order_by("start", "pk")),
        "specialists": list(_standing(today).select_related("user").order_by("cohort", "user__name", "pk")),
    }
    return render(request, "casework/team.html", context)


def _standing(today: dt.date) -> Any:
    return Specialist.objects.exclude(end__lt=today)


def _officers() -> QuerySet[User]:
    return User.objects.filter(is_active=True, role__in=[role.code for role in reports.WORKERS]).order_by("name", "pk")


@needs(Permission.ALLOCATE_CASES)
def cover_arrange(request: HttpRequest) -> HttpResponse:
    today = clock.today()
    start = {"officer": request.GET.get("officer"), "start": today}
    form = CoverForm(request.POST or None, officers=_officers(), initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.arrange_cover(by=user_of(request), today=today, now=clock.now(), **form.cleaned_data)
        except (CaseProblem, PostingProblem) as problem:
            show(form, problem)
        else:
            messages.success(request, f"{made.cover} stands in for {made.officer}.")
            return redirect("case_team")
    context = {"form": form, "title": "Arrange cover", "button": "Arrange cover"}
    return render(request, "casework/team_form.html", context)


@needs(Permission.ALLOCATE_CASES)
def specialist_name(request: HttpRequest) -> HttpResponse:
    today = clock.today()
    form = SpecialistForm(request.POST or None, officers=_officers(), initial={"start": today})
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.name_specialist(by=user_of(request), today=today, now=clock.now(), **form.cleaned_data)
        except CaseProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"{made.user} is named as specialist: {made.get_cohort_display().lower()}.")
            return redirect("case_team")
    context = {"form": form, "title": "Name a specialist", "button": "Name the specialist"}
    context["before"] = "New cases of these children are suggested for them, before the school’s own officer."
    return render(request, "casework/team_form.html", context)


@require_POST
@needs(Permission.ALLOCATE_CASES)
def cover_end(request: HttpRequest, pk: int) -> HttpResponse:
    cover = get_object_or_404(Cover.objects.select_related("officer", "cover"), pk=pk)
    actions.end_cover(by=user_of(request), today=clock.today(), cover=cover)
    messages.success(request, f"{cover.cover} stands in for {cover.officer} no longer after today.")
    return redirect("case_team")


@require_POST
@needs(Permission.ALLOCATE_CASES)
def specialist_end(request: HttpRequest, pk: int) -> HttpResponse:
    specialist = get_object_or_404(Specialist.objects.select_related("user"), pk=pk)
    actions.end_specialist(by=user_of(request), today=clock.today(), specialist=specialist)
    messages.success(request, f"{specialist.user} is named for these children no longer after today. Cases they hold stay theirs.")
    return redirect("case_team")
