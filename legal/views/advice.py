"""Notes of legal advice: pages of their own, which only the legal role opens. Nothing else in Daymark reads them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent
from accounts.permissions import Permission
from legal.actions import advice as actions
from legal.actions.problem import NoticeProblem
from legal.forms.orders import AdviceForm
from legal.models import AdviceNote, Notice, Request
from schools.forms.fields import show
from schools.models import Pupil


@needs(Permission.KEEP_LEGAL_ADVICE)
@require_http_methods(["GET", "POST"])
def pupil_advice(request: HttpRequest, pk: int) -> HttpResponse:
    pupil = get_object_or_404(Pupil.objects.visible_to(user_of(request)), pk=pk)
    return _page(request, pupil, "the pupil", reverse("legal_pupil", args=[pk]), {})


@needs(Permission.KEEP_LEGAL_ADVICE)
@require_http_methods(["GET", "POST"])
def request_advice(request: HttpRequest, pk: int) -> HttpResponse:
    asked = get_object_or_404(Request.objects.visible_to(user_of(request)).select_related("pupil"), pk=pk)
    return _page(request, asked.pupil, f"request {pk}", reverse("request", args=[pk]), {"request": asked})


@needs(Permission.KEEP_LEGAL_ADVICE)
@require_http_methods(["GET", "POST"])
def notice_advice(request: HttpRequest, pk: int) -> HttpResponse:
    notice = get_object_or_404(Notice.objects.visible_to(user_of(request)).select_related("pupil"), pk=pk)
    return _page(request, notice.pupil, notice.reference, reverse("notice", args=[pk]), {"notice": notice})


def _page(request: HttpRequest, pupil: Pupil, what: str, back: str, about: dict[str, Any]) -> HttpResponse:
    user = user_of(request)
    form = AdviceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.write_advice(by=user, today=clock.today(), now=clock.now(), pupil=pupil, **about, **form.cleaned_data)
        except NoticeProblem as problem:
            show(form, problem)
        else:
            messages.success(request, "The note is kept. Only legal officers read it.")
            return redirect(request.path)
    if request.method == "GET":
        audit.record("looked at legal advice notes", by=user, subject=pupil, kind=AuditEvent.Kind.VIEW)
    notes = list(AdviceNote.objects.visible_to(user).filter(pupil=pupil).select_related("request", "notice").order_by("-at", "-pk"))
    return render(request, "legal/advice.html", {"form": form, "pupil": pupil, "what": what, "link": back, "notes": notes, "about": about})
