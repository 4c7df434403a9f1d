"""Reports on a pupil for a conference or a review: made in one go, and who went."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent
from accounts.permissions import Permission
from casework.actions import pupil_reports as actions
from casework.forms.letters import MeetingForm, ReportForm
from casework.letters import reporting
from casework.letters.fields import LetterProblem
from casework.models import PupilReport
from casework.views.letters import pupil_of, stored_file
from schools.forms.fields import show


@needs(Permission.SEE_LETTERS)
def pupil_reports(request: HttpRequest, pk: int) -> HttpResponse:
    """Those that were made, and a new one."""
    user, pupil = user_of(request), pupil_of(request, pk)
    may_write = user.may(Permission.WRITE_LETTERS)
    form = ReportForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and may_write and form.is_valid():
        try:
            report = actions.make_report(by=user, today=clock.today(), now=clock.now(), pupil=pupil, **form.cleaned_data)
        except LetterProblem as problem:
            show(form, problem)
        else:
            return redirect("pupil_report", pk=report.pk)
    rows = PupilReport.objects.visible_to(user).filter(pupil=pupil).order_by("-pk")
    return render(request, "casework/letters/reports.html", {"pupil": pupil, "form": form, "rows": rows[:50], "may_write": may_write})


def _report(request: HttpRequest, pk: int) -> PupilReport:
    return get_object_or_404(PupilReport.objects.visible_to(user_of(request)).select_related("pupil", "case"), pk=pk)


@require_safe
@needs(Permission.SEE_LETTERS)
def pupil_report(request: HttpRequest, pk: int) -> HttpResponse:
    user, found = user_of(request), _report(request, pk)
    audit.record("looked at a pupil report", by=user, subject=found, kind=AuditEvent.Kind.VIEW, pupil=found.pupil_id)
    context = reporting.context(found) | {"may_write": user.may(Permission.WRITE_LETTERS)}
    return render(request, "casework/letters/report.html", context)


@require_safe
@needs(Permission.SEE_LETTERS)
def pupil_report_progress(request: HttpRequest, pk: int) -> HttpResponse:
    found = _report(request, pk)
    response = render(request, "casework/letters/_being_made.html", {"order": found})
    if not found.busy:
        response["HX-Refresh"] = "true"
    return response


@require_safe
@needs(Permission.SEE_LETTERS)
def pupil_report_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    user, found = user_of(request), _report(request, pk)
    answer = stored_file(found.stored, f"pupil-report-{found.pk}.pdf")
    audit.record("downloaded a pupil report", by=user, subject=found, kind=AuditEvent.Kind.EXPORT, sha256=found.sha256)
    return answer


@needs(Permission.WRITE_LETTERS)
def pupil_report_meeting(request: HttpRequest, pk: int) -> HttpResponse:
    found, today = _report(request, pk), clock.today()
    form = MeetingForm(request.POST if request.method == "POST" else None, initial={"met": today})
    if request.method == "POST" and form.is_valid():
        try:
            logged = actions.log_attendance(by=user_of(request), today=today, now=clock.now(), report=found, **form.cleaned_data)
        except LetterProblem as problem:
            show(form, problem)
        else:
            where = "The case’s chronology says so too." if logged.case_id else "The child has no open case, so it stands here alone."
            messages.success(request, f"The meeting is logged. {where}")
            return redirect("pupil_report", pk=pk)
    return render(request, "casework/letters/report_form.html", {"form": form, "report": found})


@require_POST
@needs(Permission.WRITE_LETTERS)
def pupil_report_again(request: HttpRequest, pk: int) -> HttpResponse:
    actions.make_again(by=user_of(request), report=_report(request, pk))
    return redirect("pupil_report", pk=pk)
