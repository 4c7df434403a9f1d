"""Public-place notices: the list, one notice, and what is recorded of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent
from accounts.permissions import Permission
from legal import clocks
from legal.actions import income
from legal.actions import public_place as actions
from legal.actions.problem import NoticeProblem
from legal.actions.public_place import Seen
from legal.forms import PaymentForm, ProsecuteForm, ServeForm, VersionedForm, WithdrawForm
from legal.forms.income import RefundForm
from legal.forms.public_place import PublicPlaceForm
from legal.models import Notice, PublicPlaceNotice
from legal.penalty import written
from legal.views import gather
from schools.forms.fields import show
from schools.models import Enrolment, PolicyValue, Pupil

_PAGE = 50


@require_safe
@needs(Permission.SEE_NOTICES)
def public_places(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    rows = PublicPlaceNotice.objects.visible_to(user).select_related("pupil", "school").order_by("-number")
    page = Paginator(rows, _PAGE).get_page(request.GET.get("page"))
    return render(request, "legal/public_places.html", {"page": page, "whole": user.as_role.in_authority})


def _notice(request: HttpRequest, pk: int) -> PublicPlaceNotice:
    rows = PublicPlaceNotice.objects.visible_to(user_of(request)).select_related("pupil", "parent", "school")
    return get_object_or_404(rows, pk=pk)


@require_safe
@needs(Permission.SEE_NOTICES)
def public_place(request: HttpRequest, pk: int) -> HttpResponse:
    user, today = user_of(request), clock.today()
    notice = _notice(request, pk)
    audit.record("looked at a public place notice", by=user, subject=notice, kind=AuditEvent.Kind.VIEW, pupil=notice.pupil_id)
    days = notice.deadlines
    over = days is not None and today >= days.unpaid_from
    acts = {
        "issued": ["serve", "withdraw"],
        "served": ["prosecute", "withdraw", "pay", "serve"] if over else ["pay", "withdraw", "serve"],
        "paid": ["withdraw"],
        "prosecuted": ["withdraw"],
        "withdrawn": ["refund"] if notice.paid and not notice.refunds.filter(line=None).exists() else [],
    }[notice.state]
    context = {
        "notice": notice,
        "whole": user.as_role.in_authority,
        "acts": [(act, _said(act, notice)) for act in acts] if user.may(Permission.DECIDE_NOTICE) else [],
        "owed": days.owed_on(today) if days and notice.state == "served" else None,
        "over": over and notice.state == "served",
        "letters": list(notice.letters.order_by("pk")) if user.as_role.in_authority else [],
        "refunds": list(notice.refunds.order_by("pk")) if user.as_role.in_authority else [],
    }
    return render(request, "legal/public_place.html", context)


@needs(Permission.DECIDE_NOTICE)
@require_http_methods(["GET", "POST"])
def public_place_new(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    pupil = get_object_or_404(Pupil.objects.visible_to(user), pk=pk)
    spells = Enrolment.objects.of_pupil(pupil, user).select_related("school").order_by("-start")
    schools = {spell.school_id: spell.school for spell in spells}
    form = PublicPlaceForm(request.POST or None, ties=gather.ties_of(pupil), schools=[(pk, str(s)) for pk, s in schools.items()])
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        seen = Seen(
            given["told"], given["days"], given["day"], given["time"], given["place"], given["seen_by"], given["words"], given["reason"]
        )
        try:
            made = actions.issue_public_place(
                by=user, today=clock.today(), now=clock.now(), pupil=pupil, school=schools[given["school"]], parent=given["parent"],
                seen=seen, form_token=given["form_token"],
            )  # fmt: skip
        except NoticeProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"{made.reference} is issued. Its PDF is being made.")
            return redirect("public_place", pk=made.pk)
    words = (
        "A parent must keep an excluded child out of public places in school hours on the first five school days, as the head teacher’s "
        "notice states them (Education and Inspections Act 2006, sections 103 to 105).",
        "The ten sessions, notices to improve and the limit of two in three years belong to another law and do not apply here.",
    )
    context = {
        "form": form, "heading": "Issue a public place notice", "button": "Issue the notice", "words": words, "over": str(pupil),
        "back": reverse("pupil", args=[pupil.pk]), "back_text": str(pupil),
    }  # fmt: skip
    return render(request, "legal/plain_form.html", context)


def _lay_by(notice: PublicPlaceNotice) -> list[str]:
    if notice.state not in (Notice.State.ISSUED, Notice.State.SERVED):
        return []
    return [f"Last safe date to lay the information: {written(clocks.last_safe_day(notice.day))}."]


def _said(act: str, notice: PublicPlaceNotice) -> str:
    return "Correct how it was served" if act == "serve" and notice.served else _WORDS[act][0]


_WORDS = {
    "serve": ("Record how it was served", "Save"),
    "pay": ("Record a payment", "Record the payment"),
    "withdraw": ("Withdraw the notice", "Withdraw the notice"),
    "prosecute": ("Prosecute for non-payment", "Record the prosecution"),
    "refund": ("Record the refund", "Record the refund"),
}


def _form_of(act: str, request: HttpRequest, notice: PublicPlaceNotice) -> Any:
    today = clock.today()
    sent = request.POST or None
    if act == "pay":
        days = notice.deadlines
        return PaymentForm(sent, initial={"amount": days.owed_on(today) if days else None, "day": today})
    if act == "refund":
        return RefundForm(sent, initial={"day": today})
    first = {"version": notice.version, "served": today, "day": today}
    if act == "serve":
        by_email = bool(PolicyValue.objects.in_force(today)["notice_email_service"])
        form: VersionedForm = ServeForm(sent, by_email=by_email, initial=first)
    else:
        form = (WithdrawForm if act == "withdraw" else ProsecuteForm)(sent, initial=first)
    for name in ("receipt", "evidence", "sessions_free"):
        form.fields.pop(name, None)
    return form


@needs(Permission.DECIDE_NOTICE)
@require_http_methods(["GET", "POST"])
def public_place_act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Serve, pay, withdraw or prosecute: a form each."""
    if act not in _WORDS:
        raise Http404
    notice = _notice(request, pk)
    if request.method == "GET":
        audit.record("looked at a public notice", by=user_of(request), subject=notice, kind=AuditEvent.Kind.VIEW, pupil=notice.pupil_id)
    form = _form_of(act, request, notice)
    if request.method == "POST" and form.is_valid():
        common: dict[str, Any] = {"by": user_of(request), "today": clock.today(), "now": clock.now(), "notice": notice}
        given = {name: value for name, value in form.cleaned_data.items() if name != "form_token"}
        doing: dict[str, Any] = {
            "serve": actions.serve_public_place,
            "pay": actions.record_public_payment,
            "withdraw": actions.withdraw_public_place,
            "prosecute": actions.prosecute_public_place,
            "refund": income.refund_public,
        }
        try:
            doing[act](**common, **given)
        except NoticeProblem as problem:
            notice.refresh_from_db()
            form.refused(problem, notice.version) if isinstance(form, VersionedForm) else show(form, problem)
        else:
            messages.success(request, "Saved.")
            return redirect("public_place", pk=pk)
    context = {
        "form": form, "heading": _WORDS[act][0], "button": _WORDS[act][1], "words": _lay_by(notice),
        "over": f"{notice.reference} to {notice.to_name}, for {notice.pupil}", "back": reverse("public_place", args=[pk]),
        "back_text": notice.reference,
    }  # fmt: skip
    return render(request, "legal/plain_form.html", context)
