"""Safeguarding considerations: who needs one, writing it down, what came of a referral. The authority's pages, never a school's."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent
from accounts.permissions import Permission
from casework import actions, considering, reports
from casework.actions import CaseProblem
from casework.forms.safeguarding import ConsiderForm, OutcomeForm
from casework.models import Consideration
from schools.forms.fields import show
from schools.models import PolicyValue, Pupil

_PAGE = 50


@require_safe
@needs(Permission.SEE_SAFEGUARDING)
def safeguarding(request: HttpRequest) -> HttpResponse:
    user, today = user_of(request), clock.today()
    lines = considering.missing(user, today=today)
    page = Paginator(lines, _PAGE).get_page(request.GET.get("page"))
    seen = [line.pupil.pk for line in page]
    audit.record("looked at missing safeguarding considerations", by=user, kind=AuditEvent.Kind.VIEW, count=len(seen), pupils=seen)
    policy = PolicyValue.objects.in_force(today)
    told = {name: policy[f"safeguarding_{name}"] for name in ("unauthorised_percent", "reviews", "contact_days", "weeks")}
    context = {"page": page, "total": len(lines), "told": told, "may_work": user.may(Permission.WORK_CASES)}
    return render(request, "casework/safeguarding.html", context)


@needs(Permission.WORK_CASES)
def consider(request: HttpRequest, pk: int) -> HttpResponse:
    user, today = user_of(request), clock.today()
    pupil = get_object_or_404(Pupil.objects.visible_to(user), pk=pk)
    if request.method == "GET":
        audit.record("looked at a pupil", by=user, subject=pupil, kind=AuditEvent.Kind.VIEW, form=request.path[:200])
    case = reports.case_of(pupil, user)
    form = ConsiderForm(request.POST if request.method == "POST" else None, initial={"day": today, "considered_by": user.name})
    if request.method == "POST" and form.is_valid():
        try:
            actions.consider(by=user, today=today, now=clock.now(), pupil=pupil, **form.cleaned_data)
        except CaseProblem as problem:
            show(form, problem)
        else:
            messages.success(request, "The consideration is written down. The school is not told of it.")
            return redirect("case", pk=case.pk) if case else redirect("safeguarding")
    context: dict[str, Any] = {"form": form, "pupil": pupil, "case": case, "standing": considering.standing(pupil, today=today)}
    return render(request, "casework/consider.html", context)


@needs(Permission.WORK_CASES)
def consideration_outcome(request: HttpRequest, pk: int) -> HttpResponse:
    user, today = user_of(request), clock.today()
    found = get_object_or_404(Consideration.objects.visible_to(user).select_related("pupil", "case"), pk=pk)
    if request.method == "GET":
        audit.record("looked at a pupil", by=user, subject=found.pupil, kind=AuditEvent.Kind.VIEW, form=request.path[:200])
    form = OutcomeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.say_outcome(by=user, today=today, now=clock.now(), consideration=found, **form.cleaned_data)
        except CaseProblem as problem:
            show(form, problem)
        else:
            messages.success(request, "What came of the referral is written down.")
            return redirect("case", pk=found.case_id) if found.case_id else redirect("pupil", pk=found.pupil_id)
    return render(request, "casework/consideration_outcome.html", {"form": form, "one": found, "pupil": found.pupil})
