"""Money for notices: files of the income system, the queue of what did not fit, refunds."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent
from accounts.permissions import Permission
from legal import income
from legal.actions import income as actions
from legal.actions import letters as letter_actions
from legal.actions import notices as notice_actions
from legal.actions.problem import NoticeProblem
from legal.forms.income import EmailEndForm, EmailServiceForm, GiveBackForm, OutcomeForm, RefundForm, SettleForm
from legal.models import EmailService, IncomeFile, IncomeLine, Notice
from schools.forms.calendar import FileForm
from schools.forms.fields import show
from schools.models import Parent

_PAGE = 50
_HINT = "A CSV file whose first line names the columns: reference, amount, date and, if there is one, transaction. At most 2 MB."


@needs(Permission.DECIDE_NOTICE)
@require_http_methods(["GET", "POST"])
def income_queue(request: HttpRequest) -> HttpResponse:
    """What waits for a person, and the way in for the next file."""
    user = user_of(request)
    form = FileForm(request.POST or None, request.FILES or None, most_bytes=actions.MOST_BYTES, hint=_HINT)
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            made = actions.look_at_file(by=user, now=clock.now(), name=sent.name, content=sent.read())
        except NoticeProblem as problem:
            show(form, problem)
        else:
            return redirect("income_file", pk=made.pk)
    lines = IncomeLine.objects.visible_to(user).select_related("notice", "public", "payment", "file")
    chosen = request.GET.get("why", "")
    waiting = lines.waiting().filter(Q(why=chosen) if chosen in income.TITLES else Q()).order_by("day", "pk")
    counts = dict(IncomeLine.objects.visible_to(user).waiting().values_list("why").annotate(n=Count("pk")))
    left = lines.filter(how=IncomeLine.How.ACCEPTED, refunded=None).order_by("settled_day", "pk")
    context = {
        "form": form,
        "page": Paginator(waiting, _PAGE).get_page(request.GET.get("page")),
        "total": waiting.aggregate(sum=Sum("pence"))["sum"] or 0,
        "chosen": chosen,
        "counts": [(key, title, counts[key]) for key, title in income.TITLES.items() if key in counts],
        "rests": [(line, rest) for line in left if (rest := actions.over_by(line))],
        "files": IncomeFile.objects.select_related("by")
        .annotate(waiting=Count("lines", filter=Q(lines__state="queued")))
        .order_by("-pk")[:10],
    }
    return render(request, "legal/income.html", context)


@needs(Permission.DECIDE_NOTICE)
@require_http_methods(["GET", "POST"])
def income_file(request: HttpRequest, pk: int) -> HttpResponse:
    """A dry run: every line with what would become of it. Then taken, or put aside."""
    user, today = user_of(request), clock.today()
    file = get_object_or_404(IncomeFile.objects.select_related("by"), pk=pk)
    if request.method == "POST":
        try:
            act = actions.take_file if "take" in request.POST else actions.drop_file
            file = act(by=user, today=today, now=clock.now(), file=file)
        except NoticeProblem as problem:
            messages.error(request, str(problem))
        else:
            messages.success(
                request, "The file is taken." if file.status == IncomeFile.Status.TAKEN else "The file is put aside. Nothing was taken."
            )
        return redirect("income_file", pk=pk)
    audit.record("looked at a file of payments", by=user, subject=file, kind=AuditEvent.Kind.VIEW)
    context: dict[str, Any] = {"file": file}
    if file.status == IncomeFile.Status.DRY:
        judged = actions.verdicts(file, today=today)
        context["page"] = Paginator(judged, _PAGE).get_page(request.GET.get("page"))
        context["exact"] = sum(not verdict.again and not verdict.why for _, verdict in judged)
        context["queued"] = sum(bool(verdict.why) for _, verdict in judged)
        context["again"] = sum(verdict.again for _, verdict in judged)
    else:
        lines = file.lines.select_related("notice", "public").order_by("number")
        context["page"] = Paginator(lines, _PAGE).get_page(request.GET.get("page"))
        context["counts"] = dict(file.lines.values_list("state").annotate(n=Count("pk")))
    return render(request, "legal/income_file.html", context)


@needs(Permission.DECIDE_NOTICE)
@require_http_methods(["GET", "POST"])
def income_line(request: HttpRequest, pk: int) -> HttpResponse:
    user, today = user_of(request), clock.today()
    lines = IncomeLine.objects.visible_to(user).select_related("notice__pupil", "public__pupil", "payment", "file", "settled_by")
    line = get_object_or_404(lines, pk=pk)
    rest = actions.rest_of(line) if line.how == IncomeLine.How.ACCEPTED else 0
    waits = line.state == IncomeLine.State.QUEUED
    form: Any = SettleForm(request.POST or None, line=line, initial={"version": line.version}) if waits else None
    if rest:
        form = RefundForm(request.POST or None)
    if form is not None and request.method == "POST" and form.is_valid():
        common: dict[str, Any] = {"by": user, "today": today, "now": clock.now(), "line": line}
        try:
            words = _settle(form.cleaned_data, common) if waits else _give_rest(form.cleaned_data, common)
        except NoticeProblem as problem:
            if waits:
                line.refresh_from_db()
                form.refused(problem, line.version)
            else:
                show(form, problem)
        else:
            messages.success(request, words)
            return redirect("income_line", pk=pk) if "still waits" in words or "is left" in words else redirect("income")
    if request.method == "GET":
        audit.record("looked at a payment", by=user, subject=line, kind=AuditEvent.Kind.VIEW)
    refund = getattr(line, "refunded", None)
    context = {"line": line, "form": form, "rest": rest, "refund": refund, "title": income.TITLES.get(line.why, "As due")}
    return render(request, "legal/income_line.html", context)


def _settle(given: dict[str, Any], common: dict[str, Any]) -> str:
    how, version, words, reference = given["how"], given["version"], given["words"], given["reference"]
    if how == IncomeLine.How.ACCEPTED:
        done = actions.accept_line(day=given["day"], words=words, version=version, **common)
        rest = actions.rest_of(done)
        return f"Accepted. {income.pounds(rest)} is left to give back." if rest else "Accepted: the notice is paid."
    if how == IncomeLine.How.MATCHED:
        done = actions.match_line(reference=reference, words=words, version=version, **common)
        return "Matched, and it still waits: see why." if done.state == IncomeLine.State.QUEUED else "Matched: the notice is paid."
    if how == IncomeLine.How.REFUNDED:
        actions.refund_line(day=given["day"], reference=reference, words=words, version=version, **common)
        return "The refund is recorded."
    actions.return_line(words=words, version=version, **common)
    return "Noted: the income team has it."


def _give_rest(given: dict[str, Any], common: dict[str, Any]) -> str:
    actions.refund_rest(day=given["day"], reference=given["reference"], words=given["words"], **common)
    return "The refund is recorded, and a letter to the parent is being made."


def _notice(request: HttpRequest, pk: int) -> Notice:
    return get_object_or_404(Notice.objects.visible_to(user_of(request)).select_related("pupil", "parent", "school"), pk=pk)


def _form(request: HttpRequest, notice: Notice, form: Any, heading: str, button: str, *words: str) -> HttpResponse:
    context = {
        "form": form,
        "heading": heading,
        "button": button,
        "words": words,
        "over": f"{notice.reference} to {notice.to_name}, for {notice.pupil}",
        "back": reverse("notice", args=[notice.pk]),
        "back_text": notice.reference,
    }
    return render(request, "legal/plain_form.html", context)


@needs(Permission.DECIDE_NOTICE)
@require_http_methods(["GET", "POST"])
def notice_refund(request: HttpRequest, pk: int) -> HttpResponse:
    """What had been paid for a withdrawn notice, given back."""
    notice = _notice(request, pk)
    withdrawal = getattr(notice, "withdrawal", None)
    if withdrawal is None or not withdrawal.refund or hasattr(withdrawal, "refunded"):
        messages.warning(request, f"Nothing of {notice.reference} waits to be given back.")
        return redirect("notice", pk=pk)
    form = RefundForm(request.POST or None, initial={"day": clock.today()})
    if request.method == "POST" and form.is_valid():
        try:
            actions.refund_withdrawn(by=user_of(request), today=clock.today(), now=clock.now(), withdrawal=withdrawal, **form.cleaned_data)
        except NoticeProblem as problem:
            show(form, problem)
        else:
            messages.success(request, "The refund is recorded, and a letter to the parent is being made.")
            return redirect("notice", pk=pk)
    words = f"£{withdrawal.refund} had been paid, and is given back because the notice is withdrawn. It is recorded once."
    return _form(request, notice, form, "Record the refund", "Record the refund", words)


@needs(Permission.DECIDE_NOTICE)
@require_http_methods(["GET", "POST"])
def notice_give_back(request: HttpRequest, pk: int) -> HttpResponse:
    notice = _notice(request, pk)
    if request.method == "GET":
        audit.record("looked at a notice", by=user_of(request), subject=notice, kind=AuditEvent.Kind.VIEW, pupil=notice.pupil_id)
    form = GiveBackForm(request.POST or None, initial={"day": clock.today()})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            actions.give_back(
                by=user_of(request), today=clock.today(), now=clock.now(), notice=notice, pence=given["amount"] * 100, why=given["why"],
                day=given["day"], reference=given["reference"], words=given["words"], form_token=given["form_token"],
            )  # fmt: skip
        except NoticeProblem as problem:
            show(form, problem)
        else:
            messages.success(request, "The refund is recorded, and a letter to the parent is being made.")
            return redirect("notice", pk=pk)
    words = "For money that could not be taken and did not come through a file of the income system: after the last day, twice, too much."
    return _form(request, notice, form, "Record money given back", "Record it", words)


@needs(Permission.DECIDE_NOTICE)
@require_http_methods(["GET", "POST"])
def notice_outcome(request: HttpRequest, pk: int) -> HttpResponse:
    notice, today = _notice(request, pk), clock.today()
    if notice.state != Notice.State.PROSECUTED:
        messages.warning(request, f"No prosecution of {notice.reference} is under way.")
        return redirect("notice", pk=pk)
    known = {"outcome": notice.outcome, "day": notice.outcome_day or today, "court": notice.court, "version": notice.version}
    form = OutcomeForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        try:
            notice_actions.record_outcome(by=user_of(request), today=today, now=clock.now(), notice=notice, **form.cleaned_data)
        except NoticeProblem as problem:
            notice.refresh_from_db()
            form.refused(problem, notice.version)
        else:
            messages.success(request, "The outcome is recorded.")
            return redirect("notice", pk=pk)
    words = "Only a plea or finding of guilt counts towards a later notice to this parent for this child within three years."
    return _form(request, notice, form, "Record how the prosecution ended", "Record the outcome", words)


@needs(Permission.DECIDE_NOTICE)
@require_http_methods(["GET", "POST"])
def email_service(request: HttpRequest, pk: int) -> HttpResponse:
    """A parent's agreement that notices are served by e-mail: given, and taken back."""
    user, today = user_of(request), clock.today()
    parent = get_object_or_404(Parent.objects.visible_to(user), pk=pk)
    if request.method == "GET":
        audit.record("looked at an agreement to e-mail", by=user, subject=parent, kind=AuditEvent.Kind.VIEW)
    standing = EmailService.objects.filter(parent=parent, withdrawn=None).select_related("by").first()
    form: Any = EmailEndForm(request.POST or None, initial={"day": today}) if standing else None
    form = form or EmailServiceForm(request.POST or None, initial={"email": parent.email, "agreed": today})
    if request.method == "POST" and form.is_valid():
        common: dict[str, Any] = {"by": user, "today": today, "now": clock.now(), "parent": parent}
        try:
            act = letter_actions.withdraw_email if standing else letter_actions.agree_to_email
            act(**common, **form.cleaned_data)
        except NoticeProblem as problem:
            show(form, problem)
        else:
            messages.success(request, "Recorded.")
            return redirect("email_service", pk=pk)
    earlier = EmailService.objects.filter(parent=parent).exclude(withdrawn=None).order_by("-agreed")
    return render(request, "legal/email_service.html", {"parent": parent, "standing": standing, "earlier": earlier, "form": form})
