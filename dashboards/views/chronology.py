"""A child's chronology: the page, the table for a spreadsheet, and the PDF."""

from __future__ import annotations

from django.contrib import messages
from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_POST, require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent
from accounts.permissions import Permission
from attendance import downloads
from attendance.downloads import Wanted
from attendance.matrix import year_start
from attendance.tables import Column, Kind, Table
from attendance.words import say_day
from dashboards import chronology, stories
from dashboards.chronology import Line
from dashboards.chronology_form import ChronologyForm
from dashboards.models import Story
from schools.models import Pupil

_PAGE = 100


def _table(pupil: Pupil) -> Table[Line]:
    return Table(
        name="chronology",
        title=f"Chronology of {pupil}",
        columns=(
            Column("day", "Day", lambda line: line.day, Kind.DAY),
            Column("kind", "Kind", lambda line: line.kind_name),
            Column("words", "What happened", lambda line: line.words),
            Column("who", "Written by", lambda line: line.who),
            Column("at", "Written on", lambda line: downloads.said_moment(line.at) if line.at else ""),
        ),
    )


def _pupil(request: HttpRequest, pk: int) -> Pupil:
    return get_object_or_404(Pupil.objects.visible_to(user_of(request)), pk=pk)


@require_safe
@needs(Permission.SEE_CASES)
def chronology_page(request: HttpRequest, pk: int) -> HttpResponse:
    user, today, pupil = user_of(request), clock.today(), _pupil(request, pk)
    form = ChronologyForm(request.GET, today=today)
    asked = form.asked
    page = Paginator(chronology.lines(pupil, user, asked), _PAGE).get_page(request.GET.get("page"))
    audit.record("looked at a pupil", by=user, subject=pupil, kind=AuditEvent.Kind.VIEW, form=request.path[:200])
    years = chronology.years(asked)
    context = {
        "pupil": pupil,
        "form": form,
        "asked": asked,
        "page": page,
        "total": page.paginator.count,
        "whole": user.as_role.in_authority,
        "registers_from": year_start(years[0]) if year_start(years[0]) > asked.first else None,
        "stories": list(Story.objects.visible_to(user).filter(pupil=pupil).order_by("-asked_at")[:3]),
        "query": request.GET.urlencode(),
        "form_errors": bool(form.errors),
    }
    return render(request, "dashboards/chronology.html", context)


@require_safe
@needs(Permission.SEE_CASES)
def chronology_download(request: HttpRequest, pk: int, form: str) -> HttpResponseBase:
    if form not in downloads.FORMS:
        raise Http404
    user, today, pupil = user_of(request), clock.today(), _pupil(request, pk)
    asked = ChronologyForm(request.GET, today=today).asked
    found = chronology.lines(pupil, user, asked)
    said = [f"From {say_day(asked.first)} to {say_day(asked.last)}.", f"Kind: {chronology.KINDS.get(asked.kind, 'everything')}."]
    if not user.as_role.in_authority:
        said.append("What the attendance team shares with the school, and the school’s own registers.")
    audit.record("looked at a pupil", by=user, subject=pupil, kind=AuditEvent.Kind.EXPORT, form=form, count=len(found))
    return downloads.send(request, _table(pupil), found, Wanted(form, len(found), said), back=reverse("chronology", args=[pk]))


@require_POST
@needs(Permission.SEE_CASES)
def chronology_ask(request: HttpRequest, pk: int) -> HttpResponse:
    user, today, pupil = user_of(request), clock.today(), _pupil(request, pk)
    stories.ask(by=user, today=today, now=clock.now(), pupil=pupil, asked=ChronologyForm(request.POST, today=today).asked)
    messages.success(request, "The PDF is being made: it takes some seconds. It is listed under “As a PDF” below; only you can open it.")
    return redirect("chronology", pk=pk)


@require_safe
@needs(Permission.SEE_CASES)
def chronology_file(request: HttpRequest, pk: int, story: int) -> HttpResponseBase:
    user = user_of(request)
    found = get_object_or_404(Story.objects.visible_to(user).select_related("pupil"), pk=story, pupil=pk, status=Story.Status.MADE)
    if not default_storage.exists(found.stored):
        raise Http404
    audit.record("downloaded a chronology", by=user, subject=found.pupil, kind=AuditEvent.Kind.EXPORT, sha256=found.sha256)
    return FileResponse(
        default_storage.open(found.stored),
        as_attachment=True,
        filename=f"chronology-{slugify(str(found.pupil))}-{found.as_at.isoformat()}.pdf",
        content_type="application/pdf",
        headers={"X-Content-Type-Options": "nosniff"},
    )
