"""The invitation's page, one's own account, the audit trail, refusals and the health check."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views import defaults
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import actions, audit, invitations, reports
from accounts.access import needs
from accounts.api import PROBLEM, document
from accounts.forms import AuditFilter, InvitationForm
from accounts.middleware import API
from accounts.models import AuditEvent
from accounts.permissions import Permission


@never_cache
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Choose a password by the link of an invitation."""
    user = invitations.user_of(token)
    if user is None:
        return render(request, "accounts/invitation_over.html", {"days": invitations.DAYS}, status=410)
    form = InvitationForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        actions.accept_invitation(user=user, password=form.cleaned_data["password"])
        messages.success(request, "Your password is set. Sign in with it now.")
        return redirect("account_login")
    return render(request, "accounts/invitation.html", {"form": form, "invited": user})


@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Who you are here, what your role may do, and how you sign in."""
    return render(request, "accounts/account.html", {"second_factor_required": settings.SECOND_FACTOR_REQUIRED})


@needs(Permission.SEE_AUDIT)
@require_safe
def audit_trail(request: HttpRequest) -> HttpResponse:
    form = AuditFilter(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    before = request.GET.get("before", "")
    found = reports.trail(
        user=request.user,  # type: ignore[arg-type]
        who=asked.get("who", ""),
        kind=asked.get("kind", ""),
        what=asked.get("what", ""),
        first=asked.get("first"),
        last=asked.get("last"),
        before=int(before) if before.isdecimal() and len(before) < 19 else None,
    )
    lines = [reports.in_words(event, request.user) for event in found.events]  # type: ignore[arg-type]
    return render(request, "accounts/audit.html", {"form": form, "lines": lines, "older": found.older})


def form_too_old(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form came without its proof that it is ours: mostly a page left open over a new sign-in."""
    return render(request, "form_too_old.html", status=403)


def refused(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403, and a line in the audit trail: somebody tried what their role may not do."""
    if request.user.is_authenticated:
        audit.record(
            "was refused",
            by=request.user,
            kind=AuditEvent.Kind.REFUSED,
            path=request.path[:200].replace("\0", "\N{REPLACEMENT CHARACTER}"),  # which the database cannot hold
            method=request.method,
        )
    return render(request, "403.html", status=403)


def _program_is_told(request: HttpRequest, status: int, words: str) -> HttpResponse | None:
    """What asks the API is answered with a problem document whatever happens, also before its own views are reached."""
    if not request.path.startswith(API):
        return None
    return JsonResponse(document(status, words), status=status, content_type=PROBLEM)


def not_understood(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: for instance more parameters than anybody means."""
    return _program_is_told(request, 400, "The request cannot be understood.") or defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _program_is_told(request, 404, "There is no such address. See /api/v1/docs/.") or defaults.page_not_found(request, exception)


def broken(request: HttpRequest) -> HttpResponse:
    """500. Why stands in the log, and is told to nobody."""
    words = "Something went wrong here, and it has been written down. Nothing was changed. Try again in a few minutes."
    return _program_is_told(request, 500, words) or defaults.server_error(request)


@never_cache
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """For whatever watches this server: 200 while the database and the cache answer, else 503 and which does not."""
    failing = []
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except Exception:  # whatever the reason, the answer is the same
        failing.append("database")
    try:
        cache.set("health", "ok", 10)
        if cache.get("health") != "ok":
            failing.append("cache")
    except Exception:
        failing.append("cache")
    if failing:
        return HttpResponse(f"not reachable: {', '.join(failing)}", status=503, content_type="text/plain")
    return HttpResponse("ok", content_type="text/plain")
