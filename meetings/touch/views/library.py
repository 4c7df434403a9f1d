"""The noticeboard and the library: reading, searching, writing, files, and who has read what."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent
from accounts.permissions import Permission
from attendance.uploads import no_room, too_large
from meetings.models import Guide, GuideFile
from meetings.touch import reports
from meetings.touch.actions import library as actions
from meetings.touch.actions.problems import TouchProblem
from meetings.touch.forms import ChangeGuideForm, GuideFileForm, GuideForm
from meetings.touch.views.common import show_moved_on
from schools import files
from schools.forms.fields import show
from schools.models import School

_PAGE = 30


def _guide(request: HttpRequest, pk: int) -> Guide:
    rows = Guide.objects.visible_to(user_of(request), day=clock.today())
    return get_object_or_404(rows.select_related("written_by", "changed_by"), pk=pk)


@require_safe
@needs(Permission.READ_GUIDANCE)
def guide_list(request: HttpRequest) -> HttpResponse:
    """What stands, newest first; for the team also what is to come, is over or was withdrawn."""
    user, today = user_of(request), clock.today()
    kind, topic, asked = request.GET.get("kind", ""), request.GET.get("topic", ""), request.GET.get("q", "").strip()[:100].replace("\0", "")
    kind, topic = kind if kind in Guide.Kind.values else "", topic if topic in Guide.Topic.values else ""
    team = user.may(Permission.KEEP_IN_TOUCH)
    past = team and request.GET.get("all") == "1"
    rows = Guide.objects.visible_to(user, day=today)
    rows = rows if past or not team else rows.filter(withdrawn_at=None)
    rows = rows.filter(kind=kind) if kind else rows
    rows = rows.filter(topic=topic) if topic else rows
    rows = rows.with_words(asked) if asked else rows
    page = Paginator(rows.order_by("-start", "-pk").prefetch_related("files"), _PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {"page": page, "total": page.paginator.count, "kind": kind, "topic": topic, "asked": asked, "team": team}
    context |= {"topics": Guide.Topic.choices, "today": today, "past": past}
    context["rows"] = reports.with_reads(page.object_list, user, today=today) if team else [(guide, 0, 0) for guide in page.object_list]
    return render(request, "touch/guides.html", context)


@require_safe
@needs(Permission.READ_GUIDANCE)
def guide(request: HttpRequest, pk: int) -> HttpResponse:
    found, user, today = _guide(request, pk), user_of(request), clock.today()
    team = user.may(Permission.KEEP_IN_TOUCH)
    context: dict[str, Any] = {"guide": found, "files": list(found.files.order_by("name")), "team": team, "today": today}
    if team:
        context |= {"readers": reports.readers(found, user, today=today), "form": GuideFileForm()}
    elif request.method == "GET":
        schools = School.objects.visible_to(user).open_on(today)
        actions.note_read(
            by=user, now=clock.now(), guide=found, schools=list(schools.filter(phase__in=found.phases) if found.phases else schools)
        )
    return render(request, "touch/guide.html", context)


@needs(Permission.KEEP_IN_TOUCH)
def guide_new(request: HttpRequest) -> HttpResponse:
    form = GuideForm(request.POST or None, initial={"start": clock.today()})
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.write_guide(by=user_of(request), now=clock.now(), **form.cleaned_data)
        except TouchProblem as problem:
            show(form, problem)
        else:
            messages.success(request, "It is kept. Add a file if there is one.")
            return redirect("guide", pk=made.pk)
    return render(request, "touch/guide_edit.html", {"form": form})


@needs(Permission.KEEP_IN_TOUCH)
def guide_change(request: HttpRequest, pk: int) -> HttpResponse:
    found = _guide(request, pk)
    form = ChangeGuideForm(request.POST or None, initial=ChangeGuideForm.initial_of(found))
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_guide(by=user_of(request), now=clock.now(), guide=found, **form.cleaned_data)
        except TouchProblem as problem:
            show_moved_on(form, problem, Guide.objects.get(pk=pk).version)
        else:
            messages.success(request, "It is changed.")
            return redirect("guide", pk=pk)
    return render(request, "touch/guide_edit.html", {"form": form, "guide": found})


@require_POST
@needs(Permission.KEEP_IN_TOUCH)
def guide_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    back = request.POST.get("do") == "back"
    actions.withdraw_guide(by=user_of(request), now=clock.now(), guide=_guide(request, pk), back=back)
    messages.success(request, "Schools see it again." if back else "It is withdrawn: no school sees it any more.")
    return redirect("guide", pk=pk)


@require_POST
@needs(Permission.KEEP_IN_TOUCH)
def guide_file_add(request: HttpRequest, pk: int) -> HttpResponse:
    found, user = _guide(request, pk), user_of(request)
    form = GuideFileForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            actions.add_file(by=user, now=clock.now(), guide=found, name=file.name or "", size=file.size, file=file.file)
        except TouchProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"{file.name} is with it.")
            return redirect("guide", pk=pk)
    elif too_large(request):
        form.errors["file"] = form.error_class([f"The file is larger than {files.MOST // files.MEGABYTE} MB"])
    elif no_room(request):
        form.errors["file"] = form.error_class([actions.NO_ROOM])
    context = {"guide": found, "files": list(found.files.order_by("name")), "team": True, "form": form, "today": clock.today()}
    return render(request, "touch/guide.html", context | {"readers": reports.readers(found, user, today=clock.today())})


@require_POST
@needs(Permission.KEEP_IN_TOUCH)
def guide_file_remove(request: HttpRequest, pk: int, file: int) -> HttpResponse:
    found = get_object_or_404(GuideFile.objects.select_related("guide"), pk=file, guide=_guide(request, pk))
    actions.remove_file(by=user_of(request), file=found)
    messages.success(request, f"{found.name} is taken away.")
    return redirect("guide", pk=pk)


@require_safe
@needs(Permission.READ_GUIDANCE)
def guide_file(request: HttpRequest, pk: int, file: int) -> HttpResponseBase:
    """As it was added, byte for byte, and never shown in the browser."""
    found = get_object_or_404(GuideFile.objects.select_related("guide"), pk=file, guide=_guide(request, pk))
    if not default_storage.exists(found.stored):
        raise Http404
    audit.record("downloaded guidance", by=user_of(request), subject=found.guide, kind=AuditEvent.Kind.EXPORT, name=found.name)
    return FileResponse(
        default_storage.open(found.stored),
        as_attachment=True,
        filename=found.name,
        content_type=files.KINDS[found.kind],
        headers={"X-Content-Type-Options": "nosniff"},
    )
