"""Files of a case: attached, handed out as downloads, taken away. Every download is recorded."""

from __future__ import annotations

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent
from accounts.permissions import Permission
from attendance.uploads import no_room, too_large
from casework import scanning
from casework.actions import CaseProblem
from casework.actions import files as actions
from casework.actions.moving import MOVABLE
from casework.forms.files import CaseFileForm
from casework.models import CaseFile, Entry
from casework.views.work import case_for, closed_already
from schools import files
from schools.forms.fields import show

_LINES = 20


@needs(Permission.WORK_CASES)
def case_file_add(request: HttpRequest, pk: int) -> HttpResponse:
    case, user = case_for(request, pk), user_of(request)
    if (elsewhere := closed_already(request, case)) is not None:
        return elsewhere
    recent = Entry.objects.visible_to(user).filter(case=case, kind__in=MOVABLE).order_by("-day", "-pk").values("pk")[:_LINES]
    lines = Entry.objects.filter(pk__in=list(recent.values_list("pk", flat=True))).order_by("-day", "-pk")
    sent = request.method == "POST"
    form = CaseFileForm(
        request.POST if sent else None, request.FILES if sent else None, entries=lines, initial={"entry": request.GET.get("entry")}
    )
    if sent and form.is_valid():
        file, asked = form.cleaned_data["file"], form.cleaned_data
        try:
            actions.attach_file(
                by=user,
                today=clock.today(),
                now=clock.now(),
                case=case,
                name=file.name or "",
                size=file.size,
                file=file.file,
                entry=asked["entry"],
                words=asked["words"],
                form_token=asked["form_token"],
            )
        except CaseProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"{file.name} is attached.")
            return redirect("case", pk=pk)
    elif sent and too_large(request):
        form.errors["file"] = form.error_class([f"The file is larger than {files.MOST // files.MEGABYTE} MB"])
    elif sent and no_room(request):
        form.errors["file"] = form.error_class([actions.NO_ROOM])
    return render(request, "casework/file_add.html", {"form": form, "case": case, "scanner": scanning.configured(), "lines": lines})


def _file(request: HttpRequest, pk: int, file: int) -> CaseFile:
    rows = CaseFile.objects.visible_to(user_of(request)).select_related("entry__case__pupil")
    return get_object_or_404(rows, pk=file, entry__case=pk)


@require_safe
@needs(Permission.SEE_CASES)
def case_file(request: HttpRequest, pk: int, file: int) -> HttpResponseBase:
    """As it was added, byte for byte, and never shown in the browser."""
    found = _file(request, pk, file)
    if not default_storage.exists(found.stored):
        raise Http404
    audit.record(
        "downloaded a file of a case", by=user_of(request), subject=found.entry.case, kind=AuditEvent.Kind.EXPORT, sha256=found.sha256
    )
    return FileResponse(
        default_storage.open(found.stored),
        as_attachment=True,
        filename=found.name,
        content_type=files.KINDS[found.kind],
        headers={"X-Content-Type-Options": "nosniff"},
    )


@require_POST
@needs(Permission.WORK_CASES)
def case_file_remove(request: HttpRequest, pk: int, file: int) -> HttpResponse:
    found = _file(request, pk, file)
    actions.take_away(by=user_of(request), now=clock.now(), file=found)
    messages.success(request, f"{found.name} is taken away.")
    return redirect("case", pk=pk)
