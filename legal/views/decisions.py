"""Deciding on a request, and the register a decision rests on."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent, User
from accounts.permissions import Permission
from legal import clocks, considered, history
from legal.actions import considering
from legal.actions import decisions as actions
from legal.actions.problem import NoticeProblem
from legal.forms import ConsiderForm, DecideForm
from legal.models import Considerations, Decision, Request
from legal.penalty import session_of
from legal.views import gather
from legal.views.requests import over, request_of


@needs(Permission.DECIDE_NOTICE)
@require_http_methods(["GET", "POST"])
def request_decide(request: HttpRequest, pk: int) -> HttpResponse:
    found, user, today = request_of(request, pk), user_of(request), clock.today()
    ties = gather.liable_ties(found)
    form = DecideForm(request.POST or None, ties=ties, route=found.route, initial={"version": found.version})
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            decision = actions.decide(
                by=user,
                today=today,
                now=clock.now(),
                request=found,
                outcome=asked["outcome"],
                reason=asked["reason"],
                words=asked["words"],
                parents=list(asked["parents"]),
                wanted=form.wanted() if asked["outcome"] == Decision.Outcome.RETURN else {},
                version=asked["version"],
            )
        except NoticeProblem as problem:
            found.refresh_from_db()
            form.refused(problem, found.version)
        else:
            messages.success(request, _said(decision))
            return redirect("request", pk=pk)
    if elsewhere := over(request, found):
        return elsewhere
    context = gather.request_context(found, user, today=today, deciding=ties)
    return render(request, "legal/request_decide.html", context | {"form": form})


@needs(Permission.DECIDE_NOTICE)
@require_http_methods(["GET", "POST"])
def request_consider(request: HttpRequest, pk: int) -> HttpResponse:
    """The nine points before a notice, answered and signed."""
    found, user = request_of(request, pk), user_of(request)
    before = Considerations.objects.current(found)
    known = before.said if before else _of_route(found.route)
    form = ConsiderForm(request.POST or None, route=found.route, known=known, initial={"version": found.version})
    if request.method == "POST" and form.is_valid():
        try:
            considering.consider(
                by=user, today=clock.today(), now=clock.now(), request=found, said=form.said(), version=form.cleaned_data["version"]
            )
        except NoticeProblem as problem:
            found.refresh_from_db()
            form.refused(problem, found.version)
        else:
            messages.success(request, "What you considered is kept, with your name and the day. Decide next.")
            return redirect("request_decide", pk=pk)
    return over(request, found) or render(request, "legal/consider.html", {"form": form, "asked": found, "before": before})


def _of_route(route: str) -> dict[str, considered.Said]:
    """What the answers are of every holiday: offered, never kept without somebody who says so."""
    said = considered.OF_A_HOLIDAY if route == Request.Route.HOLIDAY else {}
    return {key: considered.Said(choice) for key, choice in said.items()}


def _said(decision: Decision) -> str:
    if decision.outcome == Decision.Outcome.ISSUE:
        made = [notice.reference for notice in decision.notices.order_by("number")]
        return f"Decided: {' and '.join(made)} {'is' if len(made) == 1 else 'are'} issued. The PDF is being made."
    if decision.outcome == Decision.Outcome.RETURN:
        return "Returned. Whoever asked sees what is missing."
    return "Refused. Whoever asked sees why."


def in_authority(user: User) -> None:
    """What holds addresses, or marks of other schools, is the authority's alone."""
    if not user.as_role.in_authority:
        raise PermissionDenied


@require_safe
@needs(Permission.SEE_NOTICES)
def request_register(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    in_authority(user)
    decisions = Decision.objects.filter(request__in=Request.objects.visible_to(user)).select_related("request__pupil")
    decision = get_object_or_404(decisions, pk=pk)
    audit.record("read the register of a decision", by=user, subject=decision.request, kind=AuditEvent.Kind.EXPORT, sha256=decision.sha256)
    if "file" not in request.GET:
        relied = {said for notice in decision.notices.all() for said in notice.sessions} or set(decision.request.sessions)
        changed = history.changed_since(decision, {session_of(said) for said in relied})
        context = {"decision": decision, "safe": clocks.last_safe(relied, clock.today()), "changed": changed}
        return render(request, "legal/register.html", context)
    name = f"register-request-{decision.request_id}-{decision.day.isoformat()}.txt"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(decision.register.encode(), content_type="text/plain; charset=utf-8", headers=headers)
