"""Packs of meetings: one on the web as things stand now, its PDFs, and what is waiting, made or failed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent, User
from accounts.permissions import Permission
from dashboards.models import Paper
from dashboards.pack import asking, printed
from dashboards.pack.agenda import of_meeting, with_agenda
from dashboards.pack.gather import gather
from dashboards.papers.actions import PaperProblem
from meetings.models import Meeting
from meetings.terms import find, term_of

_PAGE = 50
_LABELS = {Paper.Audience.INSIDE: "For the authority", Paper.Audience.SCHOOL: "For the school"}


def _audiences(user: User) -> list[str]:
    """Whose pack this user may have: a school its own only."""
    return [audience.value for audience in _LABELS] if user.as_role.in_authority else [Paper.Audience.SCHOOL.value]


def _with_papers(meetings: QuerySet[Meeting], user: User) -> QuerySet[Meeting]:
    """With the packs made or being made of each, newest first."""
    papers = Paper.objects.visible_to(user).order_by("-asked_at", "-pk").prefetch_related("files")
    return meetings.prefetch_related(Prefetch("packs", papers, to_attr="papers"))


def _states(meeting: Meeting, user: User) -> list[dict[str, Any]]:
    """For each reader the newest PDF of the meeting's pack, and the newest that was made, if that is another."""
    found = []
    for audience in _audiences(user):
        ours = [paper for paper in meeting.papers if paper.audience == audience]  # type: ignore[attr-defined]
        made = next((paper for paper in ours if paper.status == Paper.Status.MADE), None)
        latest = ours[0] if ours else None
        found.append(
            {"audience": audience, "label": _LABELS[Paper.Audience(audience)], "latest": latest, "made": made, "file": _file(made)}
        )
    return found


def _file(made: Paper | None) -> Any:
    return next(iter(made.files.all()), None) if made else None


@require_safe
@needs(Permission.SEE_MEETINGS)
def pack(request: HttpRequest, pk: int) -> HttpResponse:
    """The pack as things stand now, as its reader may see it. It names children: a look at it is written down."""
    user, today = user_of(request), clock.today()
    seen = with_agenda(Meeting.objects.visible_to(user).support().select_related("school", "officer"), today=today)
    meeting = get_object_or_404(seen, pk=pk)
    audit.record("looked at a meeting’s pack", by=user, subject=meeting, kind=AuditEvent.Kind.VIEW, form=request.path[:200])
    inside = user.as_role.in_authority
    found = gather(of_meeting(meeting, inside=inside), inside=inside, today=today)
    context = {
        **printed.context(found, meeting),
        "meeting": meeting,
        "audiences": [(a, _LABELS[Paper.Audience(a)]) for a in _audiences(user)],
    }
    return render(request, "dashboards/pack.html", context)


@require_POST
@needs(Permission.SEE_MEETINGS)
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Have the PDF made, or made again."""
    user = user_of(request)
    meeting = get_object_or_404(Meeting.objects.visible_to(user).support().select_related("school"), pk=pk)
    audience = request.POST.get("audience", "")
    if audience not in _audiences(user):
        messages.error(request, "Choose for whom the pack is to be made.")
        return redirect("pack", pk=pk)
    try:
        paper = asking.ask_for_pack(by=user, today=clock.today(), now=clock.now(), meeting=meeting, audience=audience)
    except PaperProblem as problem:
        messages.error(request, str(problem))
        return redirect("meeting", pk=pk)
    return redirect("paper", pk=paper.pk)


@require_safe
@needs(Permission.SEE_MEETINGS)
def packs(request: HttpRequest) -> HttpResponse:
    """Planned meetings to come, with the state of their packs; and those of all schools that were made together."""
    user, today = user_of(request), clock.today()
    coming = Meeting.objects.visible_to(user).support().to_come(today).select_related("school", "officer").order_by("day", "time", "pk")
    page = Paginator(_with_papers(coming, user), _PAGE).get_page(request.GET.get("page"))
    whole = user.may(Permission.SEE_BOROUGH)
    term = term_of(today)
    together = Paper.objects.visible_to(user).filter(kind=Paper.Kind.PACKS).order_by("-asked_at", "-pk")[:5] if whole else []
    context = {
        "page": page,
        "total": page.paginator.count,
        "rows": [(meeting, _states(meeting, user), asking.due_at(meeting.day)) for meeting in page],
        "now": clock.now(),
        "whole": whole,
        "together": list(together),
        "terms": [(one.key, one.name) for one in (term, term.after())],
        "audiences": [(a, _LABELS[Paper.Audience(a)]) for a in _audiences(user)],
    }
    return render(request, "dashboards/packs.html", context)


@require_POST
@needs(Permission.SEE_BOROUGH)
def ask_for_all(request: HttpRequest) -> HttpResponse:
    """Have the packs of all schools of a term made."""
    user, term, audience = user_of(request), find(request.POST.get("term", "")), request.POST.get("audience", "")
    if term is None or audience not in _audiences(user):
        messages.error(request, "Choose a term, and for whom the packs are to be made.")
        return redirect("packs")
    try:
        paper = asking.ask_for_packs(by=user, today=clock.today(), now=clock.now(), term=term, audience=audience)
    except PaperProblem as problem:
        messages.error(request, str(problem))
        return redirect("packs")
    return redirect("paper", pk=paper.pk)
