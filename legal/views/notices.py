"""Notices: the list, one notice's page with its document, and what is recorded of it: service, payment, review, withdrawal, prosecution."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent
from accounts.permissions import Permission
from legal import clocks, history
from legal.actions import charging, confirming
from legal.actions import notices as actions
from legal.actions.problem import NoticeProblem
from legal.filters import NoticeFilter
from legal.forms import PaymentForm, ProsecuteForm, ServeForm, StandForm, VersionedForm, WithdrawForm
from legal.models import Document, Notice, NoticeDecision
from legal.penalty import session_of
from legal.views import about_notice, gather
from legal.views.decisions import in_authority
from schools.forms.fields import show
from schools.models import PolicyValue

_PAGE = 50
_RUNNING = (Notice.State.ISSUED, Notice.State.SERVED)


def _notice(request: HttpRequest, pk: int) -> Notice:
    visible = Notice.objects.visible_to(user_of(request)).select_related(
        "pupil", "parent", "school", "request", "decision__signatory", "withdrawal__refunded", "document"
    )
    found = get_object_or_404(visible, pk=pk)
    if request.method == "GET":
        audit.record("looked at a notice", by=user_of(request), subject=found, kind=AuditEvent.Kind.VIEW, pupil=found.pupil_id)
    return found


@require_safe
@needs(Permission.SEE_NOTICES)
def notice_list(request: HttpRequest) -> HttpResponse:
    user, today = user_of(request), clock.today()
    chosen = NoticeFilter(request.GET, queryset=Notice.objects.visible_to(user), user=user, today=today)
    page = Paginator(chosen.qs.select_related("pupil", "school").order_by("-number"), _PAGE).get_page(request.GET.get("page"))
    for one in page:
        one.due = about_notice.due(one, today=today)
    counts = dict(chosen.without("state").order_by().values_list("state").annotate(n=Count("pk")))
    context = {
        "filter": chosen,
        "page": page,
        "whole": user.as_role.in_authority,
        "state": request.GET.get("state", ""),
        "counts": [(code, name, counts.get(code, 0)) for code, name in Notice.State.choices],
    }
    return render(request, "legal/notices.html", context)


@require_safe
@needs(Permission.SEE_NOTICES)
def notice_page(request: HttpRequest, pk: int) -> HttpResponse:
    user, today = user_of(request), clock.today()
    notice = _notice(request, pk)
    whole = user.as_role.in_authority
    document = getattr(notice, "document", None)
    context = {
        "notice": notice,
        "whole": whole,
        "document": document,
        "may_make": user.may(Permission.DECIDE_NOTICE),
        "busy": whole and document is not None and document.status == Document.Status.WAITING,
        "due": about_notice.due(notice, today=today),
        "amounts": about_notice.amounts_of(notice, PolicyValue.objects.in_force(notice.issued)),
        "next": about_notice.next_of_notice(notice, user, today=today),
        "later": list(notice.later_decisions.order_by("pk").defer("register")) if whole else [],
        "letters": list(notice.letters.order_by("pk")) if whole else [],
        "changed": _changed(notice) if whole else [],
        "timeline": about_notice.timeline(notice, notice.decision, whole=whole),
        # what is paid, withdrawn or before a court already has no information still to lay
        "safe": clocks.last_safe(notice.sessions, today) if whole and notice.state in _RUNNING else None,
        "may_advise": user.may(Permission.KEEP_LEGAL_ADVICE),
    }
    return render(request, "legal/notice.html", context)


def _changed(notice: Notice) -> list[history.Changed]:
    """Marks relied on that are others now than in the register it was decided on."""
    relied = {session_of(said) for said in notice.sessions}
    notice.decision.request = notice.request
    notice.request.pupil = notice.pupil
    return [one for one in history.changed_since(notice.decision, relied) if one.relied_on]


@require_safe
@needs(Permission.SEE_NOTICES)
def notice_document(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the PDF has come, for the page that waits for it. 286: there is nothing more to wait for."""
    in_authority(user_of(request))
    notice = get_object_or_404(Notice.objects.visible_to(user_of(request)).select_related("document"), pk=pk)
    document = getattr(notice, "document", None)
    waiting = document is not None and document.status == Document.Status.WAITING
    context = {"notice": notice, "document": document, "may_make": user_of(request).may(Permission.DECIDE_NOTICE)}
    return render(request, "legal/_document.html", context, status=200 if waiting else 286)


@require_safe
@needs(Permission.SEE_NOTICES)
def notice_pdf(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The stored file, byte for byte. It holds an address: the authority's alone."""
    user = user_of(request)
    in_authority(user)
    notice = get_object_or_404(Notice.objects.visible_to(user).select_related("document"), pk=pk)
    document = getattr(notice, "document", None)
    if document is None or document.status != Document.Status.MADE or not default_storage.exists(document.stored):
        raise Http404
    audit.record("downloaded a notice", by=user, subject=notice, kind=AuditEvent.Kind.EXPORT, sha256=document.sha256)
    return FileResponse(
        default_storage.open(document.stored),
        as_attachment=True,
        filename=f"{notice.reference}.pdf",
        content_type="application/pdf",
        headers={"X-Content-Type-Options": "nosniff"},
    )


def _answer(request: HttpRequest, template: str, form: Any, notice: Notice, **more: Any) -> HttpResponse:
    """The form; but one that is opened when its time is over leads back to the notice, which says what is next."""
    match = request.resolver_match
    following = about_notice.next_of_notice(notice, user_of(request), today=clock.today())
    if request.method == "GET" and match is not None and not following.offers(str(match.url_name)):
        messages.warning(request, f"This cannot be done now. {notice.reference}: {notice.get_state_display().lower()}.")
        return redirect("notice", pk=notice.pk)
    policy = PolicyValue.objects.in_force(notice.issued)
    context = {"form": form, "notice": notice, "amounts": about_notice.amounts_of(notice, policy), "days": gather.days_of(policy)}
    return render(request, template, context | more)


def _refused(form: VersionedForm, problem: NoticeProblem, notice: Notice) -> None:
    notice.refresh_from_db(fields=["version", "state", "receipt", "served", "review"])
    form.refused(problem, notice.version)


def _done(request: HttpRequest, notice: Notice, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect("notice", pk=notice.pk)


@needs(Permission.DECIDE_NOTICE)
@require_http_methods(["GET", "POST"])
def notice_serve(request: HttpRequest, pk: int) -> HttpResponse:
    notice, today = _notice(request, pk), clock.today()
    by_email = bool(PolicyValue.objects.in_force(today)["notice_email_service"])
    form = ServeForm(request.POST or None, by_email=by_email, initial={"version": notice.version, "served": today})
    if request.method == "POST" and form.is_valid():
        try:
            served = actions.serve_notice(by=user_of(request), today=today, now=clock.now(), notice=notice, **form.cleaned_data)
        except NoticeProblem as problem:
            _refused(form, problem, notice)
        else:
            return _done(request, served, f"Saved. {served.deadlines.words}." if served.deadlines else "Saved.")
    return _answer(request, "legal/notice_serve.html", form, notice)


@needs(Permission.DECIDE_NOTICE)
@require_http_methods(["GET", "POST"])
def notice_pay(request: HttpRequest, pk: int) -> HttpResponse:
    notice, today = _notice(request, pk), clock.today()
    form = PaymentForm(request.POST or None, initial={"amount": about_notice.due(notice, today=today).amount, "day": today})
    if request.method == "POST" and form.is_valid():
        try:
            actions.record_payment(by=user_of(request), today=today, now=clock.now(), notice=notice, **form.cleaned_data)
        except NoticeProblem as problem:
            show(form, problem)
        else:
            return _done(request, notice, f"£{form.cleaned_data['amount']} is recorded: {notice.reference} is paid.")
    return _answer(request, "legal/notice_pay.html", form, notice)


@needs(Permission.DECIDE_NOTICE)
@require_http_methods(["GET", "POST"])
def notice_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    notice = _notice(request, pk)
    form = WithdrawForm(request.POST or None, initial={"version": notice.version})
    if request.method == "POST" and form.is_valid():
        try:
            actions.withdraw_notice(by=user_of(request), today=clock.today(), now=clock.now(), notice=notice, **form.cleaned_data)
        except NoticeProblem as problem:
            _refused(form, problem, notice)
        else:
            return _done(request, notice, f"{notice.reference} is withdrawn. A letter to the parent is being made: it is on this page.")
    paid = sum(payment.amount for payment in notice.payments.all())
    return _answer(request, "legal/notice_withdraw.html", form, notice, paid=paid)


@needs(Permission.DECIDE_NOTICE)
@require_http_methods(["GET", "POST"])
def notice_prosecute(request: HttpRequest, pk: int) -> HttpResponse:
    notice, today = _notice(request, pk), clock.today()
    form = ProsecuteForm(request.POST or None, initial={"version": notice.version, "day": today})
    if request.method == "POST" and form.is_valid():
        try:
            actions.prosecute(by=user_of(request), today=today, now=clock.now(), notice=notice, **form.cleaned_data)
        except NoticeProblem as problem:
            _refused(form, problem, notice)
        else:
            return _done(request, notice, f"{notice.reference}: the prosecution is recorded.")
    policy, sessions = PolicyValue.objects.in_force(today), charging.still_standing(notice, today)
    words = confirming.standings(notice.pupil, notice.school, sessions, today=today, policy=policy) if sessions else []
    more: dict[str, Any] = {"confirmations": words, "standing": len(sessions)}
    return _answer(request, "legal/notice_prosecute.html", form, notice, **more)


@needs(Permission.DECIDE_NOTICE)
@require_POST
def notice_ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the school whether the marks that would be charged agree with its register today."""
    notice, today = _notice(request, pk), clock.today()
    sessions = charging.still_standing(notice, today)
    if notice.state not in _RUNNING or not sessions:
        messages.warning(request, f"There is nothing to ask a school of {notice.reference}: {notice.get_state_display().lower()}.")
        return redirect("notice", pk=pk)
    asked: dict[str, Any] = {"pupil": notice.pupil, "school": notice.school, "sessions": sessions, "request": notice.request}
    confirming.ask_confirmation(by=user_of(request), today=today, now=clock.now(), **asked)
    messages.success(request, "The school is asked: it has it among its tasks, due today.")
    return redirect("notice_prosecute", pk=pk)


@require_safe
@needs(Permission.SEE_NOTICES)
def notice_register(request: HttpRequest, pk: int) -> HttpResponse:
    """The register that a later decision rests on, as a text file: marks of other schools too, so the authority's alone."""
    user = user_of(request)
    in_authority(user)
    rows = NoticeDecision.objects.filter(notice__in=Notice.objects.visible_to(user)).select_related("notice")
    decision = get_object_or_404(rows, pk=pk)
    audit.record("read the register of a decision", by=user, subject=decision.notice, kind=AuditEvent.Kind.EXPORT, sha256=decision.sha256)
    name = f"register-{decision.notice.reference}-{decision.kind}-{decision.day.isoformat()}.txt"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(decision.register.encode(), content_type="text/plain; charset=utf-8", headers=headers)


@needs(Permission.DECIDE_NOTICE)
@require_http_methods(["GET", "POST"])
def notice_stands(request: HttpRequest, pk: int) -> HttpResponse:
    notice = _notice(request, pk)
    form = StandForm(request.POST or None, initial={"version": notice.version})
    if request.method == "POST" and form.is_valid():
        try:
            actions.let_stand(by=user_of(request), today=clock.today(), now=clock.now(), notice=notice, **form.cleaned_data)
        except NoticeProblem as problem:
            _refused(form, problem, notice)
        else:
            return _done(request, notice, f"{notice.reference} stands. It is asked about again if something else changes.")
    return _answer(request, "legal/notice_stands.html", form, notice)


@needs(Permission.DECIDE_NOTICE)
@require_POST
def notice_make_again(request: HttpRequest, pk: int) -> HttpResponse:
    notice = _notice(request, pk)
    document = actions.make_again(by=user_of(request), today=clock.today(), now=clock.now(), notice=notice)
    return _done(
        request, notice, "The PDF is there already." if document.status == Document.Status.MADE else "The PDF is being made again."
    )
