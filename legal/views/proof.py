"""The history of a request and its notices, and whether what is kept is as it was; letters as they were made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import Model
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts import audit, clock
from accounts.access import needs, user_of
from accounts.models import AuditEvent
from accounts.permissions import Permission
from legal import history, trails
from legal.models import LegalLetter, Notice, PublicPlaceNotice
from legal.views.decisions import in_authority
from legal.views.requests import request_of


@needs(Permission.SEE_NOTICES)
@require_http_methods(["GET", "POST"])
def request_history(request: HttpRequest, pk: int) -> HttpResponse:
    """Who decided what, when, on what evidence. A POST works out the hashes of what is kept."""
    user = user_of(request)
    in_authority(user)
    found = request_of(request, pk)
    context: dict[str, Any] = {
        "asked": found,
        "title": f"penalty notice request {pk}",
        "pupil": found.pupil,
        "events": history.events(found),
    }
    context |= {"link": reverse("request", args=[pk]), "link_text": "The request"}
    return _checked(request, found, context, lambda: history.check(found))


@needs(Permission.SEE_NOTICES)
@require_http_methods(["GET", "POST"])
def legal_trail(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """The same of a public place notice, a notice to improve or an attendance contract."""
    user = user_of(request)
    in_authority(user)
    found = trails.OF[kind](user, pk) if kind in trails.OF else None
    if found is None:
        raise Http404
    audit.record("looked at a history", by=user, subject=found.about, kind=AuditEvent.Kind.VIEW, of=found.title)
    context: dict[str, Any] = {"title": found.title, "pupil": found.pupil, "events": found.events}
    context |= {"link": reverse(found.page, args=[pk]), "link_text": history.upper(found.title)}
    return _checked(request, found.about, context, found.check)


def _checked(request: HttpRequest, about: Model, context: dict[str, Any], check: Callable[[], list[history.Checked]]) -> HttpResponse:
    if request.method == "POST":
        checked = check()
        bad = [one.what for one in checked if not one.whole]
        said: dict[str, Any] = {"count": len(checked), "bad": bad}
        audit.record("checked what is kept", by=user_of(request), subject=about, kind=AuditEvent.Kind.VIEW, **said)
        context |= {"checked": checked, "bad": bad, "checked_at": clock.now()}
    return render(request, "legal/history.html", context)


@require_safe
@needs(Permission.SEE_NOTICES)
def legal_letter(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The stored file, byte for byte. It holds an address: the authority's alone."""
    user = user_of(request)
    in_authority(user)
    letter = get_object_or_404(LegalLetter.objects.select_related("notice", "public"), pk=pk)
    if letter.notice_id:
        get_object_or_404(Notice.objects.visible_to(user), pk=letter.notice_id)
    else:
        get_object_or_404(PublicPlaceNotice.objects.visible_to(user), pk=letter.public_id)
    if letter.status != LegalLetter.Status.MADE or not default_storage.exists(letter.stored):
        raise Http404
    audit.record("downloaded a letter", by=user, subject=letter, kind=AuditEvent.Kind.EXPORT, sha256=letter.sha256)
    return FileResponse(
        default_storage.open(letter.stored),
        as_attachment=True,
        filename=f"{letter.reference.replace('/', '-')}.pdf",
        content_type="application/pdf",
        headers={"X-Content-Type-Options": "nosniff"},
    )
