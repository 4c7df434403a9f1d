"""Attendance blitzes: planning one, its list for the doorsteps, each visit, and what came back."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent
from accounts.permissions import Permission
from attendance.words import plural
from casework import blitzes as reads
from casework.actions import CaseProblem
from casework.actions import blitzes as actions
from casework.forms.blitzes import BlitzDoorForm, BlitzForm
from casework.models import Blitz, BlitzChild
from schools.forms.fields import show
from schools.models import School

_PAGE = 30


@require_safe
@needs(Permission.WORK_CASES)
def blitzes(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    rows = Blitz.objects.visible_to(user).select_related("made_by").order_by("-day", "-pk")
    page = Paginator(rows, _PAGE).get_page(request.GET.get("page"))
    seen = BlitzChild.objects.visible_to(user).filter(blitz__in=[blitz.pk for blitz in page]).order_by()
    counts = {
        pk: (listed, visited)
        for pk, listed, visited in seen.values_list("blitz").annotate(n=Count("pk"), v=Count("pk", filter=Q(at__isnull=False)))
    }
    lines = [(blitz, *counts.get(blitz.pk, (0, 0))) for blitz in page]
    return render(request, "casework/blitzes.html", {"page": page, "lines": lines, "total": page.paginator.count, "today": clock.today()})


@needs(Permission.WORK_CASES)
def blitz_new(request: HttpRequest) -> HttpResponse:
    user, today = user_of(request), clock.today()
    schools = School.objects.visible_to(user).open_on(today).order_by("sort_name")
    form = BlitzForm(request.POST if request.method == "POST" else None, schools=schools, initial={"day": today})
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            made = actions.plan_blitz(
                by=user,
                today=today,
                now=clock.now(),
                day=asked["day"],
                schools=list(asked["schools"]),
                codes=form.codes,
                form_token=asked["form_token"],
            )
        except CaseProblem as problem:
            show(form, problem)
        else:
            messages.success(request, "The blitz is planned. Take the list when the morning’s registers have come.")
            return redirect("blitz", pk=made.pk)
    return render(request, "casework/blitz_new.html", {"form": form})


@require_safe
@needs(Permission.WORK_CASES)
def blitz(request: HttpRequest, pk: int) -> HttpResponse:
    user, today = user_of(request), clock.today()
    found = get_object_or_404(Blitz.objects.visible_to(user).select_related("made_by"), pk=pk)
    doors = reads.doors(found, user)
    audit.record("looked at a list of pupils", by=user, subject=found, kind=AuditEvent.Kind.VIEW, count=len(doors))
    context = {
        "blitz": found,
        "schools": list(School.objects.visible_to(user).filter(blitzes=found).order_by("sort_name")),
        "doors": doors,
        "left": sum(door.child.at is None for door in doors),
        "results": reads.results(doors),
        "today": today,
    }
    return render(request, "casework/blitz.html", context)


@require_POST
@needs(Permission.WORK_CASES)
def blitz_take(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    found = get_object_or_404(Blitz.objects.visible_to(user), pk=pk)
    try:
        new = actions.take_list(by=user, today=clock.today(), now=clock.now(), blitz=found)
    except CaseProblem as problem:
        messages.error(request, str(problem))
    else:
        messages.success(
            request, f"{plural(new, 'pupil')} put on the list." if new else "The registers say of nobody more that they are absent."
        )
    return redirect("blitz", pk=pk)


@needs(Permission.WORK_CASES)
def blitz_child(request: HttpRequest, pk: int, child: int) -> HttpResponse:
    """One door."""
    user, today = user_of(request), clock.today()
    visible = BlitzChild.objects.visible_to(user).select_related("blitz", "enrolment__pupil", "school", "by")
    found = get_object_or_404(visible, pk=child, blitz=pk)
    form = BlitzDoorForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.record_door(by=user, today=today, now=clock.now(), child=found, **form.cleaned_data)
        except CaseProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"{found.enrolment.pupil}: recorded.")
            return redirect("blitz", pk=pk)
    pupil = found.enrolment.pupil
    if request.method == "GET":
        audit.record("looked at a pupil", by=user, subject=pupil, kind=AuditEvent.Kind.VIEW, form=request.path[:200])
    hidden = pupil.responsibilities.filter(lives_with=True, parent__hidden_from__isnull=False).exists()
    ties = list(pupil.responsibilities.select_related("parent").order_by("priority", "pk"))
    context = {"child": found, "blitz": found.blitz, "pupil": pupil, "form": form, "hidden": hidden, "ties": ties}
    return render(request, "casework/blitz_child.html", context)
