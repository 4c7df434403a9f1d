"""Other authorities: what was asked about earlier notices, either way, and what came back."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent
from accounts.permissions import Permission
from legal import pasts
from legal.actions import loading
from legal.actions import others as actions
from legal.actions.problem import NoticeProblem
from legal.forms.history import EnquiryForm, ReplyForm, ToldNoticeForm
from legal.history_filters import EnquiryFilter
from legal.models import HistoricRecord, HistoryEnquiry, Kind, Notice
from schools import upn
from schools.forms.fields import show
from schools.models import Pupil

_PAGE = 50


@require_safe
@needs(Permission.ASK_AUTHORITIES)
def other_authorities(request: HttpRequest) -> HttpResponse:
    chosen = EnquiryFilter(request.GET, queryset=HistoryEnquiry.objects.visible_to(user_of(request)))
    rows = chosen.qs.select_related("pupil").order_by(F("replied").desc(nulls_first=True), "-asked", "-pk")
    return render(request, "legal/others/list.html", {"filter": chosen, "page": Paginator(rows, _PAGE).get_page(request.GET.get("page"))})


@needs(Permission.ASK_AUTHORITIES)
def other_authority_new(request: HttpRequest) -> HttpResponse:
    user, today = user_of(request), clock.today()
    begun = Pupil.objects.visible_to(user).filter(upn=request.GET["upn"]).first() if request.GET.get("upn") else None
    known = {"asked": today, "direction": "out" if begun else None, "upn": begun.upn if begun else ""}
    form = EnquiryForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        said = dict(form.cleaned_data)
        number = upn.tidy(said.pop("upn"))
        pupil = Pupil.objects.visible_to(user).filter(upn=number).first() if number else None
        if number and pupil is None:
            form.add_error("upn", "None of your pupils has this UPN. Check it, or leave it empty where they ask about a child who left.")
        else:
            try:
                made = actions.log_enquiry(by=user, today=today, now=clock.now(), pupil=pupil, **said)
            except NoticeProblem as problem:
                show(form, problem)
            else:
                messages.success(request, "Written down. When the reply comes, log it on this page.")
                return redirect("other_authority", pk=made.pk)
    return render(request, "legal/others/new.html", {"form": form})


def _enquiry(request: HttpRequest, pk: int) -> HistoryEnquiry:
    return get_object_or_404(HistoryEnquiry.objects.visible_to(user_of(request)).select_related("pupil"), pk=pk)


@require_safe
@needs(Permission.ASK_AUTHORITIES)
def other_authority(request: HttpRequest, pk: int) -> HttpResponse:
    enquiry, user = _enquiry(request, pk), user_of(request)
    audit.record("looked at a question between authorities", by=user, subject=enquiry, kind=AuditEvent.Kind.VIEW, pupil=enquiry.pupil_id)
    context = {"enquiry": enquiry, "records": list(enquiry.records.order_by("day", "pk")), "ours": [], "loaded": []}
    if enquiry.direction == HistoryEnquiry.Direction.IN and enquiry.pupil:  # what there is to tell
        child = pasts.child_records(enquiry.pupil).values("pk")
        context["ours"] = list(Notice.objects.visible_to(user).filter(pupil__in=child).order_by("number"))
        loaded = HistoricRecord.objects.visible_to(user).standing().filter(pupil__in=child, kind=Kind.NOTICES)
        context["loaded"] = list(loaded.order_by("day", "pk"))
    return render(request, "legal/others/page.html", context)


@needs(Permission.ASK_AUTHORITIES)
def other_authority_reply(request: HttpRequest, pk: int) -> HttpResponse:
    enquiry, today = _enquiry(request, pk), clock.today()
    known = {"replied": enquiry.replied or today, "reply": enquiry.reply, "told": enquiry.told, "version": enquiry.version}
    form = ReplyForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        try:
            actions.log_reply(by=user_of(request), today=today, now=clock.now(), enquiry=enquiry, **form.cleaned_data)
        except NoticeProblem as problem:
            enquiry.refresh_from_db()
            form.refused(problem, enquiry.version)
        else:
            messages.success(request, "The reply is logged.")
            return redirect("other_authority", pk=pk)
    return render(request, "legal/others/reply.html", {"form": form, "enquiry": enquiry})


@needs(Permission.ASK_AUTHORITIES)
def other_authority_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """A notice that the reply names: from then on it counts."""
    enquiry = _enquiry(request, pk)
    if request.method == "GET" and enquiry.direction != HistoryEnquiry.Direction.OUT:
        messages.info(request, "They asked us: there is no notice of theirs to write down.")
        return redirect("other_authority", pk=pk)
    form = ToldNoticeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            record = loading.tell_notice(by=user_of(request), today=clock.today(), now=clock.now(), enquiry=enquiry, told=form.cleaned_data)
        except NoticeProblem as problem:
            show(form, problem)
        else:
            whose = f"to {record.parent}" if record.parent else "and nobody has said yet to which parent it was"
            messages.success(request, f"Kept: {record}, {whose}.")
            return redirect("other_authority", pk=pk)
    return render(request, "legal/others/notice.html", {"form": form, "enquiry": enquiry})
