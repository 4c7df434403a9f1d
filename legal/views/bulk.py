"""Notices issued as one job: what the check found, how far it is, the file for printing and the day of posting."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent
from accounts.permissions import Permission
from legal.actions import bulk as actions
from legal.actions.problem import NoticeProblem
from legal.forms import PostedForm
from legal.models import BulkIssue, BulkLine, Document, Notice
from legal.penalty import written
from legal.views.decisions import in_authority
from schools.forms.fields import show

_PAGE = 100
State = BulkLine.State


def bulk_of(request: HttpRequest, pk: int) -> BulkIssue:
    in_authority(user_of(request))
    rows = BulkIssue.objects.visible_to(user_of(request)).select_related("batch__school", "by", "posted_by")
    return get_object_or_404(rows, pk=pk)


def _progress(bulk: BulkIssue) -> dict[str, Any]:
    """How many lines are done of how many; while notices are issued, how many PDFs are made too."""
    counts = dict(bulk.lines.order_by().values_list("state").annotate(n=Count("pk")))
    total = sum(counts.values())
    if bulk.step == BulkIssue.Step.CHECKING:
        return {"bulk": bulk, "total": total, "done": total - counts.get(State.TO_CHECK, 0), "left_out": counts.get(State.LEFT_OUT, 0)}
    of = Document.objects.filter(notice__decision__bulk_line__bulk=bulk)
    made = of.aggregate(all=Count("pk"), made=Count("pk", filter=~Q(status=Document.Status.WAITING)))
    issued = counts.get(State.ISSUED, 0)
    to_do = issued + counts.get(State.TO_ISSUE, 0)
    return {
        "bulk": bulk,
        "total": to_do,
        "done": issued,
        "left_out": counts.get(State.LEFT_OUT, 0),
        "pdfs": made["all"],
        "made": made["made"],
    }


@require_safe
@needs(Permission.SEE_NOTICES)
def bulk_issue(request: HttpRequest, pk: int) -> HttpResponse:
    user, bulk = user_of(request), bulk_of(request, pk)
    audit.record("looked at a bulk issue", by=user, subject=bulk, kind=AuditEvent.Kind.VIEW)
    lines = bulk.lines.select_related("request__pupil").order_by("request__pupil__sort_name", "pk")
    due = [one for each in bulk.lines.filter(state=State.READY).values_list("due", flat=True) for one in each]
    page = Paginator(lines.prefetch_related("request__notices"), _PAGE).get_page(request.GET.get("page"))
    context = _progress(bulk) | {
        "page": page,
        "notices": len(due),
        "early": sum(one["early"] for one in due),
        "full": sum(one["full"] for one in due),
        "to_serve": Notice.objects.filter(decision__bulk_line__bulk=bulk, state=Notice.State.ISSUED).count(),
        "may_decide": user.may(Permission.DECIDE_NOTICE),
    }
    return render(request, "legal/holidays/bulk.html", context)


@require_safe
@needs(Permission.SEE_NOTICES)
def bulk_progress(request: HttpRequest, pk: int) -> HttpResponse:
    bulk = bulk_of(request, pk)
    answer = render(request, "legal/holidays/_progress.html", _progress(bulk))
    if not bulk.busy:
        answer["HX-Refresh"] = "true"
    return answer


@needs(Permission.DECIDE_NOTICE)
@require_POST
def bulk_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    bulk = bulk_of(request, pk)
    try:
        actions.confirm(by=user_of(request), today=clock.today(), now=clock.now(), bulk=bulk)
    except NoticeProblem as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, "The notices are being issued. You may leave this page.")
    return redirect("bulk_issue", pk=pk)


@needs(Permission.DECIDE_NOTICE)
@require_POST
def bulk_drop(request: HttpRequest, pk: int) -> HttpResponse:
    bulk = bulk_of(request, pk)
    try:
        actions.drop(by=user_of(request), today=clock.today(), now=clock.now(), bulk=bulk)
    except NoticeProblem as problem:
        messages.error(request, str(problem))
        return redirect("bulk_issue", pk=pk)
    messages.success(request, "Nothing was issued. The requests wait as before.")
    return redirect("holiday_batch", pk=bulk.batch_id)


@needs(Permission.DECIDE_NOTICE)
@require_http_methods(["GET", "POST"])
def bulk_posted(request: HttpRequest, pk: int) -> HttpResponse:
    bulk = bulk_of(request, pk)
    if request.method == "GET" and (bulk.posted or bulk.step != BulkIssue.Step.ISSUED):
        return redirect("bulk_issue", pk=pk)
    form = PostedForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            posted = form.cleaned_data["posted"]
            served = actions.confirm_posting(by=user_of(request), today=clock.today(), now=clock.now(), bulk=bulk, posted=posted)
        except NoticeProblem as problem:
            problem.field = "posted"
            show(form, problem)
        else:
            days = served[0].deadlines
            messages.success(request, f"{len(served)} notices were posted on {written(posted)}: {days.words if days else ''}.")
            return redirect("bulk_issue", pk=pk)
    return render(request, "legal/holidays/posted.html", {"form": form, "bulk": bulk})


@require_safe
@needs(Permission.SEE_NOTICES)
def bulk_pdf(request: HttpRequest, pk: int) -> HttpResponseBase:
    bulk = bulk_of(request, pk)
    if not bulk.stored or not default_storage.exists(bulk.stored):
        raise Http404
    audit.record("downloaded notices of a bulk issue", by=user_of(request), subject=bulk, kind=AuditEvent.Kind.EXPORT, sha256=bulk.sha256)
    return FileResponse(
        default_storage.open(bulk.stored),
        as_attachment=True,
        filename=f"notices-batch-{bulk.batch_id}.pdf",
        content_type="application/pdf",
        headers={"X-Content-Type-Options": "nosniff"},
    )
