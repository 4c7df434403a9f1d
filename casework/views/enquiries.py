"""Joint enquiries: school and authority work on one record, each for its own side."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent
from accounts.permissions import Permission
from casework.forms.care import ConcludeForm, StepForm
from casework.missing import todo
from schools import deletions
from schools.actions import enquiries as actions
from schools.actions.enquiries import EnquiryProblem
from schools.forms.fields import show
from schools.models import EnquiryStep, JointEnquiry

_PAGE = 50


@require_safe
@needs(Permission.SEE_CASES)
def enquiries(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    closed = request.GET.get("state") == "closed"
    found = JointEnquiry.objects.visible_to(user).filter(closed__isnull=not closed).select_related("enrolment__pupil", "enrolment__school")
    found = found.annotate(
        by_school=Count("steps", filter=Q(steps__side=EnquiryStep.Side.SCHOOL)),
        by_authority=Count("steps", filter=Q(steps__side=EnquiryStep.Side.AUTHORITY)),
    )
    page = Paginator(found.order_by("-days", "opened", "pk"), _PAGE).get_page(request.GET.get("page"))
    return render(request, "casework/missing/enquiries.html", {"page": page, "total": page.paginator.count, "closed": closed})


def _enquiry(request: HttpRequest, pk: int) -> JointEnquiry:
    visible = JointEnquiry.objects.visible_to(user_of(request)).select_related(
        "enrolment__pupil", "enrolment__school", "school_by", "authority_by"
    )
    found = get_object_or_404(visible, pk=pk)
    if request.method == "GET":
        about = {"by": user_of(request), "subject": found, "kind": AuditEvent.Kind.VIEW}
        audit.record("looked at a joint enquiry", **about)  # type: ignore[arg-type]
    return found


@require_safe
@needs(Permission.SEE_CASES)
def enquiry(request: HttpRequest, pk: int) -> HttpResponse:
    found, user = _enquiry(request, pk), user_of(request)
    context = {
        "enquiry": found,
        "steps": list(found.steps.order_by("day", "pk")),
        "may": user.may(Permission.EDIT_PEOPLE) and found.closed is None,
        "mine": actions.side_of(user),
        "against": "" if found.closed else deletions.why_not(found.ground, actions.enquired([found.enrolment_id]).get(found.enrolment_id)),
        "whole": user.as_role.in_authority,
    }
    return render(request, "casework/missing/enquiry.html", context)


@needs(Permission.EDIT_PEOPLE)
def enquiry_step(request: HttpRequest, pk: int) -> HttpResponse:
    found, user, today = _enquiry(request, pk), user_of(request), clock.today()
    form = StepForm(request.POST if request.method == "POST" else None, initial={"day": today})
    if request.method == "POST" and form.is_valid():
        try:
            actions.record_step(by=user, today=today, now=clock.now(), enquiry=found, **form.cleaned_data)
        except EnquiryProblem as problem:
            sent = request.POST.copy()
            sent["form_token"] = str(uuid.uuid4())
            form = StepForm(sent)
            form.is_valid()
            show(form, problem)
        else:
            messages.success(request, "The enquiry is recorded.")
            return redirect("enquiry", pk=pk)
    return render(
        request, "casework/missing/enquiry_form.html", {"form": form, "enquiry": found, "title": "Record an enquiry", "button": "Record it"}
    )


@needs(Permission.EDIT_PEOPLE)
def enquiry_conclude(request: HttpRequest, pk: int) -> HttpResponse:
    found, user, today = _enquiry(request, pk), user_of(request), clock.today()
    form = ConcludeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        words, cause = form.cleaned_data["words"], form.cleaned_data["cause"] == "yes"
        try:
            actions.conclude(by=user, today=today, enquiry=found, cause=cause, words=words)
        except EnquiryProblem as problem:
            show(form, problem)
        else:
            todo.done(todo.key_of_enquiry(found, actions.side_of(user)), by=user, today=today, now=clock.now(), words=words)
            messages.success(request, "Your side’s conclusion is recorded.")
            return redirect("enquiry", pk=pk)
    context = {"form": form, "enquiry": found, "title": "Conclude for your side", "button": "Conclude"}
    return render(request, "casework/missing/enquiry_form.html", context)
