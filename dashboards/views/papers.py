"""Papers: asking for one, the page that shows how far it is, and its files."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent, User
from accounts.permissions import Permission
from dashboards.models import Paper, PaperFile
from dashboards.papers import actions
from dashboards.papers.actions import PaperProblem
from dashboards.papers.making import name_of
from dashboards.papers.offers import audiences
from meetings.terms import find
from schools.models import School

_PAGE = 50
_TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}


@require_safe
@needs(Permission.SEE_PUPILS)
def papers(request: HttpRequest) -> HttpResponse:
    """What was made before, newest first; those made together stand as one."""
    user = user_of(request)
    found = Paper.objects.visible_to(user).filter(part_of=None).select_related("school", "meeting").prefetch_related("files")
    page = Paginator(found.order_by("-asked_at", "-pk"), _PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "dashboards/papers.html",
        {"page": page, "total": page.paginator.count, "may_see_borough": user_of(request).may(Permission.SEE_BOROUGH)},
    )


@require_POST
@needs(Permission.SEE_PUPILS)
def ask(request: HttpRequest) -> HttpResponse:
    user, kind, audience = user_of(request), request.POST.get("kind", ""), request.POST.get("audience", "")
    school = _school(user, kind, request.POST.get("school", ""))
    term = find(request.POST.get("term", ""))
    if kind not in Paper.Kind.values or audience not in audiences(user, kind) or term is None:
        messages.error(request, "Choose what to make, for whom, and of which term.")
        return redirect("papers")
    try:
        paper = actions.ask_for_paper(by=user, today=clock.today(), now=clock.now(), kind=kind, term=term, audience=audience, school=school)
    except PaperProblem as problem:
        messages.error(request, str(problem))
        return redirect("school", urn=school.urn) if school else redirect("borough")
    return redirect("paper", pk=paper.pk)


def _school(user: User, kind: str, urn: str) -> School | None:
    """Whose profile is asked for. Papers of the whole authority are for those who see it whole."""
    if kind == Paper.Kind.PROFILE:
        return get_object_or_404(School.objects.visible_to(user), urn=int(urn) if urn.isdecimal() and len(urn) < 9 else 0)
    if kind in Paper.Kind.values and not user.may(Permission.SEE_BOROUGH):
        raise PermissionDenied
    return None


def _context(paper: Paper) -> dict[str, Any]:
    together = paper.together
    parts = paper.parts.select_related("school", "meeting").prefetch_related("files").order_by("school__sort_name") if together else None
    return {
        "paper": paper,
        "files": list(paper.files.order_by("form")),
        "parts": list(parts) if parts is not None and not paper.busy else [],
        "done": parts.count() if parts is not None else 0,
    }


@require_safe
@needs(Permission.SEE_PUPILS)
def paper(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Paper.objects.visible_to(user_of(request)).select_related("school", "part_of", "meeting"), pk=pk)
    return render(request, "dashboards/paper.html", _context(found))


@require_safe
@needs(Permission.SEE_PUPILS)
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """A piece of the page, asked for every second while it is being made; the whole page anew when it is."""
    found = get_object_or_404(Paper.objects.visible_to(user_of(request)), pk=pk)
    response = render(request, "dashboards/_paper_progress.html", _context(found))
    if not found.busy:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@needs(Permission.SEE_PUPILS)
def again(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    found = get_object_or_404(Paper.objects.visible_to(user), pk=pk)
    actions.make_again(by=user, today=clock.today(), paper=found)
    return redirect("paper", pk=pk)


@require_safe
@needs(Permission.SEE_PUPILS)
def file(request: HttpRequest, pk: int, form: str) -> HttpResponseBase:
    """The stored file, byte for byte."""
    user = user_of(request)
    found = get_object_or_404(Paper.objects.visible_to(user).select_related("school", "meeting"), pk=pk)
    stored = PaperFile.objects.filter(paper=found, form=form).first()
    if stored is None or not default_storage.exists(stored.stored):
        raise Http404
    audit.record("downloaded a paper", by=user, subject=found, kind=AuditEvent.Kind.EXPORT, form=form, sha256=stored.sha256)
    return FileResponse(
        default_storage.open(stored.stored),
        as_attachment=True,
        filename=name_of(found, form),
        content_type=_TYPES[form],
        headers={"X-Content-Type-Options": "nosniff"},
    )
