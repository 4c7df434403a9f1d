"""Documents of a checklist: attached to an item of a request or of a batch, handed out as downloads, taken away."""

from __future__ import annotations

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent
from accounts.permissions import Permission
from attendance.uploads import no_room, too_large
from casework import scanning
from legal import checklist
from legal.actions import evidence as actions
from legal.actions.problem import NoticeProblem
from legal.forms import AttachForm
from legal.models import Attachment, HolidayBatch, Request
from legal.views.batches import batch_of
from legal.views.requests import request_of
from schools import files
from schools.forms.fields import show


@needs(Permission.REQUEST_NOTICE)
@require_http_methods(["GET", "POST"])
def request_attach(request: HttpRequest, pk: int) -> HttpResponse:
    return _attach(request, request_of(request, pk), "request")


@needs(Permission.REQUEST_NOTICE)
@require_http_methods(["GET", "POST"])
def holiday_attach(request: HttpRequest, pk: int) -> HttpResponse:
    return _attach(request, batch_of(request, pk), "holiday_batch")


def _attach(request: HttpRequest, of: Request | HolidayBatch, page: str) -> HttpResponse:
    route = of.route if isinstance(of, Request) else checklist.HOLIDAY
    sent = request.method == "POST"
    if not sent:
        audit.record("opened the form to attach evidence", by=user_of(request), subject=of, kind=AuditEvent.Kind.VIEW)
    start = {"item": request.GET.get("item") or ("leave" if route == checklist.HOLIDAY else None)}
    form = AttachForm(request.POST if sent else None, request.FILES if sent else None, route=route, initial=start)
    if sent and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            actions.attach(
                by=user_of(request),
                now=clock.now(),
                of=of,
                item=form.cleaned_data["item"],
                name=file.name or "",
                size=file.size,
                file=file.file,
            )
        except NoticeProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"{file.name} is attached.")
            return redirect(page, pk=of.pk)
    elif sent and too_large(request):
        form.errors["file"] = form.error_class([f"The file is larger than {files.MOST // files.MEGABYTE} MB"])
    elif sent and no_room(request):
        form.errors["file"] = form.error_class([actions.NO_ROOM])
    return render(request, "legal/attach.html", {"form": form, "of": of, "page": page, "scanner": scanning.configured()})


def _attachment(request: HttpRequest, pk: int) -> Attachment:
    rows = Attachment.objects.visible_to(user_of(request)).select_related("request", "batch")
    return get_object_or_404(rows, pk=pk)


@require_safe
@needs(Permission.SEE_NOTICES)
def evidence_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """As it was added, byte for byte, and never shown in the browser."""
    found = _attachment(request, pk)
    if not default_storage.exists(found.stored):
        raise Http404
    audit.record("downloaded evidence", by=user_of(request), subject=found.of, kind=AuditEvent.Kind.EXPORT, sha256=found.sha256)
    return FileResponse(
        default_storage.open(found.stored),
        as_attachment=True,
        filename=found.name,
        content_type=files.KINDS[found.kind],
        headers={"X-Content-Type-Options": "nosniff"},
    )


@needs(Permission.REQUEST_NOTICE)
@require_POST
def evidence_remove(request: HttpRequest, pk: int) -> HttpResponse:
    found = _attachment(request, pk)
    try:
        actions.take_away(by=user_of(request), now=clock.now(), attachment=found)
    except NoticeProblem as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, f"{found.name} is taken away.")
    return redirect("request", pk=found.request_id) if found.request_id else redirect("holiday_batch", pk=found.batch_id)
