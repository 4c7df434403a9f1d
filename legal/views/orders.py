"""Orders of courts and the steps before them, and what may be done for a child."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent, User
from accounts.permissions import Permission
from legal import clocks_orders, facts, pasts, proof, tools
from legal.actions import orders as actions
from legal.actions.problem import NoticeProblem
from legal.forms.orders import EndOrderForm, EndParentingOrderForm, OrderForm
from legal.models import Notice, Order, Request
from legal.views import gather
from legal.views.decisions import in_authority
from schools.forms.fields import show
from schools.models import PolicyValue, Pupil

_PAGE = 50


@require_safe
@needs(Permission.SEE_NOTICES)
def order_list(request: HttpRequest) -> HttpResponse:
    user, today = user_of(request), clock.today()
    in_authority(user)
    kind, ended = request.GET.get("kind", ""), request.GET.get("ended") == "1"
    rows = Order.objects.visible_to(user).select_related("pupil", "parent")
    if kind in Order.Kind.values:
        rows = rows.filter(kind=kind)
    if not ended:
        rows = rows.filter(ended__isnull=True)
    page = Paginator(rows.order_by("-start", "-pk"), _PAGE).get_page(request.GET.get("page"))
    for one in page:
        one.stands = one.in_force(today)
    context = {"page": page, "kind": kind, "ended": ended, "kinds": Order.Kind.choices, "today": today}
    return render(request, "legal/orders.html", context)


def _order(request: HttpRequest, pk: int) -> Order:
    in_authority(user_of(request))
    return get_object_or_404(Order.objects.visible_to(user_of(request)).select_related("pupil", "parent", "by"), pk=pk)


@require_safe
@needs(Permission.SEE_NOTICES)
def order_page(request: HttpRequest, pk: int) -> HttpResponse:
    user, found = user_of(request), _order(request, pk)
    audit.record("looked at an order", by=user, subject=found, kind=AuditEvent.Kind.VIEW, pupil=found.pupil_id)
    rule = clocks_orders.running(found.kind, found.start, PolicyValue.objects.in_force(found.start))
    context = {
        "order": found,
        "rule": rule,
        "stands": found.in_force(clock.today()),
        "today": clock.today(),
        "may_keep": user.may(Permission.KEEP_ORDERS),
    }
    return render(request, "legal/order.html", context)


@needs(Permission.KEEP_ORDERS)
@require_http_methods(["GET", "POST"])
def order_new(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    pupil = get_object_or_404(Pupil.objects.visible_to(user), pk=pk)
    form = OrderForm(request.POST or None, ties=gather.ties_of(pupil), initial={"start": clock.today()})
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.record_order(by=user, today=clock.today(), now=clock.now(), pupil=pupil, **form.cleaned_data)
        except NoticeProblem as problem:
            show(form, problem)
        else:
            messages.success(request, f"Recorded: {made.get_kind_display()}.")
            return redirect("legal_pupil", pk=pk)
    return render(request, "legal/order_new.html", {"form": form, "pupil": pupil})


@needs(Permission.KEEP_ORDERS)
@require_http_methods(["GET", "POST"])
def order_end(request: HttpRequest, pk: int) -> HttpResponse:
    user, found = user_of(request), _order(request, pk)
    if found.ended and request.method == "GET":
        return redirect("order", pk=pk)
    if request.method == "GET":
        audit.record("looked at an order", by=user, subject=found, kind=AuditEvent.Kind.VIEW, pupil=found.pupil_id)
    kind = EndParentingOrderForm if found.kind == Order.Kind.PARENTING else EndOrderForm
    form = kind(request.POST or None, initial={"version": found.version, "day": clock.today()})
    if request.method == "POST" and form.is_valid():
        try:
            actions.end_order(by=user, today=clock.today(), now=clock.now(), order=found, **form.cleaned_data)
        except NoticeProblem as problem:
            found.refresh_from_db()
            form.refused(problem, found.version)
        else:
            messages.success(request, "Recorded: it runs no more.")
            return redirect("order", pk=pk)
    return render(request, "legal/order_end.html", {"form": form, "order": found})


@require_safe
@needs(Permission.SEE_NOTICES)
def legal_pupil(request: HttpRequest, pk: int) -> HttpResponse:
    """What may be done for this child, and what is on record: orders, requests, notices. The authority's alone."""
    user, today = user_of(request), clock.today()
    in_authority(user)
    pupil = get_object_or_404(Pupil.objects.visible_to(user), pk=pk)
    audit.record("looked at a pupil", by=user, subject=pupil, kind=AuditEvent.Kind.VIEW, form=request.path[:200])
    policy = PolicyValue.objects.in_force(today)
    live = proof.prove(pupil, day=today, policy=policy)
    ties = gather.ties_of(pupil)
    before = pasts.of_child(pupil, [tie.parent for tie in ties])
    parents = gather.parent_lines(ties, live.window, before, user, today=today, policy=policy)
    child = pasts.child_records(pupil).values("pk")
    notices = list(Notice.objects.visible_to(user).filter(pupil__in=child).order_by("-number"))
    orders = list(Order.objects.visible_to(user).filter(pupil__in=child).select_related("parent").order_by("-start", "-pk"))
    known = facts.facts_of(
        pupil,
        today=today,
        sessions=live.window,
        met=live.met,
        threshold=live.words,
        standing={str(one.tie.parent): one.escalation for one in parents},
        notices=notices,
        orders=orders,
        loaded=before.orders,
        holiday=bool(live.window) and proof.holidays(live.window) == len(live.window),
    )
    for one in orders:
        one.stands = one.in_force(today)
    context: dict[str, Any] = {
        "pupil": pupil,
        "today": today,
        "proof": live,
        "listed": True,
        "tools": tools.all_tools(known),
        "safe": known.safe,
        "orders": orders,
        "notices": notices,
        "requests": list(Request.objects.visible_to(user).filter(pupil=pupil).order_by("-pk")),
        **_may(user),
    }
    return render(request, "legal/pupil.html", context)


def _may(user: User) -> dict[str, bool]:
    return {"may_keep": user.may(Permission.KEEP_ORDERS), "may_advise": user.may(Permission.KEEP_LEGAL_ADVICE)}
