"""Children with a social worker: first-day absences, the school's word to the social worker, the cohort and each child's term."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent
from accounts.permissions import Permission
from attendance import downloads
from attendance.downloads import Wanted
from casework import care_page, care_paper
from casework.actions import care as actions
from casework.actions.care import CareProblem
from casework.forms.care import ResponseForm, TellWorkerForm
from casework.missing import care
from casework.models import TellWorker, TermSummary
from casework.views.day import day_asked
from schools.forms.fields import show
from schools.models import Characteristic, Enrolment, Pupil

_PAGE = 50


@require_safe
@needs(Permission.SEE_CASES)
def first_day(request: HttpRequest) -> HttpResponse:
    user, today, day = user_of(request), clock.today(), day_asked(request)
    found = care_page.morning(user, day=day)
    late = day < today or clock.time_of_day() >= care_page.LIST_AT
    tasks = TellWorker.objects.visible_to(user)
    context = {
        "list": found, "day": day, "today": today, "late": late, "may_respond": user.may(Permission.WORK_CASES),
        "waiting": tasks.open().count(), "overdue": tasks.overdue(today).count(), "at": care_page.LIST_AT,
    }  # fmt: skip
    audit.record("looked at first-day absences", by=user, kind=AuditEvent.Kind.VIEW, count=len(found.first) + len(found.going_on))
    return render(request, "casework/care/first_day.html", context)


@needs(Permission.WORK_CASES)
def first_day_respond(request: HttpRequest, pk: int) -> HttpResponse:
    user, today, day = user_of(request), clock.today(), day_asked(request)
    theirs = Enrolment.objects.visible_to(user).filter(care.with_worker(today)).select_related("pupil", "school")
    enrolment = get_object_or_404(theirs, pk=pk)
    if request.method == "GET":
        about = {"by": user, "subject": enrolment.pupil, "kind": AuditEvent.Kind.VIEW, "form": request.path[:200]}
        audit.record("looked at a pupil", **about)  # type: ignore[arg-type]
    form = ResponseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.respond(by=user, today=today, now=clock.now(), enrolment=enrolment, day=day, **form.cleaned_data)
        except CareProblem as problem:
            sent = request.POST.copy()
            sent["form_token"] = str(uuid.uuid4())
            form = ResponseForm(sent)
            form.is_valid()
            show(form, problem)
        else:
            messages.success(request, f"What was done about {enrolment.pupil} is recorded.")
            return redirect(f"{reverse('first_day')}?day={day.isoformat()}")
    return render(request, "casework/care/respond.html", {"form": form, "enrolment": enrolment, "day": day})


@needs(Permission.DO_TASKS)
def tell_worker(request: HttpRequest, pk: int) -> HttpResponse:
    """The school answers in its own login; the authority may write down what the school has said."""
    user, today = user_of(request), clock.today()
    task = get_object_or_404(
        TellWorker.objects.visible_to(user).select_related("enrolment__pupil", "enrolment__school", "answered_by"), pk=pk
    )
    if request.method == "GET":
        audit.record("looked at a task", by=user, subject=task, kind=AuditEvent.Kind.VIEW)
    open_ = task.answered is None and task.withdrawn is None
    start = {"told_on": today, "told_by": user.name}
    form = TellWorkerForm(request.POST if request.method == "POST" else None, initial=start) if open_ or request.method == "POST" else None
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            actions.answer(by=user, today=today, now=clock.now(), task=task, **form.cleaned_data)
        except CareProblem as problem:
            show(form, problem)
        else:
            messages.success(request, "The answer is recorded.")
            return redirect("tell_worker", pk=pk)
    return render(request, "casework/care/tell_worker.html", {"form": form, "task": task, "today": today})


_SECTIONS = {"placed": "Placed in another authority", "others": "Of other authorities, placed here"}


@require_safe
@needs(Permission.SEE_CASES)
def care_children(request: HttpRequest) -> HttpResponse:
    user, today = user_of(request), clock.today()
    term, kind = care_page.term_of(request.GET.get("term", ""), today), request.GET.get("kind", "")
    found = care_page.cohort(user, term, today=today, kind=kind)
    part = request.GET.get("part", "")
    lines = {"placed": found.placed_elsewhere, "others": found.of_others}.get(part, found.lines)
    kinds = [(one.value, one.label) for one in Characteristic.Kind if one in care.KINDS]
    context = {
        "cohort": found, "page": Paginator(lines, _PAGE).get_page(request.GET.get("page")), "term": term,
        "terms": care_page.terms(today), "kind": kind if kind in care.KINDS else "", "kinds": kinds, "today": today,
        "part": part if part in _SECTIONS else "", "sections": _SECTIONS.items(),
    }  # fmt: skip
    return render(request, "casework/care/children.html", context)


@require_safe
@needs(Permission.SEE_CASES)
def care_download(request: HttpRequest, form: str) -> HttpResponseBase:
    """The cohort's term as a file. It names children: there is nothing of it to publish."""
    if form not in downloads.FORMS or downloads.for_publishing(request):
        raise Http404
    today = clock.today()
    term = care_page.term_of(request.GET.get("term", ""), today)
    rows = care_page.cohort(user_of(request), term, today=today, kind=request.GET.get("kind", "")).lines
    said = [
        f"{term.name}, to {min(term.bounds[1], today):%-d %B %Y}: children who have a social worker today.",
        "Each line is an enrolment: a child at two schools is two. It names children: keep it safe.",
    ]
    return downloads.send(request, care_page.TABLE, rows, Wanted(form, len(rows), said), back="care_children")


@require_safe
@needs(Permission.SEE_CASES)
def care_child(request: HttpRequest, pk: int) -> HttpResponse:
    """One child's term, for the personal education plan: it prints on a page."""
    user, today = user_of(request), clock.today()
    pupil = get_object_or_404(Pupil.objects.visible_to(user), pk=pk)
    term = care_page.term_of(request.GET.get("term", ""), today)
    audit.record("looked at a pupil", by=user, subject=pupil, kind=AuditEvent.Kind.VIEW, form=request.path[:200])
    found = care_page.of_child(pupil, user, term, today=today)
    if not found["cohort"].lines and not care_page.kinds_of([pupil.pk], today):
        raise Http404
    return render(request, "casework/care/child.html", {"pupil": pupil, "terms": care_page.terms(today), "today": today, **found})


@require_POST
@needs(Permission.SEE_CASES)
def summary_ask(request: HttpRequest) -> HttpResponse:
    """Have the term of one child, or of all, made as a PDF."""
    user, today = user_of(request), clock.today()
    term = care_page.term_of(request.POST.get("term", ""), today)
    asked, pupil = request.POST.get("pupil", ""), None
    if asked:
        pupil = get_object_or_404(Pupil.objects.visible_to(user), pk=int(asked) if asked.isdecimal() else 0)
    summary = care_paper.ask(by=user, today=today, now=clock.now(), term=term, pupil=pupil)
    return redirect("summary", pk=summary.pk)


@require_safe
@needs(Permission.SEE_CASES)
def summary(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(TermSummary.objects.visible_to(user_of(request)).select_related("pupil"), pk=pk)
    return render(request, "casework/care/summary.html", {"summary": found})


@require_safe
@needs(Permission.SEE_CASES)
def summary_pdf(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The stored file, byte for byte."""
    user = user_of(request)
    found = get_object_or_404(TermSummary.objects.visible_to(user), pk=pk, status=TermSummary.Status.MADE)
    if not default_storage.exists(found.stored):
        raise Http404
    audit.record("downloaded an attendance summary", by=user, subject=found, kind=AuditEvent.Kind.EXPORT, sha256=found.sha256)
    headers = {"X-Content-Type-Options": "nosniff"}
    name = f"attendance-summary-{found.pk}.pdf"
    file, kind = default_storage.open(found.stored), "application/pdf"
    return FileResponse(file, as_attachment=True, filename=name, content_type=kind, headers=headers)
